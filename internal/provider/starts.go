package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

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
	// outcomeUnknown reports whether the outcome of a start is unknown. Only the start whose
	// turn it is uses it.
	outcomeUnknown bool
}

// enter waits for the turn of a start. It returns nil if the turn does not come in time, and
// otherwise the queue, which the caller must leave.
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

// errStartQueued is the error of a start that has waited for another one of this process.
var errStartQueued = errors.New("another import into the collection was still being started by this run of Terraform")

// errUnprintableID is the error of a job that was looked up and can't be stored.
var errUnprintableID = errors.New("the ID of the job in the list must be a printable text")

// startImport starts an import at most once. oldJob is the job that the resource has had
// until now, empty if there is none.
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
	filter := zilliz.JobFilter{ClusterID: i.ClusterID, DBName: i.DBName, CollectionName: i.CollectionName}
	id := func(jobID string) importjob.ID {
		return importjob.ID{ClusterID: i.ClusterID, DBName: i.DBName, JobID: jobID}
	}
	started, err := importjob.Start(ctx, importjob.StartOptions{
		Limits: d.limits(left),
		Send:   func(ctx context.Context) (string, error) { return d.client.StartImport(ctx, i) },
		Page:   func(ctx context.Context) (importjob.Page, error) { return d.client.JobPage(ctx, filter, 1) },
		Read: func(ctx context.Context, jobID string) (importjob.Job, error) {
			return d.client.ReadJob(ctx, id(jobID))
		},
		Files:          i.Files(),
		Owned:          func(jobID string) bool { return id(jobID).String() == oldJob.String() || d.starts.has(id(jobID)) },
		OutcomeUnknown: q.outcomeUnknown,
	})
	if err == nil && d.client.Mask(started.JobID) != started.JobID { // found in the list, and must not be stored
		err = &importjob.LostError{Err: &importjob.UnknownOutcomeError{Err: errUnprintableID},
			Jobs: []importjob.ListedJob{{JobID: started.JobID}}}
	}
	if err == nil {
		d.starts.add(id(started.JobID))
	} else if wraps[*importjob.LostError](err) {
		q.outcomeUnknown = true
	}
	return started, err
}
