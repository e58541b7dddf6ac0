package provider

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

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
func (d *providerData) readJob(ctx context.Context, id importjob.ID, timeout time.Duration) (importjob.Reading, error) {
	if d.starts.has(id) {
		job, err := d.firstResult(ctx, id, timeout)
		return importjob.Reading{Job: job}, err
	}
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	return importjob.Read(ctx, d.source(id), d.limits(timeout))
}

// firstResult polls a job until there is a result, whatever its state. One without a record may not be on
// record yet, so it is polled again.
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

var errStartQueued = errors.New("another import into the collection was still being started by this provider " +
	"configuration")

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
	if err == nil {
		d.starts.add(id(started.JobID))
	} else if _, lost := errors.AsType[*importjob.LostError](err); lost {
		q.outcomeUnknown = true
	}
	return started, err
}
