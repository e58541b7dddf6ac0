package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const wrongKey = "0000000000000000-wrong"

// readingChecks returns the checks that only read, so cost nothing and change nothing.
func readingChecks() []check {
	checks := make([]check, 0, 32)
	for _, v := range []api{v1, v2} {
		expect := func(fact, call string, f fields, change func(*service), ok func(answer) bool) check {
			return check{v.name + ": " + fact, func(ctx context.Context, s service) error {
				change(&s)
				if a := s.call(ctx, v, call, f); !ok(a) {
					return errors.New(a.String())
				}
				return nil
			}}
		}
		code := func(codes ...int) func(answer) bool {
			return func(a answer) bool { return a.err == nil && slices.Contains(codes, a.code) }
		}
		unchanged, page := func(*service) {}, fields{"pageSize": 100, "currentPage": 1}
		checks = append(checks,
			check{v.name + ": a list names each job, its collection and its state", func(ctx context.Context, s service) error { return listed(s.list(ctx, v), v) }},
			check{v.name + ": count is the number of jobs on the page, or on all pages", func(ctx context.Context, s service) error { return count(ctx, s, v) }},
			expect("a page beyond the end is an empty list", "list", fields{"pageSize": 100, "currentPage": 1000}, unchanged,
				func(a answer) bool { return a.fault() == nil && len(a.jobs()) == 0 }),
			anyJob("a job is the one that was read, with a percentage and details", v, "", func(id string, a answer) error {
				percent, ok := number(a.data()[v.percent])
				if _, files := a.data()["details"].([]any); text(a.data()["jobId"]) != id || !ok || percent < 0 || percent > v.full || !files {
					return fmt.Errorf("jobId: %v, percentage %v, details: %v", text(a.data()["jobId"]) == id, percent, files)
				}
				return nil
			}),
			anyJob("a completed job has the full percentage, and a completion time in RFC 3339 that is not later than Date", v, "Completed",
				func(_ string, a answer) error { return completed(a, v) }),
			anyJob("a failed job has a message", v, "Failed", func(_ string, a answer) error {
				if !hasReason(a, v) {
					return errNotSeen // an aborted one has none
				}
				return nil
			}),
			expect("an unknown job is code 90144", v.read, fields{"jobId": "job-unknown"}, unchanged, code(90144)),
			expect("an unknown cluster is code 40021, 80020 or 90102", v.read, fields{"jobId": "job-unknown"},
				func(s *service) { s.cluster = "in01-000000000000000" }, code(40021, 80020, 90102)),
			expect("a wrong key is HTTP 401 with a code", "list", page, func(s *service) { s.key = wrongKey },
				func(a answer) bool { return a.err == nil && a.status == http.StatusUnauthorized && a.code > 0 }),
			expect("responses have the headers requestid and Date", "list", page, unchanged,
				func(a answer) bool { return a.header.Get("requestid") != "" && a.header.Get("Date") != "" }),
		)
		if v == v1 {
			checks = append(checks,
				expect("a page of 101 jobs is code 80003", "list", fields{"pageSize": 101, "currentPage": 1}, unchanged, code(80003)),
				expect("the host of another region is code 90117 or 90102", "list", page,
					func(s *service) { s.base = map[string]string{"v1": s.base["another region"]} }, code(90117, 90102)))
		}
	}
	return append(checks,
		check{"v2: the list of a collection has its jobs and no others", collectionList},
		check{"more than 20 requests in a second get HTTP 429", throttled},
		onCluster("get_load_state is LoadStateNotLoad, LoadStateLoading, or LoadStateLoaded with the progress 100", loadState),
		onCluster("a count with limit 0 is one number", countRows),
		onCluster("a collection that does not exist is code 100", noCollection))
}

// anyJob checks the jobs of the list in a state, or in any if it is empty, until one has
// shown the fact.
func anyJob(fact string, v api, state string, f func(id string, a answer) error) check {
	return check{v.name + ": " + fact, func(ctx context.Context, s service) error {
		list, finding, read := s.list(ctx, v), errNotSeen, 0
		if list.fault() != nil {
			return list.fault()
		}
		for _, job := range list.jobs() {
			if state != "" && stateOf(job) != state || read == 5 || !errors.Is(finding, errNotSeen) {
				continue
			}
			read++
			id := text(job["jobId"])
			switch a := s.read(ctx, v, id); {
			case a.code == 90144: // its record has expired
			case a.fault() != nil:
				finding = a.fault()
			default:
				finding = f(id, a)
			}
		}
		return finding
	}}
}

// stateOf returns the state of a job, by its name in v2.
func stateOf(job fields) string {
	if state := text(job["state"]); state == "Importing" {
		return state
	}
	return strings.TrimPrefix(text(job["state"]), "Import")
}

func listed(a answer, v api) error {
	if a.fault() != nil {
		return a.fault()
	}
	for _, job := range a.jobs() {
		if text(job["jobId"]) == "" || text(job["collectionName"]) == "" || stateOf(job) == "" || v == v1 && stateOf(job) == text(job["state"]) {
			return errors.New("a job lacks one of them, or the state has another form")
		}
	}
	if len(a.jobs()) == 0 {
		return errNotSeen
	}
	return nil
}

func count(ctx context.Context, s service, v api) error {
	a, all := s.call(ctx, v, "list", fields{"pageSize": 5, "currentPage": 1}), s.list(ctx, v)
	n, ok := number(a.data()["count"])
	switch {
	case a.fault() != nil:
		return a.fault()
	case len(all.jobs()) <= 5:
		return errNotSeen // it is both
	case !ok || len(a.jobs()) != 5 || n != 5 && int(n) < len(all.jobs()):
		return fmt.Errorf("count %v with %d jobs on the page, and at least %d in all", n, len(a.jobs()), len(all.jobs()))
	}
	s.note("all pages: %v", n != 5)
	return nil
}

func collectionList(ctx context.Context, s service) error {
	of := func(name string, a answer) int {
		return len(slices.DeleteFunc(a.jobs(), func(job map[string]any) bool { return text(job["collectionName"]) != name }))
	}
	all := s.list(ctx, v2)
	if all.fault() != nil || len(all.jobs()) == 0 {
		return cmp.Or(all.fault(), errNotSeen)
	}
	name := text(all.jobs()[0]["collectionName"])
	if of(name, all) == len(all.jobs()) {
		return errNotSeen // there are no others
	}
	a := s.call(ctx, v2, "list", fields{"pageSize": 100, "currentPage": 1, "collectionName": name})
	if a.fault() != nil || of(name, a) != len(a.jobs()) || of(name, a) < of(name, all) {
		return fmt.Errorf("%v, %d of %d jobs, and %d others", a, of(name, a), of(name, all), len(a.jobs())-of(name, a))
	}
	return nil
}

// completed checks what proves the end of an import.
func completed(a answer, v api) error {
	percent, _ := number(a.data()[v.percent])
	at, err := time.Parse(time.RFC3339, text(a.data()["completeTime"]))
	date, noDate := http.ParseTime(a.header.Get("Date"))
	if percent != v.full || err != nil || noDate != nil || at.Truncate(time.Second).After(date) {
		return fmt.Errorf("percentage %v, time parsed: %v, %s before Date", percent, err == nil, date.Sub(at).Round(time.Second))
	}
	return nil
}

// hasReason reports whether a job or one of its files says why it failed.
func hasReason(a answer, v api) bool {
	return slices.ContainsFunc(append(objects(a.data()["details"]), a.data()), func(o map[string]any) bool { return strings.TrimSpace(text(o[v.reason])) != "" })
}

// throttled sends 30 requests at once, and then lets the limit recover.
func throttled(ctx context.Context, s service) error {
	s.gap = 0
	answers := make([]answer, 30)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = s.list(ctx, v2) })
	}
	all.Wait()
	finding := errNotSeen
	for _, a := range answers {
		switch {
		case a.fault() == nil:
		case a.err != nil || a.status != http.StatusTooManyRequests:
			return errors.New(a.String())
		case finding != nil:
			s.note("Retry-After: %v, code %d", a.header.Get("Retry-After") != "", a.code)
			finding = nil
		}
	}
	return errors.Join(s.sleep(ctx), finding)
}

// ask sends a call about a collection to the cluster's own endpoint.
func (s service) ask(ctx context.Context, call string, more fields) answer {
	body := fields{"collectionName": s.collection}
	maps.Copy(body, more)
	return s.send(ctx, http.MethodPost, "cluster", "/v2/vectordb/"+call, body)
}

// loadState returns the state of the collection, and its progress if there is one.
func (s service) loadState(ctx context.Context) (state string, progress float64, a answer) {
	a = s.ask(ctx, "collections/get_load_state", nil)
	progress, _ = number(a.data()["loadProgress"])
	return text(a.data()["loadState"]), progress, a
}

// rowCount returns the number of rows that a query finds, -1 if it returns none.
func (s service) rowCount(ctx context.Context) (int64, answer) {
	a := s.ask(ctx, "entities/query", fields{"filter": "", "outputFields": []string{"count(*)"}, "limit": 0, "consistencyLevel": "Strong"})
	if rows, ok := number(a.data()["count(*)"]); ok && a.code == 0 {
		return int64(rows), a
	}
	return -1, a
}

// onCluster is a check that needs a collection and the cluster's own endpoint.
func onCluster(fact string, f func(context.Context, service) error) check {
	return check{fact, func(ctx context.Context, s service) error {
		if s.base["cluster"] == "" || s.collection == "" {
			return errNotSeen
		}
		return f(ctx, s)
	}}
}

func loadState(ctx context.Context, s service) error {
	state, progress, a := s.loadState(ctx)
	if a.code != 0 || state != "LoadStateNotLoad" && state != "LoadStateLoading" && (state != "LoadStateLoaded" || progress != 100) {
		return fmt.Errorf("%v, %v, progress %v", a, publicValue("loadState", state), progress)
	}
	s.note("%s", state)
	return nil
}

func countRows(ctx context.Context, s service) error {
	rows, a := s.rowCount(ctx)
	state, _, _ := s.loadState(ctx)
	switch {
	case rows >= 0:
		return nil
	case state == "LoadStateLoaded":
		return fmt.Errorf("%v, and no number", a)
	}
	s.note("not loaded: %v", a)
	return errNotSeen
}

func noCollection(ctx context.Context, s service) error {
	s.collection = "no_such_collection"
	_, counted := s.rowCount(ctx)
	if _, _, a := s.loadState(ctx); a.code != 100 || counted.code != 100 {
		return fmt.Errorf("get_load_state: %v, query: %v", a, counted)
	}
	return nil
}
