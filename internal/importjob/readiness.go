package importjob

import (
	"context"
	"errors"
	"time"
)

// minCountPause is the shortest pause between counts. Zilliz advises against frequent ones (documented).
const minCountPause = 10 * time.Second

// LoadState is the state of a collection. The service can return one without a constant.
type LoadState string

// The known states of a collection.
const (
	NotLoaded LoadState = "LoadStateNotLoad"
	Loading   LoadState = "LoadStateLoading"
	Loaded    LoadState = "LoadStateLoaded"
)

// Readiness says how far a collection is from finding its rows.
type Readiness struct {
	State LoadState
	// Percent is the progress of loading. It is nil if the API does not return it, and
	// negative if the collection can't be loaded, for which Message can have a reason.
	Percent *float64
	Message string
	Rows    *int64 // that a query finds, if they were counted
}

// CollectionSource sends the requests about one collection, each once.
type CollectionSource struct {
	LoadState     func(context.Context) (Readiness, error) // without Rows
	Load, Refresh func(context.Context) error
	Count         func(context.Context) (int64, error) // of the rows that a query finds
}

// ReadyOptions configure [WaitUntilReady].
type ReadyOptions struct {
	Limits // as those of a [Wait]
	// MinRows is the number of rows that a query must find. If nil, rows are not counted,
	// and the wait must load the collection itself.
	MinRows *int64
	// Observe is called after each poll, with the last result, which can be nil, and the error.
	Observe func(*Readiness, error)
}

var (
	// ErrLoadedBefore is the error of a collection that was loaded before the wait, so that
	// only a count can show that it finds new rows.
	ErrLoadedBefore = errors.New("the collection was loaded before")
	// ErrReleased is the error of a collection that is not loaded after an accepted load.
	ErrReleased = errors.New("the collection is not loaded after it was loaded")
)

// readyWait is one call of [WaitUntilReady].
type readyWait struct {
	poller[Readiness]
	options ReadyOptions
	source  CollectionSource

	load      command
	counts    bool      // polls count rows, because the collection is loaded
	countedAt time.Time // when the last count ended
}

// WaitUntilReady waits until a search finds the rows that were imported into a collection
// before the call. It loads a collection that is not loaded, and refreshes one that was
// loaded before, each once. It returns the last result too if it fails. An error is always
// an [*Error], which can wrap [ErrLoadedBefore] or [ErrReleased].
func WaitUntilReady(ctx context.Context, s CollectionSource, o ReadyOptions) (last Readiness, err error) {
	w := &readyWait{options: o, source: s, poller: poller[Readiness]{Limits: o.Limits, began: time.Now()}}
	if outcome := w.run(ctx, w); outcome != "" {
		err = w.failure(outcome)
	}
	if w.last != nil {
		last = *w.last
	}
	return last, err
}

// turns adds one for the load or refresh, which must follow the result at once. None is sent
// after an accepted load.
func (w *readyWait) turns() int {
	if w.counts || w.load.accepted {
		return 1
	}
	return 2
}

func (w *readyWait) read(ctx context.Context, _ bool) (r Readiness, err error) {
	defer func() { w.readAt = time.Now() }()
	if !w.counts {
		return sendAdmitted(ctx, w.source.LoadState)
	}
	if sleep(ctx, minCountPause-time.Since(w.countedAt)) != nil {
		return r, &abandonedError{}
	}
	rows, err := sendAdmitted(ctx, w.source.Count)
	w.countedAt = time.Now()
	r = *w.last
	r.Rows = &rows
	return r, err
}

func (w *readyWait) observe(err error, _ *Readiness) {
	if w.options.Observe != nil {
		w.options.Observe(w.last, err)
	}
}

func (w *readyWait) pause() time.Duration {
	if w.load.err != nil && w.last.State == NotLoaded {
		return w.load.pause(w.random())
	}
	return w.schedule(pollPause(w.elapsed(), w.random()))
}

func (w *readyWait) decide(ctx context.Context) (done bool, failed Outcome) {
	r, mustCount := *w.last, w.options.MinRows != nil
	isLoaded := r.State == Loaded && r.Percent != nil && *r.Percent >= 100
	switch {
	case w.counts:
		return *r.Rows >= *w.options.MinRows, ""
	case r.State == NotLoaded && w.load.accepted:
		w.note(ErrReleased)
		return false, RequestFailed
	case r.State == NotLoaded:
		w.load.send(ctx, w.source.Load) // a lost response is harmless, because the next state decides
		w.note(w.load.err)
		if w.load.rejected() {
			return false, RequestFailed
		}
	case w.load.sent == 0 && !mustCount:
		w.note(ErrLoadedBefore)
		return false, RequestFailed
	case isLoaded && mustCount:
		w.refresh(ctx)
	case isLoaded:
		return true, ""
	}
	return false, ""
}

// refresh refreshes a collection that was loaded before, and lets the next polls count its
// rows. A service that refuses that, or does not know the call, refreshes by itself.
func (w *readyWait) refresh(ctx context.Context) {
	var refresh command
	if w.load.sent == 0 {
		refresh.send(ctx, w.source.Refresh)
	}
	err := refresh.err
	w.counts = err == nil || isRefusal(err) && FailureOf(err) != Throttled
	if !w.counts {
		w.note(err) // the next poll reads the state, and refreshes again
	}
}
