package importjob

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var (
	uncommitted = in(StateUncommitted)
	committing  = in(StateCommitting)
)

// answers returns the errors of one request after the other. The last one is repeated.
func answers(errs ...error) func(n int) error {
	return func(n int) error { return errs[min(n, len(errs))-1] }
}

// commitFor waits for the job of a service, and commits it.
func commitFor(t *testing.T, s *service, o WaitOptions, commit func(n int) error) (commits int, _ Job, _ error) {
	t.Helper()
	o = withDefaults(o)
	o.Commits = true
	source := s.source()
	source.Commit = func(context.Context) error {
		s.log = append(s.log, s.sent().String()+" commit")
		commits++
		return commit(commits)
	}
	job, err := Wait(t.Context(), source, o)
	return commits, job, err
}

func TestWaitCommits(t *testing.T) {
	t.Parallel()
	accepted, refused, odd, lost := answers(nil), answers(errPermanent), answers(unknownCode.err), answers(unavailable.err)
	tests := map[string]struct {
		reads   []response
		commit  func(n int) error
		commits int
		outcome Outcome // empty if the import has completed
		refused bool    // CommitRefused
		err     error   // that the error wraps
		after   time.Duration
	}{
		"uncommitted":                           {[]response{importing, uncommitted, committing, completed}, accepted, 1, "", false, nil, 3 * second},
		"committed by another":                  {[]response{importing, committing, completed}, accepted, 0, "", false, nil, 2 * second},
		"lost response":                         {[]response{uncommitted, completed}, lost, 1, "", false, nil, second},
		"lost response, committing for a while": {[]response{uncommitted, committing, committing, committing, completed}, lost, 1, "", false, nil, 4 * second},
		"lost request":                          {[]response{uncommitted, uncommitted, completed}, lost, 2, "", false, nil, 9 * second},
		"refused":                               {[]response{uncommitted}, refused, 1, RequestFailed, true, errPermanent, second},
		"not found":                             {[]response{uncommitted}, answers(notFound.err), maxCommits, RequestFailed, true, notFound.err, 129 * second},
		"not found at first":                    {[]response{uncommitted, uncommitted, completed}, answers(notFound.err, nil), 2, "", false, nil, 2 * second},
		"accepted, then refused":                {script(uncommitted.repeated(3), completed.repeated(1)), answers(nil, errPermanent), 3, "", false, nil, 39 * second},
		"refused, but complete":                 {[]response{uncommitted, completed}, refused, 1, "", false, nil, second},
		"aborted by another":                    {[]response{uncommitted, failed}, refused, 1, ImportFailed, false, nil, second},
		"an unknown code":                       {[]response{uncommitted}, odd, maxCommits, RequestFailed, true, unknownCode.err, 129 * second},
		"an unknown status": {[]response{uncommitted}, answers(unknownStatus.err), maxCommits, RequestFailed, true, unknownStatus.err,
			129 * second},
		"an unknown code, then complete": {script(uncommitted.repeated(5), completed.repeated(1)), odd, maxCommits, "", false, nil, 99 * second},
		"lost, then an unknown code": {[]response{uncommitted}, answers(unavailable.err, unknownCode.err), maxCommits,
			RequestFailed, false, unknownCode.err, 129 * second},
		"unknown codes, lost, and one more": {[]response{uncommitted}, answers(unknownCode.err, unknownCode.err, unavailable.err, unknownCode.err),
			maxCommits, RequestFailed, false, unknownCode.err, 129 * second},
		"throttled for minutes, then an unknown code": {script(uncommitted.repeated(3), completed.repeated(1)),
			answers(throttled(2*minute).err, throttled(2*minute).err, unknownCode.err), 3, "", false, nil, 270 * second},
		"throttled, which does not count": {[]response{uncommitted, uncommitted, uncommitted, uncommitted, uncommitted, uncommitted, completed},
			answers(throttled(0).err, throttled(0).err, throttled(0).err, throttled(45*second).err, throttled(0).err, nil), 6, "", false, nil,
			(1 + 8 + 30 + 45 + 30 + 1) * second},
		"stays uncommitted": {[]response{uncommitted}, accepted, maxCommits, TimedOut, false, nil, 30 * minute},
		"unreadable":        {[]response{denied}, accepted, 0, RequestFailed, false, errPermanent, 0},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			s := newService(test.reads...)
			commits, _, err := commitFor(t, s, WaitOptions{}, test.commit)
			if commits != test.commits || time.Since(s.began) != test.after {
				t.Errorf("%d commits in %s, want %d in %s", commits, time.Since(s.began), test.commits, test.after)
			}
			if test.outcome == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := asError(t, err)
			if e.Outcome != test.outcome || e.Commits != commits || e.CommitRefused != test.refused {
				t.Errorf("error %+v, want %q, refused: %t", *e, test.outcome, test.refused)
			}
			if !errors.Is(e.Err, test.err) {
				t.Errorf("error %v wraps %v, want %v", err, e.Err, test.err)
			}
		})
	}
}

// TestCommitSchedule checks when the job is read and committed: after a commit that was
// accepted as if the wait had begun then, and after one that was not, after 1 s, 8 s and 30 s.
func TestCommitSchedule(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reads  []response
		commit func(n int) error
		log    string
	}{
		"accepted": {[]response{importing, uncommitted, committing, committing, completed}, answers(nil),
			"0s read, 42s read, 42s commit, 43s read, 44s read, 45s read"},
		"refused": {[]response{importing, uncommitted, uncommitted, uncommitted, uncommitted, completed}, answers(unknownCode.err),
			"0s read, 42s read, 42s commit, 43s read, 43s commit, 51s read, 51s commit, 1m21s read, 1m21s commit, 1m51s read"},
		"refused, but committing": {[]response{importing, uncommitted, uncommitted, committing, completed},
			answers(unknownCode.err), "0s read, 42s read, 42s commit, 43s read, 43s commit, 51s read, 52s read"},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			test.reads[0].takes = 40 * second // the pauses would be longer without the commit
			s := newService(test.reads...)
			if _, _, err := commitFor(t, s, WaitOptions{}, test.commit); err != nil {
				t.Error(err)
			}
			s.checkLog(t, test.log)
		})
	}
}

// TestCommitIsAdmittedBeforeTheRead checks that nothing comes between a result and its
// commit, as long as the wait may commit.
func TestCommitIsAdmittedBeforeTheRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(uncommitted, uncommitted, uncommitted, uncommitted, uncommitted, completed)
		o := WaitOptions{PollInterval: 10 * second, Limits: Limits{Admit: admitAfter(second)}}
		if _, _, err := commitFor(t, s, o, answers(nil)); err != nil {
			t.Error(err)
		}
		s.checkLog(t, "2s read, 2s commit, 14s read, 14s commit, 26s read, 26s commit, 38s read, 38s commit, 49s read, 1m0s read")
	})
}

// TestCommitTakesAtMostAMinute has a commit without a response, which also ends with the wait.
func TestCommitTakesAtMostAMinute(t *testing.T) {
	t.Parallel()
	for _, times := range [][]time.Duration{
		{time.Hour, 61 * second, 0}, {10 * second, 10 * second, 0},
		{10 * second, 10 * second, second}, // canceled after the final poll
	} {
		cancel, want, timeout := times[0], times[1], times[2]
		synctest.Test(t, func(t *testing.T) {
			s := newService(uncommitted, completed)
			if timeout > 0 {
				s = newService(importing, uncommitted)
			}
			source := s.source()
			source.Commit = func(ctx context.Context) error {
				<-ctx.Done()
				return context.Cause(ctx)
			}
			o := withDefaults(WaitOptions{Commits: true, Limits: Limits{Timeout: timeout}})
			_, err := Wait(cancelAfter(t, cancel), source, o)
			if (err == nil) != (cancel == time.Hour) || time.Since(s.began) != want {
				t.Errorf("ended after %s, %v", time.Since(s.began), err)
			}
			if err != nil && (asError(t, err).Outcome != Canceled || asError(t, err).Commits != 1 || asError(t, err).CommitRefused || asError(t, err).Err != nil) {
				t.Errorf("error %+v, want one that a commit was sent", *asError(t, err))
			}
		})
	}
}

// TestRowBounds has a job with 7 imported rows, or with an unknown number.
func TestRowBounds(t *testing.T) {
	t.Parallel()
	bounds := func(low, high int64) RowBounds { return RowBounds{Min: &low, Max: &high} }
	few, many := int64(8), int64(6)
	tests := map[string]struct {
		bounds  RowBounds
		unknown bool
		want    string // the error, empty if the job is committed
		few     bool
	}{
		"no bounds":              {},
		"no bounds, and unknown": {unknown: true},
		"within":                 {bounds: bounds(0, 100)},
		"at both":                {bounds: bounds(7, 7)},
		"too few":                {bounds: bounds(8, 100), want: "7 rows imported, fewer than 8", few: true},
		"too many":               {bounds: bounds(0, 6), want: "7 rows imported, more than 6"},
		"enough, and too many":   {bounds: bounds(7, 6), want: "7 rows imported, more than 6"},
		"only a lower one":       {bounds: RowBounds{Min: &many}},
		"too few of one":         {bounds: RowBounds{Min: &few}, want: "7 rows imported, fewer than 8", few: true},
		"only an upper one":      {bounds: RowBounds{Max: &few}},
		"too many of one":        {bounds: RowBounds{Max: &many}, want: "7 rows imported, more than 6"},
		"unknown, a lower one":   {bounds: RowBounds{Min: &many}, unknown: true, want: "the number of imported rows is not known"},
		"unknown, an upper one":  {bounds: RowBounds{Max: &few}, unknown: true, want: "the number of imported rows is not known"},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			rows := func(r response) response {
				if !test.unknown {
					r.job.ImportedRows = ptr(int64(7))
				}
				return r
			}
			for _, reads := range [][]response{{rows(uncommitted), rows(completed)}, {rows(importing), rows(completed)}} {
				commits, job, err := commitFor(t, newService(reads...), WaitOptions{Rows: test.bounds}, answers(nil))
				if test.want == "" {
					if err != nil || job.State != StateCompleted {
						t.Errorf("job %+v, %v, want it completed", job, err)
					}
					continue
				}
				outside, ok := errors.AsType[*RowsError](err)
				e := asError(t, err)
				if !ok || e.Outcome != RowsOutOfBounds || e.Last == nil || commits > 0 || outside.Error() != test.want || outside.TooFew() != test.few {
					t.Errorf("error %v after %d commits, want %s", err, commits, test.want)
				}
			}
		})
	}
	// The bounds are for a job that is done, and a failed one is failed.
	synctest.Test(t, func(t *testing.T) {
		if _, _, err := commitFor(t, newService(failed), WaitOptions{Rows: RowBounds{Min: &few}}, answers(nil)); asError(t, err).Outcome != ImportFailed {
			t.Errorf("error %v, want a failed import", err)
		}
	})
}
