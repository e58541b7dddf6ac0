package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// providerData is what a provider configuration passes to its data sources, resources
// and actions.
type providerData struct {
	client *zilliz.Client
	poller *importjob.Poller
	// maxRetries is the number of retries of one request after transient errors.
	maxRetries int
	apiVersion zilliz.APIVersion
	origin     configOrigin
	// interrupted is closed when the user interrupts Terraform. It can be nil.
	interrupted <-chan struct{}
	// unknown are the provider's arguments that are not known yet. There is no client
	// while there are any.
	unknown []string
}

// providerDataFrom returns the data that a Configure method received from the provider,
// which is nil before the provider is configured, as in terraform validate.
func providerDataFrom(received any) (*providerData, diag.Diagnostics) {
	var diagnostics diag.Diagnostics
	if received == nil {
		return &providerData{unknown: []string{"configuration"}}, diagnostics
	}
	data, ok := received.(*providerData)
	if !ok {
		diagnostics.AddError("Bug in the provider", fmt.Sprintf("The provider data is a %T. Please report this.", received))
	}
	return data, diagnostics
}

// ready reports whether the configuration is known, so that requests can be sent.
func (d *providerData) ready() bool { return len(d.unknown) == 0 }

// notReady returns the error of a request that needs an unknown argument.
func (d *providerData) notReady() diag.Diagnostic {
	return diag.NewErrorDiagnostic("Provider configuration not known yet", fmt.Sprintf(
		"This requires a request to Zilliz Cloud, but the value of the provider's %s is known only after apply.\n\n"+
			"Add the resource that creates the value to depends_on of this block, so that the request is sent during apply, "+
			"or apply that resource first with -target.",
		strings.Join(d.unknown, " and ")))
}

// interruptible returns a context that is cancelled when the user interrupts Terraform.
// Terraform and OpenTofu don't forward an interrupt to providers during the plan phase of
// apply and destroy (seen with Terraform 1.11 and 1.15).
func (d *providerData) interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-d.interrupted:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// readJob reads a job once.
func (d *providerData) readJob(ctx context.Context, id importjob.ID, timeout time.Duration) (importjob.Job, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return d.poller.Read(ctx, id, timeout)
}

// limits returns the limits of a call that retries.
func (d *providerData) limits(timeout time.Duration) importjob.Limits {
	return importjob.Limits{Timeout: timeout, MaxRetries: d.maxRetries}
}

// listJobs returns all jobs that match a filter.
func (d *providerData) listJobs(ctx context.Context, f zilliz.JobFilter, timeout time.Duration) ([]importjob.Summary, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return importjob.ListJobs(ctx, d.limits(timeout), func(ctx context.Context, page int) (importjob.Page, error) {
		return d.client.JobPage(ctx, f, page)
	})
}

// jobBlock returns a block with the arguments cluster_id and job_id, and a key of timeouts.
func (d *providerData) jobBlock(id importjob.ID, timeout string, waits bool) block {
	return block{
		clusterID: id.ClusterID, jobID: id.JobID, arguments: []string{"cluster_id", "job_id"},
		timeout: timeout, waits: waits, origin: d.origin,
	}
}

// startImport starts an import and returns the id of its job.
func (d *providerData) startImport(ctx context.Context, i zilliz.Import, timeout time.Duration) (string, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return importjob.Start(ctx, d.limits(timeout), func(ctx context.Context) (string, error) {
		return d.client.StartImport(ctx, i)
	})
}

// wait waits until an import has completed, and logs each poll.
func (d *providerData) wait(ctx context.Context, id importjob.ID, o importjob.WaitOptions) (importjob.Job, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	observe := o.Observe
	o.Observe = func(p importjob.Poll) {
		logPoll(ctx, id, p)
		if observe != nil {
			observe(p)
		}
	}
	return d.poller.Wait(ctx, id, o)
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
		fields["state"] = string(stateOf(*p.Job))
		if p.Job.ProgressPercent != nil {
			fields["progress_percent"] = *p.Job.ProgressPercent
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
