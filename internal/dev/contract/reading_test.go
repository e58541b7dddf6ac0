package contract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// readingChecks returns the checks that only read, so cost nothing and change nothing.
func readingChecks() []check {
	return slices.Concat(listChecks(), jobChecks(), refusalChecks(), dataPlaneChecks())
}

// jobsPerCheck is how many jobs a check reads at most.
const jobsPerCheck = 5

func listChecks() []check {
	v1, v2 := service.list, func(s service, ctx context.Context) answer { return s.listV2(ctx, "") }
	return []check{
		{"a v1 list names each job, its collection and its state, such as ImportCompleted", func(ctx context.Context, s service) error {
			return eachJob(v1(s, ctx), "Import")
		}},
		{"a v2 list names each job, its collection and its state", func(ctx context.Context, s service) error {
			return eachJob(v2(s, ctx), "")
		}},
		{"count is the number of jobs on the page, or on all pages", func(ctx context.Context, s service) error {
			a := s.get(ctx, s.v1, "list", "pageSize", "5", "currentPage", "1")
			all := len(v1(s, ctx).jobs())
			count, ok := number(a.data()["count"])
			switch {
			case a.fault() != nil:
				return a.fault()
			case all <= 5:
				return errNotSeen // it is both
			case !ok || len(a.jobs()) != 5 || count != 5 && int(count) < all:
				return fmt.Errorf("count %v with %d jobs on the page, and at least %d in all", count, len(a.jobs()), all)
			}
			s.note("all pages: %v", count != 5)
			return nil
		}},
		{"a page beyond the end is an empty list", func(ctx context.Context, s service) error {
			return errors.Join(
				emptyList(s.get(ctx, s.v1, "list", "pageSize", "100", "currentPage", "1000")),
				emptyList(s.post(ctx, "list", map[string]any{"pageSize": 100, "currentPage": 1000})))
		}},
		{"a v1 page of 101 jobs is code 80003", func(ctx context.Context, s service) error {
			return expectCode(s.get(ctx, s.v1, "list", "pageSize", "101", "currentPage", "1"), 80003)
		}},
		{"a v2 list of one collection has its jobs and no others", func(ctx context.Context, s service) error {
			all := v2(s, ctx)
			if all.fault() != nil {
				return all.fault()
			}
			for _, job := range all.jobs() {
				name := text(job["collectionName"])
				if len(filtered(all.jobs(), name)) == len(all.jobs()) {
					return errNotSeen // there are no others
				}
				a := s.listV2(ctx, name)
				if a.fault() != nil || len(filtered(a.jobs(), name)) != len(a.jobs()) || len(a.jobs()) < len(filtered(all.jobs(), name)) {
					return fmt.Errorf("%v, with other jobs or not all", a)
				}
				return nil
			}
			return errNotSeen
		}},
	}
}

// filtered returns the jobs of a collection.
func filtered(jobs []map[string]any, collection string) []map[string]any {
	return slices.DeleteFunc(slices.Clone(jobs), func(job map[string]any) bool { return text(job["collectionName"]) != collection })
}

func emptyList(a answer) error {
	if a.fault() == nil && len(a.jobs()) > 0 {
		return fmt.Errorf("%d jobs", len(a.jobs()))
	}
	return a.fault()
}

// eachJob checks that a list names each of its jobs, with states that begin with a prefix.
func eachJob(a answer, prefix string) error {
	if a.fault() != nil {
		return a.fault()
	}
	for _, job := range a.jobs() {
		for _, field := range []string{"jobId", "collectionName", "state"} {
			if text(job[field]) == "" {
				return errors.New("a job without " + field)
			}
		}
		if !strings.HasPrefix(text(job["state"]), prefix) {
			return errors.New("a state without " + prefix)
		}
	}
	if len(a.jobs()) == 0 {
		return errNotSeen
	}
	return nil
}

func jobChecks() []check {
	return []check{
		{"v1 progress names the job that was asked for", func(ctx context.Context, s service) error {
			return s.anyV1(ctx, "", func(id string, a answer) error {
				if text(a.data()["jobId"]) != id {
					return errors.New("no jobId or another")
				}
				return nil
			})
		}},
		{"a completed v1 job has the percentage 1 and a completion time in RFC 3339, not later than Date", func(ctx context.Context, s service) error {
			return s.anyV1(ctx, "ImportCompleted", func(_ string, a answer) error { return completedV1(a) })
		}},
		{"a failed v1 job has an error message, its own or that of a file", func(ctx context.Context, s service) error {
			return s.anyV1(ctx, "ImportFailed", func(_ string, a answer) error {
				if !hasReason(a, "errorMessage") {
					s.note("one without: aborted?")
					return errNotSeen
				}
				return nil
			})
		}},
		{"a v2 job has a state, a progress of 0 to 100 and details", func(ctx context.Context, s service) error {
			return s.anyV2(ctx, "", func(a answer) error {
				if _, ok := a.data()["details"].([]any); !ok || text(a.data()["state"]) == "" {
					return errors.New("no details or no state")
				}
				return progressV2(a)
			})
		}},
		{"a completed v2 job has the progress 100 and a completion time in RFC 3339", func(ctx context.Context, s service) error {
			return s.anyV2(ctx, "Completed", completedV2)
		}},
		{"a failed v2 job has a reason", func(ctx context.Context, s service) error {
			return s.anyV2(ctx, "Failed", func(a answer) error {
				if !hasReason(a, "reason") {
					s.note("one without: aborted?")
					return errNotSeen
				}
				return nil
			})
		}},
	}
}

// anyV1 reads jobs of the list in a state with API v1, until the check has seen one. If the
// state is empty, they can be in any.
func (s service) anyV1(ctx context.Context, state string, f func(id string, a answer) error) error {
	return anyJob(s.list(ctx), state, func(id string) error {
		a := s.progress(ctx, id)
		if a.code == 90144 {
			return errNotSeen // its record has expired
		}
		if a.fault() != nil {
			return a.fault()
		}
		return f(id, a)
	})
}

func (s service) anyV2(ctx context.Context, state string, f func(answer) error) error {
	return anyJob(s.listV2(ctx, ""), state, func(id string) error {
		a := s.describe(ctx, id)
		if a.code == 90144 {
			return errNotSeen
		}
		if a.fault() != nil {
			return a.fault()
		}
		return f(a)
	})
}

func anyJob(list answer, state string, f func(id string) error) error {
	if list.fault() != nil {
		return list.fault()
	}
	seen := 0
	for _, job := range list.jobs() {
		if seen == jobsPerCheck || state != "" && text(job["state"]) != state {
			continue
		}
		seen++
		if err := f(text(job["jobId"])); !errors.Is(err, errNotSeen) {
			return err
		}
	}
	return errNotSeen
}

// completedV1 checks what proves the end of an import with API v1.
func completedV1(a answer) error {
	ready, _ := number(a.data()["readyPercentage"])
	at, err := time.Parse(time.RFC3339, text(a.data()["completeTime"]))
	date, noDate := http.ParseTime(a.header.Get("Date"))
	if ready != 1 || err != nil || noDate != nil || at.Truncate(time.Second).After(date) {
		return fmt.Errorf("percentage %v, completion time parsed: %v, %v before Date", ready, err == nil, date.Sub(at).Round(time.Second))
	}
	return nil
}

func completedV2(a answer) error {
	progress, _ := number(a.data()["progress"])
	if _, err := time.Parse(time.RFC3339, text(a.data()["completeTime"])); err != nil || progress != 100 {
		return fmt.Errorf("progress %v, completion time parsed: %v", progress, err == nil)
	}
	return nil
}

// progressV2 checks that the progress of a job is a number of percent.
func progressV2(a answer) error {
	if progress, ok := number(a.data()["progress"]); !ok || progress < 0 || progress > 100 {
		return fmt.Errorf("progress %v, a number: %v", progress, ok)
	}
	return nil
}

// hasReason reports whether a job or one of its files says why it failed.
func hasReason(a answer, field string) bool {
	return slices.ContainsFunc(append(a.files(), a.data()), func(o map[string]any) bool { return strings.TrimSpace(text(o[field])) != "" })
}

// expectCode returns an error unless the answer has one of the codes.
func expectCode(a answer, codes ...int) error {
	if a.err == nil && slices.Contains(codes, a.code) {
		return nil
	}
	return fmt.Errorf("%v, want code %v", a, codes)
}

const wrongKey = "0000000000000000-wrong"

func refusalChecks() []check {
	unauthorized := func(a answer) error {
		if a.err != nil || a.status != http.StatusUnauthorized || a.code < 0 {
			return errors.New(a.String())
		}
		return nil
	}
	return []check{
		{"an unknown v1 job is code 90144", func(ctx context.Context, s service) error { return expectCode(s.progress(ctx, "job-unknown"), 90144) }},
		{"an unknown v2 job is code 90144", func(ctx context.Context, s service) error { return expectCode(s.describe(ctx, "job-unknown"), 90144) }},
		{"an unknown cluster is code 40021, 80020 or 90102", func(ctx context.Context, s service) error {
			s.cluster = "in01-000000000000000"
			return errors.Join(expectCode(s.progress(ctx, "job-unknown"), 40021, 80020, 90102), expectCode(s.describe(ctx, "job-unknown"), 40021, 80020, 90102))
		}},
		{"a wrong key is HTTP 401 with a code", func(ctx context.Context, s service) error {
			s.key = wrongKey
			return errors.Join(unauthorized(s.list(ctx)), unauthorized(s.describe(ctx, "job-unknown")))
		}},
		{"the host of another region is code 90117 or 90102", func(ctx context.Context, s service) error {
			return expectCode(s.get(ctx, s.wrongRegion, "list"), 90117, 90102)
		}},
		{"responses have the headers requestid and Date", func(ctx context.Context, s service) error {
			for _, a := range []answer{s.list(ctx), s.listV2(ctx, "")} {
				if a.header.Get("requestid") == "" || a.header.Get("Date") == "" {
					return fmt.Errorf("requestid: %v, Date: %v", a.header.Get("requestid") != "", a.header.Get("Date") != "")
				}
			}
			return nil
		}},
		{"more than 20 requests in a second get HTTP 429", throttled},
	}
}

// throttled sends 30 requests at once.
func throttled(ctx context.Context, s service) error {
	s.gap = 0
	answers := make([]answer, 30)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = s.listV2(ctx, "") })
	}
	all.Wait()
	if err := s.sleep(ctx); err != nil { // so that the next request is not throttled
		return err
	}
	finding := errNotSeen
	for _, a := range answers {
		switch {
		case a.fault() == nil:
		case a.err == nil && a.status == http.StatusTooManyRequests && finding != nil:
			s.note("Retry-After: %v, code %d", a.header.Get("Retry-After") != "", a.code)
			finding = nil
		case a.err != nil || a.status != http.StatusTooManyRequests:
			return errors.New(a.String())
		}
	}
	return finding
}
