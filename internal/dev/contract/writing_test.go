package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// writingChecks returns the checks that import into the collection of the service. An
// import that completes leaves its rows there.
func writingChecks() []check {
	return slices.Concat([]check{
		{"a job of v2 is on record at once, names its file by the path in the bucket, and completes", importV2},
	}, visibilityChecks(), []check{
		{"a job of v1 names its file, and is below 1 without a completion time until it has completed", importV1},
		{"a second start of the same files is another job, or refused as busy (47039, 47055)", startTwice},
		{"auto_commit = false stops in Uncommitted, which v1 does not show as completed, and a commit completes it", commit},
		{"an abort of an uncommitted job makes it Failed, and its rows are gone", abort},
		{"a v1 import of a file that does not exist is refused, or fails with a message", failV1},
		{"a v2 import of a file that does not exist is refused, or fails with a reason", failV2},
		{"the provider imports with API v1: job, completion and progress", func(ctx context.Context, s service) error { return apply(ctx, s, "v1") }},
		{"the provider imports with API v2: job, completion and progress", func(ctx context.Context, s service) error { return apply(ctx, s, "v2") }},
	})
}

func importV2(ctx context.Context, s service) error {
	id, err := s.mustStart(ctx, "v2", nil)
	if err != nil {
		return err
	}
	var late error
	if a := s.describe(ctx, id); a.fault() != nil {
		late = fmt.Errorf("not on record at once: %v", a)
	}
	var states, seen []string
	a, err := s.await(ctx, id, "Completed", func(state string, a answer) error {
		if !slices.Contains(states, state) {
			states = append(states, state)
			seen = append(seen, fmt.Sprint(publicValue("state", state)))
		}
		return errors.Join(namesFile(a, s.objectURL), progressV2(a))
	})
	s.note("states: %v", seen)
	if !slices.Contains(states, "Pending") {
		s.note("not seen pending")
	}
	if err != nil {
		return err
	}
	return errors.Join(late, completedV2(a))
}

func importV1(ctx context.Context, s service) error {
	id, err := s.mustStart(ctx, "v1", nil)
	if err != nil {
		return err
	}
	seen := 0
	a, failed, err := s.awaitV1(ctx, id, func(running bool, a answer) error {
		if running {
			seen++
			return errors.Join(namesFile(a, s.objectURL), unfinishedV1(a))
		}
		return namesFile(a, s.objectURL)
	})
	switch {
	case err != nil:
		return err
	case failed:
		return errors.New("the import has failed")
	case seen == 0:
		return errNotSeen
	default:
		return completedV1(a)
	}
}

// unfinishedV1 returns an error if an answer looks like that of a completed import.
func unfinishedV1(a answer) error {
	percentage, _ := number(a.data()["readyPercentage"])
	if at := text(a.data()["completeTime"]); percentage >= 1 || at != "" {
		return fmt.Errorf("percentage %v, completion time: %v", percentage, at != "")
	}
	return nil
}

// startTwice compares the order of two starts, which only it knows, with that of the lists.
func startTwice(ctx context.Context, s service) error {
	first, err := s.mustStart(ctx, "v2", nil)
	if err != nil {
		return err
	}
	second, a, err := s.start(ctx, "v2", s.objectURL, nil)
	if err != nil {
		return err
	}
	var order error
	for version, list := range map[string]answer{"v1": s.list(ctx), "v2": s.listV2(ctx, s.collection)} {
		position := func(id string) int {
			return slices.IndexFunc(list.jobs(), func(job map[string]any) bool { return text(job["jobId"]) == id })
		}
		switch {
		case list.fault() != nil:
			order = list.fault()
		case position(first) < 0, second != "" && position(second) < 0:
			order = errors.New("the list of " + version + " does not have a running job")
		case second != "" && position(second) > position(first):
			order = errors.New("the newest job does not come first in the list of " + version)
		}
	}
	// Wait in any case, so that the next check does not find the cluster busy.
	_, err = s.await(ctx, first, "Completed", nil)
	switch {
	case err != nil:
		return err
	case second == "":
		s.note("refused: %v", a)
		return errors.Join(order, expectCode(a, 47039, 47055))
	case second == first:
		return errors.New("the second start answers the first job")
	}
	_, err = s.await(ctx, second, "Completed", nil)
	return errors.Join(err, order)
}

// stage starts an import whose rows stay invisible, and waits until it is uncommitted.
func (s service) stage(ctx context.Context) (string, error) {
	id, err := s.mustStart(ctx, "v2", map[string]any{"options": map[string]string{"auto_commit": "false"}})
	if err != nil {
		return "", err
	}
	_, err = s.await(ctx, id, "Uncommitted", nil)
	return id, err
}

func commit(ctx context.Context, s service) error {
	id, err := s.stage(ctx)
	if err != nil {
		return err
	}
	read := s.progress(ctx, id)
	if a := s.post(ctx, "commit", map[string]any{"jobId": id}); a.fault() != nil {
		return fmt.Errorf("commit: %w", a.fault())
	}
	if _, err = s.await(ctx, id, "Completed", nil); err != nil {
		return err
	}
	if read.fault() != nil {
		return fmt.Errorf("v1 does not read it: %w", read.fault())
	}
	if err := unfinishedV1(read); err != nil {
		return fmt.Errorf("v1 shows an uncommitted job as completed: %w", err)
	}
	return nil
}

func abort(ctx context.Context, s service) error {
	before, countable := s.settled(ctx)
	id, err := s.stage(ctx)
	if err != nil {
		return err
	}
	if a := s.post(ctx, "abort", map[string]any{"jobId": id}); a.fault() != nil {
		return fmt.Errorf("abort: %w", a.fault())
	}
	if _, err := s.await(ctx, id, "Failed", nil); err != nil || !countable {
		return err
	}
	if after, _ := s.settled(ctx); after != before {
		return fmt.Errorf("%d rows more", after-before)
	}
	s.note("counted")
	return nil
}

func failV1(ctx context.Context, s service) error {
	id, a, err := s.start(ctx, "v1", missing(s.objectURL), nil)
	if err != nil || id == "" {
		s.note("refused: %v", a)
		return err
	}
	a, failed, err := s.awaitV1(ctx, id, nil)
	if err == nil && (!failed || !hasReason(a, "errorMessage")) {
		err = fmt.Errorf("failed: %v, with a message: %v", failed, hasReason(a, "errorMessage"))
	}
	return err
}

func failV2(ctx context.Context, s service) error {
	id, a, err := s.start(ctx, "v2", missing(s.objectURL), nil)
	if err != nil || id == "" {
		s.note("refused: %v", a)
		return err
	}
	if a, err = s.await(ctx, id, "Failed", nil); err == nil && !hasReason(a, "reason") {
		err = errors.New("no reason")
	}
	return err
}
