package provider

import (
	"cmp"
	"context"
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
	case q.turn <- struct{}{}: // although ctx may be done
		return q
	default:
	}
	select {
	case q.turn <- struct{}{}:
		return q
	case <-time.After(timeout):
	case <-ctx.Done():
	}
	return nil
}

// warnOfSameFiles warns of a planned import whose files another resource of this provider
// configuration plans to import into the same place. oldID is the job that the import
// replaces: a resource that is itself replaced is planned twice, the second time without it.
func (r *startRegistry) warnOfSameFiles(i zilliz.Import, oldID importjob.ID) (diagnostics diag.Diagnostics) {
	for _, location := range append(i.ObjectURLs, i.DataPaths...) {
		key := fmt.Sprintf("%q", []string{i.ClusterID, cmp.Or(i.DBName, defaultDatabase), i.CollectionName,
			cmp.Or(i.PartitionName, defaultPartition), i.VolumeName, location})
		first, found := r.planned.LoadOrStore(key, oldID.JobID)
		replaced := first != "" && (oldID.JobID == "" || first == oldID.JobID)
		if replaced {
			r.planned.Store(key, oldID.JobID) // the next one is of another resource
		}
		if location != "" && found && !replaced {
			diagnostics.AddWarning("Data would be imported twice", fmt.Sprintf(
				"Another zilliz_import_job of this configuration imports %q into the same place of collection %s, so its rows "+
					"would be imported twice. Remove one of them.", location, i.CollectionName))
		}
	}
	return diagnostics
}
