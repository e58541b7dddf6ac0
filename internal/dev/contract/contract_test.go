// Package contract checks the facts about the API that the provider relies on: with make
// test-live against Zilliz Cloud, for whoever has an account, and in every run of the
// tests against the simulator, so that neither the checks nor the simulator can rot.
package contract

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// errNotSeen is the finding of a check that has found nothing to check.
var errNotSeen = errors.New("not seen")

// check is a fact about the service, and how to check it.
type check struct {
	fact string
	// run returns nil if the fact holds, errNotSeen, or how the service differs.
	run func(context.Context, service) error
}

// factKey is the key of the fact in the context of its check.
type factKey struct{}

// runChecks runs the checks one after the other and logs each finding in one line. If
// mustSee is true, a check that has found nothing to check fails.
func runChecks(t *testing.T, s service, checks []check, mustSee bool) {
	t.Helper()
	for _, c := range checks {
		ctx := context.WithValue(t.Context(), factKey{}, c.fact)
		err := c.run(ctx, s)
		for n := 0; n < 10 && mustSee && errors.Is(err, errNotSeen); n++ {
			err = c.run(ctx, s) // on a slow machine, an import can end before it is seen
		}
		switch {
		case err == nil:
			t.Logf("holds     %s", c.fact)
		case errors.Is(err, errNotSeen) && !mustSee:
			t.Logf("not seen  %s", c.fact)
		default:
			t.Errorf("differs   %s: %v", c.fact, err)
		}
	}
}

// TestSimulator checks the simulator, where every fact can be seen and holds.
func TestSimulator(t *testing.T) {
	t.Parallel()
	const key, cluster = "0123456789abcdef-key", "in01-0123456789abcde"
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{key}})
	sim.AddCluster(cluster)
	sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
		return zillizsim.Job{Steps: zillizsim.Linear(50 * time.Millisecond)}
	})
	for i := range 6 {
		steps := zillizsim.Linear(time.Nanosecond)
		if i == 0 {
			steps = zillizsim.FailAt(time.Nanosecond, 0.4, "dimension mismatch")
		}
		sim.AddJob(zillizsim.Job{ClusterID: cluster, ID: "job-" + strconv.Itoa(i), CollectionName: "articles", Steps: steps})
	}
	other := zillizsim.New(zillizsim.Options{APIKeys: []string{key}})
	other.AddCluster(cluster)
	other.Refuse(cluster, 90102)
	wrongRegion := httptest.NewServer(other)
	defer wrongRegion.Close()
	server := httptest.NewServer(sim)
	defer server.Close()
	s := service{
		client: server.Client(), v1: server.URL, v2: server.URL, wrongRegion: wrongRegion.URL, key: key, cluster: cluster,
		collection: "articles", objectURL: "s3://bucket/articles/1.parquet", pause: 10 * time.Millisecond,
	}
	runChecks(t, s, readingChecks(), true)
	runChecks(t, s, writingChecks(), true)
}

// expectCode returns an error unless the answer has one of the codes.
func expectCode(a answer, codes ...int) error {
	if a.err == nil && slices.Contains(codes, a.code) {
		return nil
	}
	return fmt.Errorf("%v, want code %v", a, codes)
}

// readingChecks returns the checks that only read, so cost nothing and change nothing.
func readingChecks() []check {
	return []check{
		{"the v1 host of the region serves the list of jobs", func(ctx context.Context, s service) error {
			if a := s.list(ctx); !a.ok() {
				return fmt.Errorf("%v", a)
			}
			return nil
		}},
		{"a v1 list names each job, its collection and its state", func(ctx context.Context, s service) error {
			return eachJob(s.list(ctx), func(job map[string]any) error { return texts(job, "jobId", "collectionName", "state") })
		}},
		{"the states of a v1 list begin with Import", func(ctx context.Context, s service) error {
			return eachJob(s.list(ctx), func(job map[string]any) error {
				if state, _ := job["state"].(string); !strings.HasPrefix(state, "Import") {
					return errors.New("another state")
				}
				return nil
			})
		}},
		{"count is the number of jobs in the response", func(ctx context.Context, s service) error {
			a := s.get(ctx, s.v1, "list", s.key, map[string]string{"clusterId": s.cluster, "pageSize": "5", "currentPage": "1"})
			if len(a.jobs()) < 5 {
				return errNotSeen
			}
			if count, _ := a.data()["count"].(float64); int(count) != len(a.jobs()) {
				return fmt.Errorf("count %v with %d jobs on the page", a.data()["count"], len(a.jobs()))
			}
			return nil
		}},
		{"the newest job comes first", newestFirst},
		{"a v1 page of 101 jobs is code 80003", func(ctx context.Context, s service) error {
			return expectCode(s.get(ctx, s.v1, "list", s.key, map[string]string{"clusterId": s.cluster, "pageSize": "101", "currentPage": "1"}), 80003)
		}},
		{"v1 progress names the job that was asked for", func(ctx context.Context, s service) error {
			return anyJob(ctx, s, "", func(id string, a answer) error {
				if a.data()["jobId"] != id {
					return errors.New("no jobId or another")
				}
				return nil
			})
		}},
		{"a completed v1 job has the percentage 1 and a completion time in RFC 3339", func(ctx context.Context, s service) error {
			return anyJob(ctx, s, "ImportCompleted", func(_ string, a answer) error {
				at, _ := a.data()["completeTime"].(string)
				if _, err := time.Parse(time.RFC3339, at); err != nil || a.data()["readyPercentage"] != 1.0 {
					return fmt.Errorf("percentage %v, completion time parsed: %v", a.data()["readyPercentage"], err == nil)
				}
				return nil
			})
		}},
		{"a failed v1 job has an error message, its own or that of a file", func(ctx context.Context, s service) error {
			return anyJob(ctx, s, "ImportFailed", func(_ string, a answer) error {
				if message, _ := a.data()["errorMessage"].(string); message != "" {
					return nil
				}
				details, _ := a.data()["details"].([]any)
				for _, detail := range details {
					if file, ok := detail.(map[string]any); ok && file["errorMessage"] != nil && file["errorMessage"] != "" {
						return nil
					}
				}
				return errors.New("no message")
			})
		}},
		{"a v1 job can be described with v2, with state, progress and details", func(ctx context.Context, s service) error {
			return anyJob(ctx, s, "", func(id string, _ answer) error {
				a := s.post(ctx, "describe", map[string]any{"jobId": id})
				if !a.ok() {
					return fmt.Errorf("%v", a)
				}
				if _, ok := a.data()["details"].([]any); !ok {
					return errors.New("no details")
				}
				return texts(a.data(), "jobId", "state")
			})
		}},
		{"v2 lists records with states", func(ctx context.Context, s service) error {
			a := s.post(ctx, "list", map[string]any{"pageSize": 100, "currentPage": 1})
			return eachJob(a, func(job map[string]any) error { return texts(job, "jobId", "state") })
		}},
		{"an unknown v1 job is code 90144", func(ctx context.Context, s service) error { return expectCode(s.progress(ctx, "job-unknown"), 90144) }},
		{"an unknown v2 job is code 90144", func(ctx context.Context, s service) error {
			return expectCode(s.post(ctx, "describe", map[string]any{"jobId": "job-unknown"}), 90144)
		}},
		{"an unknown cluster is code 40021, 80020 or 90102", func(ctx context.Context, s service) error {
			return expectCode(s.get(ctx, s.v1, "get", s.key, map[string]string{"clusterId": "in01-000000000000000", "jobId": "job-unknown"}), 40021, 80020, 90102)
		}},
		{"a wrong key is HTTP 401", func(ctx context.Context, s service) error {
			if a := s.get(ctx, s.v1, "list", "0000000000000000-wrong", map[string]string{"clusterId": s.cluster}); a.status != http.StatusUnauthorized {
				return fmt.Errorf("%v", a)
			}
			return nil
		}},
		{"a wrong key is HTTP 401 with v2 too", func(ctx context.Context, s service) error {
			s.key = "0000000000000000-wrong"
			if a := s.post(ctx, "describe", map[string]any{"jobId": "job-unknown"}); a.status != http.StatusUnauthorized {
				return fmt.Errorf("%v", a)
			}
			return nil
		}},
		{"the host of another region is code 90117 or 90102", func(ctx context.Context, s service) error {
			if s.wrongRegion == "" {
				return errNotSeen
			}
			return expectCode(s.get(ctx, s.wrongRegion, "list", s.key, map[string]string{"clusterId": s.cluster}), 90117, 90102)
		}},
		{"responses have the headers requestid and Date", func(ctx context.Context, s service) error {
			a := s.list(ctx)
			if a.header.Get("requestid") == "" || a.header.Get("Date") == "" {
				return fmt.Errorf("requestid: %v, Date: %v", a.header.Get("requestid") != "", a.header.Get("Date") != "")
			}
			return nil
		}},
	}
}

// texts returns an error unless each of the fields is a text that is not empty.
func texts(object map[string]any, names ...string) error {
	for _, name := range names {
		if text, _ := object[name].(string); text == "" {
			return errors.New("no text in " + name)
		}
	}
	return nil
}

// eachJob checks each job of a list.
func eachJob(a answer, f func(map[string]any) error) error {
	if !a.ok() {
		return fmt.Errorf("%v", a)
	}
	if len(a.jobs()) == 0 {
		return errNotSeen
	}
	for _, job := range a.jobs() {
		if err := f(job); err != nil {
			return err
		}
	}
	return nil
}

// anyJob reads the first job of the list in a state, with API v1, and checks it. If the
// state is empty, the job can be in any.
func anyJob(ctx context.Context, s service, state string, f func(id string, a answer) error) error {
	for _, job := range s.list(ctx).jobs() {
		id, _ := job["jobId"].(string)
		if state != "" && job["state"] != state {
			continue
		}
		a := s.progress(ctx, id)
		if a.code == 90144 {
			continue // the record has expired
		}
		if !a.ok() {
			return fmt.Errorf("%v", a)
		}
		return f(id, a)
	}
	return errNotSeen
}

// newestFirst compares the completion times of the first two completed jobs.
func newestFirst(ctx context.Context, s service) error {
	var times []time.Time
	for _, job := range s.list(ctx).jobs() {
		id, _ := job["jobId"].(string)
		if job["state"] != "ImportCompleted" {
			continue
		}
		at, _ := s.progress(ctx, id).data()["completeTime"].(string)
		if t, err := time.Parse(time.RFC3339, at); err == nil {
			times = append(times, t)
		}
		if len(times) == 2 {
			if times[0].Before(times[1]) {
				return errors.New("the first job has completed earlier than the second")
			}
			return nil
		}
	}
	return errNotSeen
}
