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

// startBlock describes a resource that starts the import of a model.
func startBlock(m importJobResourceModel, timeoutKey string) block {
	b := block{verb: verbStart, id: m.id(), collection: m.CollectionName.ValueString(), timeoutKey: timeoutKey,
		arguments: []string{"cluster_id", "collection_name"}}
	if !m.DBName.IsNull() {
		b.arguments = append(b.arguments, "db_name")
	}
	if !m.ObjectURLs.IsNull() {
		b.arguments = append(b.arguments, "object_urls")
	}
	b.id.JobID = ""
	return b
}

func (r *importJobResource) startError(b block, oldJob importjob.ID, err error) diag.Diagnostic {
	id := func(jobID string) importjob.ID {
		return importjob.ID{ClusterID: b.id.ClusterID, DBName: b.id.DBName, JobID: r.data.client.Mask(jobID)}
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
		return newError(b, "An import of these files is running", "",
			fmt.Sprintf("Nothing was started. Job %s of the collection is %s and may import the same files. %s It can be "+
				"the job of an earlier apply whose response was lost, or the one that this resource is about to replace.",
				id(running.JobID).JobID, cmp.Or(running.State, "in no known state"), files),
			"If it is this import, and not in the state, "+adopt(running.JobID),
			otherwise(running.State))
	case errors.As(err, &unchecked):
		return errorDiagnostic(b, unchecked.Err, fmt.Sprintf(
			"Nothing was started. Job %s of the collection has not ended, and could not be read, so it is not known "+
				"whether it imports the same files.", id(unchecked.JobID).JobID))
	case errors.As(err, &lost):
		lost.Jobs = slices.DeleteFunc(lost.Jobs, func(job importjob.ListedJob) bool {
			return id(job.JobID).String() == oldJob.String()
		})
		return errorDiagnostic(b, lost.Err,
			"The provider has looked for the job in the list, and found none that is certain to be this import.",
			listedJobs(lost, id),
			"If a job of the collection is this import, "+adopt("JOB_ID"),
			"Otherwise run terraform apply again. It starts nothing while a job of the list that may be this import has "+
				"not ended.")
	default:
		return errorDiagnostic(b, err)
	}
}

// otherwise says what to do about a running job that is not the import to start.
func otherwise(state importjob.State) string {
	if state == importjob.StateUncommitted {
		return "Otherwise commit or abort it, for example with the action zilliz_import_abort, and run terraform apply again."
	}
	if !slices.Contains(importjob.States(), state) {
		return "Otherwise run terraform apply again once it has ended. The provider does not know its state: if the job " +
			"has ended in Zilliz Cloud, a new import of these files can start once its record there has expired."
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
	var list strings.Builder
	list.WriteString("Jobs of the collection:")
	for i, job := range lost.Jobs {
		if i == maxListedJobs {
			fmt.Fprintf(&list, "\n  - and %d more jobs", len(lost.Jobs)-i)
			break
		}
		fmt.Fprintf(&list, "\n  - %s: %s", formatImportID(id(job.JobID)), cmp.Or(job.State, "no state"))
	}
	return list.String()
}
