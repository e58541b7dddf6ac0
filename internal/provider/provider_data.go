package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// providerData is passed by a provider configuration to its blocks.
type providerData struct {
	client      *zilliz.Client
	starts      startRegistry
	maxRetries  int
	apiVersion  zilliz.APIVersion
	interrupted <-chan struct{} // see [NewServer]
	// unknown has the arguments that are not known yet, and missing is the error of a value that is
	// not set. There is no client while there are any.
	unknown []string
	missing diag.Diagnostic
}

// providerDataFrom returns the data that a Configure method received: none in terraform validate.
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

// requiresV2 returns the error of something that API v1 does not have. The path can be empty.
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

// checkReady returns an error if no request can be sent: an argument is unknown or not set.
func (d *providerData) checkReady() diag.Diagnostics {
	return d.checkReadyOr("Add the resource that creates the value to depends_on of this block, so that the request is " +
		"sent during apply, or apply that resource first with -target.")
}

// checkReadyOr is like checkReady, with another next step after an unknown argument.
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

// prepare returns an error if no request can be sent. Otherwise it returns the timeout with a
// key, or the default if it is not set, and the key that is in force.
func (d *providerData) prepare(
	timeouts types.Map, key string, defaultValue time.Duration,
) (timeout time.Duration, inForce string, diagnostics diag.Diagnostics) {
	diagnostics = d.checkReady()
	other := map[string]string{createKey: updateKey, updateKey: createKey}[key]
	for _, inForce := range []string{key, other} {
		value, ok := timeouts.Elements()[inForce].(types.String)
		if !ok || value.IsNull() {
			continue
		}
		timeout, err := parseDuration(value.ValueString(), 0)
		if err != nil {
			diagnostics.Append(invalidTimeout(inForce, err))
		}
		return timeout, inForce, diagnostics
	}
	return defaultValue, key, diagnostics
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

// readJob reads a job once, or polls one that this provider configuration has started.
func (d *providerData) readJob(ctx context.Context, id importjob.ID, timeout time.Duration) (importjob.Reading, error) {
	if d.starts.has(id) {
		job, err := d.firstResult(ctx, id, timeout)
		return importjob.Reading{Job: job}, err
	}
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return importjob.Read(ctx, d.source(id), d.limits(timeout))
}

// firstResult polls a job, which may not be on record yet, until there is a result in any state.
func (d *providerData) firstResult(ctx context.Context, id importjob.ID, timeout time.Duration) (importjob.Job, error) {
	return d.wait(ctx, id, timeout, importjob.WaitOptions{Until: func(importjob.Job) bool { return true }})
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
	fields := map[string]any{"cluster_id": id.ClusterID, "job_id": id.JobID, "poll": p.Number,
		"elapsed": p.Elapsed.Round(time.Millisecond).String()}
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

func (d *providerData) abort(ctx context.Context, id importjob.ID, timeout time.Duration) (importjob.Aborted, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return importjob.Abort(ctx, d.source(id), d.limits(timeout))
}

var errStartQueued = errors.New("this provider configuration was still starting another import into the collection")

// startImport starts an import at most once, and returns how long it has waited for others.
// oldID is that of the resource. It can be empty.
func (d *providerData) startImport(
	ctx context.Context, i zilliz.Import, timeout time.Duration, oldID importjob.ID,
) (started importjob.Started, waited time.Duration, err error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	began := time.Now()
	q := d.starts.enter(ctx, i, timeout)
	if q != nil {
		defer func() { <-q.turn }()
	}
	waited = time.Since(began)
	if q == nil || waited >= timeout {
		e := &importjob.Error{Outcome: importjob.TimedOut, Elapsed: waited, Timeout: timeout, Err: errStartQueued}
		if ctx.Err() != nil {
			e.Outcome = importjob.Canceled
		}
		return started, waited, e
	}
	id := func(jobID string) importjob.ID {
		return importjob.ID{ClusterID: i.ClusterID, DBName: i.DBName, JobID: jobID}
	}
	page := d.pages(zilliz.JobFilter{ClusterID: i.ClusterID, DBName: i.DBName, CollectionName: i.CollectionName})
	started, err = importjob.Start(ctx, importjob.StartSource{
		Send: func(ctx context.Context) (string, error) { return d.client.StartImport(ctx, i) },
		Page: func(ctx context.Context) (importjob.Page, error) { return page(ctx, 1) },
		Read: func(ctx context.Context, jobID string) (importjob.Job, error) {
			return d.client.ReadJob(ctx, id(jobID))
		},
	}, importjob.StartOptions{
		Limits: d.limits(timeout - waited),
		Files:  i.Files(),
		Owned:  func(jobID string) bool { return id(jobID).String() == oldID.String() || d.starts.has(id(jobID)) },
		// A path does not tell the partition.
		TakeOver: !q.outcomeUnknown && i.PartitionName == "",
	})
	if err == nil {
		d.starts.add(id(started.JobID))
	} else if _, lost := errors.AsType[*importjob.LostError](err); lost {
		q.outcomeUnknown = true
	} else if e, ok := errors.AsType[*importjob.Error](err); ok {
		e.Elapsed, e.Timeout = time.Since(began), timeout
	}
	return started, waited, err
}
