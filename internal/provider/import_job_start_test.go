package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// brokenStarts is a network that fails for requests that start an import, and that reaches
// the service for all others.
type brokenStarts struct {
	sim   http.RoundTripper
	fail  func(attempt int) error // It returns nil if the request succeeds.
	tries int
}

func (n *brokenStarts) RoundTrip(r *http.Request) (*http.Response, error) {
	if isStart(r) {
		n.tries++
		if err := n.fail(n.tries); err != nil {
			return nil, err
		}
	}
	return n.sim.RoundTrip(r)
}

func isStart(r *http.Request) bool {
	return r.Method == http.MethodPost && (strings.HasSuffix(r.URL.Path, "/import") || strings.HasSuffix(r.URL.Path, "/create"))
}

// nestedURL is the value of object_urls whose path in the bucket proves which import a job
// is.
func nestedURL() []string { return []string{"s3://bucket/articles/2026/"} }

// TestStartWithoutConnection covers failures before a connection is there: nothing was
// started, so the start is retried like any other request.
func TestStartWithoutConnection(t *testing.T) {
	t.Parallel()
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	tests := map[string]struct {
		err   error
		fails int // It is the number of attempts that fail.
		title string
		tries int
	}{
		"refused for a while": {refused, 4, "", 5},
		"always refused":      {refused, 100, unreachable, 5},
		"timeout":             {context.DeadlineExceeded, 100, unreachable, 5},
		"certificate":         {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, 100, unreachable, 1},
		"unexpected end":      {errors.New("unexpected EOF"), 2, "", 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					n := &brokenStarts{sim: zillizsim.Transport(sim), fail: func(attempt int) error {
						if attempt <= test.fails {
							return test.err
						}
						return nil
					}}
					p := newTestServerOver(t, n)
					if d := p.configure(providerArguments(values{"api_version": version})); len(d) > 0 {
						t.Fatal(diagnosticText(d))
					}
					_, d := p.create(t.Context(), importJob, startArguments(nil))
					started := 0
					if test.title == "" {
						started = 1
						if len(d) > 0 {
							t.Error(diagnosticText(d))
						}
					} else {
						expectError(t, d, "", test.title)
					}
					if len(sim.Started()) != started || n.tries != test.tries {
						t.Errorf("%d imports were started by %d requests, want %d by %d", len(sim.Started()), n.tries, started, test.tries)
					}
				})
			})
		})
	}
}

// TestStartResponses covers which responses mean that nothing was started.
func TestStartResponses(t *testing.T) {
	t.Parallel()
	page := func(status int) http.HandlerFunc { return zillizsim.HTMLPage(status) }
	code := func(status, code int) http.HandlerFunc {
		return zillizsim.Body(status, "application/json", fmt.Sprintf(`{"code":%d,"message":"no"}`, code))
	}
	tests := map[string]struct {
		response http.HandlerFunc
		unknown  bool
	}{
		"HTTP 400": {page(400), false}, "HTTP 401": {page(401), false}, "HTTP 403": {page(403), false}, "HTTP 404": {page(404), false},
		"HTTP 405": {page(405), false}, "HTTP 413": {page(413), false}, "HTTP 422": {page(422), false},
		"documented code": {code(200, 83001), false}, "documented code with HTTP 500": {code(500, 47005), false},
		"undocumented code with HTTP 400": {code(400, 12345), false},
		"HTTP 302":                        {zillizsim.Redirect("https://evil.example.com/"), true},
		"HTTP 408":                        {page(408), true}, "HTTP 409": {page(409), true}, "HTTP 499": {page(499), true}, "HTTP 500": {page(500), true},
		"HTTP 503": {page(503), true}, "HTTP 504": {page(504), true}, "undocumented code": {code(200, 12345), true}, "code 1": {zillizsim.ErrorCode(1), true},
		"no body": {zillizsim.Body(200, "application/json", ""), true}, "two jobs": {zillizsim.Body(200, "application/json", `{"code":0,"data":[{"jobId":"a"},{"jobId":"b"}]}`), true},
		"no ID": {zillizsim.Body(200, "application/json", `{"code":0,"data":{"jobId":""}}`), true}, "cut off": {zillizsim.CutOff(), true},
		"reset": {zillizsim.Reset(), true}, "reset within the body": {zillizsim.ResetMidBody(), true}, "hang": {zillizsim.Hang(), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					sim.Inject(zillizsim.Fault{StartOnly: true, Times: -1, Response: test.response})
					_, d := configuredFor(t, version, sim).create(t.Context(), importJob, startArguments(nil))
					if unknown := len(d) == 1 && d[0].Summary == "Import may have been started"; !hasError(d) || unknown != test.unknown {
						t.Errorf("outcome unknown: %t, want %t: %s", unknown, test.unknown, diagnosticText(d))
					}
					starts := 0
					for _, r := range sim.Requests() {
						if strings.HasSuffix(r.Path, "/import") || strings.HasSuffix(r.Path, "/create") {
							starts++
						}
					}
					if starts != 1 {
						t.Errorf("%d requests to start the import, want 1", starts)
					}
				})
			})
		})
	}
}

// TestLookUp covers a start whose response is lost: exactly one new job that imports the
// same files is taken over.
func TestLookUp(t *testing.T) {
	t.Parallel()
	job := func(id, collection string, files ...string) zillizsim.Job {
		j := zillizsim.Job{ClusterID: testCluster, ID: id, CollectionName: collection, Steps: []zillizsim.Step{{Progress: 0.5}}}
		for _, file := range files {
			j.Files = append(j.Files, zillizsim.File{Name: file})
		}
		return j
	}
	earlier := job("earlier", "articles", "articles/2025/")
	tests := map[string]struct {
		earlier   []zillizsim.Job
		meanwhile []zillizsim.Job // They appear when the job does.
		late      time.Duration   // It is when the job is on record.
		files     []zillizsim.File
		urls      []string
		fault     zillizsim.Fault
		takenOver bool
		listed    string // It is part of the list in the error.
	}{
		"first job":             {takenOver: true},
		"second job":            {earlier: []zillizsim.Job{earlier}, takenOver: true},
		"on record late":        {earlier: []zillizsim.Job{earlier}, late: 30 * time.Second, takenOver: true},
		"not on record in time": {earlier: []zillizsim.Job{earlier}, late: 2 * time.Minute, listed: "earlier: importing"},
		"bucket in the path":    {files: []zillizsim.File{{Name: "articles/2026"}}, urls: []string{"https://s3.us-west-2.amazonaws.com/bucket/articles/2026/"}, takenOver: true},
		"escaped path":          {files: []zillizsim.File{{Name: "my articles/2026"}}, urls: []string{"https://bucket.s3.amazonaws.com/my%20articles/2026/"}, takenOver: true},
		"another job":           {meanwhile: []zillizsim.Job{job("other", "articles", "articles/2025/")}, takenOver: true},
		"another collection":    {meanwhile: []zillizsim.Job{job("other", "books", "articles/2026/")}, takenOver: true},
		"two jobs":              {meanwhile: []zillizsim.Job{job("twin", "articles", "articles/2026/")}, listed: "twin: importing"},
		"only another job":      {files: []zillizsim.File{{Name: "articles/2025/"}}, listed: ": pending"},
		"base name":             {files: []zillizsim.File{{Name: "2026"}}, listed: ": pending"},
		"no name":               {files: []zillizsim.File{{Name: ""}}, listed: ": pending"},
		"more files":            {files: []zillizsim.File{{Name: "articles/2026/"}, {Name: "articles/2027/"}}, listed: ": pending"},
		"no job of before": {earlier: []zillizsim.Job{{
			ClusterID: testCluster, ID: "earlier", CollectionName: "articles", Steps: zillizsim.Linear(0), ExpiresAfter: 5 * time.Second,
		}}, listed: ": pending"},
		"page not read before": {fault: zillizsim.Fault{Call: "list", Times: 5, Response: zillizsim.Status(503)}, listed: ": "},
		"page not read after":  {fault: zillizsim.Fault{Call: "list", Skip: 1, Times: -1, Response: zillizsim.Status(503)}, listed: "could not be listed: HTTP 503"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				if len(test.urls) > 1 && version == "v1" {
					return
				}
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					for _, j := range test.earlier {
						sim.AddJob(j)
					}
					<-time.After(time.Second) // the earlier jobs are older
					sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
						for _, j := range test.meanwhile {
							sim.AddJob(j)
						}
						return zillizsim.Job{Files: test.files, RecordedAfter: test.late}
					})
					sim.Inject(zillizsim.Fault{StartOnly: true, After: true, Response: zillizsim.Reset()})
					if test.fault.Response != nil {
						sim.Inject(test.fault)
					}
					urls := test.urls
					if urls == nil {
						urls = nestedURL()
					}
					state, d := configuredFor(t, version, sim).create(t.Context(), importJob, startArguments(values{"object_urls": urls}))
					if len(sim.Started()) != 1 {
						t.Fatalf("%d imports were started, want 1: %s", len(sim.Started()), diagnosticText(d))
					}
					if test.takenOver {
						expectOneWarning(t, d, "Import found after a lost response", "exactly one new job", sim.Started()[0].JobID)
						if stringValue(t, state["job_id"]) != sim.Started()[0].JobID {
							t.Errorf("state %v, want job %s", state, sim.Started()[0].JobID)
						}
						return
					}
					expectError(t, d, "", "Import may have been started", "connection reset", "outcome is unknown", test.listed, "import {", "run terraform apply again")
				})
			})
		})
	}
}

// TestLookUpBesideALostStart checks that a job is not taken over while another start
// of this process into the collection has no outcome: the job can be that one's.
func TestLookUpBesideALostStart(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			p := configuredFor(t, version, sim)
			starts := []zillizsim.Job{{RecordedAfter: time.Hour}, {Steps: zillizsim.Linear(time.Hour)}, {Steps: zillizsim.Linear(time.Hour)}}
			sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return starts[len(sim.Started())-1] })
			sim.Inject(zillizsim.Fault{StartOnly: true, After: true, Times: 3, Response: zillizsim.Reset()})
			_, d := p.create(t.Context(), importJob, startArguments(values{"object_urls": nestedURL()}))
			expectError(t, d, "", "Import may have been started", "Zilliz Cloud lists no jobs")
			_, d = p.create(t.Context(), importJob, startArguments(values{"object_urls": []string{"s3://bucket/articles/2025/"}}))
			expectError(t, d, "", "Import may have been started", "Jobs of the collection")
			state, d := p.create(t.Context(), importJob, startArguments(values{"collection_name": "books", "object_urls": nestedURL()}))
			expectOneWarning(t, d, "Import found after a lost response")
			if stringValue(t, state["job_id"]) != sim.Started()[2].JobID {
				t.Errorf("state %v, want job %s", state, sim.Started()[2].JobID)
			}
		})
	})
}

// TestLostStartsAtOnce starts imports of the same files at the same time, as for two
// partitions, and loses each response. Each is taken over by its own resource, or by none.
func TestLostStartsAtOnce(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			p := configuredFor(t, version, sim)
			sim.Inject(zillizsim.Fault{StartOnly: true, After: true, Times: -1, Response: zillizsim.Reset()})
			ended := make(chan string)
			const resources = 5
			for i := range resources {
				go func() {
					partition := fmt.Sprintf("p%d", i)
					state, d := p.create(t.Context(), importJob, startArguments(values{"object_urls": nestedURL(), "partition_name": partition}))
					if hasError(d) {
						t.Error(diagnosticText(d))
						ended <- ""
						return
					}
					ended <- partition + " " + stringValue(t, state["job_id"])
				}()
			}
			got := map[string]bool{}
			for range resources {
				got[<-ended] = true
			}
			for _, started := range sim.Started() {
				if !got[started.PartitionName+" "+started.JobID] {
					t.Errorf("job %s of partition %s was not taken over by its resource: %v", started.JobID, started.PartitionName, got)
				}
			}
			if len(sim.Started()) != resources {
				t.Errorf("%d imports were started, want %d", len(sim.Started()), resources)
			}
		})
	})
}

// TestRunningImport covers a collection with an unfinished job when an import is started.
func TestRunningImport(t *testing.T) {
	t.Parallel()
	half := []zillizsim.Step{{Progress: 0.5}}
	uncommitted := []zillizsim.Step{{Progress: 1, State: "Uncommitted"}}
	named := func(names ...string) []zillizsim.File {
		var files []zillizsim.File
		for _, name := range names {
			files = append(files, zillizsim.File{Name: name})
		}
		return files
	}
	const running = "An import of these files is running"
	tests := map[string]struct {
		job   zillizsim.Job
		title string // of the error, empty if the import is started
		parts []string
		v2    bool
	}{
		"same file":          {job: zillizsim.Job{Steps: half, Files: named("articles/2026/")}, title: running, parts: []string{"is importing", "Its files: articles/2026."}},
		"pending":            {job: zillizsim.Job{Files: named("articles/2026/")}, title: running},
		"with bucket":        {job: zillizsim.Job{Steps: half, Files: named("bucket/articles/2026")}, title: running},
		"base name":          {job: zillizsim.Job{Steps: half, Files: named("2026")}, title: running},
		"file of the folder": {job: zillizsim.Job{Steps: half, Files: named("articles/2026/1.parquet")}, title: running},
		"one of two files":   {job: zillizsim.Job{Steps: half, Files: named("books/", "articles/2026/")}, title: running},
		"no name":            {job: zillizsim.Job{Steps: half, Files: named("")}, title: running, parts: []string{"does not name its files yet"}},
		"uncommitted":        {job: zillizsim.Job{Steps: uncommitted, Files: named("articles/2026/")}, title: running, parts: []string{"is uncommitted", "commit or abort it", "zilliz_import_abort"}, v2: true},
		"unknown state":      {job: zillizsim.Job{Steps: []zillizsim.Step{{Progress: 0.5, State: "Rebalancing"}}, Files: named("articles/2026/")}, title: running, parts: []string{"is rebalancing"}, v2: true},

		"another file":       {job: zillizsim.Job{Steps: half, Files: named("articles/2025/")}},
		"part of a name":     {job: zillizsim.Job{Steps: half, Files: named("026")}},
		"another collection": {job: zillizsim.Job{CollectionName: "books", Steps: half, Files: named("articles/2026/")}},
		"another database":   {job: zillizsim.Job{DBName: "library", Steps: half, Files: named("articles/2026/")}, v2: true},
		"completed":          {job: zillizsim.Job{Steps: zillizsim.Linear(0), Files: named("articles/2026/")}},
		"failed":             {job: zillizsim.Job{Steps: zillizsim.FailAt(0, 0.5, "no rows"), Files: named("articles/2026/")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				if test.v2 && version == "v1" {
					return
				}
				synctest.Test(t, func(t *testing.T) {
					job := test.job
					if job.CollectionName == "" {
						job.CollectionName = "articles"
					}
					sim := newSim(job)
					_, d := configuredFor(t, version, sim).create(t.Context(), importJob, startArguments(values{"object_urls": nestedURL()}))
					if test.title == "" {
						if len(d) > 0 || len(sim.Started()) != 1 {
							t.Errorf("%d imports were started, want 1: %s", len(sim.Started()), diagnosticText(d))
						}
						return
					}
					parts := append([]string{"Nothing was started", "job-1", "import {", `id = "` + testCluster + `/job-1"`, "run terraform apply again"}, test.parts...)
					expectError(t, d, "", test.title, parts...)
					if n := len(sim.Started()); n != 0 {
						t.Errorf("%d imports were started, want 0", n)
					}
				})
			})
		})
	}
}

// TestRunningImportOfTheDatabase checks that the import block names the database.
func TestRunningImportOfTheDatabase(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{DBName: "library", CollectionName: "articles", Steps: []zillizsim.Step{{Progress: 0.5}}, Files: []zillizsim.File{{Name: "articles/2026/"}}})
	p := configuredFor(t, "v2", sim)
	_, d := p.create(t.Context(), importJob, startArguments(values{"db_name": "library", "object_urls": nestedURL()}))
	expectError(t, d, "", "An import of these files is running", `id = "`+testCluster+`/library/job-1"`)
	state, d := p.importResource(importJob, testCluster+"/library/job-1")
	if len(d) > 0 || stringValue(t, state["db_name"]) != "library" || stringValue(t, state["job_id"]) != "job-1" {
		t.Errorf("%v, %s", state, diagnosticText(d))
	}
}

// TestStartsOfOneProcess checks that the jobs of this process don't stop a start: two
// resources can import the same files, into two partitions for example.
func TestStartsOfOneProcess(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(time.Hour)} })
			p := configuredFor(t, version, sim)
			for _, partition := range []string{"p1", "p2"} {
				if _, d := p.create(t.Context(), importJob, startArguments(values{"partition_name": partition})); len(d) > 0 {
					t.Error(diagnosticText(d))
				}
			}
			// Another process does not know that.
			_, d := configuredFor(t, version, sim).create(t.Context(), importJob, startArguments(values{"partition_name": "p3"}))
			expectError(t, d, "", "An import of these files is running")
			if n := len(sim.Started()); n != 2 {
				t.Errorf("%d imports were started, want 2", n)
			}
		})
	})
}

// TestStartWithoutCheck covers a collection whose jobs can't be read before a start.
func TestStartWithoutCheck(t *testing.T) {
	t.Parallel()
	job := zillizsim.Job{ID: "running", CollectionName: "articles", Steps: []zillizsim.Step{{Progress: 0.5}}, Files: []zillizsim.File{{Name: "articles/"}}}
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.Inject(zillizsim.Fault{Call: "list", Times: -1, Response: zillizsim.Status(503)})
			_, d := configuredFor(t, version, sim).create(t.Context(), importJob, startArguments(nil))
			expectOneWarning(t, d, "Collection not checked for a running import", "The import was started", "HTTP 503")
		})
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(job)
			sim.Inject(zillizsim.Fault{JobID: "running", Times: -1, Response: zillizsim.Status(503)})
			_, d := configuredFor(t, version, sim).create(t.Context(), importJob, startArguments(nil))
			expectError(t, d, "", unavailable, "Nothing was started", "Job running", "could not be read")
			if n := len(sim.Started()); n != 0 {
				t.Errorf("%d imports were started, want 0", n)
			}
		})
		synctest.Test(t, func(t *testing.T) { // it has completed meanwhile
			ending := job
			ending.Steps = []zillizsim.Step{{Progress: 0.5}, {After: 500 * time.Millisecond, Progress: 1}}
			sim := newSim(ending)
			sim.Inject(zillizsim.Fault{JobID: "running", Response: zillizsim.Status(503)})
			if _, d := configuredFor(t, version, sim).create(t.Context(), importJob, startArguments(nil)); len(d) > 0 {
				t.Error(diagnosticText(d))
			}
		})
		synctest.Test(t, func(t *testing.T) { // it has expired meanwhile
			sim := newSim(job)
			sim.Inject(zillizsim.Fault{JobID: "running", Times: -1, Response: zillizsim.ErrorCode(90144)})
			if _, d := configuredFor(t, version, sim).create(t.Context(), importJob, startArguments(nil)); len(d) > 0 {
				t.Error(diagnosticText(d))
			}
		})
	})
}

// TestStartRequests checks how many requests a start sends: one page of the list, one read
// of each unfinished job of the collection, at most ten, and one start.
func TestStartRequests(t *testing.T) {
	t.Parallel()
	for unfinished, want := range map[int]int{0: 2, 3: 5, 12: 12} {
		eachVersion(t, func(t *testing.T, version string) {
			synctest.Test(t, func(t *testing.T) {
				sim := newSim(zillizsim.Job{ID: "completed", CollectionName: "articles", Steps: zillizsim.Linear(0)}, zillizsim.Job{ID: "books", CollectionName: "books"})
				for i := range unfinished {
					sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: fmt.Sprintf("job-%d", i), CollectionName: "articles", Files: []zillizsim.File{{Name: "articles/2025/"}}})
				}
				_, d := configuredFor(t, version, sim).create(t.Context(), importJob, startArguments(values{"object_urls": nestedURL()}))
				// A start that can't check all of them warns of that.
				if n := len(sim.Requests()); n != want || hasError(d) || len(d) > 0 != (unfinished > 10) {
					t.Errorf("%d unfinished jobs: %d requests, want %d: %s", unfinished, n, want, diagnosticText(d))
				}
			})
		})
	}
}

func TestStartCredentials(t *testing.T) {
	t.Parallel()
	tests := []struct {
		arguments          values
		access, key, token string
		failure            string
	}{
		{arguments: nil},
		{arguments: values{"access_key_wo": "AKIAEXAMPLE", "secret_key_wo": "secret-of-the-bucket"}, access: "AKIAEXAMPLE", key: "secret-of-the-bucket"},
		{arguments: values{"access_key_wo": "AKIAEXAMPLE", "secret_key_wo": "secret-of-the-bucket", "session_token_wo": "token"}, access: "AKIAEXAMPLE", key: "secret-of-the-bucket", token: "token"},
		{arguments: values{"session_token_wo": "token"}, token: "token"},
		{arguments: values{"access_key_wo": "AKIAEXAMPLE"}, failure: "secret_key_wo"},
		{arguments: values{"secret_key_wo": "secret-of-the-bucket", "session_token_wo": "token"}, failure: "access_key_wo"},
		{arguments: values{"session_token_wo": "token\n"}, failure: "must not begin or end with white space"},
	}
	for _, test := range tests {
		sim := newSim()
		p := configuredFor(t, "v2", sim)
		d := p.validateResource(importJob, startArguments(test.arguments))
		if test.failure != "" {
			if !hasError(d) || !strings.Contains(diagnosticText(d), test.failure) {
				t.Errorf("%v: %s", test.arguments, diagnosticText(d))
			}
			continue
		}
		if len(d) > 0 {
			t.Errorf("%v: %s", test.arguments, diagnosticText(d))
		}
		state, d := p.create(t.Context(), importJob, startArguments(test.arguments))
		if len(d) > 0 || !sim.Started()[0].HasCredentials(test.access, test.key, test.token) {
			t.Errorf("%v: the service received other credentials: %s", test.arguments, diagnosticText(d))
		}
		for name := range test.arguments {
			if !state[name].IsNull() {
				t.Errorf("%s is in the state", name)
			}
		}
	}
}

// TestBusyCluster checks that a start waits for another import of the cluster, by default
// for an hour, and that max_retries does not limit it.
func TestBusyCluster(t *testing.T) {
	t.Parallel()
	for _, code := range []int{47039, 47055} {
		eachVersion(t, func(t *testing.T, version string) {
			for _, busy := range []time.Duration{50 * time.Minute, 2 * time.Hour} {
				synctest.Test(t, func(t *testing.T) {
					began := time.Now()
					sim := newSim()
					n := &faultyNetwork{sim: zillizsim.Transport(sim), broken: respondWith(zillizsim.ErrorCode(code))}
					n.active = func(int) bool { return time.Since(began) < busy }
					p := newTestServerOver(t, onlyStarts{n})
					if d := p.configure(providerArguments(values{"api_version": version, "max_retries": 0})); len(d) > 0 {
						t.Fatal(diagnosticText(d))
					}
					_, d := p.create(t.Context(), importJob, startArguments(nil))
					took := time.Since(began)
					if busy < time.Hour {
						if len(d) > 0 || len(sim.Started()) != 1 || took < busy || took > busy+30*time.Second {
							t.Errorf("code %d: the start took %s: %s", code, took, diagnosticText(d))
						}
						return
					}
					expectError(t, d, "", "Cluster is busy with another import", fmt.Sprintf("code %d", code), "allow more time with timeouts")
					if took > time.Hour || took < 59*time.Minute {
						t.Errorf("code %d: the start took %s, want about an hour", code, took)
					}
				})
			}
		})
	}
}

// onlyStarts is a network whose faults apply only to requests that start an import.
type onlyStarts struct{ *faultyNetwork }

func (n onlyStarts) RoundTrip(r *http.Request) (*http.Response, error) {
	if isStart(r) {
		return n.faultyNetwork.RoundTrip(r)
	}
	return n.sim.RoundTrip(r)
}

// TestInterruptedStart interrupts a start in each of its phases.
func TestInterruptedStart(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault   zillizsim.Fault
		title   string
		bound   time.Duration // It is the longest time from the interrupt to the error.
		started int
	}{
		"while the list is read":    {zillizsim.Fault{Call: "list", Times: -1, Response: zillizsim.Hang()}, "Starting the import was canceled", time.Second, 0},
		"while the cluster is busy": {zillizsim.Fault{StartOnly: true, Times: -1, Response: zillizsim.ErrorCode(47055)}, "Starting the import was canceled", time.Second, 0},
		"before the response":       {zillizsim.Fault{StartOnly: true, After: true, Response: zillizsim.Hang()}, "Import may have been started", 10 * time.Second, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					sim.Inject(test.fault)
					p := configuredFor(t, version, sim)
					began := time.Now()
					const interrupt = 20 * time.Second
					time.AfterFunc(interrupt, func() {
						if _, err := p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
							t.Error(err)
						}
					})
					_, d := p.create(t.Context(), importJob, startArguments(nil))
					expectError(t, d, "", test.title)
					if late := time.Since(began) - interrupt; late > test.bound {
						t.Errorf("the error came %s after the interrupt, want at most %s", late, test.bound)
					}
					if len(sim.Started()) != test.started {
						t.Errorf("%d imports were started, want %d", len(sim.Started()), test.started)
					}
				})
			})
		})
	}
	// One that is on record when the request was interrupted is taken over.
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		sim.Inject(zillizsim.Fault{StartOnly: true, After: true, Response: zillizsim.Hang()})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Second, cancel)
		state, d := configured(t, sim).create(ctx, importJob, startArguments(values{"object_urls": nestedURL()}))
		expectOneWarning(t, d, "Import found after a lost response")
		if stringValue(t, state["job_id"]) != sim.Started()[0].JobID {
			t.Errorf("state %v, want job %s", state, sim.Started()[0].JobID)
		}
	})
}

// TestStartsIntoOneCollectionQueue checks that a start into a collection waits for another
// one of this process, and that its timeout says so.
func TestStartsIntoOneCollectionQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		sim.Inject(zillizsim.Fault{StartOnly: true, Times: -1, Response: zillizsim.ErrorCode(47055)})
		p := configured(t, sim)
		ended := make(chan []*tfprotov6.Diagnostic)
		go func() {
			_, d := p.create(t.Context(), importJob, startArguments(values{"timeouts": values{"create": "10m"}}))
			ended <- d
		}()
		<-time.After(time.Second)
		began := time.Now()
		_, d := p.create(t.Context(), importJob, startArguments(values{"object_urls": nestedURL(), "timeouts": values{"create": "1m"}}))
		expectError(t, d, "timeouts.create", "Import not started in time", "another import into the collection", "timeouts.create")
		if took := time.Since(began); took != time.Minute {
			t.Errorf("the start took %s, want 1m0s", took)
		}
		expectError(t, <-ended, "", "Cluster is busy with another import")
	})
}
