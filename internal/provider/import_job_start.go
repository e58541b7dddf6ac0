package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// maxListedJobs is how many jobs of the collection an error lists.
const maxListedJobs = 5

// startRegistry knows the starts of this process. It is safe for concurrent use.
type startRegistry struct {
	started sync.Map // of importjob.ID without DBName, as a text
	queues  sync.Map // of the collection, to *startQueue
}

func (r *startRegistry) add(id importjob.ID) { r.started.Store(id.String(), true) }

func (r *startRegistry) has(id importjob.ID) bool {
	_, found := r.started.Load(id.String())
	return found
}

// startQueue lets one import into a collection start at a time, so that a job which appears
// in the list meanwhile is not that of another resource of this process.
type startQueue struct {
	turn chan struct{}
	// unresolved reports whether the outcome of a start is unknown. Only the start whose
	// turn it is uses it.
	unresolved bool
}

// enter waits for the turn of a start. The caller must call leave if the error is nil.
func (r *startRegistry) enter(ctx context.Context, i zilliz.Import) (q *startQueue, leave func(), err error) {
	key := fmt.Sprintf("%q", []string{i.ClusterID, cmp.Or(i.DBName, defaultDatabase), i.CollectionName})
	value, _ := r.queues.LoadOrStore(key, &startQueue{turn: make(chan struct{}, 1)})
	q, _ = value.(*startQueue)
	select {
	case q.turn <- struct{}{}:
		return q, func() { <-q.turn }, nil
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
}

// startImport starts an import at most once. owned is the ID of the job that the resource
// has had until now, empty if there is none.
func (d *providerData) startImport(
	ctx context.Context, i zilliz.Import, timeout time.Duration, owned string,
) (importjob.Started, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	began := time.Now()
	queued, cancelQueued := context.WithTimeout(ctx, timeout)
	defer cancelQueued()
	q, leave, err := d.starts.enter(queued, i)
	if err == nil && time.Since(began) >= timeout {
		leave()
		err = errStartQueued
	}
	if err != nil {
		outcome := importjob.TimedOut
		if ctx.Err() != nil {
			outcome = importjob.Canceled
		}
		return importjob.Started{}, &importjob.Error{Outcome: outcome, Elapsed: time.Since(began), Timeout: timeout,
			Err: errStartQueued}
	}
	defer leave()
	filter := zilliz.JobFilter{ClusterID: i.ClusterID, DBName: i.DBName, CollectionName: i.CollectionName}
	id := func(jobID string) importjob.ID {
		return importjob.ID{ClusterID: i.ClusterID, DBName: i.DBName, JobID: jobID}
	}
	started, err := importjob.Start(ctx, importjob.StartOptions{
		Limits: d.limits(timeout - time.Since(began)),
		Send:   func(ctx context.Context) (string, error) { return d.client.StartImport(ctx, i) },
		Page:   func(ctx context.Context) (importjob.Page, error) { return d.client.JobPage(ctx, filter, 1) },
		Read: func(ctx context.Context, jobID string) (importjob.Job, error) {
			return d.client.ReadJob(ctx, id(jobID))
		},
		Files:      d.client.Files(i),
		Owned:      func(jobID string) bool { return jobID == owned || d.starts.has(id(jobID)) },
		Unresolved: q.unresolved,
	})
	if err == nil {
		d.starts.add(id(started.JobID))
	} else if _, lost := errors.AsType[*importjob.LostError](err); lost {
		q.unresolved = true
	}
	return started, err
}

// errStartQueued is the error of a start that has waited for another one of this process.
var errStartQueued = errors.New("another import into the collection was still being started by this run of Terraform")

// start starts the import of a model and sets its job. owned is the ID of the job that the
// resource has had until now, empty if there is none.
func (r *importJobResource) start(
	ctx context.Context, plan *importJobResourceModel, config importJobResourceModel, timeoutKey, owned string,
) (diagnostics diag.Diagnostics) {
	if diagnostics = r.data.checkReady(); diagnostics.HasError() {
		return diagnostics
	}
	if r.data.isV1() {
		diagnostics.Append(unsupportedByV1(config)...)
	}
	diagnostics.Append(missingArguments(*plan)...)
	timeout, more := timeoutFrom(plan.Timeouts, timeoutKey, defaultStartTimeout)
	diagnostics.Append(more...)
	if diagnostics.HasError() {
		return diagnostics
	}
	started, err := r.data.startImport(ctx, plan.toImport(config), timeout, owned)
	s := r.startSubject(*plan, timeoutKey)
	if err != nil {
		diagnostics.Append(r.startError(s, owned, err))
		return diagnostics
	}
	plan.setJobID(started.JobID)
	if started.TakenOver {
		diagnostics.AddWarning("Import found after a lost response", joinParagraphs(s.String(), fmt.Sprintf(
			"The response to the start was lost. The list of jobs has exactly one new job that imports these files, so "+
				"the provider has taken it over: %s.", plan.ID.ValueString())))
	}
	if started.Unchecked != nil {
		diagnostics.AddWarning("Collection not checked for a running import", joinParagraphs(s.String(),
			"The import was started, but the jobs of the collection could not be listed before: "+sentence(started.Unchecked),
			"If an earlier apply was interrupted while it started this import, check that it does not run twice."))
	}
	return diagnostics
}

// keepsUncommitted reports whether the imported rows stay invisible until a commit.
func (m importJobResourceModel) keepsUncommitted() bool {
	return !m.AutoCommit.IsNull() && !m.AutoCommit.ValueBool()
}

// toImport returns the import to start, with the credentials of the configuration.
func (m importJobResourceModel) toImport(config importJobResourceModel) zilliz.Import {
	return zilliz.Import{
		ClusterID:       m.ClusterID.ValueString(),
		CollectionName:  m.CollectionName.ValueString(),
		DBName:          m.DBName.ValueString(),
		PartitionName:   m.PartitionName.ValueString(),
		ObjectURLs:      textsOf(m.ObjectURLs),
		VolumeName:      m.VolumeName.ValueString(),
		DataPaths:       textsOf(m.DataPaths),
		KeepUncommitted: m.keepsUncommitted(),
		AccessKey:       config.AccessKey.ValueString(),
		SecretKey:       config.SecretKey.ValueString(),
		SessionToken:    config.SessionToken.ValueString(),
	}
}

func (r *importJobResource) startSubject(m importJobResourceModel, timeoutKey string) subject {
	s := subject{id: m.id(), collection: m.CollectionName.ValueString(), timeoutKey: timeoutKey,
		arguments: []string{"cluster_id", "collection_name"}, origin: r.data.origin}
	if !m.ObjectURLs.IsNull() {
		s.arguments = append(s.arguments, "object_urls")
	}
	return s
}

func (r *importJobResource) startError(s subject, owned string, err error) diag.Diagnostic {
	id := func(jobID string) importjob.ID {
		return importjob.ID{ClusterID: s.id.ClusterID, DBName: s.id.DBName, JobID: r.data.client.Mask(jobID)}
	}
	adopt := func(jobID string) string {
		block := fmt.Sprintf("import {\n  to = zilliz_import_job.NAME\n  id = %q\n}", importID(id(jobID)))
		if owned == "" {
			return "add it to the state with this import block, and run terraform apply again:\n\n" + block
		}
		return fmt.Sprintf("replace job %s in the state by it: run terraform state rm zilliz_import_job.NAME, which keeps "+
			"the job in Zilliz Cloud, then add this import block, and run terraform apply again:\n\n%s", owned, block)
	}
	var (
		running   *importjob.RunningError
		unchecked *importjob.UncheckedError
		lost      *importjob.LostError
	)
	switch {
	case errors.As(err, &running):
		files := "It does not name its files yet."
		if len(running.Files) > 0 {
			files = "Its files: " + zilliz.Printable(strings.Join(running.Files, ", "), maxReason) + "."
		}
		return newError(s, "An import of these files is running", "", s.String(),
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
		lost.Jobs = slices.DeleteFunc(lost.Jobs, func(job importjob.Summary) bool { return job.JobID == owned })
		return errorDiagnostic(s, lost.Err,
			"The provider has looked for the job in the list, and found none that is certain to be this import.",
			listedJobs(lost, id),
			"If a job of the collection is this import, "+adopt("JOB_ID"),
			"Otherwise run terraform apply again. It does not start a second import while a job of the list that may be "+
				"this one has not ended.")
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
		return "The service lists no jobs of the collection."
	}
	var b strings.Builder
	b.WriteString("Jobs of the collection:")
	for i, job := range lost.Jobs {
		if i == maxListedJobs {
			fmt.Fprintf(&b, "\n  - and %d more jobs", len(lost.Jobs)-i)
			break
		}
		fmt.Fprintf(&b, "\n  - %s: %s", importID(id(job.JobID)), cmp.Or(job.State, "no state"))
	}
	return b.String()
}

// endOld aborts the job of a resource that is destroyed or about to start another import,
// if the user wants that and the job has not ended. Otherwise it warns about a job that
// stays uncommitted.
func (r *importJobResource) endOld(
	ctx context.Context, state importJobResourceModel, abort bool,
) (diagnostics diag.Diagnostics) {
	if !abort && !state.keepsUncommitted() {
		return nil
	}
	if abort && r.data.isV1() {
		diagnostics.Append(abortRequiresV2())
		return diagnostics
	}
	if diagnostics = r.data.checkReady(); diagnostics.HasError() {
		return diagnostics
	}
	id := state.id()
	s := r.data.jobSubject(id, "", false)
	if !abort {
		job, err := r.data.readJob(ctx, id, defaultReadTimeout)
		switch {
		case err != nil && ctx.Err() != nil:
			diagnostics.Append(errorDiagnostic(s, err))
		case importjob.IsMissing(err):
		case err != nil:
			diagnostics.AddWarning("Earlier job may not be committed", joinParagraphs(s.String(),
				"The job could not be read: "+sentence(err), "If it is uncommitted, commit or abort it."))
		case importjob.Abortable(job.State):
			diagnostics.AddWarning("Earlier job not committed", joinParagraphs(s.String(),
				fmt.Sprintf("The job is %s. The new import does not end it: its rows stay invisible until it is committed, "+
					"and are discarded when it is aborted, for example with the action zilliz_import_abort.", job.State)))
		}
		return diagnostics
	}
	job, err := r.data.abort(ctx, id, defaultReadTimeout)
	switch {
	case importjob.IsMissing(err):
	case err != nil:
		diagnostics.Append(errorDiagnostic(s, err, "The job was to be aborted (abort_on_destroy)."))
	case job.State != importjob.StateCompleted && job.State != importjob.StateFailed:
		diagnostics.AddWarning("Job not aborted", joinParagraphs(s.String(),
			fmt.Sprintf("The job is %s, so it can't be aborted safely. It is only removed from the state.",
				cmp.Or(job.State, "in no known state"))))
	}
	return diagnostics
}

// abortRequiresV2 is the error of a resource that can't abort its job.
func abortRequiresV2() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("abort_on_destroy"), "abort_on_destroy requires API v2",
		"API v1 can't abort the job of this resource. Set api_version = \"v2\" in the provider configuration, or apply "+
			"abort_on_destroy = false first, which only removes the job from the state.")
}
