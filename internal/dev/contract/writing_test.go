package contract

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// maxWait limits each wait for a job.
const maxWait = 30 * time.Minute

// writingChecks returns the checks that import into the collection of the service. An
// import that completes leaves its rows there.
func writingChecks() []check {
	return []check{
		{"a started job is on record at once, and its import completes", startAndComplete},
		{"a start with v1 returns the ID of a job that v1 knows", startWithV1},
		{"until a v1 job has ended, its percentage is below 1 and it has no completion time", runningWithV1},
		{"a second start of the same files is another job, or refused as busy (47039, 47055)", startTwice},
		{"a running job is in the list", listWhileRunning},
		{"auto_commit = false stops in Uncommitted, and a commit completes the import", func(ctx context.Context, s service) error {
			return twoPhases(ctx, s, "commit", "Completed")
		}},
		{"an abort of an uncommitted job makes it Failed", func(ctx context.Context, s service) error {
			return twoPhases(ctx, s, "abort", "Failed")
		}},
	}
}

// start starts an import with API v2, and returns the ID of its job.
func (s service) start(ctx context.Context, more map[string]any) (string, answer) {
	body := map[string]any{"collectionName": s.collection, "objectUrls": [][]string{{s.objectURL}}}
	maps.Copy(body, more)
	a := s.post(ctx, "create", body)
	data := a.data()
	if array, ok := a.body["data"].([]any); ok && len(array) == 1 {
		data, _ = array[0].(map[string]any)
	}
	id, _ := data["jobId"].(string)
	return id, a
}

// await polls a job until it is in a state. It returns an error if the job ends in
// another.
func (s service) await(ctx context.Context, id, want string) error {
	deadline := time.Now().Add(maxWait)
	for {
		a := s.post(ctx, "describe", map[string]any{"jobId": id})
		state, _ := a.data()["state"].(string)
		switch {
		case state == want:
			return nil
		case state == "Failed", state == "Completed":
			return fmt.Errorf("the job is %s, want %s", state, want)
		case time.Now().After(deadline):
			return fmt.Errorf("%v, state %q after %s, want %s", a, state, maxWait, want)
		}
		if err := s.sleep(ctx); err != nil {
			return err
		}
	}
}

func startAndComplete(ctx context.Context, s service) error {
	id, a := s.start(ctx, nil)
	if id == "" {
		return fmt.Errorf("%v", a)
	}
	var late error
	for began := time.Now(); !s.post(ctx, "describe", map[string]any{"jobId": id}).ok(); {
		late = fmt.Errorf("not on record after %s", time.Since(began).Round(time.Second/10))
		if time.Since(began) > time.Minute {
			return late
		}
		if err := s.sleep(ctx); err != nil {
			return err
		}
	}
	return cmp.Or(s.await(ctx, id, "Completed"), late)
}

func startWithV1(ctx context.Context, s service) error {
	body, err := json.Marshal(map[string]string{"clusterId": s.cluster, "collectionName": s.collection, "objectUrl": s.objectURL})
	if err != nil {
		return err
	}
	a := s.send(ctx, http.MethodPost, s.v1+"/v1/vector/collections/import", s.key, body)
	id, _ := a.data()["jobId"].(string)
	if id == "" {
		return fmt.Errorf("%v", a)
	}
	if err := s.await(ctx, id, "Completed"); err != nil {
		return err
	}
	if a := s.progress(ctx, id); !a.ok() {
		return fmt.Errorf("%v", a)
	}
	return nil
}

// runningWithV1 reads a job with API v1 until it has ended. Whether it had ended when it
// was read is asked afterwards, with API v2.
func runningWithV1(ctx context.Context, s service) error {
	id, a := s.start(ctx, nil)
	if id == "" {
		return fmt.Errorf("%v", a)
	}
	finding := errNotSeen
	for deadline := time.Now().Add(maxWait); time.Now().Before(deadline); {
		read := s.progress(ctx, id).data()
		percentage, found := read["readyPercentage"].(float64)
		completed := read["completeTime"] != nil && read["completeTime"] != ""
		state, _ := s.post(ctx, "describe", map[string]any{"jobId": id}).data()["state"].(string)
		switch {
		case state == "Completed", state == "Failed":
			return finding
		case !found || state == "":
		case percentage >= 1 || completed:
			finding = fmt.Errorf("percentage %v, completion time %v", percentage, completed)
		case errors.Is(finding, errNotSeen):
			finding = nil
		}
		if err := s.sleep(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("the job has not ended after %s", maxWait)
}

func startTwice(ctx context.Context, s service) error {
	first, a := s.start(ctx, nil)
	if first == "" {
		return fmt.Errorf("%v", a)
	}
	second, a := s.start(ctx, nil)
	// Wait in any case, so that the next check does not find the cluster busy.
	err := s.await(ctx, first, "Completed")
	switch {
	case err != nil:
		return err
	case second == "":
		return expectCode(a, 47039, 47055)
	case second == first:
		return errors.New("the second start answers the first job")
	default:
		return s.await(ctx, second, "Completed")
	}
}

func listWhileRunning(ctx context.Context, s service) error {
	id, a := s.start(ctx, nil)
	if id == "" {
		return fmt.Errorf("%v", a)
	}
	found := slices.ContainsFunc(s.list(ctx).jobs(), func(job map[string]any) bool { return job["jobId"] == id })
	if err := s.await(ctx, id, "Completed"); err != nil {
		return err
	}
	if !found {
		return errors.New("the list does not have it at once")
	}
	return nil
}

// twoPhases starts an import whose rows stay invisible, and ends it with a call.
func twoPhases(ctx context.Context, s service, call, state string) error {
	id, a := s.start(ctx, map[string]any{"options": map[string]string{"auto_commit": "false"}})
	if id == "" {
		return fmt.Errorf("%v", a)
	}
	if err := s.await(ctx, id, "Uncommitted"); err != nil {
		return err
	}
	if a := s.post(ctx, call, map[string]any{"jobId": id}); !a.ok() {
		return fmt.Errorf("%s: %v", call, a)
	}
	return s.await(ctx, id, state)
}
