package provider

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// The tests in this file start imports through the resource: each title of a diagnostic once,
// and what a provider configuration knows of its own starts. When a start is sent and how its
// job is looked up is tested in package importjob, and which answers mean that nothing was
// started in package zilliz.

const (
	maybeStarted  = "Import may have been started"
	importRunning = "An import of these files is running"
	takenOver     = "Import found after a lost response"
	notChecked    = "Running imports not checked completely"
)

// nestedURL is the value of object_urls whose path in the bucket proves which import a job
// is.
func nestedURL() []string { return []string{"s3://bucket/articles/2026/"} }

// lostStart loses the response to a start that the service has handled.
func lostStart(times int) zillizsim.Fault {
	return zillizsim.Fault{StartOnly: true, After: true, Times: times, Response: zillizsim.Reset()}
}

func TestStartOutcomes(t *testing.T) {
	t.Parallel()
	code := func(code int) http.HandlerFunc { return zillizsim.ErrorCode(code) }
	milvus := func(code int, message string) http.HandlerFunc {
		return zillizsim.Body(http.StatusOK, "application/json", fmt.Sprintf(`{"code":%d,"message":%q}`, code, message))
	}
	tests := map[string]struct {
		response         http.HandlerFunc
		times            int
		attribute, title string // of the error, empty if the import is started
		parts            []string
	}{
		"busy for a while":      {response: code(47055), times: 3},
		"throttled":             {response: zillizsim.Status(429), times: 8},
		"always busy":           {code(47055), -1, "", "Cluster is busy with another import", []string{"code 47055", "allow more time with timeouts"}},
		"storage denied":        {code(83001), 1, "object_urls", "Access to object storage denied", []string{"access_key_wo"}},
		"incorrect parameter":   {code(80000), 1, "", "Request rejected by Zilliz Cloud", []string{"Incorrect parameter"}},
		"no collection":         {code(47005), 1, "collection_name", "Collection not found", nil},
		"Milvus: no collection": {milvus(100, "collection not found"), 1, "collection_name", "Collection not found", []string{"code 100"}},
		"Milvus: no database":   {milvus(800, "database not found"), 1, "", "Database not found", []string{"code 800", "Check db_name"}},
		"Milvus: parameter":     {milvus(1100, "invalid parameter: no file"), 1, "", "Request rejected by Zilliz Cloud", []string{"no file", "See the message"}},
		"HTTP 302":              {zillizsim.Redirect("https://evil.example.com/"), 1, "", maybeStarted, []string{"outcome is unknown", "lists no jobs"}},
		"undocumented code":     {code(2100), 1, "", maybeStarted, []string{"Zilliz Cloud: HTTP 200 OK, code 2100", "lists no jobs", "import block"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					sim.Inject(zillizsim.Fault{StartOnly: true, Times: test.times, Response: test.response})
					_, d := newProvider(t, sim, api(version)).create(t.Context(), importJob, startArguments(nil))
					started := 0
					if test.title != "" {
						expectError(t, d, test.attribute, test.title, test.parts...)
					} else if started = 1; len(d) > 0 {
						t.Error(diagnosticText(d))
					}
					if n := len(sim.Started()); n != started {
						t.Errorf("%d imports were started, want %d", n, started)
					}
				})
			})
		})
	}
	// Milvus' words about a partition come in an answer with the code of a success.
	sim := newSim()
	sim.Inject(zillizsim.Fault{StartOnly: true, Response: milvus(200, "partition not found[partition=p]")})
	_, d := newProvider(t, sim, api("v2")).create(t.Context(), importJob, startArguments(values{"partition_name": "p"}))
	expectError(t, d, "", "Request rejected by Zilliz Cloud", "partition not found[partition=p]")
}

// TestLostStart loses the response to a start: its job is taken over only if it is certain to
// be this import.
func TestLostStart(t *testing.T) {
	t.Parallel()
	unlisted := zillizsim.Fault{Call: "list", Skip: 1, Times: -1, Response: zillizsim.Status(503)}
	tests := map[string]struct {
		arguments values
		fault     zillizsim.Fault
		part      string // of the error, empty if the job is taken over
	}{
		"found":        {values{"object_urls": nestedURL()}, zillizsim.Fault{}, ""},
		"partition":    {values{"object_urls": nestedURL(), "partition_name": "p"}, zillizsim.Fault{}, ": pending"},
		"base name":    {nil, zillizsim.Fault{}, ": pending"},
		"without list": {values{"object_urls": nestedURL()}, unlisted, "could not be listed: HTTP 503"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{} })
					sim.Inject(lostStart(1))
					if test.fault.Response != nil {
						sim.Inject(test.fault)
					}
					state, d := newProvider(t, sim, api(version)).create(t.Context(), importJob, startArguments(test.arguments))
					if len(sim.Started()) != 1 {
						t.Fatalf("%d imports were started, want 1: %s", len(sim.Started()), diagnosticText(d))
					}
					if test.part != "" {
						expectError(t, d, "", maybeStarted, "connection reset", "outcome is unknown", test.part, "import {", "run terraform apply again")
						return
					}
					expectOneWarning(t, d, takenOver, "exactly one new job", sim.Started()[0].JobID)
					if stringValue(t, state["job_id"]) != sim.Started()[0].JobID {
						t.Errorf("state %v, want job %s", state, sim.Started()[0].JobID)
					}
				})
			})
		})
	}
}

// TestLostStarts loses several starts of a provider configuration. None takes over the job of
// another, nor any while another start into the collection has no outcome.
func TestLostStarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // at once
		sim := newSim()
		p := newProvider(t, sim)
		sim.Inject(lostStart(-1))
		const resources = 5
		ended := make(chan string)
		for i := range resources {
			go func() {
				arguments := startArguments(values{"object_urls": nestedURL(), "triggers": values{"number": fmt.Sprint(i)}})
				state, d := p.create(t.Context(), importJob, arguments)
				if hasError(d) {
					t.Error(diagnosticText(d))
					ended <- ""
					return
				}
				ended <- stringValue(t, state["job_id"])
			}()
		}
		got := map[string]bool{}
		for range resources {
			got[<-ended] = true
		}
		for _, started := range sim.Started() {
			if !got[started.JobID] {
				t.Errorf("job %s was not taken over: %v", started.JobID, got)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) { // one after the other; the first is never on record
		sim := newSim()
		p := newProvider(t, sim)
		sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
			return []zillizsim.Job{{RecordedAfter: time.Hour}, {}, {}}[len(sim.Started())-1]
		})
		sim.Inject(lostStart(3))
		_, d := p.create(t.Context(), importJob, startArguments(values{"object_urls": nestedURL()}))
		expectError(t, d, "", maybeStarted, "lists no jobs")
		_, d = p.create(t.Context(), importJob, startArguments(values{"object_urls": []string{"s3://bucket/articles/2025/"}}))
		expectError(t, d, "", maybeStarted, "Jobs of the collection")
		state, d := p.create(t.Context(), importJob, startArguments(values{"collection_name": "books", "object_urls": nestedURL()}))
		expectOneWarning(t, d, takenOver)
		if stringValue(t, state["job_id"]) != sim.Started()[2].JobID {
			t.Errorf("state %v, want job %s", state, sim.Started()[2].JobID)
		}
	})
}

// TestLostStartInPlace loses the response to a start in place. Terraform ignores an import
// block for an address that is in the state, so the error must say to remove that first.
func TestLostStartInPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		m := newManaged(newProvider(t, sim), importJob)
		m.mustApply(newProvider(t, sim), startArguments(nil))
		old := m.text("job_id")
		sim.Inject(lostStart(1))
		d := m.apply(t.Context(), newProvider(t, sim), startArguments(values{"triggers": values{"v": "2"}}))
		expectError(t, d, "", maybeStarted, "terraform state rm", "replace job "+old)
		expectAbsent(t, d, "- "+testCluster+"/"+old) // the job that the resource has had
		if m.text("job_id") != old {
			t.Errorf("the state has job %s, want %s", m.text("job_id"), old)
		}
	})
}

// TestRunningImport covers a collection with an unfinished job of the same files.
func TestRunningImport(t *testing.T) {
	t.Parallel()
	state := func(name string) []zillizsim.Step { return []zillizsim.Step{{Progress: 0.5, State: name}} }
	tests := map[string]struct {
		job   zillizsim.Job
		parts []string
	}{
		"importing":   {zillizsim.Job{Steps: state("Importing")}, []string{"is importing", "once it has ended: it then starts a new import"}},
		"uncommitted": {zillizsim.Job{Steps: state("Uncommitted")}, []string{"is uncommitted", "commit or abort it", "zilliz_import_abort"}},
		"odd state": {zillizsim.Job{Steps: state("Rebalancing")}, []string{"is rebalancing", "does not know its state",
			"once its record there has expired"}},
		"of a database": {zillizsim.Job{Steps: state("Importing"), DBName: "library"}, []string{`id = "` + testCluster + `/library/job-1"`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				job, arguments := test.job, startArguments(values{"object_urls": nestedURL()})
				job.CollectionName, job.Files = "articles", []zillizsim.File{{Name: "articles/2026/"}}
				if job.DBName != "" {
					arguments["db_name"] = job.DBName
				}
				sim := newSim(job)
				_, d := newProvider(t, sim, api("v2")).create(t.Context(), importJob, arguments)
				expectError(t, d, "", importRunning, append(test.parts, "Nothing was started", "Its files: articles/2026.", "import {")...)
				if n := len(sim.Started()); n != 0 {
					t.Errorf("%d imports were started, want 0", n)
				}
			})
		})
	}
}

// TestStartsOfOneConfiguration checks that the jobs of a provider configuration don't stop
// its starts: two resources can import the same files, into two partitions for example.
func TestStartsOfOneConfiguration(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(time.Hour)} })
			p := newProvider(t, sim, api(version))
			for _, partition := range []string{"p1", "p2"} {
				if _, d := p.create(t.Context(), importJob, startArguments(values{"partition_name": partition})); len(d) > 0 {
					t.Error(diagnosticText(d))
				}
			}
			// Another process does not know that.
			_, d := newProvider(t, sim, api(version)).create(t.Context(), importJob, startArguments(values{"partition_name": "p3"}))
			expectError(t, d, "", importRunning)
			if n := len(sim.Started()); n != 2 {
				t.Errorf("%d imports were started, want 2", n)
			}
		})
	})
}

// TestStartWithoutCheck covers a collection whose jobs can't be read before a start.
func TestStartWithoutCheck(t *testing.T) {
	t.Parallel()
	running := zillizsim.Job{ID: "running", CollectionName: "articles", Files: []zillizsim.File{{Name: "articles/"}}}
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.Inject(zillizsim.Fault{Call: "list", Times: -1, Response: zillizsim.Status(503)})
			_, d := newProvider(t, sim, api(version)).create(t.Context(), importJob, startArguments(nil))
			expectOneWarning(t, d, notChecked, "The import was started", "HTTP 503")
		})
		for title, response := range map[string]http.HandlerFunc{unavailable: zillizsim.Status(503), "Import job not found": zillizsim.ErrorCode(90144)} {
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(running)
				sim.Inject(zillizsim.Fault{JobID: "running", Times: -1, Response: response})
				_, d := newProvider(t, sim, api(version)).create(t.Context(), importJob, startArguments(nil))
				expectError(t, d, "", title, "Nothing was started. Job running")
				expectAbsent(t, d, "The job ID is wrong") // the configuration has none
				if n := len(sim.Started()); n > 0 {
					t.Errorf("%d imports were started, want 0", n)
				}
			})
		}
	})
}

// TestInterruptedStart interrupts a start in each of its phases.
func TestInterruptedStart(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault   zillizsim.Fault
		title   string
		part    string
		bound   time.Duration // the longest time from the interrupt to the error
		started int
	}{
		"while the list is read": {zillizsim.Fault{Call: "list", Times: -1, Response: zillizsim.Hang()}, "Starting the import was canceled",
			"No import was started", time.Second, 0},
		"before the response": {zillizsim.Fault{StartOnly: true, After: true, Response: zillizsim.Hang()}, maybeStarted,
			"canceled before the response", 10 * time.Second, 1},
	}
	const interrupt = 20 * time.Second
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := newSim()
				sim.Inject(test.fault)
				p := newProvider(t, sim)
				began := time.Now()
				p.stopAfter(interrupt)
				_, d := p.create(t.Context(), importJob, startArguments(nil))
				expectError(t, d, "", test.title, test.part)
				if late := time.Since(began) - interrupt; late > test.bound || len(sim.Started()) != test.started {
					t.Errorf("the error came %s after the interrupt, want at most %s; %d imports were started", late, test.bound, len(sim.Started()))
				}
			})
		})
	}
	// One that is on record when the request was interrupted is taken over.
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		sim.Inject(zillizsim.Fault{StartOnly: true, After: true, Response: zillizsim.Hang()})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(interrupt, cancel)
		state, d := newProvider(t, sim).create(ctx, importJob, startArguments(values{"object_urls": nestedURL()}))
		expectOneWarning(t, d, takenOver)
		if stringValue(t, state["job_id"]) != sim.Started()[0].JobID {
			t.Errorf("state %v, want job %s", state, sim.Started()[0].JobID)
		}
	})
}

// TestStartsIntoOneCollectionQueue checks that a start into a collection waits for another
// one of its provider configuration, and how that ends.
func TestStartsIntoOneCollectionQueue(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		timeouts         values
		arguments        values
		interrupt        time.Duration // 0 if there is none
		attribute, title string        // of the error, empty if the start does not wait
		after            time.Duration
	}{
		"create":           {values{"create": "1m"}, nil, 0, "timeouts.create", "Import not started in time", time.Minute},
		"update, as named": {values{"update": "1m"}, nil, 0, "timeouts.update", "Import not started in time", time.Minute},
		"interrupted":      {nil, nil, 10 * time.Second, "", "Starting the import was canceled", 10 * time.Second},
		"another database": {nil, values{"db_name": "library"}, 0, "", "", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := newSim()
				sim.Inject(zillizsim.Fault{StartOnly: true, Response: zillizsim.Hang()})
				p := newProvider(t, sim, api("v2"))
				first := make(chan []*tfprotov6.Diagnostic)
				go func() {
					_, d := p.create(t.Context(), importJob, startArguments(nil))
					first <- d
				}()
				<-time.After(time.Second)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.interrupt > 0 {
					time.AfterFunc(test.interrupt, cancel)
				}
				began := time.Now()
				_, d := p.create(ctx, importJob, startArguments(test.arguments).with(values{"object_urls": nestedURL(), "timeouts": test.timeouts}))
				if test.title == "" && len(d) > 0 {
					t.Error(diagnosticText(d))
				} else if test.title != "" {
					expectError(t, d, test.attribute, test.title, "another import into the collection")
				}
				if took := time.Since(began); took != test.after {
					t.Errorf("the start took %s, want %s", took, test.after)
				}
				expectError(t, <-first, "", maybeStarted, "within 1m15s")
			})
		})
	}
}

// TestStartAfterAnInterrupt checks that a canceled start does not blame a queue that is empty.
func TestStartAfterAnInterrupt(t *testing.T) {
	t.Parallel()
	interrupted := make(chan struct{})
	close(interrupted)
	for range 20 { // it would blame the queue in half of them
		_, d := newProvider(t, newSim(), interruptedBy(interrupted)).create(t.Context(), importJob, startArguments(nil))
		expectError(t, d, "", "Starting the import was canceled")
		expectAbsent(t, d, "another import")
	}
}

// TestQueueCountsAgainstTheTimeout checks that a start whose turn comes late has only the rest
// of its time.
func TestQueueCountsAgainstTheTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		sim.Inject(zillizsim.Fault{StartOnly: true, Response: zillizsim.Hang()},
			zillizsim.Fault{StartOnly: true, Times: -1, Response: zillizsim.ErrorCode(47055)})
		p := newProvider(t, sim)
		began := time.Now()
		first := make(chan bool)
		go func() {
			p.create(t.Context(), importJob, startArguments(nil))
			close(first)
		}()
		<-time.After(time.Second)
		_, d := p.create(t.Context(), importJob, startArguments(values{"object_urls": nestedURL(), "timeouts": values{"create": "5m"}}))
		expectError(t, d, "", "Cluster is busy with another import")
		if took := time.Since(began); took > 5*time.Minute+time.Second {
			t.Errorf("the start took %s, want at most 5m", took)
		}
		<-first
	})
}

// TestErrorAfterTheQueue checks that the error of a start whose turn comes late says so, and
// names the timeout that the user has set.
func TestErrorAfterTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began, busy, hang := time.Now(), zillizsim.ErrorCode(47055), zillizsim.Hang()
		p := newProvider(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if time.Since(began) > time.Minute {
				hang(w, r)
			} else {
				busy(w, r)
			}
		}))
		first := make(chan bool)
		go func() {
			p.create(t.Context(), importJob, startArguments(values{"timeouts": values{"create": "1m"}}))
			close(first)
		}()
		<-time.After(time.Second)
		_, d := p.create(t.Context(), importJob, startArguments(values{"object_urls": nestedURL(), "timeouts": values{"create": "70s"}}))
		expectError(t, d, "timeouts.create", "No response from Zilliz Cloud within 1m10s", "the start waited 5", "another import into the collection")
		<-first
		_, d = p.create(t.Context(), importJob, startArguments(values{"timeouts": values{"create": "10s"}}))
		expectError(t, d, "timeouts.create", "No response from Zilliz Cloud within 10s")
		expectAbsent(t, d, "Before that")
	})
}

// TestSecretOfAnotherImport makes a part of a path known as a credential while an import of
// that path is started. The job that imports it already must be found nevertheless.
func TestSecretOfAnotherImport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(zillizsim.Job{CollectionName: "articles", Files: []zillizsim.File{{Name: "tenant-alpha/articles.parquet"}}})
		var planOther func()
		p := newProvider(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/list") {
				planOther()
			}
			sim.ServeHTTP(w, r)
		}), api("v2"))
		planOther = sync.OnceFunc(func() {
			secrets := values{"access_key_wo": "tenant-alpha", "secret_key_wo": "SECRETKEY12345"}
			newManaged(p, importJob).plan(p, startArguments(secrets).with(values{"collection_name": "other"}))
		})
		_, d := p.create(t.Context(), importJob, startArguments(values{"object_urls": []string{"s3://bucket/tenant-alpha/articles.parquet"}}))
		expectError(t, d, "", importRunning, "***/articles.parquet")
		if n := len(sim.Started()); n != 0 {
			t.Errorf("%d imports were started, want 0", n)
		}
	})
}
