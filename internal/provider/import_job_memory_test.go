package provider

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const returnsOrStarts = "Apply returns to an earlier job or starts a new import"

// releases are the imports of one resource, one after the other.
type releases struct {
	*managed
	sim *zillizsim.Server
	// more are arguments of every release.
	more values
}

// newReleases returns a resource without a job. The import of a release fails if its name is
// in lower case, does not end if it is a digit, and completes otherwise.
func newReleases(t *testing.T, more values) *releases {
	t.Helper()
	r := &releases{sim: newSim(), more: more}
	r.sim.OnStart(func(start zillizsim.StartRequest) zillizsim.Job {
		switch release := start.URLs[0][0][len("s3://bucket/")]; {
		case release >= 'a':
			return zillizsim.Job{Steps: zillizsim.FailAt(time.Second, 0.5, "no rows")}
		case release <= '9':
			return zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.5}}}
		default:
			return zillizsim.Job{Steps: zillizsim.Linear(time.Second)}
		}
	})
	r.managed = newManaged(r.process(t), importJob)
	return r
}

// process returns a new process of the provider.
func (r *releases) process(t *testing.T) *testServer {
	t.Helper()
	return newProvider(t, r.sim, api("v2"))
}

// arguments returns those of a release.
func (r *releases) arguments(name string) values {
	return startArguments(values{"object_urls": []string{"s3://bucket/" + name + "/1", "s3://bucket/" + name + "/2"}}).with(r.more)
}

// apply applies the releases of a text one after the other, each in a new process, and ends
// the test if one is an error. Its import has ended before the next.
func (r *releases) apply(t *testing.T, names string) {
	t.Helper()
	for _, name := range strings.Fields(names) {
		<-time.After(time.Minute)
		if d := r.managed.apply(t.Context(), r.process(t), r.arguments(name)); hasError(d) {
			t.Fatalf("%s: %s", name, diagnosticText(d))
		}
	}
	<-time.After(time.Minute)
}

// job returns the number of the job in the state, by the order of the starts from 1. It is 0
// if no start has that job.
func (r *releases) job() int {
	for i, start := range r.sim.Started() {
		if start.JobID == r.text("job_id") {
			return i + 1
		}
	}
	return 0
}

// TestUndo applies one release after the other. Only the arguments of the last job that is not
// known to have failed are remembered, so that two collections can take turns.
func TestUndo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		names   string // of the releases; those in lower case fail
		started int    // how many imports were started
		job     int    // the job in the state
	}{
		"the last one":                         {"A b A", 2, 1},
		"after two failures":                   {"A b c A", 3, 1},
		"after the same failure twice":         {"A b A b A", 3, 1},
		"after a failure of each kind":         {"A B c B", 3, 2},
		"to the last but one":                  {"A b C d C", 4, 3},
		"and on":                               {"A b A C", 3, 3},
		"and on to a failure":                  {"A b A c A", 3, 1},
		"a failure is no release":              {"a B a", 3, 3},
		"A failed, B completed":                {"a B A B", 4, 4},
		"two collections take turns":           {"A B A B", 4, 4},
		"a release between":                    {"A b C A", 4, 4},
		"older than the last":                  {"A b C d A", 5, 5},
		"a failure that is asked for again":    {"A b c b", 4, 4},
		"a failure that is undone and changed": {"A b c A b c A", 5, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReleases(t, nil)
				r.apply(t, test.names)
				if len(r.sim.Started()) != test.started || r.job() != test.job {
					t.Errorf("%s: %d imports were started, want %d; the state has job %d, want %d", test.names, len(r.sim.Started()), test.started, r.job(), test.job)
				}
				if id := testCluster + "/" + r.text("job_id"); r.text("id") != id || r.identityJob() != r.text("job_id") {
					t.Errorf("id %s, identity %s, want %s", r.text("id"), r.identityJob(), id)
				}
				last := test.names[len(test.names)-1:]
				r.expectNothing(r.sim, r.arguments(last), test.names)
			})
		})
	}
}

// TestUndoPlan checks what a plan says about arguments of an earlier job, and that they are
// compared by their meaning.
func TestUndoPlan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newReleases(t, nil)
		r.apply(t, "A b")
		first, second := r.sim.Started()[0].JobID, r.sim.Started()[1].JobID
		equal := r.arguments("A").with(values{
			"object_urls": []string{"s3://bucket/A/2", "s3://bucket/A/1"}, "db_name": "default", "triggers": values{"x": nil},
		})
		for name, test := range map[string]struct {
			arguments values
			title     string
		}{
			"equal in meaning": {equal, returnsOrStarts},
			"another":          {r.arguments("C"), "Apply starts a new import"},
			"unknown":          {r.arguments("A").with(values{"triggers": values{"x": unknown}}), "Apply may start a new import"},
			"others unknown":   {r.arguments("C").with(values{"triggers": values{"x": unknown}}), "Apply may start a new import"},
		} {
			d := r.plan(r.process(t), test.arguments).Diagnostics
			expectOneWarning(t, d, test.title, second)
			if named := strings.Contains(diagnosticText(d), "unless it replaces this resource"); named == (name == "another") {
				t.Errorf("%s: a replacement is named: %t", name, named)
			}
			if named := strings.Contains(diagnosticText(d), first+" has imported the same"); named != (test.title == returnsOrStarts) {
				t.Errorf("%s: %s", name, diagnosticText(d))
			}
		}
		// Values that were unknown in the plan are compared once they are known.
		plan, apply := r.change(r.sim, equal.with(values{"object_urls": unknown}), equal)
		expectOneWarning(t, plan, "Apply may start a new import")
		if len(apply) > 0 || r.job() != 1 || len(r.sim.Started()) != 2 {
			t.Errorf("%d imports were started, the state has job %d: %s", len(r.sim.Started()), r.job(), diagnosticText(apply))
		}
	})
}

// TestUndoOfUnfinishedJob returns to the arguments of an earlier job while that in the state has
// not ended, or while it is not known whether it has.
func TestUndoOfUnfinishedJob(t *testing.T) {
	t.Parallel()
	twoPhases := values{"auto_commit": false}
	aborts := twoPhases.with(values{"abort_on_destroy": true})
	notEnded := []string{"Nothing was started", "Apply returns to it if this job fails or is aborted", "in any case, change triggers"}
	tests := map[string]struct {
		more             values
		names            string
		fault            zillizsim.Fault // of requests for the job in the state
		attribute, title string          // of the error, if one is expected
		parts            []string
		started, job     int
		aborted          int
	}{
		"running":                  {nil, "A 1", zillizsim.Fault{}, "", "Import job has not ended", append(notEnded, "State: importing, 50%"), 2, 2, 0},
		"uncommitted":              {twoPhases, "A B", zillizsim.Fault{}, "", "Import job has not ended", append(notEnded, "State: uncommitted"), 2, 2, 0},
		"uncommitted, aborts":      {aborts, "A B", zillizsim.Fault{}, "", "", nil, 2, 1, 1},
		"failed, aborts":           {aborts, "A b", zillizsim.Fault{}, "", "", nil, 2, 1, 0},
		"not readable":             {nil, "A b", zillizsim.Fault{Response: zillizsim.Status(503)}, "", unavailable, notEnded, 2, 2, 0},
		"its record has expired":   {nil, "A b", zillizsim.Fault{Response: zillizsim.ErrorCode(90144)}, "", "", nil, 3, 3, 0},
		"not on record, once":      {nil, "A b", zillizsim.Fault{Response: zillizsim.ErrorCode(90144), Times: 1}, "", "", nil, 2, 1, 0},
		"its record is gone, once": {aborts, "A B", zillizsim.Fault{Response: zillizsim.ErrorCode(90144)}, "", "", nil, 3, 3, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newReleases(t, test.more)
				for i, release := range strings.Fields(test.names) { // the first one completes
					r.apply(t, release)
					if i == 0 && test.more != nil {
						newManaged(r.process(t), commit).mustApply(r.process(t), values{"cluster_id": testCluster, "job_id": r.text("job_id")})
					}
				}
				if test.fault.Response != nil {
					test.fault.JobID, test.fault.Times = r.text("job_id"), cmp.Or(test.fault.Times, -1)
					r.sim.Inject(test.fault)
				}
				expectOneWarning(t, r.plan(r.process(t), r.arguments("A")).Diagnostics, returnsOrStarts, "has imported the same")
				d := r.managed.apply(t.Context(), r.process(t), r.arguments("A"))
				if test.title != "" {
					expectError(t, d, test.attribute, test.title, test.parts...)
				} else if len(d) > 0 {
					t.Error(diagnosticText(d))
				}
				if len(r.sim.Started()) != test.started || r.job() != test.job || r.sim.Count("abort", "") != test.aborted {
					t.Errorf("%d imports were started and %d aborted, want %d and %d; the state has job %d, want %d",
						len(r.sim.Started()), r.sim.Count("abort", ""), test.started, test.aborted, r.job(), test.job)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // once it has failed, the next apply returns
		r := newReleases(t, nil)
		r.apply(t, "A 1")
		expectError(t, r.managed.apply(t.Context(), r.process(t), r.arguments("A")), "", "Import job has not ended")
		r.sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: r.text("job_id"), Steps: zillizsim.FailAt(0, 0.5, "no rows")})
		if r.apply(t, "A"); r.job() != 1 || len(r.sim.Started()) != 2 {
			t.Errorf("%d imports were started, the state has job %d", len(r.sim.Started()), r.job())
		}
	})
	synctest.Test(t, func(t *testing.T) { // a job that can't be aborted stays in the state
		r := newReleases(t, values{"abort_on_destroy": true})
		r.apply(t, "A b")
		r.sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: r.text("job_id"), Steps: []zillizsim.Step{{Progress: 0.99, State: "Committing"}}})
		d := r.managed.apply(t.Context(), r.process(t), r.arguments("A"))
		if !hasError(d) || r.job() != 2 {
			t.Errorf("the state has job %d: %s", r.job(), diagnosticText(d))
		}
		expectAbsent(t, d, "removed from the state")
	})
	synctest.Test(t, func(t *testing.T) { // the earlier job fails, too, once it is in the state again
		r := newReleases(t, nil)
		r.apply(t, "A b A")
		r.sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: r.text("job_id"), Steps: zillizsim.FailAt(0, 0.5, "no rows")})
		if r.apply(t, "c A"); r.job() != 4 {
			t.Errorf("%d imports were started, the state has job %d, want a new one", len(r.sim.Started()), r.job())
		}
	})
	synctest.Test(t, func(t *testing.T) { // a start that fails forgets nothing
		r := newReleases(t, nil)
		r.apply(t, "A b")
		r.sim.Inject(zillizsim.Fault{StartOnly: true, Response: zillizsim.ErrorCode(83001)})
		if d := r.managed.apply(t.Context(), r.process(t), r.arguments("C")); !hasError(d) {
			t.Error("the start has not failed")
		}
		if r.apply(t, "A"); r.job() != 1 || len(r.sim.Started()) != 2 {
			t.Errorf("%d imports were started, the state has job %d", len(r.sim.Started()), r.job())
		}
	})
}

// TestUndoOfImportedJob returns to a job that was imported into the state, whose arguments
// are known once its source is stored.
func TestUndoOfImportedJob(t *testing.T) {
	t.Parallel()
	for stored, started := range map[bool]int{true: 1, false: 2} {
		synctest.Test(t, func(t *testing.T) {
			r := newReleases(t, nil)
			r.sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: "job-0", CollectionName: "articles", Steps: zillizsim.Linear(0)})
			r.managed = importManaged(r.process(t), importJob, testCluster+"/job-0")
			if stored {
				r.apply(t, "A")
			}
			// Another cluster is another import, whatever is known of the arguments.
			r.sim.AddCluster(otherCluster)
			r.more = values{"cluster_id": otherCluster}
			r.apply(t, "b")
			r.more = nil
			r.apply(t, "A")
			if len(r.sim.Started()) != started || (r.text("job_id") == "job-0") != stored {
				t.Errorf("stored %t: %d imports were started, want %d; the state has job %s", stored, len(r.sim.Started()), started, r.text("job_id"))
			}
		})
	}
}

// TestAccRevertOfMovedJob reverts a failed release of a resource that has another address
// meanwhile.
func TestAccRevertOfMovedJob(t *testing.T) {
	t.Parallel()
	sim := newSim()
	sim.OnStart(func(start zillizsim.StartRequest) zillizsim.Job {
		if strings.Contains(start.URLs[0][0], "bad") {
			return zillizsim.Job{Steps: zillizsim.FailAt(0, 0.5, "no rows")}
		}
		return zillizsim.Job{Steps: zillizsim.Linear(0)}
	})
	job := func(name, release string) string {
		return strings.Replace(importJobConfig(fmt.Sprintf("  object_urls = [\"s3://bucket/%s/\"]", release)), `"articles"`, `"`+name+`"`, 1)
	}
	run := newTerraformRun(t, sim, job("one", "good-1"))
	run.succeed("apply", "-auto-approve")
	run.configured(job("one", "bad-2")).succeed("apply", "-auto-approve")
	run.succeed("state", "mv", "zilliz_import_job.one", "zilliz_import_job.two")
	printed := run.configured(job("three", "good-1")+`
moved {
  from = zilliz_import_job.two
  to   = zilliz_import_job.three
}
`).succeed("apply", "-auto-approve")
	if !strings.Contains(printed, returnsOrStarts) || len(sim.Started()) != 2 {
		t.Errorf("%d imports were started, want 2:\n%s", len(sim.Started()), printed)
	}
	if printed := run.succeed("state", "show", "zilliz_import_job.three"); !strings.Contains(printed, sim.Started()[0].JobID) {
		t.Errorf("the state has another job than %s:\n%s", sim.Started()[0].JobID, printed)
	}
}
