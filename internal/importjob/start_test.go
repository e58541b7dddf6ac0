package importjob

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// errDown is the error of a service that can't be reached.
var errDown = &RequestError{Err: errors.New("HTTP 503"), Failure: Unavailable}

// collection is a fake collection of a service, whose starts and lists follow a script.
type collection struct {
	// jobs are the names of the files of each job, and names are those of the jobs. An empty
	// one is not returned.
	jobs  map[string][]string
	names map[string]string
	// states are the states of jobs that are not importing.
	states map[string]State
	// list returns the IDs that the nth page has, from 1.
	list func(n int) []string
	// send is called for each request that starts an import.
	send func(n int) (string, error)
	// unreadable are the jobs that can't be read, and late has the number of reads after
	// which a job is on record.
	unreadable []string
	late       map[string]int
	// files are those of the import, by default data/1.parquet in an unknown bucket.
	files [][]string

	listed, sent, read int
}

func (c *collection) options() StartOptions {
	return StartOptions{
		Limits:   Limits{Timeout: time.Hour, MaxRetries: 1, jitter: noJitter},
		Files:    cmpFiles(c.files),
		Owned:    func(id string) bool { return id == "owned" },
		TakeOver: true,
	}
}

func (c *collection) source() StartSource {
	return StartSource{
		Send: func(context.Context) (string, error) {
			c.sent++
			return c.send(c.sent)
		},
		Page: func(context.Context) (Page, error) {
			c.listed++
			ids := c.list(c.listed)
			if ids == nil {
				return Page{}, errPermanent
			}
			page := Page{IDs: ids}
			for _, id := range ids {
				page.Jobs = append(page.Jobs, ListedJob{JobID: id, State: c.stateOf(id)})
			}
			return page, nil
		},
		Read: func(_ context.Context, id string) (Job, error) {
			c.read++
			if slices.Contains(c.unreadable, id) {
				return Job{}, errPermanent
			}
			if c.read <= c.late[id] {
				return Job{}, &RequestError{Err: errors.New("code 90144"), Failure: NotFound}
			}
			named := func(name string) *string {
				if name == "" {
					return nil
				}
				return &name
			}
			job := Job{State: c.stateOf(id), RawFileName: named(c.names[id])}
			for _, name := range c.jobs[id] {
				job.Files = append(job.Files, File{RawFileName: named(name)})
			}
			return job, nil
		},
	}
}

// cmpFiles returns the files, or the default if there are none.
func cmpFiles(files [][]string) [][]string {
	if files == nil {
		return [][]string{{"bucket/data/1.parquet", "data/1.parquet"}}
	}
	return files
}

func (c *collection) stateOf(id string) State {
	if state := c.states[id]; state != "" {
		return state
	}
	return StateImporting
}

// ids returns a list that never changes, which is empty but not nil without IDs.
func ids(all ...string) func(int) []string {
	return func(int) []string { return append([]string{}, all...) }
}

// thenIDs returns a list that has the first IDs before the start, and the others after it.
func thenIDs(before []string, after ...string) func(int) []string {
	return func(n int) []string {
		if n == 1 {
			return before
		}
		return after
	}
}

func startsJob(id string) func(int) (string, error) {
	return func(int) (string, error) { return id, nil }
}

// loses loses the response to each start.
func loses(int) (string, error) { return "", &RequestError{Err: errDown, Failure: UnknownOutcome} }

func TestStart(t *testing.T) {
	t.Parallel()
	ours, other := []string{"data/1.parquet"}, []string{"data/2.parquet"}
	tests := map[string]struct {
		c         collection
		keepOff   bool // TakeOver is false
		jobID     string
		takenOver bool
		running   string // the job of a RunningError
		unread    string // the job of an UnreadableJobError
		lost      bool
		unchecked bool
		sent      int
		after     time.Duration
	}{
		"nothing else runs": {c: collection{list: ids(), send: startsJob("new")}, jobID: "new", sent: 1},
		"busy, then free": {c: collection{list: ids(), send: func(n int) (string, error) {
			if n < 4 {
				return "", &RequestError{Err: errDown, Failure: Throttled}
			}
			return "new", nil
		}}, jobID: "new", sent: 4, after: 7 * time.Second},
		"refused":            {c: collection{list: ids(), send: func(int) (string, error) { return "", errPermanent }}, sent: 1},
		"unreachable":        {c: collection{list: ids(), send: func(int) (string, error) { return "", errDown }}, sent: 2, after: time.Second},
		"list unreadable":    {c: collection{list: func(int) []string { return nil }, send: startsJob("new")}, jobID: "new", unchecked: true, sent: 1},
		"another file runs":  {c: collection{list: ids("a"), jobs: map[string][]string{"a": other}, send: startsJob("new")}, jobID: "new", sent: 1},
		"the same file runs": {c: collection{list: ids("a"), jobs: map[string][]string{"a": ours}, send: startsJob("new")}, running: "a"},
		"its base name runs": {c: collection{list: ids("a"), jobs: map[string][]string{"a": {"1.parquet"}}, send: startsJob("new")}, running: "a"},
		"its URL runs":       {c: collection{list: ids("a"), jobs: map[string][]string{"a": {"host/bucket/data/1.parquet"}}, send: startsJob("new")}, running: "a"},
		"no names yet":       {c: collection{list: ids("a"), send: startsJob("new")}, running: "a"},
		"uncommitted": {c: collection{list: ids("a"), jobs: map[string][]string{"a": ours}, states: map[string]State{"a": StateUncommitted}, send: startsJob("new")},
			running: "a"},
		"unknown state": {c: collection{list: ids("a"), jobs: map[string][]string{"a": ours}, states: map[string]State{"a": "paused"}, send: startsJob("new")},
			running: "a"},
		"ended": {c: collection{list: ids("a", "b"), jobs: map[string][]string{"a": ours, "b": ours},
			states: map[string]State{"a": StateCompleted, "b": StateFailed}, send: startsJob("new")}, jobID: "new", sent: 1},
		"ours runs":       {c: collection{list: ids("owned"), jobs: map[string][]string{"owned": ours}, send: startsJob("new")}, jobID: "new", sent: 1},
		"unreadable runs": {c: collection{list: ids("a"), unreadable: []string{"a"}, send: startsJob("new")}, unread: "a"},

		"late on record": {c: collection{list: ids("a"), late: map[string]int{"a": 3}, jobs: map[string][]string{"a": ours}, send: startsJob("new")},
			running: "a", after: 3 * time.Second},
		"without a record, but listed": {c: collection{list: ids("a"), late: map[string]int{"a": 100}, send: startsJob("new")}, unread: "a", after: 10 * time.Second},
		"below the root of a bucket": {c: collection{list: ids("a"), files: [][]string{{""}}, jobs: map[string][]string{"a": ours}, send: startsJob("new")},
			running: "a"},
		"below a folder": {c: collection{list: ids("a"), files: [][]string{{"data"}}, jobs: map[string][]string{"a": ours}, send: startsJob("new")},
			running: "a"},
		"below a folder, with the bucket": {c: collection{list: ids("a"), files: [][]string{{"articles"}}, jobs: map[string][]string{"a": {"bucket/articles/1.parquet"}}, send: startsJob("new")},
			running: "a"},
		"Milvus' brackets": {c: collection{list: ids("a"), jobs: map[string][]string{"a": {"[data/1.parquet]"}}, send: startsJob("new")},
			running: "a"},
		"Milvus' list of names": {c: collection{list: ids("a"), jobs: map[string][]string{"a": {"[data/0.npy data/1.parquet]"}}, send: startsJob("new")},
			running: "a"},
		"a name with a space in brackets": {c: collection{list: ids("a"), files: [][]string{{"data/my 1.parquet"}}, jobs: map[string][]string{"a": {"[data/my 1.parquet]"}}, send: startsJob("new")},
			running: "a"},
		"an escaped name": {c: collection{list: ids("a"), files: [][]string{{"data/my 1.parquet"}}, jobs: map[string][]string{"a": {"data/my%201.parquet"}}, send: startsJob("new")},
			running: "a"},
		"an escaped path": {c: collection{list: ids("a"), files: [][]string{{"data/my%201.parquet"}}, jobs: map[string][]string{"a": {"data/my 1.parquet"}}, send: startsJob("new")},
			running: "a"},
		"repeated slashes": {c: collection{list: ids("a"), files: [][]string{{"data//2026"}}, jobs: map[string][]string{"a": {"data/2026//1.parquet"}}, send: startsJob("new")},
			running: "a"},
		"a base name, which can be of the folder": {c: collection{list: ids("a"), files: [][]string{{"data/2026"}}, jobs: map[string][]string{"a": {"1.parquet"}}, send: startsJob("new")},
			running: "a"},
		"the base name of another file": {c: collection{list: ids("a"), jobs: map[string][]string{"a": {"2.parquet"}}, send: startsJob("new")},
			jobID: "new", sent: 1},
		"the job's own name": {c: collection{list: ids("a"), names: map[string]string{"a": "data"}, jobs: map[string][]string{"a": {"2.parquet"}}, files: [][]string{{"data"}}, send: startsJob("new")},
			running: "a"},
		"the job's own name alone": {c: collection{list: ids("a"), names: map[string]string{"a": "data/1.parquet"}, send: startsJob("new")},
			running: "a"},
		"another own name alone": {c: collection{list: ids("a"), names: map[string]string{"a": "data/2.parquet"}, send: startsJob("new")},
			jobID: "new", sent: 1},
		"one file without a name": {c: collection{list: ids("a"), jobs: map[string][]string{"a": {"data/2.parquet", ""}}, send: startsJob("new")},
			running: "a"},
		"lost, in Milvus' brackets": {c: collection{list: thenIDs([]string{}, "x"), jobs: map[string][]string{"x": {"[data/1.parquet]"}}, send: loses},
			jobID: "x", takenOver: true, sent: 1, after: 15 * time.Second},
		"lost, in Milvus' list of names": {c: collection{list: thenIDs([]string{}, "x"), files: [][]string{{"data/1.npy"}, {"data/2.npy"}},
			jobs: map[string][]string{"x": {"[data/1.npy data/2.npy]"}}, send: loses}, jobID: "x", takenOver: true, sent: 1, after: 15 * time.Second},
		"lost, more names in Milvus' list": {c: collection{list: thenIDs([]string{}, "x"), jobs: map[string][]string{"x": {"[data/1.parquet data/2.parquet]"}}, send: loses},
			lost: true, sent: 1, after: time.Minute},
		"lost, the job's own name": {c: collection{list: thenIDs([]string{}, "x"), names: map[string]string{"x": "data/1.parquet"}, send: loses},
			jobID: "x", takenOver: true, sent: 1, after: 15 * time.Second},
		"lost, some of the files": {c: collection{list: thenIDs([]string{}, "x"), files: [][]string{{"data/2.parquet"}, {"data/1.parquet"}},
			jobs: map[string][]string{"x": ours}, send: loses}, lost: true, sent: 1, after: time.Minute},
		"lost, beside a new job without names": {c: collection{list: thenIDs([]string{}, "y", "x"), jobs: map[string][]string{"x": ours}, send: loses},
			lost: true, sent: 1, after: time.Minute},
		"lost in the second attempt, when the page can't be read": {c: collection{list: func(n int) []string {
			return [][]string{{}, nil, {"x"}}[min(n, 3)-1]
		}, jobs: map[string][]string{"x": ours}, send: func(n int) (string, error) {
			if n == 1 {
				return "", errDown
			}
			return loses(n)
		}}, lost: true, sent: 2, after: time.Minute + time.Second},
		"beside a folder": {c: collection{list: ids("a"), files: [][]string{{"dat"}}, jobs: map[string][]string{"a": ours}, send: startsJob("new")},
			jobID: "new", sent: 1},
		"lost, the end of a path that is exact": {
			c:    collection{list: thenIDs([]string{}, "x"), files: [][]string{{"articles/data/1.parquet"}}, jobs: map[string][]string{"x": ours}, send: loses},
			lost: true, sent: 1, after: time.Minute,
		},
		"lost, of two files": {
			c: collection{list: thenIDs([]string{}, "x"), files: [][]string{{"data/2.parquet"}, {"data/1.parquet"}},
				jobs: map[string][]string{"x": append(slices.Clone(ours), other...)}, send: loses},
			jobID: "x", takenOver: true, sent: 1, after: 15 * time.Second,
		},
		"lost, of the same file twice": {
			c: collection{list: thenIDs([]string{}, "x"), files: [][]string{{"data/2.parquet"}, {"data/1.parquet"}},
				jobs: map[string][]string{"x": append(slices.Clone(ours), ours...)}, send: loses},
			lost: true, sent: 1, after: time.Minute,
		},
		"lost and found": {c: collection{list: thenIDs([]string{"old"}, "new", "old"), states: map[string]State{"old": StateCompleted}, jobs: map[string][]string{"new": ours}, send: loses},
			jobID: "new", takenOver: true, sent: 1, after: 15 * time.Second},
		"lost, in the first job ever": {c: collection{list: thenIDs([]string{}, "new"), jobs: map[string][]string{"new": ours}, send: loses},
			jobID: "new", takenOver: true, sent: 1, after: 15 * time.Second},
		"lost and late": {c: collection{list: func(n int) []string {
			if n < 5 {
				return []string{}
			}
			return []string{"new"}
		}, jobs: map[string][]string{"new": ours}, send: loses}, jobID: "new", takenOver: true, sent: 1, after: 31 * time.Second},
		"lost, and never started": {c: collection{list: ids(), send: loses}, lost: true, sent: 1, after: time.Minute},
		"lost, two new ones":      {c: collection{list: thenIDs([]string{}, "x", "new"), jobs: map[string][]string{"x": ours, "new": ours}, send: loses}, lost: true, sent: 1, after: time.Minute},
		"lost, another file":      {c: collection{list: thenIDs([]string{}, "x"), jobs: map[string][]string{"x": other}, send: loses}, lost: true, sent: 1, after: time.Minute},
		"lost, a base name":       {c: collection{list: thenIDs([]string{}, "x"), jobs: map[string][]string{"x": {"1.parquet"}}, send: loses}, lost: true, sent: 1, after: time.Minute},
		"lost, more files":        {c: collection{list: thenIDs([]string{}, "x"), jobs: map[string][]string{"x": append(other, ours...)}, send: loses}, lost: true, sent: 1, after: time.Minute},
		"lost, no names":          {c: collection{list: thenIDs([]string{}, "x"), send: loses}, lost: true, sent: 1, after: time.Minute},
		"lost, of another resource": {c: collection{list: thenIDs([]string{}, "owned"), jobs: map[string][]string{"owned": ours}, send: loses},
			lost: true, sent: 1, after: time.Minute},
		"lost, an old one moves up": {c: collection{list: thenIDs([]string{"c", "b"}, "c", "a"), states: map[string]State{"a": StateCompleted, "b": StateCompleted, "c": StateCompleted},
			jobs: map[string][]string{"a": ours}, send: loses}, lost: true, sent: 1, after: time.Minute},
		"lost, all others gone": {c: collection{list: thenIDs([]string{"old"}, "new"), states: map[string]State{"old": StateCompleted}, jobs: map[string][]string{"new": ours}, send: loses},
			lost: true, sent: 1, after: time.Minute},
		"lost, without a list before": {c: collection{list: func(n int) []string {
			if n == 1 {
				return nil
			}
			return []string{"new"}
		}, jobs: map[string][]string{"new": ours}, send: loses}, lost: true, sent: 1, after: time.Minute},
		"lost after another lost one": {c: collection{list: thenIDs([]string{}, "new"), jobs: map[string][]string{"new": ours}, send: loses},
			keepOff: true, lost: true, sent: 1, after: time.Minute},
		"lost, and a second one comes later": {c: collection{list: func(n int) []string {
			return [][]string{{}, {"x"}, {"x"}, {"x"}, {"x", "new"}}[min(n, 5)-1]
		}, jobs: map[string][]string{"x": ours, "new": ours}, send: loses}, lost: true, sent: 1, after: time.Minute},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				o := test.c.options()
				o.TakeOver = !test.keepOff
				started, err := Start(t.Context(), test.c.source(), o)
				if started.JobID != test.jobID || started.TakenOver != test.takenOver || (started.CheckErr != nil) != test.unchecked {
					t.Errorf("started %+v", started)
				}
				checkStartError(t, err, test.jobID, test.running, test.unread, test.lost)
				if test.c.sent != test.sent || time.Since(began) != test.after {
					t.Errorf("%d requests in %s, want %d in %s", test.c.sent, time.Since(began), test.sent, test.after)
				}
			})
		})
	}
}

// checkStartError checks the kind of the error of a start.
func checkStartError(t *testing.T, err error, jobID, wantRunning, wantUnread string, wantLost bool) {
	t.Helper()
	var (
		running   *RunningError
		unchecked *UnreadableJobError
		lost      *LostError
	)
	gotRunning, gotUnread := "", ""
	if errors.As(err, &running) {
		gotRunning = running.JobID
	}
	if errors.As(err, &unchecked) {
		gotUnread = unchecked.JobID
	}
	if gotRunning != wantRunning || gotUnread != wantUnread || errors.As(err, &lost) != wantLost || (err == nil) != (jobID != "") {
		t.Errorf("error %T: %v", err, err)
	}
}

// TestStartReadsAtMostTenJobs has more unfinished jobs than a start may read.
func TestStartReadsAtMostTenJobs(t *testing.T) {
	t.Parallel()
	all := make([]string, 15)
	jobs := map[string][]string{}
	for i := range all {
		all[i] = "job-" + string(rune('a'+i))
		jobs[all[i]] = []string{"data/other.parquet"}
	}
	c := collection{list: ids(all...), jobs: jobs, send: startsJob("new")}
	started, err := Start(t.Context(), c.source(), c.options())
	if err != nil || c.read != maxChecked || started.CheckErr == nil {
		t.Errorf("%d jobs read, want %d (%v, %v)", c.read, maxChecked, err, started.CheckErr)
	}
}

// TestStartDoesNotRetryReads has an unfinished job that can't be read: its read is retried,
// and the start is not.
func TestStartDoesNotRetryReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reads := 0
		c := collection{list: ids("a"), send: startsJob("new")}
		source, o := c.source(), c.options()
		source.Read = func(context.Context, string) (Job, error) {
			reads++
			return Job{}, errDown
		}
		if _, err := Start(t.Context(), source, o); err == nil || reads != 1+o.MaxRetries || c.listed != 1 {
			t.Errorf("%d reads and %d pages, want %d and 1 (%v)", reads, c.listed, 1+o.MaxRetries, err)
		}
	})
}

// TestStartIsCanceled cancels a start in each phase.
func TestStartIsCanceled(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		c     collection
		after time.Duration // when it is canceled
		lost  bool
		jobID string
		sent  int
	}{
		"while the cluster is busy": {c: collection{list: ids(), send: func(int) (string, error) {
			return "", &RequestError{Err: errDown, Failure: Throttled}
		}}, after: 90 * time.Second, sent: 7},
		"during the look-up":           {c: collection{list: ids(), send: loses}, after: 10 * time.Second, lost: true, sent: 1},
		"during the look-up that ends": {c: collection{list: thenIDs([]string{}, "new"), jobs: map[string][]string{"new": {"data/1.parquet"}}, send: loses}, after: 2 * time.Second, jobID: "new", sent: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				started, err := Start(cancelAfter(t, test.after), test.c.source(), test.c.options())
				var lost *LostError
				if started.JobID != test.jobID || errors.As(err, &lost) != test.lost || (err == nil) != (test.jobID != "") {
					t.Errorf("started %+v, error %v", started, err)
				}
				if err != nil && !test.lost && asError(t, err).Outcome != Canceled {
					t.Errorf("outcome %q, want canceled", asError(t, err).Outcome)
				}
				if test.c.sent != test.sent || time.Since(began) != test.after {
					t.Errorf("%d requests in %s, want %d in %s", test.c.sent, time.Since(began), test.sent, test.after)
				}
			})
		})
	}
}

// TestAbort aborts jobs in each state.
func TestAbort(t *testing.T) {
	t.Parallel()
	accepts := func(int) error { return nil }
	tests := map[string]struct {
		reads  []response
		abort  func(n int) error
		aborts int
		state  State
		failed bool
		// refused reports whether the last refusal is returned, and sent whether the error says
		// that the job may have been aborted.
		refused, sent bool
	}{
		"uncommitted":         {reads: []response{in(StateUncommitted), in(StateFailed)}, abort: accepts, aborts: 1, state: StateFailed},
		"importing":           {reads: []response{in(StateImporting), in(StateImporting), in(StateFailed)}, abort: accepts, aborts: 2, state: StateFailed},
		"pending":             {reads: []response{in(StatePending), in(StateFailed)}, abort: accepts, aborts: 1, state: StateFailed},
		"committing":          {reads: []response{in(StateCommitting)}, abort: accepts, state: StateCommitting},
		"unknown state":       {reads: []response{in("paused")}, abort: accepts, state: "paused"},
		"completed":           {reads: []response{in(StateCompleted)}, abort: accepts, state: StateCompleted},
		"committed meanwhile": {reads: []response{in(StateUncommitted), in(StateCompleted)}, abort: func(int) error { return errPermanent }, aborts: 1, state: StateCompleted, refused: true},
		"refused with an unknown code, and completed": {reads: []response{in(StateImporting), in(StateImporting), in(StateCompleted)}, abort: func(int) error { return unknownCode.err },
			aborts: 2, state: StateCompleted, refused: true},
		"refused with an unknown code until the timeout": {reads: []response{in(StateImporting)}, abort: func(int) error { return unknownCode.err }, aborts: 8, failed: true, refused: true},
		"throttled until the timeout":                    {reads: []response{in(StateImporting)}, abort: func(int) error { return throttled(time.Minute).err }, aborts: 3, failed: true, refused: true},
		"lost until the timeout":                         {reads: []response{in(StateImporting)}, abort: func(int) error { return errDown }, aborts: 8, failed: true, sent: true},
		"lost response, but aborted":                     {reads: []response{in(StateUncommitted), in(StateFailed)}, abort: func(int) error { return errDown }, aborts: 1, state: StateFailed},
		"refused":                                        {reads: []response{in(StateUncommitted)}, abort: func(int) error { return errPermanent }, aborts: 1, failed: true, refused: true},
		"accepted, then refused":                         {reads: []response{in(StateImporting), in(StateImporting), in(StateFailed)}, abort: func(n int) error { return []error{nil, errPermanent}[n-1] }, aborts: 2, state: StateFailed, refused: true},
		"never ends":                                     {reads: []response{in(StateUncommitted)}, abort: accepts, aborts: 8, failed: true, sent: true},
		"unreadable":                                     {reads: []response{fails(errPermanent)}, abort: accepts, failed: true},
		"unavailable for a while": {reads: []response{in(StateImporting), fails(errDown), fails(errDown), fails(errDown), fails(errDown), fails(errDown), in(StateFailed)},
			abort: accepts, aborts: 1, state: StateFailed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				aborts := 0
				source := newService(test.reads...).source()
				source.Abort = func(context.Context) error {
					aborts++
					return test.abort(aborts)
				}
				got, err := Abort(t.Context(), source, Limits{Timeout: 130 * time.Second, jitter: noJitter})
				if aborts != test.aborts || (err != nil) != test.failed || err == nil && got.Job.State != test.state {
					t.Errorf("%d aborts, state %s, error %v", aborts, got.Job.State, err)
				}
				if (got.Refusal != nil) != test.refused || err != nil && asError(t, err).AbortSent != test.sent {
					t.Errorf("refusal %v, error %+v", got.Refusal, err)
				}
			})
		})
	}
}

// TestWaitCommits commits jobs in each state.
func TestWaitCommits(t *testing.T) {
	t.Parallel()
	accepts := func(int) error { return nil }
	tests := map[string]struct {
		reads   []response
		commit  func(n int) error
		commits int
		outcome Outcome       // empty if the import has completed
		refused bool          // CommitRefused
		after   time.Duration // if not 0, when the wait ends
	}{
		"uncommitted":          {reads: []response{in(StateImporting), in(StateUncommitted), in(StateCommitting), in(StateCompleted)}, commit: accepts, commits: 1},
		"committed by another": {reads: []response{in(StateImporting), in(StateCommitting), in(StateCompleted)}, commit: accepts},
		"lost response":        {reads: []response{in(StateUncommitted), in(StateCompleted)}, commit: func(int) error { return errDown }, commits: 1},
		"lost request":         {reads: []response{in(StateUncommitted), in(StateUncommitted), in(StateCompleted)}, commit: func(int) error { return errDown }, commits: 2},
		"refused":              {reads: []response{in(StateUncommitted)}, commit: func(int) error { return errPermanent }, commits: 1, outcome: RequestFailed, refused: true, after: time.Second},
		"refused with an unknown code": {reads: []response{in(StateUncommitted)}, commit: func(int) error { return unknownCode.err },
			commits: maxCommits, outcome: RequestFailed, refused: true, after: 129 * time.Second},
		"refused with an unknown status": {reads: []response{in(StateUncommitted)}, commit: func(int) error { return unknownStatus.err },
			commits: maxCommits, outcome: RequestFailed, refused: true, after: 129 * time.Second},
		"lost, then refused": {reads: []response{in(StateUncommitted)}, commit: func(n int) error {
			if n == 1 {
				return errDown
			}
			return unknownCode.err
		}, commits: maxCommits, outcome: RequestFailed, after: 129 * time.Second},
		"refused for a minute":  {reads: append(in(StateUncommitted).repeated(5), in(StateCompleted)), commit: func(int) error { return unknownCode.err }, commits: maxCommits, after: 99 * time.Second},
		"refused, but complete": {reads: []response{in(StateUncommitted), in(StateCompleted)}, commit: func(int) error { return errPermanent }, commits: 1},
		"aborted by another":    {reads: []response{in(StateUncommitted), in(StateFailed)}, commit: func(int) error { return errPermanent }, commits: 1, outcome: ImportFailed},
		"throttled": {reads: []response{in(StateUncommitted), in(StateUncommitted), in(StateUncommitted), in(StateUncommitted), in(StateUncommitted), in(StateUncommitted), in(StateCompleted)},
			commit: func(n int) error {
				if n < 6 {
					return throttled(5 * time.Second).err
				}
				return nil
			}, commits: 6},
		"stays uncommitted": {reads: []response{in(StateUncommitted)}, commit: accepts, commits: maxCommits, outcome: TimedOut},
		"unreadable":        {reads: []response{fails(errPermanent)}, commit: accepts, outcome: RequestFailed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				commits := 0
				s := newService(test.reads...)
				source := s.source()
				source.Commit = func(context.Context) error {
					commits++
					return test.commit(commits)
				}
				_, err := Wait(t.Context(), source, WaitOptions{Limits: Limits{Timeout: 30 * time.Minute, jitter: noJitter}, Commits: true})
				if commits != test.commits || test.after > 0 && time.Since(s.began) != test.after {
					t.Errorf("%d commits in %s, want %d in %s", commits, time.Since(s.began), test.commits, test.after)
				}
				if test.outcome == "" {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if e := asError(t, err); e.Outcome != test.outcome || e.Commits != commits || e.CommitRefused != test.refused || test.outcome == TimedOut && e.Last == nil {
					t.Errorf("outcome %q with %d commits, want %q with %d", e.Outcome, e.Commits, test.outcome, commits)
				}
			})
		})
	}
}
