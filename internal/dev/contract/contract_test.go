// Package contract checks the facts about the API that the provider relies on: with make
// test-live against Zilliz Cloud, for whoever has an account, and in every run of the
// tests against the simulator, so that neither the checks nor the simulator can rot.
package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// check is a fact about the service, and how to check it.
type check struct {
	fact string
	// run returns nil if the fact holds, errNotSeen, or how the service differs. What it
	// returns and notes has no private text.
	run func(context.Context, service) error
}

// errNotSeen is the finding of a check that has found nothing to check.
var errNotSeen = errors.New("not seen")

// errStop ends a run: nobody knows whether the last start has started a job.
var errStop = errors.New("a start was answered without a job ID, so nothing more is started")

// result has the finding of a check.
type result struct {
	Fact       string   `json:"fact"`
	Finding    string   `json:"finding"` // holds, differs or not seen
	Difference string   `json:"difference,omitempty"`
	Notes      []string `json:"notes,omitempty"`
}

func (r result) String() string {
	line := fmt.Sprintf("%-9s %s", r.Finding, r.Fact)
	if r.Difference != "" {
		line += ": " + r.Difference
	}
	if len(r.Notes) > 0 {
		line += " (" + strings.Join(r.Notes, "; ") + ")"
	}
	return line
}

// runChecks runs the checks one after the other and reports what each has found. It
// returns early if ctx ends, or with errStop.
func runChecks(ctx context.Context, s service, checks []check, report func(result)) error {
	for _, c := range checks {
		s.fact, s.notes = c.fact, nil
		err := c.run(ctx, s)
		if ctx.Err() != nil {
			return context.Cause(ctx) // which is not the fault of the service
		}
		r := result{Fact: c.fact, Finding: "holds", Notes: s.notes}
		switch {
		case errors.Is(err, errNotSeen):
			r.Finding = "not seen"
		case err != nil:
			r.Finding, r.Difference = "differs", strings.ReplaceAll(err.Error(), "\n", "; ")
		}
		report(r)
		if errors.Is(err, errStop) {
			return errStop
		}
	}
	return nil
}

// run checks the account and then the facts, logs what it finds and records it in a file,
// and returns an error unless all checks were made and nothing differs. It only logs what
// is not for the public, such as the IDs of jobs.
func run(ctx context.Context, s service, file string, log func(format string, values ...any)) error {
	s.fact = "the service accepts the account"
	if err := s.checkAccount(ctx); err != nil {
		return err // which leaves the file of an earlier run as it is
	}
	s.file = file
	log("The requests and responses are recorded in live.json, without texts that could be private.")
	checks, differ := readingChecks(), 0
	if s.collection != "" && s.objectURL != "" {
		checks = append(checks, writingChecks()...)
	}
	err := runChecks(ctx, s, append(checks, check{"the provider's client decodes every response", clientDecodes}), func(found result) {
		log("%v", found)
		s.record(func(r *recording) { r.Facts = append(r.Facts, found) })
		if found.Finding == "differs" {
			differ++
		}
	})
	s.finish(ctx, log)
	switch {
	case err != nil:
		return fmt.Errorf("not all facts were checked: %w", err)
	case s.writeErr != nil:
		return fmt.Errorf("the recording is not complete: %w", s.writeErr)
	case differ > 0:
		return fmt.Errorf("%d facts differ", differ)
	default:
		return nil
	}
}

// finish aborts the jobs that are uncommitted, and logs the IDs of those that can still
// run, after Ctrl-C too.
func (s service) finish(ctx context.Context, log func(format string, values ...any)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	s.fact = "the end"
	for _, id := range slices.Clone(s.left) {
		a := s.read(ctx, v2, id)
		switch state := stateOf(a.data()); {
		case a.fault() == nil && ended(state):
		case a.fault() == nil && state == "Uncommitted" && s.call(ctx, v2, "abort", fields{"jobId": id}).fault() == nil:
			log("The job %s was uncommitted. It has been aborted.", id)
		default:
			log("The job %s has not ended: %v, state %q.", id, a, state)
		}
	}
	if s.started > 0 {
		log("Imports started: %d. The rows of those that complete stay in the collection.", s.started)
	}
}
