package provider

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestInterruptIsNoMissingRecord interrupts a wait for a job without a record: with
// ignore_not_found, the interrupt must not become the result that there is none.
func TestInterruptIsNoMissingRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := configured(t, newSim())
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		_, d := p.read(ctx, progress, jobArguments(values{"wait_for_completion": true, "ignore_not_found": true}))
		if !hasError(d) {
			t.Errorf("no error, but %s", diagnosticText(d))
		}
	})
}

// TestLostStartInPlace loses the response to a start in place. Terraform ignores an import
// block for an address that is in the state, so the error must say to remove that first.
func TestLostStartInPlace(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			m := newManaged(configuredFor(t, version, sim), importJob)
			if d := m.apply(t.Context(), m.server(t, version, sim), startArguments(nil)); len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			old := m.text("job_id")
			sim.Inject(zillizsim.Fault{Call: lastOf(version), After: true, Times: 1, Response: zillizsim.Reset()})
			d := m.apply(t.Context(), m.server(t, version, sim), startArguments(values{"triggers": values{"v": "2"}}))
			text := diagnosticText(d)
			for _, want := range []string{"terraform state rm", "replace job " + old} {
				if !strings.Contains(text, want) {
					t.Errorf("the error lacks %q:\n%s", want, text)
				}
			}
			if strings.Contains(text, "- "+testCluster+"/"+old) {
				t.Errorf("the error offers the job that the resource has had:\n%s", text)
			}
			if m.text("job_id") != old {
				t.Errorf("the state has job %s, want %s", m.text("job_id"), old)
			}
		})
	})
}

// lastOf returns the last element of the path of a start.
func lastOf(version string) string {
	if version == "v1" {
		return "import"
	}
	return "create"
}

// server returns a new process of the provider.
func (m *managed) server(t *testing.T, version string, sim *zillizsim.Server) *testServer {
	t.Helper()
	return configuredFor(t, version, sim)
}

// TestDatabaseOfImportedJob sets another database for a job that was imported into the
// state without one: it must not start an import.
func TestDatabaseOfImportedJob(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0), CollectionName: "articles"})
	p := configuredFor(t, "v2", sim)
	m := importManaged(p, importJob, testCluster+"/job-1")
	d := m.plan(p, startArguments(values{"db_name": "library"})).Diagnostics
	var errors []*tfprotov6.Diagnostic
	for _, one := range d {
		if one.Severity == tfprotov6.DiagnosticSeverityError {
			errors = append(errors, one)
		}
	}
	expectError(t, errors, "db_name", "Database of an imported job can't change", "job-1", `"default"`)
	if d := m.plan(p, startArguments(values{"db_name": "default"})).Diagnostics; len(d) > 0 {
		t.Errorf("the default database: %s", diagnosticText(d))
	}
	if n := len(sim.Started()); n != 0 {
		t.Errorf("%d imports were started", n)
	}
}

// TestAlias starts imports by the alias of a collection, which the service resolves: its jobs
// have the name of the collection. None may be started twice.
func TestAlias(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
			return zillizsim.Job{Steps: zillizsim.Linear(time.Hour), Files: []zillizsim.File{{Name: "articles/1.parquet"}}}
		})
		sim.Inject(zillizsim.Fault{Call: "create", After: true, Response: zillizsim.Reset()})
		config := startArguments(values{"object_urls": []string{"s3://bucket/articles/1.parquet"}})
		resolving := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			r.Body = io.NopCloser(bytes.NewReader(bytes.ReplaceAll(body, []byte(`"articles"`), []byte(`"articles_v1"`))))
			sim.ServeHTTP(w, r)
		})
		// The response to the first start is lost, and its job found.
		p := configuredFor(t, "v2", resolving)
		m := newManaged(p, importJob)
		if d := m.apply(t.Context(), p, config); hasError(d) || m.text("job_id") == "" {
			t.Error(diagnosticText(d))
		}
		// Another process finds it running.
		p = configuredFor(t, "v2", resolving)
		d := newManaged(p, importJob).apply(t.Context(), p, config)
		expectError(t, d, "", "An import of these files is running")
		// It is imported into the state.
		m = importManaged(p, importJob, testCluster+"/"+sim.Started()[0].JobID)
		planned := m.plan(p, config).Diagnostics
		if text := diagnosticText(planned); !hasError(planned) || !strings.Contains(text, "Collection of an imported job can't change") {
			t.Errorf("plan: %s", text)
		}
		if n := len(sim.Started()); n != 1 {
			t.Errorf("%d imports were started, want 1", n)
		}
	})
}

// TestDefaultDatabaseOfV1 imports a job with the name of the default database, as the error
// of a running import suggests it.
func TestDefaultDatabaseOfV1(t *testing.T) {
	t.Parallel()
	p := configured(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(0)}))
	if _, d := p.importResource(importJob, testCluster+"/default/job-1"); len(d) > 0 {
		t.Error(diagnosticText(d))
	}
	_, d := p.importResource(importJob, testCluster+"/my library/job-1")
	expectError(t, d, "", "Database requires API v2")
}

// TestPlannedCredentialsAreMasked reads a job whose reason quotes credentials that only the
// configuration of another block has.
func TestPlannedCredentialsAreMasked(t *testing.T) {
	t.Parallel()
	const accessKey, secretKey = "ACCESSKEY12345", "SECRETKEY12345"
	sim := newSim(zillizsim.Job{Steps: zillizsim.FailAt(0, 0.4, "denied for "+accessKey+" and "+secretKey)})
	p := configured(t, sim)
	newManaged(p, importJob).plan(p, startArguments(values{"access_key_wo": accessKey, "secret_key_wo": secretKey}))
	state, d := p.read(t.Context(), progress, jobArguments(nil))
	if len(d) > 0 {
		t.Fatal(diagnosticText(d))
	}
	if got := stringValue(t, state["error_message"]); got != "denied for *** and ***" {
		t.Errorf("error_message = %q", got)
	}
}

// TestAmbiguousReadNamesTheErrorOfTheList reads an ambiguous job once while the list can't
// be read.
func TestAmbiguousReadNamesTheErrorOfTheList(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0), NoCompleteTime: true})
	sim.Inject(zillizsim.Fault{Call: "list", Times: -1, Response: zillizsim.HTMLPage(403)})
	p := configured(t, sim)
	config := p.value(p.schema.DataSourceSchemas[progress], jobArguments(nil))
	response, err := p.server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: progress, Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if text := diagnosticText(response.Diagnostics); !strings.Contains(text, "may have completed") || !strings.Contains(text, "HTTP 403") {
		t.Errorf("diagnostics: %s", text)
	}
}

// TestPlansOfV1NameWhatItLacks plans what API v1 can't do: the plan must fail, not apply.
func TestPlansOfV1NameWhatItLacks(t *testing.T) {
	t.Parallel()
	p := configured(t, newSim())
	server, ok := p.server.(tfprotov6.ActionServer)
	if !ok {
		t.Fatal("the provider has no actions")
	}
	for action, title := range map[string]string{"zilliz_import_abort": "zilliz_import_abort requires API v2", "zilliz_import_wait": "db_name requires API v2"} {
		config := p.value(p.schema.ActionSchemas[action].Schema, jobArguments(values{"db_name": "library"}))
		response, err := server.PlanAction(t.Context(), &tfprotov6.PlanActionRequest{ActionType: action, Config: config})
		if err != nil || len(response.Diagnostics) != 1 || response.Diagnostics[0].Summary != title {
			t.Errorf("%s: %v, %s", action, err, diagnosticText(response.Diagnostics))
		}
	}
	schema := p.schema.ResourceSchemas[importJob]
	recorded := p.value(schema, startArguments(values{"abort_on_destroy": true, "id": testCluster + "/job-1", "job_id": "job-1"}))
	if text := diagnosticText(p.plan(importJob, recorded, p.null(schema)).Diagnostics); !strings.Contains(text, "abort_on_destroy requires API v2") {
		t.Errorf("destroy: %s", text)
	}
}

// TestOldJobThatCantBeRead starts another import while the old job, which stays
// uncommitted, can't be read: the warning names it.
func TestOldJobThatCantBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		p := configuredFor(t, "v2", sim)
		m := newManaged(p, importJob)
		arguments := values{"auto_commit": false}
		if d := m.apply(t.Context(), p, startArguments(arguments)); len(d) > 0 {
			t.Fatal(diagnosticText(d))
		}
		old := m.text("job_id")
		sim.Inject(zillizsim.Fault{Call: "describe", JobID: old, Times: -1, Response: zillizsim.Status(503)})
		arguments["triggers"] = values{"v": "2"}
		d := m.apply(t.Context(), p, startArguments(arguments))
		if text := diagnosticText(d); hasError(d) || !strings.Contains(text, "may not be committed") || !strings.Contains(text, old) {
			t.Errorf("diagnostics: %s", text)
		}
	})
}

// interruptedRead is a network that interrupts a call while a job is read.
type interruptedRead struct {
	sim       http.RoundTripper
	interrupt func()
	responds  bool // whether the response is received nevertheless
}

func (n interruptedRead) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/describe") {
		return n.sim.RoundTrip(r)
	}
	n.interrupt()
	if !n.responds {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return n.sim.RoundTrip(r)
}

// TestInterruptWhileTheOldJobIsRead interrupts an update between the request for the old job
// and the start of the new one, which must not be sent then.
func TestInterruptWhileTheOldJobIsRead(t *testing.T) {
	t.Parallel()
	for _, responds := range []bool{true, false} {
		for name, ofProcess := range map[string]bool{"by Terraform": false, "of the process": true} {
			t.Run(fmt.Sprintf("%s, response %t", name, responds), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					arguments := startArguments(values{"auto_commit": false})
					m := newManaged(configuredFor(t, "v2", sim), importJob)
					if d := m.apply(t.Context(), m.server(t, "v2", sim), arguments); len(d) > 0 {
						t.Fatal(diagnosticText(d))
					}
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					var interrupted chan struct{}
					interrupt := cancel
					if ofProcess {
						interrupted = make(chan struct{})
						interrupt = func() { close(interrupted) }
					}
					p := newTestServerOf(t, &zillizProvider{version: "test", interrupted: interrupted,
						transport: interruptedRead{zillizsim.Transport(sim), interrupt, responds}})
					if d := p.configure(providerArguments(values{"api_version": "v2"})); len(d) > 0 {
						t.Fatal(diagnosticText(d))
					}
					d := m.apply(ctx, p, arguments.with(values{"triggers": values{"v": "2"}}))
					if last := d[len(d)-1]; last.Summary != "Starting the import was canceled" || len(d) > 1 && !responds {
						t.Error(diagnosticText(d))
					}
					if n := len(sim.Started()); n != 1 {
						t.Errorf("%d imports were started, want 1", n)
					}
				})
			})
		}
	}
}

// TestInterruptible begins calls after an interrupt. None of them may send anything.
func TestInterruptible(t *testing.T) {
	t.Parallel()
	interrupted := make(chan struct{})
	close(interrupted)
	d := &providerData{interrupted: interrupted}
	for range 100 {
		ctx, cancel := d.interruptible(t.Context())
		if ctx.Err() == nil {
			t.Error("a call after the interrupt is not canceled")
		}
		cancel()
	}
}

// TestTriggersThatPrintAlike changes triggers to others that look the same without quotes.
func TestTriggersThatPrintAlike(t *testing.T) {
	t.Parallel()
	sim := newSim()
	p := configuredFor(t, "v2", sim)
	m := newManaged(p, importJob)
	for _, triggers := range []values{{"a": "1", "b": "2"}, {`a:"1" b`: "2"}} {
		if d := m.apply(t.Context(), p, startArguments(values{"triggers": triggers})); hasError(d) {
			t.Fatal(diagnosticText(d))
		}
	}
	if n := len(sim.Started()); n != 2 {
		t.Errorf("%d imports were started, want 2", n)
	}
}

// TestCredentialsInURLs has URLs with credentials in unusual places. None may reach the state.
func TestCredentialsInURLs(t *testing.T) {
	t.Parallel()
	p := configuredFor(t, "v2", newSim())
	for url, valid := range map[string]bool{
		"s3://bucket/articles/":                                            true,
		"s3://bucket/user@example.com/":                                    true,
		"https://minio.example.com:9000/bucket/a.parquet":                  true,
		"https://minio.example.com:9000/bucket/team@v2/a.parquet":          true,
		"s3://bucket/model/sig=1/a.parquet":                                true,
		"s3://bucket/ASIAPACIFIC20240115/a.parquet":                        true,
		"s3://AKIAIOSFODNN7EXAMPLE:abc/def+ghi@bucket/articles/":           false,
		"AKIAIOSFODNN7EXAMPLE:secret@bucket.s3.amazonaws.com/articles/":    false,
		"https://acct.blob.core.windows.net/c/f.parquet%3Fsv=2022&sig=abc": false,
		"https://acct.blob.core.windows.net/c/f.parquet&sig=abc":           false,
		"https://acct.blob.core.windows.net/c/f.parquet#sv=2022&sig=abc":   false,
		"https://b.s3.amazonaws.com/a?X-Amz-Signature=abc":                 false,
		"https://user:password@host/x":                                     false,
		"AKIAIOSFODNN7EXAMPLE:wJalr/XUtnSECRET@bucket.s3.amazonaws.com/x":  false,
		"https://minio.example.com:9000/b/a,s3://AKIA1:SECRET@bucket/x":    false,
		"s3:/user:pass@bucket/x":                                           false,
		"s3://user:pa'ss@bucket/x":                                         false,
		"s3://user:pa ss@bucket/x":                                         false,
		"s3://bucket/a.parquet\x1b[31m":                                    false,
		"s3://bucket/a\nb":                                                 false,
	} {
		d := p.validateResource(importJob, startArguments(values{"object_urls": []string{url}}))
		if hasError(d) == valid {
			t.Errorf("%q: valid %t, want %t: %s", url, !valid, valid, diagnosticText(d))
		}
	}
}

// TestAbortThatFindsNoJob destroys a job that is read as importing while its abort is
// answered with a missing record. The import is running, so this must be an error.
func TestAbortThatFindsNoJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(time.Hour)} })
		p := configuredFor(t, "v2", sim)
		m := newManaged(p, importJob)
		if d := m.apply(t.Context(), p, startArguments(values{"abort_on_destroy": true})); len(d) > 0 {
			t.Fatal(diagnosticText(d))
		}
		sim.Inject(zillizsim.Fault{Call: "abort", Times: -1, Response: zillizsim.ErrorCode(90144)})
		if d := m.destroy(t.Context(), p); !hasError(d) || m.state.IsNull() {
			t.Errorf("the job is forgotten while it is running: %s", diagnosticText(d))
		}
	})
}

// TestLookUpComparesRawNames loses a start while another process imports a file whose name
// looks the same when credentials are masked. Its job must not be taken over.
func TestLookUpComparesRawNames(t *testing.T) {
	t.Parallel()
	const value = "0123456789012345678901234567890123456789"
	for _, paths := range [][2]string{
		{"articles/sig=" + value + "/a.parquet", "articles/sig=" + value + "/b.parquet"},
		{"https://articles?" + value, "https://articles?b"},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{ID: "job-0", CollectionName: "articles", Steps: zillizsim.Linear(0)})
			sim.Inject(zillizsim.Fault{Call: "create", Response: func(w http.ResponseWriter, r *http.Request) {
				sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: "job-1", CollectionName: "articles",
					Steps: zillizsim.Linear(time.Hour), Files: []zillizsim.File{{Name: paths[1]}}})
				zillizsim.Status(503)(w, r)
			}})
			p := configuredFor(t, "v2", sim)
			m := newManaged(p, importJob)
			arguments := startArguments(values{"object_urls": nil, "volume_name": "volume", "data_paths": []string{paths[0]}})
			if d := m.apply(t.Context(), p, arguments); m.text("job_id") != "" {
				t.Errorf("the import of %s has taken over that of %s: %s", paths[0], paths[1], diagnosticText(d))
			}
		})
	}
}

// TestSecretOfAnotherImport makes a part of a path known as a credential while an import of
// that path is started. The job that imports it already must be found nevertheless.
func TestSecretOfAnotherImport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim(zillizsim.Job{CollectionName: "articles", Steps: zillizsim.Linear(time.Hour), Files: []zillizsim.File{{Name: "tenant-alpha/articles.parquet"}}})
		var planOther func()
		p := configuredFor(t, "v2", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/list") {
				planOther()
			}
			sim.ServeHTTP(w, r)
		}))
		planOther = sync.OnceFunc(func() {
			newManaged(p, importJob).plan(p, startArguments(values{"collection_name": "other", "access_key_wo": "tenant-alpha", "secret_key_wo": "SECRETKEY12345"}))
		})
		d := newManaged(p, importJob).apply(t.Context(), p, startArguments(values{"object_urls": []string{"s3://bucket/tenant-alpha/articles.parquet"}}))
		expectError(t, d, "", "An import of these files is running", "***/articles.parquet")
		if n := len(sim.Started()); n != 0 {
			t.Errorf("%d imports were started, want 0", n)
		}
	})
}

// TestTakenOverID looks up a job whose ID must not be stored.
func TestTakenOverID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"job-\x1b[31m1", "job-" + testKey} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.Inject(zillizsim.Fault{Call: "create", Response: func(w http.ResponseWriter, r *http.Request) {
				sim.AddJob(zillizsim.Job{ClusterID: testCluster, ID: id, CollectionName: "articles",
					Steps: zillizsim.Linear(time.Hour), Files: []zillizsim.File{{Name: "articles/1.parquet"}}})
				zillizsim.Status(503)(w, r)
			}})
			p := configuredFor(t, "v2", sim)
			m := newManaged(p, importJob)
			d := m.apply(t.Context(), p, startArguments(values{"object_urls": []string{"s3://bucket/articles/1.parquet"}}))
			expectError(t, d, "", "Import may have been started", "must be a printable text")
			if text := diagnosticText(d); m.text("job_id") != "" || strings.Contains(text, id) || strings.Contains(text, "lists no jobs") {
				t.Errorf("the state has job %q: %s", m.text("job_id"), text)
			}
		})
	}
}

// TestCountOfAnEmptyPage starts an import although the list of jobs is empty and counts some.
// The collection was not checked then, which the user must know.
func TestCountOfAnEmptyPage(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.Inject(zillizsim.Fault{Call: "list", Times: -1, Response: zillizsim.Body(200, "application/json", `{"code":0,"data":{"count":3,"tasks":null,"records":null}}`)})
			p := configuredFor(t, version, sim)
			d := newManaged(p, importJob).apply(t.Context(), p, startArguments(nil))
			if len(d) != 1 || d[0].Summary != "Collection not checked for a running import" {
				t.Error(diagnosticText(d))
			}
		})
	})
}

// TestListThatHidesJobs starts an import while the list has a running job of the same files,
// in a form that lists have not had yet.
func TestListThatHidesJobs(t *testing.T) {
	t.Parallel()
	for version, list := range map[string]string{
		"v1": `{"code":200,"data":{"tasks":[{"jobId":"job-1","collectionName":"","state":"ImportRunning"}]}}`,
		"v2": `{"code":0,"data":{"tasks":[],"records":[{"jobId":"job-1","collectionName":"articles","state":"Importing"}]}}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim(zillizsim.Job{CollectionName: "articles", Steps: zillizsim.Linear(time.Hour), Files: []zillizsim.File{{Name: "articles/1.parquet"}}})
			sim.Inject(zillizsim.Fault{Call: "list", Times: -1, Response: zillizsim.Body(200, "application/json", list)})
			p := configuredFor(t, version, sim)
			d := newManaged(p, importJob).apply(t.Context(), p, startArguments(values{"object_urls": []string{"s3://bucket/articles/1.parquet"}}))
			if len(d) == 0 {
				t.Errorf("%s: an import was started without a warning", version)
			}
		})
	}
}
