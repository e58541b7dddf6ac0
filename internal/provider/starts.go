package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

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

// warnOfSameFiles warns of a planned import whose files another resource of this provider
// configuration plans to import into the same place. oldJob is the job that the import
// replaces: a resource that is itself replaced is planned twice, the second time without it.
func (r *startRegistry) warnOfSameFiles(i zilliz.Import, oldJob importjob.ID) (diagnostics diag.Diagnostics) {
	for _, location := range append(i.ObjectURLs, i.DataPaths...) {
		key := fmt.Sprintf("%q", []string{i.ClusterID, cmp.Or(i.DBName, defaultDatabase), i.CollectionName,
			cmp.Or(i.PartitionName, defaultPartition), i.VolumeName, location})
		first, found := r.planned.LoadOrStore(key, oldJob.JobID)
		replaced := first != "" && (oldJob.JobID == "" || first == oldJob.JobID)
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

var errStartQueued = errors.New("this provider configuration was still starting another import into the collection")

// startImport starts an import at most once. oldJob is that of the resource. It can be empty.
func (d *providerData) startImport(
	ctx context.Context, i zilliz.Import, timeout time.Duration, oldJob importjob.ID,
) (importjob.Started, error) {
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	began := time.Now()
	q := d.starts.enter(ctx, i, timeout)
	if q != nil {
		defer func() { <-q.turn }()
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
	} else if e, ok := errors.AsType[*importjob.Error](err); ok {
		e.Elapsed, e.Timeout = time.Since(began), timeout // with the time in the queue
	}
	return started, err
}
