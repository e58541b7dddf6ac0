package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// providerData is what a provider configuration passes to its data sources, resources
// and actions.
type providerData struct {
	client *zilliz.Client
	starts startRegistry
	// maxRetries is the number of retries of one request after transient errors.
	maxRetries int
	apiVersion zilliz.APIVersion
	origin     configOrigin
	// interrupted is closed when this process is interrupted or terminated. It can be nil.
	interrupted <-chan struct{}
	// unknown are the provider's arguments that are not known yet, and missing is the error
	// of a value that is not set. There is no client while there are any.
	unknown []string
	missing diag.Diagnostic
}

// providerDataFrom returns the data that a Configure method received from the provider. It
// receives none before the provider is configured, as in terraform validate.
func providerDataFrom(received any) *providerData {
	if data, ok := received.(*providerData); ok {
		return data
	}
	return &providerData{unknown: []string{"configuration"}}
}

// isV1 reports whether it is certain that API v1 is used.
func (d *providerData) isV1() bool {
	return d.apiVersion == zilliz.V1 && !slices.Contains(d.unknown, "api_version")
}

// checkDatabase returns an error if a database is not the default one and API v1 is used.
func (d *providerData) checkDatabase(name types.String) (diagnostics diag.Diagnostics) {
	if d.isV1() && !name.IsUnknown() && !isDefaultDatabase(name) {
		diagnostics.Append(requiresV2("db_name"))
	}
	return diagnostics
}

// checkReady returns an error if no request can be sent, since an argument that it needs is
// unknown or not set.
func (d *providerData) checkReady() (diagnostics diag.Diagnostics) {
	switch {
	case d.client != nil:
		return nil
	case d.missing != nil:
		return diag.Diagnostics{d.missing}
	}
	diagnostics.AddError("Provider configuration not known yet", fmt.Sprintf(
		"This requires a request to Zilliz Cloud, but part of the provider configuration is known only after apply: %s.\n\n"+
			"Add the resource that creates the value to depends_on of this block, so that the request is sent during apply, "+
			"or apply that resource first with -target.",
		strings.Join(d.unknown, " and ")))
	return diagnostics
}

// warnOfMissing warns of a value that is not set, in a plan whose apply sends requests.
func (d *providerData) warnOfMissing() (diagnostics diag.Diagnostics) {
	if d.missing != nil {
		diagnostics.AddWarning(d.missing.Summary(), d.missing.Detail())
	}
	return diagnostics
}

// interruptible returns a context that is canceled when this process is interrupted. During
// the plan phase of apply and destroy, Terraform and OpenTofu do not call StopProvider:
// opApply in their local backend plans without opWait, unlike opPlan since
// hashicorp/terraform#16833. No issue was found for it. Seen with Terraform 1.11 and 1.15.
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
		JobID: id.JobID,
		Read:  func(ctx context.Context) (importjob.Job, error) { return d.client.ReadJob(ctx, id) },
		Page: func(ctx context.Context, page int) (importjob.Page, error) {
			return d.client.JobPage(ctx, zilliz.JobFilter{ClusterID: id.ClusterID, DBName: id.DBName}, page)
		},
	}
}

// readJob reads a job once. A job that this process has started may not be on record yet:
// it is polled until it is.
func (d *providerData) readJob(ctx context.Context, id importjob.ID, timeout time.Duration) (importjob.Job, error) {
	if d.starts.has(id) {
		return d.wait(ctx, id, timeout, importjob.WaitOptions{Until: func(importjob.Job) bool { return true }})
	}
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return importjob.Read(ctx, d.limits(timeout), d.source(id))
}

// filteredJobs returns all jobs that match a filter. timeoutKey is the key of the block's
// timeouts, empty if it has none.
func (d *providerData) filteredJobs(
	ctx context.Context, f jobFilterModel, timeout time.Duration, timeoutKey string,
) ([]importjob.ListedJob, diag.Diagnostics) {
	diagnostics := d.checkDatabase(f.DBName)
	if diagnostics.Append(d.checkReady()...); diagnostics.HasError() {
		return nil, diagnostics
	}
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	filter := zilliz.JobFilter{ClusterID: f.ClusterID.ValueString(), CollectionName: f.CollectionName.ValueString(),
		DBName: f.DBName.ValueString()}
	jobs, err := importjob.ListJobs(ctx, d.limits(timeout), func(ctx context.Context, page int) (importjob.Page, error) {
		return d.client.JobPage(ctx, filter, page)
	})
	if err != nil {
		s := subject{id: importjob.ID{ClusterID: filter.ClusterID}, arguments: []string{"cluster_id", "collection_name"},
			timeoutKey: timeoutKey, origin: d.origin}
		return nil, diag.Diagnostics{errorDiagnostic(s, err)}
	}
	return slices.DeleteFunc(jobs, func(job importjob.ListedJob) bool {
		return !f.State.IsNull() && string(job.State) != f.State.ValueString()
	}), nil
}

// jobSubject returns the subject of a block with the arguments cluster_id and job_id, and
// a key of timeouts.
func (d *providerData) jobSubject(id importjob.ID, timeoutKey string, waits bool) subject {
	return subject{id: id, arguments: []string{"cluster_id", "job_id"}, timeoutKey: timeoutKey, waits: waits,
		origin: d.origin}
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

// abort aborts a job, if its state allows that, and returns it as it was last read.
func (d *providerData) abort(ctx context.Context, id importjob.ID, timeout time.Duration) (importjob.Job, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return importjob.Abort(ctx, d.limits(timeout), d.source(id),
		func(ctx context.Context) error { return d.client.AbortJob(ctx, id) })
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
