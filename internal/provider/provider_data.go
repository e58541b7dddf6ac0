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
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// providerData is what a provider configuration passes to its blocks.
type providerData struct {
	client *zilliz.Client
	starts startRegistry
	// maxRetries is the number of retries of one request after transient errors.
	maxRetries int
	apiVersion zilliz.APIVersion
	// interrupted is closed when this process is interrupted or terminated. It can be nil.
	interrupted <-chan struct{}
	// unknown are the provider's arguments that are not known yet, and missing is the error
	// of a value that is not set. There is no client while there are any.
	unknown []string
	missing diag.Diagnostic
}

// providerDataFrom returns what a Configure method received: nothing in terraform validate.
func providerDataFrom(received any) *providerData {
	if data, ok := received.(*providerData); ok {
		return data
	}
	return &providerData{unknown: []string{"configuration"}}
}

// isV1 returns false if the version is not known.
func (d *providerData) isV1() bool {
	return d.apiVersion == zilliz.V1 && !slices.Contains(d.unknown, "api_version")
}

// requiresV2 is the error of something that API v1 does not have. The path can be empty.
func requiresV2(at path.Path, what, detail string) diag.Diagnostic {
	title, detail := what+" requires API v2", detail+" Or set api_version = \"v2\" in the provider configuration."
	if at.Equal(path.Empty()) {
		return diag.NewErrorDiagnostic(title, detail)
	}
	return diag.NewAttributeErrorDiagnostic(at, title, detail)
}

func argumentRequiresV2(argument string) diag.Diagnostic {
	return requiresV2(path.Root(argument), argument, "API v1 does not support "+argument+". Remove it.")
}

func (d *providerData) checkDatabase(name types.String) (diagnostics diag.Diagnostics) {
	if d.isV1() && !name.IsUnknown() && databaseOf(name).ValueString() != defaultDatabase {
		diagnostics.Append(argumentRequiresV2("db_name"))
	}
	return diagnostics
}

// checkReady returns an error if no request can be sent, because an argument that it needs
// is unknown or not set.
func (d *providerData) checkReady() diag.Diagnostics {
	return d.checkReadyOr("Add the resource that creates the value to depends_on of this block, so that the request is " +
		"sent during apply, or apply that resource first with -target.")
}

// checkReadyOr is like checkReady. The next step is about an unknown argument.
func (d *providerData) checkReadyOr(nextStep string) (diagnostics diag.Diagnostics) {
	switch {
	case d.client != nil:
	case d.missing != nil:
		diagnostics.Append(d.missing)
	default:
		diagnostics.AddError("Provider configuration not known yet", fmt.Sprintf(
			"This requires a request to Zilliz Cloud, but part of the provider configuration is known only after apply: "+
				"%s.\n\n%s", strings.Join(d.unknown, " and "), nextStep))
	}
	return diagnostics
}

// warnOfMissing warns of a value that is not set, in a plan whose apply sends requests.
func (d *providerData) warnOfMissing() (diagnostics diag.Diagnostics) {
	if d.missing != nil {
		diagnostics.AddWarning(d.missing.Summary(), d.missing.Detail())
	}
	return diagnostics
}

// interruptible returns a context that is canceled when this process is interrupted. Terraform
// and OpenTofu do not call StopProvider during the plan phase of apply and destroy: their
// opApply plans without opWait (seen with Terraform 1.11 and 1.15; no issue was found).
func (d *providerData) interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	select {
	case <-d.interrupted:
		cancel() // before anything is sent
	default:
	}
	go func() {
		select {
		case <-d.interrupted:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func (d *providerData) limits(timeout time.Duration) importjob.Limits {
	return importjob.Limits{Timeout: timeout, MaxRetries: d.maxRetries, Admit: d.client.Admit}
}

func (d *providerData) source(id importjob.ID) importjob.Source {
	return importjob.Source{
		JobID:  id.JobID,
		Read:   func(ctx context.Context) (importjob.Job, error) { return d.client.ReadJob(ctx, id) },
		Page:   d.pages(zilliz.JobFilter{ClusterID: id.ClusterID, DBName: id.DBName}),
		Commit: func(ctx context.Context) error { return d.client.CommitJob(ctx, id) },
		Abort:  func(ctx context.Context) error { return d.client.AbortJob(ctx, id) },
	}
}

func (d *providerData) pages(f zilliz.JobFilter) importjob.ListSource {
	return func(ctx context.Context, page int) (importjob.Page, error) { return d.client.JobPage(ctx, f, page) }
}

// readJob reads a job once. A job that this provider configuration has started may not be
// on record yet: it is polled until it is.
func (d *providerData) readJob(
	ctx context.Context, id importjob.ID, timeout time.Duration,
) (importjob.Reading, error) {
	if d.starts.has(id) {
		o := importjob.WaitOptions{Until: func(importjob.Job) bool { return true }}
		job, err := d.wait(ctx, id, timeout, o)
		return importjob.Reading{Job: job}, err
	}
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return importjob.Read(ctx, d.source(id), d.limits(timeout))
}

// wait waits for a job, by default until its import has completed, and logs each poll.
func (d *providerData) wait(
	ctx context.Context, id importjob.ID, timeout time.Duration, o importjob.WaitOptions,
) (importjob.Job, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	observe := o.Observe
	o.Observe = func(p importjob.Poll) {
		logPoll(ctx, id, p)
		if observe != nil {
			observe(p)
		}
	}
	o.Limits = d.limits(timeout)
	o.Started = d.starts.has(id)
	return importjob.Wait(ctx, d.source(id), o)
}

// logPoll logs a poll, at INFO if state or progress have changed.
func logPoll(ctx context.Context, id importjob.ID, p importjob.Poll) {
	fields := map[string]any{
		"cluster_id": id.ClusterID,
		"job_id":     id.JobID,
		"poll":       p.Number,
		"elapsed":    p.Elapsed.Round(time.Millisecond).String(),
	}
	if p.Job != nil {
		fields["state"] = string(p.Job.State)
		if p.Job.ProgressPercent != nil {
			fields["progress_percent"] = *p.Job.ProgressPercent
		}
		if p.Job.State == importjob.StateUncommitted {
			fields["waits_for"] = missingCommit
		}
	}
	switch {
	case p.Err != nil:
		fields["error"] = p.Err.Error()
		tflog.Debug(ctx, "Poll of the import job failed", fields)
	case p.Changed:
		tflog.Info(ctx, "Import job has progressed", fields)
	default:
		tflog.Debug(ctx, "Import job has not changed", fields)
	}
}

func (d *providerData) abort(
	ctx context.Context, id importjob.ID, timeout time.Duration,
) (importjob.Aborted, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return importjob.Abort(ctx, d.source(id), d.limits(timeout))
}

func (d *providerData) listJobs(
	ctx context.Context, f zilliz.JobFilter, timeout time.Duration,
) ([]importjob.ListedJob, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return importjob.List(ctx, d.pages(f), d.limits(timeout))
}

var errStartQueued = errors.New("another import into the collection was still being started by this provider " +
	"configuration")

var errUnprintableID = errors.New("the ID of the job in the list must be a printable text")

// startImport starts an import at most once. oldJob is that of the resource. It can be empty.
func (d *providerData) startImport(
	ctx context.Context, i zilliz.Import, timeout time.Duration, oldJob importjob.ID,
) (importjob.Started, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	began := time.Now()
	q := d.starts.enter(ctx, i, timeout)
	if q != nil {
		defer q.leave()
	}
	left := timeout - time.Since(began)
	if q == nil || left <= 0 {
		outcome := importjob.TimedOut
		if ctx.Err() != nil {
			outcome = importjob.Canceled
		}
		return importjob.Started{}, &importjob.Error{Outcome: outcome, Elapsed: time.Since(began), Timeout: timeout,
			Err: errStartQueued}
	}
	id := func(jobID string) importjob.ID {
		return importjob.ID{ClusterID: i.ClusterID, DBName: i.DBName, JobID: jobID}
	}
	page := d.pages(zilliz.JobFilter{ClusterID: i.ClusterID, DBName: i.DBName, CollectionName: i.CollectionName})
	started, err := importjob.Start(ctx, importjob.StartSource{
		Send: func(ctx context.Context) (string, error) { return d.client.StartImport(ctx, i) },
		Page: func(ctx context.Context) (importjob.Page, error) { return page(ctx, 1) },
		Read: func(ctx context.Context, jobID string) (importjob.Job, error) {
			return d.client.ReadJob(ctx, id(jobID))
		},
	}, importjob.StartOptions{
		Limits: d.limits(left),
		Files:  i.Files(),
		Owned:  func(jobID string) bool { return id(jobID).String() == oldJob.String() || d.starts.has(id(jobID)) },
		// A path does not tell the partition.
		TakeOver: !q.outcomeUnknown && i.PartitionName == "",
	})
	if err == nil && d.client.Mask(started.JobID) != started.JobID { // found in the list, and must not be stored
		err = &importjob.LostError{Jobs: []importjob.ListedJob{{JobID: started.JobID}},
			Err: &importjob.RequestError{Err: errUnprintableID, Failure: importjob.UnknownOutcome}}
	}
	if err == nil {
		d.starts.add(id(started.JobID))
	} else if wraps[*importjob.LostError](err) {
		q.outcomeUnknown = true
	}
	return started, err
}

// startRegistry knows the starts of a provider configuration. It is safe for concurrent use.
type startRegistry struct {
	started sync.Map // of importjob.ID without DBName, as a text
	queues  sync.Map // of the collection, to *startQueue
	planned sync.Map // of a location and its destination, to the job ID that the import replaces
}

func (r *startRegistry) add(id importjob.ID) { r.started.Store(id.String(), true) }

func (r *startRegistry) has(id importjob.ID) bool {
	_, found := r.started.Load(id.String())
	return found
}

// startQueue lets one import into a collection start at a time, so that a job which appears
// in the list meanwhile is not that of another resource of this provider configuration.
type startQueue struct {
	turn           chan struct{}
	outcomeUnknown bool // of a start; only the one whose turn it is uses it
}

// enter waits for the turn of a start. It returns nil if the turn does not come in time.
func (r *startRegistry) enter(ctx context.Context, i zilliz.Import, timeout time.Duration) *startQueue {
	key := fmt.Sprintf("%q", []string{i.ClusterID, cmp.Or(i.DBName, defaultDatabase), i.CollectionName})
	value, _ := r.queues.LoadOrStore(key, &startQueue{turn: make(chan struct{}, 1)})
	q, _ := value.(*startQueue)
	select {
	case q.turn <- struct{}{}:
		return q
	case <-time.After(timeout):
	case <-ctx.Done():
	}
	return nil
}

func (q *startQueue) leave() { <-q.turn }

// warnOfSameFiles warns of a planned import whose files another resource of this provider
// configuration plans to import into the same place. oldJob is the job that the import
// replaces: a resource that is itself replaced is planned twice, the second time without it.
func (r *startRegistry) warnOfSameFiles(i zilliz.Import, oldJob importjob.ID) (diagnostics diag.Diagnostics) {
	for _, location := range append(i.ObjectURLs, i.DataPaths...) {
		key := fmt.Sprintf("%q", []string{i.ClusterID, cmp.Or(i.DBName, defaultDatabase), i.CollectionName,
			cmp.Or(i.PartitionName, defaultPartition), i.VolumeName, location})
		first, found := r.planned.LoadOrStore(key, oldJob.JobID)
		replaced := first != "" && oldJob.JobID == "" || first == oldJob.JobID && oldJob.JobID != ""
		if replaced {
			r.planned.Store(key, oldJob.JobID) // the next one is of another resource
		}
		if location != "" && found && !replaced {
			diagnostics.AddWarning("Data would be imported twice", fmt.Sprintf(
				"Another zilliz_import_job of this configuration imports %q into the same place of collection %s, so its rows "+
					"would be imported twice. Remove one of them.", location, i.CollectionName))
		}
	}
	return diagnostics
}
