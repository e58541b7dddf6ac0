package importjob

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// listed returns a page of the list, which is full.
func listed(jobs ...ListedJob) response {
	page := Page{Jobs: jobs, Size: ptr(int64(len(jobs)))}
	for _, job := range jobs {
		page.IDs = append(page.IDs, job.JobID)
	}
	return response{page: page}
}

var (
	lastPage        = response{page: Page{Size: ptr(int64(10))}}
	completedInList = listed(ListedJob{JobID: "job-1", State: StateCompleted})
	importingInList = listed(ListedJob{JobID: "job-1", State: StateImporting})
	othersInList    = listed(ListedJob{JobID: "job-2", State: StateCompleted}, ListedJob{JobID: "job-11", State: StateCompleted})
)

// TestReadLooksUpInTheList checks what the list of jobs makes of an ambiguous result.
func TestReadLooksUpInTheList(t *testing.T) {
	t.Parallel()
	entries := func(states ...State) response {
		jobs := []ListedJob{{JobID: "job-0", State: StateFailed}}
		for _, s := range states {
			jobs = append(jobs, ListedJob{JobID: "job-1", State: s})
		}
		return listed(append(jobs, ListedJob{JobID: "job-2", State: StateImporting})...)
	}
	tests := []struct {
		name      string
		pages     []response
		completed bool
		log       string // after the read
	}{
		{"completed", []response{completedInList}, true, "0s page 1"},
		{"importing", []response{importingInList}, false, "0s page 1"},
		{"another state", []response{entries("sorted")}, false, "0s page 1"},
		{"no state", []response{entries("")}, false, "0s page 1"},
		{"every entry completed", []response{entries(StateCompleted, StateCompleted)}, true, "0s page 1"},
		{"only the first entry completed", []response{entries(StateCompleted, StateImporting)}, false, "0s page 1"},
		{"only the last entry completed", []response{entries(StateImporting, StateCompleted)}, false, "0s page 1"},
		{"one entry failed", []response{entries(StateCompleted, StateFailed, StateCompleted)}, false, "0s page 1"},
		{"on a later page", []response{othersInList, completedInList, importingInList}, true, "0s page 1, 0s page 2"},
		{"not listed", []response{othersInList, lastPage, completedInList}, false, "0s page 1, 0s page 2"},
		{"empty list", []response{lastPage, completedInList}, false, "0s page 1"},
		{"permanent error", []response{denied, completedInList}, false, "0s page 1"},
		{"permanent error on a later page", []response{othersInList, denied, completedInList}, false, "0s page 1, 0s page 2"},
		{"transient error", []response{unavailable, completedInList}, true, "0s page 1, 1s page 1"},
		{"transient errors", []response{unavailable, unavailable, unavailable, completedInList}, false, "0s page 1, 1s page 1, 3s page 1"},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			s := newService(ambiguous).withList(test.pages...)
			limits := Limits{Timeout: minute, MaxRetries: 2, jitter: noJitter}
			job, err := Read(t.Context(), s.source(), limits)
			if err != nil || number(&job.Job) != 1 {
				t.Errorf("Read = %+v, %v, want response 1", job, err)
			}
			if failed := strings.Contains(test.name, "error"); failed && test.completed == (job.ListErr != nil) {
				t.Errorf("ListErr = %v", job.ListErr)
			}
			checkResolved(t, job.Job, test.completed)
			s.checkLog(t, "0s read, "+test.log)
		})
	}
}

// checkResolved checks whether an ambiguous job is now completed.
func checkResolved(t *testing.T, job Job, completed bool) {
	t.Helper()
	if !completed {
		if job.State != StateImporting || !job.Ambiguous || job.ProgressPercent != nil {
			t.Errorf("job = %+v, want it to stay ambiguous", job)
		}
		return
	}
	if job.State != StateCompleted || job.Ambiguous || job.ProgressPercent == nil || *job.ProgressPercent != 100 {
		t.Errorf("job = %+v, want it completed, at 100%%", job)
	}
}

// TestLookUpWithinTheTimeoutOfTheRead checks that a result stays ambiguous if the list
// does not come in time.
func TestLookUpWithinTheTimeoutOfTheRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(ambiguous).withList(hangs)
		job, err := Read(t.Context(), s.source(), Limits{Timeout: minute})
		if err != nil || number(&job.Job) != 1 || job.ListErr == nil {
			t.Errorf("Read = %+v, %v, want response 1 and the error of the list", job, err)
		}
		checkResolved(t, job.Job, false)
		if time.Since(s.began) != minute {
			t.Errorf("took %s, want 1m", time.Since(s.began))
		}
	})
}

// TestReadIsCanceledInALookUp checks that a canceled read has either a result or
// an error.
func TestReadIsCanceledInALookUp(t *testing.T) {
	t.Parallel()
	read := func(ctx context.Context, page func(context.Context) (Page, error)) (Job, error) {
		source := newService(ambiguous).source()
		source.Page = func(ctx context.Context, _ int) (Page, error) { return page(ctx) }
		reading, err := Read(ctx, source, Limits{Timeout: minute})
		return reading.Job, err
	}
	reason := errors.New("a reason")
	bubble(t, "before the response", func(t *testing.T) {
		began := time.Now()
		ctx, cancel := context.WithCancelCause(t.Context())
		job, err := read(ctx, func(ctx context.Context) (Page, error) {
			cancel(reason)
			return Page{}, context.Cause(ctx)
		})
		checkEnding(t, endOf(t, job, err, began, minute), ending{outcome: Canceled})
	})
	bubble(t, "after the response", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		job, err := read(ctx, func(context.Context) (Page, error) {
			cancel(reason)
			return completedInList.page, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		checkResolved(t, job, true)
	})
}

// TestWaitLooksUpInTheList checks when a wait looks up ambiguous results, and what
// it makes of the answer.
func TestWaitLooksUpInTheList(t *testing.T) {
	t.Parallel()
	options := func(timeout, interval time.Duration) WaitOptions {
		return WaitOptions{Limits: Limits{Timeout: timeout, MaxRetries: 4}, PollInterval: interval}
	}
	tests := []struct {
		name         string
		options      WaitOptions
		reads, pages []response
		log          string
		want         ending
	}{
		{"completed", options(minute, 0), []response{ambiguous}, []response{completedInList}, "0s read, 0s page 1", result(1, 0)},
		{"at once when a result is ambiguous", options(minute, 10*second), []response{importing, unavailable, ambiguous}, []response{completedInList},
			"0s read, 10s read, 20s read, 20s page 1", result(3, 20*second)},
		{"once a minute", options(150*second, 20*second), []response{ambiguous}, []response{importingInList, othersInList, lastPage, completedInList},
			"0s read, 0s page 1, 20s read, 40s read, 1m0s read, 1m0s page 1, 1m0s page 2, 1m20s read, 1m40s read, 2m0s read, 2m0s page 1", result(10, 2*minute)},
		{"a minute after the response of the list", options(150*second, 30*second), []response{ambiguous}, []response{importingInList.after(second), completedInList},
			"0s read, 0s page 1, 31s read, 1m1s read, 1m1s page 1", result(4, 61*second)},
		{"not before a minute has passed", options(150*second, minute-1), []response{ambiguous, ambiguous, completed}, []response{importingInList},
			"0s read, 0s page 1, 59.999999999s read, 1m59.999999998s read", result(4, 2*minute-2)},
		{"in the final poll", options(30*second, 20*second), []response{ambiguous}, []response{importingInList, completedInList},
			"0s read, 0s page 1, 20s read, 30s read, 30s page 1", result(4, 30*second)},
		{"in the final poll, which has a minute with the list", options(30*second, 30*second), []response{ambiguous, ambiguous.after(20 * second)},
			[]response{importingInList, completedInList.after(40*second - 1)}, "0s read, 0s page 1, 30s read, 50s page 1", result(3, 90*second-1)},
		{"in the final poll, too late", options(30*second, 30*second), []response{ambiguous, ambiguous.after(20 * second)},
			[]response{importingInList, completedInList.after(40*second + 1)}, "0s read, 0s page 1, 30s read, 50s page 1", timedOut(2, 90*second).read(3, 40*second)},
		{"only about ambiguous results", options(3*second, 0), []response{importing, at(1), in(StateUncommitted), in("sorting")}, []response{completedInList},
			"0s read, 1s read, 2s read, 3s read", timedOut(4, 3*second).read(4, 0)},
		{"a later result needs no list", options(minute, 0), []response{ambiguous, failed}, []response{importingInList},
			"0s read, 0s page 1, 1s read", ending{outcome: ImportFailed, last: 3, polls: 2, elapsed: second}},
		{"a failed list is read again at the next poll", options(40*second, 10*second), []response{ambiguous},
			[]response{unavailable, denied, unknownCode, importingInList, unavailable},
			"0s read, 0s page 1, 10s read, 10s page 1, 20s read, 20s page 1, 30s read, 30s page 1, 40s read, 40s page 1", timedOut(5, 40*second).read(9, 0).erred(10)},
		{"an error of the list does not outlive a result", options(20*second, 10*second), []response{ambiguous}, []response{unavailable, importingInList},
			"0s read, 0s page 1, 10s read, 10s page 1, 20s read, 20s page 1", timedOut(3, 20*second).read(5, 0)},
		{"a list that fails on a later page", options(10*second, 10*second), []response{ambiguous},
			[]response{othersInList, unavailable, othersInList, completedInList}, "0s read, 0s page 1, 0s page 2, 10s read, 10s page 1, 10s page 2",
			result(4, 10*second)},
		{"Retry-After of the list", options(40*second, 10*second), []response{ambiguous}, []response{throttled(25 * second), completedInList},
			"0s read, 0s page 1, 25s read, 25s page 1", result(3, 25*second)},
		{"a list that is not found proves nothing about the job", options(5*minute, 10*second), []response{ambiguous, ambiguous, notFound, completed},
			[]response{notFound}, "0s read, 0s page 1, 10s read, 10s page 1, 20s read, 25s read", result(6, 25*second)},
		{"an unknown code of the list proves nothing about the job", options(10*minute, minute), []response{ambiguous, unknownCode, unknownCode, completed},
			[]response{unknownCode}, "0s read, 0s page 1, 1m0s read, 2m0s read, 3m0s read", result(5, 3*minute)},
		{"a list that hangs until the deadline", options(minute, 10*second), []response{ambiguous}, []response{hangs, completedInList},
			"0s read, 0s page 1, 1m0s read, 1m0s page 1", result(3, minute)},
		{"a list that hangs in the final poll", options(minute, minute), []response{ambiguous}, []response{importingInList, hangs},
			"0s read, 0s page 1, 1m0s read, 1m0s page 1", timedOut(2, 2*minute).read(3, minute)},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			s := newService(test.reads...).withList(test.pages...)
			checkEnding(t, waitFor(t.Context(), t, s, test.options), test.want)
			s.checkLog(t, test.log)
		})
	}
}

// TestTimeDoesNotCompleteAnAmbiguousJob checks that a result stays ambiguous for as long
// as the list does not say that the import has completed.
func TestTimeDoesNotCompleteAnAmbiguousJob(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for name, page := range map[string]response{"importing": importingInList, "not listed": lastPage, "failing": unavailable, "denied": denied} {
		bubble(t, name, func(t *testing.T) {
			s := newService(ambiguous).withList(page)
			_, err := Wait(t.Context(), s.source(), withDefaults(WaitOptions{Limits: Limits{Timeout: day}}))
			e := asError(t, err)
			if e.Outcome != TimedOut || e.Elapsed != day {
				t.Fatalf("ended with %v after %s, want a timeout after %s", err, e.Elapsed, day)
			}
			checkResolved(t, *e.Last, false)
			if page.err != nil && !strings.Contains(err.Error(), "reading the list of jobs: "+page.err.Error()) {
				t.Errorf("error %q does not say why the list could not be read", err)
			}
		})
	}
}
