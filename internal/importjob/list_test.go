package importjob

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// jobs returns the jobs with the numbers from first down to last.
func jobs(first, last int) []ListedJob {
	list := []ListedJob{}
	for n := first; n >= last; n-- {
		list = append(list, ListedJob{JobID: fmt.Sprintf("job-%d", n)})
	}
	return list
}

// pageOf returns a page of jobs. A size or count of 0 is not returned.
func pageOf(size, count int64, jobs ...[]ListedJob) response {
	r := listed(slices.Concat(jobs...)...)
	r.page.Size, r.page.Count = nil, nil
	if size > 0 {
		r.page.Size = &size
	}
	if count > 0 {
		r.page.Count = &count
	}
	return r
}

// filtered returns a page of which only some jobs match the filter.
func filtered(r response, matching []ListedJob) response {
	r.page.Jobs = matching
	return r
}

// TestList checks where a list ends, and that it is complete.
func TestList(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		pages []response // each is requested once
		want  []ListedJob
	}{
		{"no jobs", []response{pageOf(0, 0)}, jobs(0, 1)},
		{"ends with a short page", []response{pageOf(3, 0, jobs(5, 3)), pageOf(3, 0, jobs(2, 1))}, jobs(5, 1)},
		{"ends with a page that lacks one job", []response{pageOf(3, 0, jobs(2, 1))}, jobs(2, 1)},
		{"ends with an empty page", []response{pageOf(2, 0, jobs(2, 1)), pageOf(2, 0)}, jobs(2, 1)},
		{"ends with an empty page, without a size", []response{pageOf(0, 0, jobs(4, 2)), pageOf(0, 0, jobs(1, 1)), pageOf(0, 0)}, jobs(4, 1)},
		{"ends with a page that repeats the one before", []response{pageOf(2, 0, jobs(2, 1)), pageOf(2, 0, jobs(2, 1))}, jobs(2, 1)},
		{"ends with a page that repeats an earlier one", []response{pageOf(0, 0, jobs(3, 3)), pageOf(0, 0, jobs(2, 2)), pageOf(0, 0, jobs(3, 3))}, jobs(3, 2)},
		{"a full page does not end a list that is counted", []response{pageOf(2, 2, jobs(4, 3)), pageOf(2, 2, jobs(2, 1)), pageOf(2, 0)}, jobs(4, 1)},
		{"a page larger than its size is full", []response{pageOf(1, 0, jobs(4, 3)), pageOf(1, 0, jobs(2, 1)), pageOf(1, 0)}, jobs(4, 1)},
		{"count of each page", []response{pageOf(100, 100, jobs(150, 51)), pageOf(100, 50, jobs(50, 1))}, jobs(150, 1)},
		{"count of all pages", []response{pageOf(100, 150, jobs(150, 51)), pageOf(100, 150, jobs(50, 1))}, jobs(150, 1)},
		{"a job that starts meanwhile moves another to the next page", []response{pageOf(2, 4, jobs(4, 3)), pageOf(2, 5, jobs(3, 2)), pageOf(2, 5, jobs(1, 1))},
			jobs(4, 1)},
		{"two jobs that start meanwhile repeat a page, and end the list early",
			[]response{pageOf(2, 4, jobs(4, 3)), pageOf(2, 6, jobs(4, 3)), pageOf(2, 6, jobs(6, 5)), pageOf(2, 6, jobs(4, 3)), pageOf(2, 6, jobs(2, 1)), pageOf(2, 6)},
			jobs(6, 1)},
		{"a job that expires meanwhile hides another",
			[]response{pageOf(2, 4, jobs(4, 3)), pageOf(2, 3, jobs(1, 1)), pageOf(2, 3, jobs(4, 4), jobs(2, 2)), pageOf(2, 3, jobs(1, 1))},
			slices.Concat(jobs(4, 4), jobs(2, 1))},
		{
			"the list moves twice",
			[]response{pageOf(2, 5, jobs(5, 4)), pageOf(2, 4, jobs(2, 1)), pageOf(2, 4), pageOf(2, 4, jobs(5, 5), jobs(3, 3)), pageOf(2, 3, jobs(1, 1)),
				pageOf(2, 3, jobs(5, 5), jobs(2, 2)), pageOf(2, 3, jobs(1, 1))},
			slices.Concat(jobs(5, 5), jobs(2, 1)),
		},
		{"a filter",
			[]response{filtered(pageOf(2, 5, jobs(5, 4)), jobs(4, 4)), filtered(pageOf(2, 5, jobs(3, 2)), nil), filtered(pageOf(2, 5, jobs(1, 1)), jobs(1, 1))},
			slices.Concat(jobs(4, 4), jobs(1, 1))},
		{"nothing matches", []response{filtered(pageOf(2, 1, jobs(1, 1)), nil)}, jobs(0, 1)},
		{"a job that is listed twice on a page", []response{pageOf(4, 3, jobs(2, 2), jobs(2, 1))}, jobs(2, 1)},
		{"a count of fewer jobs than are listed", []response{pageOf(0, 1, jobs(3, 1)), pageOf(0, 0)}, jobs(3, 1)},
		{"transient errors", []response{unavailable, pageOf(2, 3, jobs(3, 2)), throttled(0), unknownCode, pageOf(2, 3, jobs(1, 1))}, jobs(3, 1)},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			s := newService().withList(test.pages...)
			limits := Limits{Timeout: minute, MaxRetries: 2, jitter: noJitter}
			got, err := List(t.Context(), s.page, limits)
			if err != nil {
				t.Fatal(err)
			}
			if got == nil || !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if len(s.log) != len(test.pages) {
				t.Errorf("requests %q, want %d", s.log, len(test.pages))
			}
		})
	}
}

// TestListSortsAnUnorderedList checks that the newest job comes first, although the
// API returns the jobs in random order.
func TestListSortsAnUnorderedList(t *testing.T) {
	t.Parallel()
	ids := func(ids ...string) []ListedJob {
		list := []ListedJob{}
		for _, id := range ids {
			list = append(list, ListedJob{JobID: id})
		}
		return list
	}
	unordered := func(r response) response {
		r.page.Unordered = true
		return r
	}
	first, second := ids("9", "10", "457200", "8"), ids("457199", "11")
	sorted := ids("457200", "457199", "11", "10", "9", "8")
	for name, pages := range map[string][]response{
		"all pages":         {unordered(pageOf(0, 0, first)), unordered(pageOf(0, 0, second)), unordered(pageOf(0, 0))},
		"only the first":    {unordered(pageOf(0, 0, first)), pageOf(0, 0, second), pageOf(0, 0)},
		"only the last one": {pageOf(4, 0, first), unordered(pageOf(4, 0, second))},
	} {
		bubble(t, name, func(t *testing.T) {
			got, err := List(t.Context(), newService().withList(pages...).page, Limits{Timeout: minute})
			if err != nil || !slices.Equal(got, sorted) {
				t.Errorf("List = %v, %v, want %v", got, err, sorted)
			}
		})
	}
	bubble(t, "an ordered list stays as it is", func(t *testing.T) {
		got, err := List(t.Context(), newService().withList(pageOf(5, 0, first)).page, Limits{Timeout: minute})
		if err != nil || !slices.Equal(got, first) {
			t.Errorf("List = %v, %v, want %v", got, err, first)
		}
	})
}

// TestListReadsEachPage checks the numbers of the pages, and when they are read.
func TestListReadsEachPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService().withList(
			pageOf(2, 4, jobs(4, 3)), unavailable, pageOf(2, 3, jobs(1, 1)), // moved
			pageOf(2, 3, jobs(4, 4), jobs(2, 2)), unavailable, unavailable, pageOf(2, 3, jobs(1, 1)),
		)
		if _, err := List(t.Context(), s.page, Limits{Timeout: minute, MaxRetries: 2, jitter: noJitter}); err != nil {
			t.Error(err)
		}
		s.checkLog(t, "0s page 1, 0s page 2, 1s page 2, 1s page 1, 1s page 2, 2s page 2, 4s page 2")
	})
}

// TestListReturnsTheFirstEntry checks which entry of a job that is listed twice is
// returned, and that entries are returned as they are.
func TestListReturnsTheFirstEntry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := ListedJob{JobID: "job-2", CollectionName: ptr("articles"), State: StateImporting}
		s := newService().withList(pageOf(1, 0, []ListedJob{first}), pageOf(3, 0, []ListedJob{{JobID: "job-2", State: StateCompleted}}, jobs(1, 1)))
		got, err := List(t.Context(), s.page, Limits{Timeout: minute})
		if want := append([]ListedJob{first}, jobs(1, 1)...); err != nil || !slices.Equal(got, want) {
			t.Errorf("List = %+v, %v, want %+v", got, err, want)
		}
	})
}

// TestListFails checks how a list fails. It has no jobs then.
func TestListFails(t *testing.T) {
	t.Parallel()
	// moves is a list that has moved each time that it is read.
	moves := []response{pageOf(2, 4, jobs(4, 3)), pageOf(2, 3, jobs(1, 1))}
	fourTimes := slices.Repeat(moves, 4)
	tests := []struct {
		name     string
		pages    []response
		admit    func(context.Context) error
		cancelAt time.Duration
		requests int
		want     ending
	}{
		{"permanent error", []response{pageOf(2, 0, jobs(4, 3)), denied}, nil, time.Hour, 2, ending{outcome: RequestFailed, err: 2}},
		{"no retries left", []response{pageOf(2, 0, jobs(4, 3)), unavailable}, nil, time.Hour, 4, ending{outcome: RequestFailed, err: 4, elapsed: 3 * second}},
		{"permanent error when it is read again", append(slices.Clone(moves), denied), nil, time.Hour, 3, ending{outcome: RequestFailed, err: 3}},
		{"no answer", []response{pageOf(2, 0, jobs(4, 3)), hangs}, nil, time.Hour, 2, ending{outcome: TimedOut, elapsed: minute}},
		{"never admitted", []response{pageOf(2, 0, jobs(4, 3))}, admitNth(2, never), time.Hour, 1, ending{outcome: TimedOut, queued: true, elapsed: minute}},
		{"canceled in a request", []response{pageOf(2, 0, jobs(4, 3)), hangs}, nil, second, 2, ending{outcome: Canceled, elapsed: second}},
		{"canceled before a request is admitted", []response{pageOf(2, 0, jobs(4, 3))}, admitNth(2, never), second, 1, ending{outcome: Canceled, elapsed: second}},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			s := newService().withList(test.pages...)
			limits := Limits{Timeout: minute, MaxRetries: 2, Admit: test.admit, jitter: noJitter}
			got, err := List(cancelAfter(t, test.cancelAt), s.page, limits)
			checkEnding(t, endOf(t, Job{}, err, s.began, minute), test.want)
			if got != nil || len(s.log) != test.requests {
				t.Errorf("%d jobs after requests %q, want none after %d", len(got), s.log, test.requests)
			}
		})
	}
	bubble(t, "the list moves three times", func(t *testing.T) {
		s := newService().withList(fourTimes...)
		got, err := List(t.Context(), s.page, Limits{Timeout: minute})
		var incomplete *IncompleteListError
		if e := asError(t, err); e.Outcome != RequestFailed || !errors.As(err, &incomplete) {
			t.Fatalf("error %v, want a failed request and an IncompleteListError", err)
		}
		if *incomplete != (IncompleteListError{Listed: 3, Count: 4}) {
			t.Errorf("error %+v, want 3 of 4 jobs", incomplete)
		}
		if got != nil || len(s.log) != 6 {
			t.Errorf("%d jobs after %d requests, want none after 6", len(got), len(s.log))
		}
	})
}

// TestIncompleteListCountsDifferentJobs checks the number of jobs in the error of a list
// with jobs that are listed twice, and with jobs that do not match the filter.
func TestIncompleteListCountsDifferentJobs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService().withList(slices.Repeat([]response{
			filtered(pageOf(2, 5, jobs(4, 3)), jobs(3, 3)), filtered(pageOf(2, 5, jobs(3, 2)), nil), pageOf(2, 5),
		}, 3)...)
		_, err := List(t.Context(), s.page, Limits{Timeout: minute})
		var incomplete *IncompleteListError
		if !errors.As(err, &incomplete) || *incomplete != (IncompleteListError{Listed: 3, Count: 5}) {
			t.Errorf("error %v, want 3 of 5 jobs", err)
		}
	})
}
