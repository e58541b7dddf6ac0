package importjob

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// startService is a fake service, which follows a script.
type startService struct {
	// pages are the IDs on each page that is read. The last one is repeated. "error" is a page
	// that can't be read, and "hang" one that never comes.
	pages []string
	// sends are the errors of the requests that start an import. The last one is repeated. If
	// there is none, each starts the job new.
	sends []error

	t     *testing.T
	began time.Time
	// log has an entry for each request, such as "1s page", "1s read other" or "1s send".
	log                []string
	listed, sent, read int
}

var (
	same  = []Progress{{RawFileName: ptr("data/1.parquet")}}
	other = []Progress{{RawFileName: ptr("data/2.parquet")}}
	// startJobs are the jobs of a [startService]. Those without an entry import the same file.
	startJobs = map[string]Job{
		"completed": jobIn(StateCompleted, same), "failed": jobIn(StateFailed, same), "uncommitted": jobIn(StateUncommitted, same),
		"paused": jobIn("paused", same), "other": jobIn(StateImporting, other), "unnamed": jobIn(StateImporting, nil),
		"base": jobIn(StateImporting, []Progress{{RawFileName: ptr("1.parquet")}}),
	}
	errBusy = &RequestError{Err: errors.New("code 47055"), Failure: Throttled}
	errLost = unknownOutcome.err
)

func startJob(id string) Job {
	if job, found := startJobs[id]; found {
		return job
	}
	return jobIn(StateImporting, same)
}

func jobIn(s State, files []Progress) Job { return Job{Progress: Progress{State: s}, Files: files} }

func (s *startService) request(format string, arguments ...any) {
	s.log = append(s.log, time.Since(s.began).String()+" "+fmt.Sprintf(format, arguments...))
}

func (s *startService) source() StartSource {
	return StartSource{
		Send: func(ctx context.Context) (string, error) {
			s.request("send")
			if _, limited := ctx.Deadline(); limited {
				s.t.Error("the request has a deadline, which hides that it is canceled later")
			}
			s.sent++
			if len(s.sends) == 0 {
				return "new", nil
			}
			return "new", s.sends[min(s.sent, len(s.sends))-1]
		},
		Page: func(ctx context.Context) (page Page, err error) {
			s.request("page")
			s.listed++
			ids := s.pages[min(s.listed, len(s.pages))-1]
			switch ids {
			case "error":
				return Page{}, errPermanent
			case "hang":
				<-ctx.Done()
				return Page{}, context.Cause(ctx)
			}
			for _, id := range strings.Fields(ids) {
				page.IDs = append(page.IDs, id)
				page.Jobs = append(page.Jobs, ListedJob{JobID: id, State: startJob(id).State})
			}
			return page, nil
		},
		Read: func(_ context.Context, id string) (Job, error) {
			s.request("read %s", id)
			s.read++
			switch {
			case id == "denied":
				return Job{}, errPermanent
			case id == "down":
				return Job{}, unavailable.err
			case id == "ends": // since it was listed
				return jobIn(StateCompleted, same), nil
			case id == "gone", id == "late" && s.read < 4:
				return Job{}, notFound.err
			}
			return startJob(id), nil
		},
	}
}

// startImport starts the import of one file, and returns how that has ended.
func startImport(ctx context.Context, t *testing.T, s *startService, change func(*StartOptions)) (end string, started Started, err error) {
	t.Helper()
	s.t, s.began = t, time.Now()
	o := StartOptions{Limits: Limits{Timeout: time.Hour, MaxRetries: 1, jitter: noJitter}, Files: [][]string{{"bucket/data/1.parquet", "data/1.parquet"}},
		Owned: func(id string) bool { return id == "owned" }, TakeOver: true}
	if change != nil {
		change(&o)
	}
	started, err = Start(ctx, s.source(), o)
	var (
		running    *RunningError
		unreadable *UnreadableJobError
		lost       *LostError
		failed     *Error
	)
	switch {
	case err == nil && started.TakenOver:
		end = "took over " + started.JobID
	case err == nil && started.CheckErr != nil:
		end = "started unchecked " + started.JobID
	case err == nil:
		end = "started " + started.JobID
	case errors.As(err, &running):
		end = "running " + running.JobID
	case errors.As(err, &unreadable):
		end = "unreadable " + unreadable.JobID
	case errors.As(err, &lost):
		end = "lost"
	case errors.As(err, &failed):
		end = string(failed.Outcome)
	}
	return end, started, err
}

func TestStart(t *testing.T) {
	t.Parallel()
	lost := []error{errLost}
	tests := map[string]struct {
		service startService
		want    string
		sent    int
		after   time.Duration
	}{
		"no jobs":                      {startService{pages: []string{""}}, "started new", 1, 0},
		"busy, then free":              {startService{pages: []string{""}, sends: []error{errBusy, errBusy, errBusy, nil}}, "started new", 4, 7 * second},
		"refused":                      {startService{pages: []string{""}, sends: []error{errPermanent}}, "request failed", 1, 0},
		"unreachable":                  {startService{pages: []string{""}, sends: []error{unavailable.err}}, "request failed", 2, second},
		"unreachable, then reachable":  {startService{pages: []string{""}, sends: []error{unavailable.err, nil}}, "started new", 2, second},
		"no page":                      {startService{pages: []string{"error"}}, "started unchecked new", 1, 0},
		"a page that hangs":            {startService{pages: []string{"hang"}}, "started unchecked new", 1, 30 * second},
		"an earlier page only":         {startService{pages: []string{"", "error"}, sends: []error{unavailable.err, nil}}, "started unchecked new", 2, second},
		"a later page only":            {startService{pages: []string{"error", ""}, sends: []error{unavailable.err, nil}}, "started new", 2, second},
		"another file runs":            {startService{pages: []string{"other"}}, "started new", 1, 0},
		"the file runs":                {startService{pages: []string{"other same"}}, "running same", 0, 0},
		"the file runs later":          {startService{pages: []string{"", "same"}, sends: []error{errBusy}}, "running same", 1, second},
		"a job without names":          {startService{pages: []string{"unnamed"}}, "running unnamed", 0, 0},
		"an uncommitted job":           {startService{pages: []string{"uncommitted"}}, "running uncommitted", 0, 0},
		"an unknown state":             {startService{pages: []string{"paused"}}, "running paused", 0, 0},
		"jobs that have ended":         {startService{pages: []string{"completed failed"}}, "started new", 1, 0},
		"a job that has just ended":    {startService{pages: []string{"ends"}}, "started new", 1, 0},
		"a job of the process":         {startService{pages: []string{"owned"}}, "started new", 1, 0},
		"a job that can't be read":     {startService{pages: []string{"denied"}}, "unreadable denied", 0, 0},
		"a job that is on record late": {startService{pages: []string{"late"}}, "running late", 0, 3 * second},
		"a job that is not on record":  {startService{pages: []string{"gone"}}, "unreadable gone", 0, 10 * second},
		// The read is retried, but not the start.
		"a job that can't be reached": {startService{pages: []string{"down"}}, "unreadable down", 0, second},

		"lost":                             {startService{pages: []string{"completed", "new completed"}, sends: lost}, "took over new", 1, 15 * second},
		"lost, the first job ever":         {startService{pages: []string{"", "new"}, sends: lost}, "took over new", 1, 15 * second},
		"lost, after a failure":            {startService{pages: []string{"", "", "new"}, sends: []error{errBusy, errLost}}, "took over new", 2, 16 * second},
		"lost, on record late":             {startService{pages: []string{"", "", "", "", "new"}, sends: lost}, "took over new", 1, 31 * second},
		"lost, on record at the end":       {startService{pages: []string{"", "", "", "", "", "", "", "new"}, sends: lost}, "took over new", 1, minute},
		"lost, never started":              {startService{pages: []string{""}, sends: lost}, "lost", 1, minute},
		"lost, two new jobs":               {startService{pages: []string{"", "x new"}, sends: lost}, "lost", 1, minute},
		"lost, a second one later":         {startService{pages: []string{"", "x", "x", "x", "x new"}, sends: lost}, "lost", 1, minute},
		"lost, another one later":          {startService{pages: []string{"", "x", "x", "x", "new"}, sends: lost}, "took over new", 1, 31 * second},
		"lost, another file":               {startService{pages: []string{"", "other"}, sends: lost}, "lost", 1, minute},
		"lost, beside another file":        {startService{pages: []string{"", "new other"}, sends: lost}, "took over new", 1, 15 * second},
		"lost, a base name":                {startService{pages: []string{"", "base"}, sends: lost}, "lost", 1, minute},
		"lost, no names":                   {startService{pages: []string{"", "unnamed"}, sends: lost}, "lost", 1, minute},
		"lost, beside a job without names": {startService{pages: []string{"", "unnamed new"}, sends: lost}, "lost", 1, minute},
		"lost, beside one not on record":   {startService{pages: []string{"", "gone new"}, sends: lost}, "lost", 1, minute},
		"lost, a job of the process":       {startService{pages: []string{"", "owned"}, sends: lost}, "lost", 1, minute},
		"lost, beside one of the process":  {startService{pages: []string{"", "owned new"}, sends: lost}, "took over new", 1, 15 * second},
		"lost, an old job moves up":        {startService{pages: []string{"completed failed", "completed x"}, sends: lost}, "lost", 1, minute},
		"lost, all others gone":            {startService{pages: []string{"completed", "new"}, sends: lost}, "lost", 1, minute},
		"lost, no page before":             {startService{pages: []string{"error", "new"}, sends: lost}, "lost", 1, minute},
		"lost, no page after":              {startService{pages: []string{"", "error"}, sends: lost}, "lost", 1, minute},
		"lost, only the last page": {startService{pages: []string{"", "error", "error", "error", "error", "error", "error", "new"}, sends: lost},
			"took over new", 1, minute},
		"lost, only an earlier page": {startService{pages: []string{"", "error", "new"}, sends: []error{unavailable.err, errLost}}, "lost", 2, minute + second},
		// A page that hangs takes the whole minute. The last attempt then has 5 s.
		"lost, pages that hang": {startService{pages: []string{"", "hang"}, sends: lost}, "lost", 1, minute + 5*second},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			s := &test.service
			end, _, err := startImport(t.Context(), t, s, nil)
			if end != test.want || s.sent != test.sent || time.Since(s.began) != test.after {
				t.Errorf("%s (%v) after %d requests and %s, want %s after %d and %s", end, err, s.sent, time.Since(s.began), test.want, test.sent, test.after)
			}
		})
	}
}

// TestStartKeepsOff has a lost response, and names that do not identify the import.
func TestStartKeepsOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &startService{pages: []string{"", "new"}, sends: []error{errLost}}
		_, _, err := startImport(t.Context(), t, s, func(o *StartOptions) { o.TakeOver = false })
		lost, ok := errors.AsType[*LostError](err)
		if !ok || !errors.Is(lost, errLost) || lost.ListErr != nil || !slices.Equal(lost.Jobs, []ListedJob{{JobID: "new", State: StateImporting}}) || s.read > 0 {
			t.Errorf("error %+v after %d reads, want a lost start with the page", err, s.read)
		}
	})
}

func TestRunningErrorNamesFiles(t *testing.T) {
	t.Parallel()
	_, _, err := startImport(t.Context(), t, &startService{pages: []string{"uncommitted"}}, nil)
	running, ok := errors.AsType[*RunningError](err)
	if !ok || running.State != StateUncommitted || !slices.Equal(running.Files, []string{"data/1.parquet"}) ||
		!strings.Contains(err.Error(), "job uncommitted, which is uncommitted, may import the same files") {
		t.Errorf("error %v, %+v", err, running)
	}
	_, _, err = startImport(t.Context(), t, &startService{pages: []string{"denied"}}, nil)
	if err == nil || !strings.Contains(err.Error(), "reading job denied: HTTP 401") || errors.Is(err, errPermanent) {
		t.Errorf("error %v, want one that does not wrap that of the read", err)
	}
}

// TestStartReadsAtMostTenJobs has more unfinished jobs than a start reads.
func TestStartReadsAtMostTenJobs(t *testing.T) {
	t.Parallel()
	for running, want := range map[string]string{
		strings.Repeat(" other", 10): "started new", strings.Repeat(" other", 11): "started unchecked new",
		strings.Repeat(" other", 9) + " same": "running same", strings.Repeat(" other", 10) + " same": "started unchecked new",
		"owned completed" + strings.Repeat(" other", 9) + " same": "running same",
	} {
		s := &startService{pages: []string{running}}
		end, started, err := startImport(t.Context(), t, s, nil)
		if end != want || s.read > 10 || started.CheckErr != nil && !strings.Contains(started.CheckErr.Error(), "only the newest 10") {
			t.Errorf("%s: %s after %d reads (%v, %v), want %s", running, end, s.read, err, started.CheckErr, want)
		}
	}
}

func TestStartIsCanceled(t *testing.T) {
	t.Parallel()
	lost := []error{errLost}
	tests := map[string]struct {
		service startService
		cancel  time.Duration
		want    string
		sent    int
		after   time.Duration
	}{
		"in the page before":                      {startService{pages: []string{"hang"}}, second, "canceled", 0, second},
		"while a job is not found":                {startService{pages: []string{"gone"}}, 1500 * time.Millisecond, "canceled", 0, 1500 * time.Millisecond},
		"while the cluster is busy":               {startService{pages: []string{""}, sends: []error{errBusy}}, 90 * second, "canceled", 7, 90 * second},
		"in the look-up":                          {startService{pages: []string{""}, sends: lost}, 10 * second, "lost", 1, 10 * second},
		"in the look-up, found":                   {startService{pages: []string{"", "new"}, sends: lost}, 2 * second, "took over new", 1, 2 * second},
		"in a page after":                         {startService{pages: []string{"", "hang", "new"}, sends: lost}, 2 * second, "took over new", 1, 2 * second},
		"in a page after, and the last one hangs": {startService{pages: []string{"", "hang"}, sends: lost}, 2 * second, "lost", 1, 7 * second},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			s := &test.service
			end, _, err := startImport(cancelAfter(t, test.cancel), t, s, nil)
			if end != test.want || s.sent != test.sent || time.Since(s.began) != test.after {
				t.Errorf("%s (%v) after %d requests and %s, want %s after %d and %s", end, err, s.sent, time.Since(s.began), test.want, test.sent, test.after)
			}
		})
	}
}

// TestStartTimesOut has a cluster that stays busy, and a rate limit that lets no request go.
func TestStartTimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &startService{pages: []string{""}, sends: []error{errBusy}}
		end, _, err := startImport(t.Context(), t, s, func(o *StartOptions) { o.Timeout = 2 * minute })
		if end != "request failed" || !errors.Is(err, errBusy) || time.Since(s.began) != 91*second {
			t.Errorf("%s (%v) after %s", end, err, time.Since(s.began))
		}
		s = &startService{pages: []string{""}}
		end, _, err = startImport(t.Context(), t, s, func(o *StartOptions) { o.Timeout, o.Admit = 2*minute, admitNth(2, never) })
		if end != "timed out" || !asError(t, err).Queued || s.sent > 0 || time.Since(s.began) != 2*minute {
			t.Errorf("%s (%v) after %d requests and %s", end, err, s.sent, time.Since(s.began))
		}
	})
}

// TestStartWaitsForTheRateLimit checks the order of all requests, each of which waits a
// second for the rate limit.
func TestStartWaitsForTheRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &startService{pages: []string{"other completed", "new other completed"}, sends: []error{errBusy, errLost}}
		end, _, err := startImport(t.Context(), t, s, func(o *StartOptions) { o.Admit = admitAfter(second) })
		want := []string{"1s page", "2s read other", "3s send", "5s page", "6s read new"} // busy, and a second later
		if end != "running new" || !slices.Equal(s.log, want) {
			t.Errorf("%s (%v), requests %q, want %q", end, err, s.log, want)
		}
		s = &startService{pages: []string{"other completed", "new other completed"}, sends: []error{errLost}}
		end, _, err = startImport(t.Context(), t, s, func(o *StartOptions) { o.Admit = admitAfter(second) })
		want = []string{"1s page", "2s read other", "3s send", "4s page", "5s read new", "7s page", "8s read new", "11s page", "12s read new", "17s page",
			"18s read new"}
		if end != "took over new" || !slices.Equal(s.log, want) {
			t.Errorf("%s (%v), requests %q, want %q", end, err, s.log, want)
		}
		// The job is found after four turns, and taken over 10 s later or at the next attempt after that.
		for _, times := range [][2]time.Duration{{second / 2, 12 * second}, {7 * second, 43 * second}} {
			turn, want := times[0], times[1]
			s = &startService{pages: []string{"", "new"}, sends: []error{errLost}}
			end, _, err = startImport(t.Context(), t, s, func(o *StartOptions) { o.Admit = admitAfter(turn) })
			if end != "took over new" || time.Since(s.began) != want {
				t.Errorf("%s (%v) after %s, want the job taken over after %s", end, err, time.Since(s.began), want)
			}
		}
	})
}
