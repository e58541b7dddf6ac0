package importjob

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestReadSendsOneRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		read := func(ctx context.Context, r Reader) (Job, error) {
			return newTestPoller(r, 4).Read(ctx, ID{}, time.Minute)
		}
		s := newFakeService(0, func(time.Duration) (Job, error) { return Job{State: StateFailed}, nil })
		job, err := read(t.Context(), s)
		if err != nil || job.State != StateFailed || s.requestCount() != 1 {
			t.Errorf("Read() = %+v, %v after %d requests, want a failed job after 1", job, err, s.requestCount())
		}
		if _, err := read(t.Context(), hangingReader{}); asError(t, err).Outcome != TimedOut {
			t.Errorf("service hangs: error = %v, want TimedOut", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := read(ctx, hangingReader{}); asError(t, err).Outcome != Canceled {
			t.Errorf("context cancelled: error = %v, want Canceled", err)
		}
	})
}

func TestCancelledReadHasNoError(t *testing.T) {
	t.Parallel()
	queued := &queueingReader{}
	queued.failed.Store(true)
	for name, r := range map[string]Reader{"in flight": hangingReader{}, "queued": queued} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(1500*time.Millisecond, cancel)
			_, err := newTestPoller(r, 4).Read(ctx, ID{}, time.Minute)
			if e := asError(t, err); e.Outcome != Canceled || e.Err != nil || e.Elapsed != 1500*time.Millisecond {
				t.Errorf("%s: error = %+v, want Canceled after 1.5s, without the error of a request", name, e)
			}
		})
	}
}

// TestTimeoutReportsErrorBeforeQueuedRequest: at the deadline, the second request is still
// waiting for its turn at the rate limit.
func TestTimeoutReportsErrorBeforeQueuedRequest(t *testing.T) {
	t.Parallel()
	calls := map[string]func(context.Context, *Poller) error{
		"read": func(ctx context.Context, p *Poller) error {
			_, err := p.Read(ctx, ID{}, 5*time.Second)
			return err
		},
		"wait": func(ctx context.Context, p *Poller) error {
			_, err := p.Wait(ctx, ID{}, WaitOptions{Timeout: 5 * time.Second})
			return err
		},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				err := call(t.Context(), newTestPoller(&queueingReader{err: errUnavailable}, 4))
				if e := asError(t, err); e.Outcome != TimedOut || !errors.Is(err, errUnavailable) {
					t.Errorf("error = %+v, want TimedOut with %v", e, errUnavailable)
				}
			})
		})
	}
}
