package provider

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// maxListedJobs is how many jobs of the collection an error lists.
const maxListedJobs = 5

func (r *importJobResource) startSubject(m importJobResourceModel, timeoutKey string) subject {
	s := subject{id: m.id(), collection: m.CollectionName.ValueString(), timeoutKey: timeoutKey,
		arguments: []string{"cluster_id", "collection_name"}, origin: r.data.origin}
	if !m.ObjectURLs.IsNull() {
		s.arguments = append(s.arguments, "object_urls")
	}
	return s
}

func (r *importJobResource) startError(s subject, oldJob importjob.ID, err error) diag.Diagnostic {
	id := func(jobID string) importjob.ID {
		return importjob.ID{ClusterID: s.id.ClusterID, DBName: s.id.DBName, JobID: r.data.client.Mask(jobID)}
	}
	adopt := func(jobID string) string {
		block := fmt.Sprintf("import {\n  to = zilliz_import_job.NAME\n  id = %q\n}", formatImportID(id(jobID)))
		if oldJob.JobID == "" {
			return "add it to the state with this import block, and run terraform apply again:\n\n" + block
		}
		return fmt.Sprintf("replace job %s in the state by it: run terraform state rm zilliz_import_job.NAME, which keeps "+
			"the job in Zilliz Cloud, then add this import block, and run terraform apply again:\n\n%s", oldJob.JobID, block)
	}
	var (
		running   *importjob.RunningError
		unchecked *importjob.UnreadableJobError
		lost      *importjob.LostError
	)
	switch {
	case errors.As(err, &running):
		files := "It does not name its files yet."
		if len(running.Files) > 0 {
			files = "Its files: " + r.data.client.Mask(strings.Join(running.Files, ", ")) + "."
		}
		return newError(s, "An import of these files is running", "",
			fmt.Sprintf("Nothing was started. Job %s of the collection is %s and may import the same files. %s It can be "+
				"the job of an earlier apply whose response was lost, or the one that this resource is about to replace.",
				id(running.JobID).JobID, cmp.Or(running.State, "in no known state"), files),
			"If it is this import, and not in the state, "+adopt(running.JobID),
			otherwise(running.State))
	case errors.As(err, &unchecked):
		return errorDiagnostic(s, unchecked.Err, fmt.Sprintf(
			"Nothing was started. Job %s of the collection has not ended, and could not be read, so it is not known "+
				"whether it imports the same files.", id(unchecked.JobID).JobID))
	case errors.As(err, &lost):
		lost.Jobs = slices.DeleteFunc(lost.Jobs, func(job importjob.ListedJob) bool {
			return id(job.JobID).String() == oldJob.String()
		})
		return errorDiagnostic(s, lost.Err,
			"The provider has looked for the job in the list, and found none that is certain to be this import.",
			listedJobs(lost, id),
			"If a job of the collection is this import, "+adopt("JOB_ID"),
			"Otherwise run terraform apply again. It starts nothing while a job of the list that may be this import has "+
				"not ended.")
	default:
		return errorDiagnostic(s, err)
	}
}

// otherwise says what to do about a running job that is not the import to start.
func otherwise(state importjob.State) string {
	if state == importjob.StateUncommitted {
		return "Otherwise commit or abort it, for example with the action zilliz_import_abort, and run terraform apply again."
	}
	return "Otherwise run terraform apply again once it has ended: it then starts a new import."
}

func listedJobs(lost *importjob.LostError, id func(string) importjob.ID) string {
	switch {
	case lost.ListErr != nil:
		return "The jobs of the collection could not be listed: " + sentence(lost.ListErr)
	case len(lost.Jobs) == 0:
		return "Zilliz Cloud lists no jobs of the collection."
	}
	var b strings.Builder
	b.WriteString("Jobs of the collection:")
	for i, job := range lost.Jobs {
		if i == maxListedJobs {
			fmt.Fprintf(&b, "\n  - and %d more jobs", len(lost.Jobs)-i)
			break
		}
		fmt.Fprintf(&b, "\n  - %s: %s", formatImportID(id(job.JobID)), cmp.Or(job.State, "no state"))
	}
	return b.String()
}
