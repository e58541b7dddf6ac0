package importjob

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// abortFor aborts the job of a service.
func abortFor(ctx context.Context, s *service, l Limits, abort func(n int) error) (aborts int, _ Aborted, _ error) {
	source := s.source()
	source.Abort = func(context.Context) error {
		s.log = append(s.log, s.sent().String()+" abort")
		aborts++
		return abort(aborts)
	}
	l.jitter = noJitter
	aborted, err := Abort(ctx, source, l)
	return aborts, aborted, err
}

func TestAbort(t *testing.T) {
	t.Parallel()
	accepted, refused, odd, lost := answers(nil), answers(errPermanent), answers(unknownCode.err), answers(unavailable.err)
	tests := map[string]struct {
		reads   []response
		abort   func(n int) error
		aborts  int
		state   State
		outcome Outcome // empty if it has not failed
		refused bool    // whether the last refusal is returned
		sent    bool    // AbortSent
		err     error   // that the error wraps
	}{
		"pending":                        {[]response{in(StatePending), failed}, accepted, 1, StateFailed, "", false, false, nil},
		"importing":                      {[]response{importing, importing, failed}, accepted, 2, StateFailed, "", false, false, nil},
		"uncommitted":                    {[]response{uncommitted, failed}, accepted, 1, StateFailed, "", false, false, nil},
		"committing":                     {[]response{committing}, accepted, 0, StateCommitting, "", false, false, nil},
		"an unknown state":               {[]response{in("paused")}, accepted, 0, "paused", "", false, false, nil},
		"completed":                      {[]response{completed}, accepted, 0, StateCompleted, "", false, false, nil},
		"committed meanwhile":            {[]response{uncommitted, completed}, refused, 1, StateCompleted, "", true, false, nil},
		"refused":                        {[]response{uncommitted}, refused, 1, "", RequestFailed, true, false, errPermanent},
		"lost, then refused":             {[]response{uncommitted}, answers(unavailable.err, errPermanent), 2, "", RequestFailed, true, true, errPermanent},
		"not found at first":             {[]response{importing, importing, failed}, answers(notFound.err, nil), 2, StateFailed, "", true, false, nil},
		"accepted, then refused":         {[]response{importing, importing, failed}, answers(nil, errPermanent), 2, StateFailed, "", true, false, nil},
		"accepted, then always refused":  {[]response{importing}, answers(nil, errPermanent), 7, "", TimedOut, true, true, ErrNotAborted},
		"an unknown code, and completed": {[]response{importing, importing, completed}, odd, 2, StateCompleted, "", true, false, nil},
		"always an unknown code":         {[]response{importing}, odd, 7, "", TimedOut, true, false, unknownCode.err},
		"always throttled":               {[]response{importing}, answers(throttled(50 * second).err), 3, "", TimedOut, true, false, nil},
		"lost, but aborted":              {[]response{uncommitted, failed}, lost, 1, StateFailed, "", false, false, nil},
		"always lost":                    {[]response{importing}, lost, 7, "", TimedOut, false, true, unavailable.err},
		"lost, then unreadable":          {[]response{importing, denied}, lost, 1, "", RequestFailed, false, true, errPermanent},
		"accepted, then no answer":       {[]response{importing, unavailable, hangs}, accepted, 1, "", TimedOut, false, true, unavailable.err},
		"never ends":                     {[]response{uncommitted}, accepted, 7, "", TimedOut, false, true, ErrNotAborted},
		"on record late":                 {[]response{notFound, notFound, importing, failed}, accepted, 1, StateFailed, "", false, false, nil},
		"throttled at first":             {script(throttled(0).repeated(4), completed.repeated(1)), accepted, 0, StateCompleted, "", false, false, nil},
		"gone after an abort":            {[]response{importing, notFound}, accepted, 1, StateImporting, RequestFailed, false, true, notFound.err},
		"gone after a refusal":           {[]response{importing, notFound}, odd, 1, StateImporting, RequestFailed, true, false, notFound.err},
		"not on record":                  {[]response{notFound}, accepted, 0, "", RequestFailed, false, false, notFound.err},
		"unreadable":                     {[]response{denied}, accepted, 0, "", RequestFailed, false, false, errPermanent},
		"unreadable at first":            {[]response{unavailable, unavailable, failed}, accepted, 0, "", RequestFailed, false, false, unavailable.err},
		"unavailable for a while": {[]response{importing, unavailable, unavailable, unavailable, unavailable, unavailable, failed}, accepted, 1, StateFailed,
			"", false, false, nil},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			limits := Limits{Timeout: 119 * second, MaxRetries: 1}
			aborts, got, err := abortFor(t.Context(), newService(test.reads...), limits, test.abort)
			if aborts != test.aborts || (got.Refusal != nil) != test.refused {
				t.Errorf("%d aborts, refusal %v, want %d", aborts, got.Refusal, test.aborts)
			}
			if test.outcome == "" {
				if err != nil || got.Job.State != test.state {
					t.Errorf("state %s, error %v, want %s", got.Job.State, err, test.state)
				}
				return
			}
			if test.state != "" && got.Job.State != test.state {
				t.Errorf("the job was last read as %q, want %q", got.Job.State, test.state)
			}
			if e := asError(t, err); e.Outcome != test.outcome || e.AbortSent != test.sent || test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("error %+v, want %q, sent: %t, %v", *e, test.outcome, test.sent, test.err)
			}
		})
	}
}

// TestAbortSchedule checks that an abort is admitted before the read that it follows, and
// when it is sent again.
func TestAbortSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(importing, importing, importing, importing, failed)
		limits := Limits{Timeout: time.Hour, Admit: admitAfter(second)}
		commits := answers(nil, throttled(20*second).err, unavailable.err)
		if _, _, err := abortFor(t.Context(), s, limits, commits); err != nil {
			t.Error(err)
		}
		s.checkLog(t, "2s read, 2s abort, 6s read, 6s abort, 28s read, 28s abort, 38s read, 38s abort, 56s read")
	})
}

func TestAbortIsCanceled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		admit func(context.Context) error
		reads []response
		abort error
		sent  bool
	}{
		"before the abort is admitted": {admitNot(1), []response{importing}, nil, false},
		"in a request":                 {nil, []response{hangs}, nil, false},
		"in a pause":                   {nil, []response{importing}, nil, true},
		"in a pause after a refusal":   {nil, []response{importing}, unknownCode.err, false},
		"in a later request":           {nil, []response{importing, hangs}, nil, true},
	} {
		bubble(t, name, func(t *testing.T) {
			s := newService(test.reads...)
			_, _, err := abortFor(cancelAfter(t, 3*second), s, Limits{Timeout: time.Hour, Admit: test.admit}, answers(test.abort))
			if name == "before the abort is admitted" {
				s.checkLog(t, "")
			}
			if e := asError(t, err); e.Outcome != Canceled || e.AbortSent != test.sent || !errors.Is(e.Err, test.abort) || e.Elapsed != 3*second {
				t.Errorf("error %+v, want it canceled, sent: %t", *e, test.sent)
			}
		})
	}
}
