package provider

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const importJob = "zilliz_import_job"

func importJobConfig(arguments string) string {
	return `
resource "zilliz_import_job" "articles" {
  cluster_id      = "` + testCluster + `"
  collection_name = "articles"
` + arguments + `
}
`
}

// oneURL is the value of object_urls.
func oneURL() []string { return []string{"s3://bucket/articles/"} }

// startArguments returns the arguments of an import that both API versions can start,
// with changes.
func startArguments(changes values) values {
	v := values{"cluster_id": testCluster, "collection_name": "articles", "object_urls": oneURL()}
	maps.Copy(v, changes)
	return v
}

func TestAccImportJobStartsOnce(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, version string) {
		sim := newSim()
		provider := serveSimulator(t, version, sim)
		config := func(more string) string {
			return provider + importJobConfig(`
  object_urls   = ["s3://bucket/articles/"]
  access_key_wo = "AKIAEXAMPLE"
  secret_key_wo = "secret-of-the-bucket"
`+more) + `
resource "zilliz_import_completion" "articles" {
  cluster_id = zilliz_import_job.articles.cluster_id
  job_id     = zilliz_import_job.articles.job_id
}
`
		}
		started := func(want int) resource.TestCheckFunc {
			return func(*terraform.State) error {
				if n := len(sim.Started()); n != want {
					return fmt.Errorf("%d imports were started, want %d", n, want)
				}
				return nil
			}
		}
		sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(0)} })
		resource.UnitTest(t, resource.TestCase{
			TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
			ProtoV6ProviderFactories: providers(),
			Steps: []resource.TestStep{
				{Config: config(""), Check: started(1)},
				{
					Config: strings.Replace(config(`  timeouts = { create = "1m" }`), "secret-of-the-bucket", "another", 1), Check: started(1),
					ConfigPlanChecks: preApply(plancheck.ExpectResourceAction("zilliz_import_job.articles", plancheck.ResourceActionUpdate)),
				},
				{
					Config: config(`  triggers = { version = "2" }`), Check: started(2),
					ConfigPlanChecks: preApply(plancheck.ExpectResourceAction("zilliz_import_job.articles", plancheck.ResourceActionUpdate),
						plancheck.ExpectResourceAction("zilliz_import_completion.articles", plancheck.ResourceActionUpdate)),
				},
			},
		})
		if first := sim.Started()[0]; !first.HasCredentials("AKIAEXAMPLE", "secret-of-the-bucket", "") {
			t.Error("the service did not receive the credentials")
		}
	})
}

// TestAccImportJobImport checks that setting arguments that the service does not return
// starts no import before they are stored.
func TestAccImportJobImport(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{ID: "job-old", CollectionName: "articles", Steps: zillizsim.Linear(time.Hour)})
	provider := serveSimulator(t, "v2", sim)
	config := provider + importJobConfig(`  object_urls = ["s3://bucket/articles/"]`)
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		ProtoV6ProviderFactories: providers(),
		Steps: []resource.TestStep{
			{
				Config: config, ResourceName: "zilliz_import_job.articles", ImportState: true, ImportStatePersist: true,
				ImportStateId: testCluster + "/job-old",
			},
			{Config: config, ConfigPlanChecks: preApply(plancheck.ExpectResourceAction("zilliz_import_job.articles", plancheck.ResourceActionUpdate))},
			{Config: config, ConfigPlanChecks: preApply(plancheck.ExpectEmptyPlan())},
			{
				Config: provider + importJobConfig(`  object_urls = ["s3://bucket/other/"]`), PlanOnly: true, ExpectNonEmptyPlan: true,
			},
			{
				// The arguments are stored now, so setting another one is a change.
				Config: provider + importJobConfig(`
  object_urls = ["s3://bucket/articles/"]
  triggers    = { version = "2" }`),
				ConfigPlanChecks: preApply(plancheck.ExpectResourceAction("zilliz_import_job.articles", plancheck.ResourceActionUpdate)),
			},
		},
	})
	if n := len(sim.Started()); n != 1 {
		t.Errorf("%d imports were started, want 1, by the last step", n)
	}
}

// TestImportJobImportWithoutCollection checks that a collection that the service does not
// return is null in the state, so that setting it is not a change.
func TestImportJobImportWithoutCollection(t *testing.T) {
	t.Parallel()
	for name, job := range map[string]zillizsim.Job{"empty": {}, "missing": {FiveFields: true}} {
		job.Steps = zillizsim.Linear(time.Hour)
		state, d := configured(t, newSim(job)).importResource(importJob, testCluster+"/job-1")
		if len(d) > 0 || !state["collection_name"].IsNull() || stringValue(t, state["job_id"]) != "job-1" {
			t.Errorf("%s: state %v, %s", name, state, diagnosticText(d))
		}
	}
}

func TestImportWithEmptyID(t *testing.T) {
	t.Parallel()
	for _, name := range []string{importJob, completion, staging, commit} {
		_, d := configured(t, newSim()).importResource(name, "")
		expectError(t, d, "", "Invalid import ID", "cluster_id/job_id")
	}
}

func TestImportJobErrors(t *testing.T) {
	t.Parallel()
	lost := func(response http.HandlerFunc) zillizsim.Fault {
		return zillizsim.Fault{StartOnly: true, After: true, Response: response}
	}
	busy := func(times int) zillizsim.Fault {
		return zillizsim.Fault{StartOnly: true, Times: times, Response: zillizsim.ErrorCode(47055)}
	}
	code := func(code int) zillizsim.Fault {
		return zillizsim.Fault{StartOnly: true, Response: zillizsim.ErrorCode(code)}
	}
	unknownOutcome := []string{"outcome is unknown", "Jobs of the collection", testCluster + "/", "import block"}
	tests := []struct {
		name, attribute, title string
		fault                  zillizsim.Fault
		parts                  []string
		started                int
	}{
		{name: "busy for a while", fault: busy(3), started: 1},
		{name: "always busy", fault: busy(-1), title: "Cluster is busy with another import", parts: []string{"code 47055", "allow more time with timeouts"}},
		{name: "throttled", fault: zillizsim.Fault{StartOnly: true, Times: 8, Response: zillizsim.Status(429)}, started: 1},
		{name: "storage denied", fault: code(83001), attribute: "object_urls", title: "Access to object storage denied", parts: []string{"access_key_wo"}},
		{name: "incorrect parameter", fault: code(80000), title: "Request rejected by Zilliz Cloud", parts: []string{"Incorrect parameter"}},
		{name: "unknown collection", fault: code(47005), attribute: "collection_name", title: "Collection not found"},
		{name: "response lost", fault: lost(zillizsim.Reset()), title: "Import may have been started", parts: unknownOutcome, started: 1},
		{name: "response hangs", fault: lost(zillizsim.Hang()), title: "Import may have been started", parts: unknownOutcome, started: 1},
		{name: "HTTP 502 after starting", fault: lost(zillizsim.HTMLPage(502)), title: "Import may have been started", parts: unknownOutcome, started: 1},
		{name: "garbage after starting", fault: lost(zillizsim.Body(200, "text/plain", "ok")), title: "Import may have been started", parts: unknownOutcome, started: 1},
		{name: "no job ID", fault: lost(zillizsim.Body(200, "application/json", `{"code":200,"data":{}}`)), title: "Import may have been started", parts: unknownOutcome, started: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, version string) {
				synctest.Test(t, func(t *testing.T) {
					sim := newSim()
					sim.Inject(test.fault)
					_, d := configuredFor(t, version, sim).create(t.Context(), importJob, startArguments(nil))
					if test.title == "" {
						if len(d) > 0 {
							t.Error(diagnosticText(d))
						}
					} else {
						expectError(t, d, test.attribute, test.title, test.parts...)
					}
					if n := len(sim.Started()); n != test.started {
						t.Errorf("%d imports were started, want %d", n, test.started)
					}
				})
			})
		})
	}
}

// TestAtMostOneImportIsStarted injects random faults, before and after the service has
// started the job.
func TestAtMostOneImportIsStarted(t *testing.T) {
	t.Parallel()
	for n := range uint64(400) {
		r := rand.New(rand.NewPCG(20261124, n))
		version := []string{"v1", "v2"}[n%2]
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			for range r.IntN(6) {
				responses := []http.HandlerFunc{
					zillizsim.Reset(), zillizsim.ResetMidBody(), zillizsim.CutOff(), zillizsim.Hang(), zillizsim.Status(408),
					zillizsim.Status(500), zillizsim.HTMLPage(502), zillizsim.HTMLPage(200), zillizsim.ErrorCode(12345),
					zillizsim.Status(429), zillizsim.ErrorCode(47055), // never sent after a start
				}
				after := r.IntN(2) == 0
				if after {
					responses = responses[:len(responses)-2]
				}
				sim.Inject(zillizsim.Fault{StartOnly: true, After: after, Response: responses[r.IntN(len(responses))]})
			}
			arguments := startArguments(nil)
			if n%4 >= 2 { // a lost job is found by the path of its files
				arguments["object_urls"] = nestedURL()
			}
			state, d := configuredFor(t, version, sim).create(t.Context(), importJob, arguments)
			started := sim.Started()
			if len(started) > 1 {
				t.Fatalf("sequence %d: %d imports were started: %s", n, len(started), diagnosticText(d))
			}
			if !hasError(d) && (len(started) != 1 || stringValue(t, state["job_id"]) != started[0].JobID) {
				t.Fatalf("sequence %d: %v, started %v", n, state, started)
			}
			if hasError(d) && len(started) == 1 && d[0].Summary != "Import may have been started" {
				t.Fatalf("sequence %d: a job was started, but the error does not say so: %s", n, diagnosticText(d))
			}
		})
	}
}

// TestCredentialsAreMasked covers a service that returns the credentials in an error.
func TestCredentialsAreMasked(t *testing.T) {
	t.Parallel()
	secrets := values{"access_key_wo": `AK"IA/&x`, "secret_key_wo": "s3cr3t+key/%=", "session_token_wo": "tok<en>'"}
	sim := newSim()
	sim.Inject(zillizsim.Fault{Times: -1, StartOnly: true, Response: zillizsim.EchoCredentials(400)})
	_, d := configuredFor(t, "v2", sim).create(t.Context(), importJob, startArguments(secrets))
	if len(d) != 1 || !strings.Contains(diagnosticText(d), "withheld") {
		t.Error(diagnosticText(d))
	}
	for _, secret := range secrets {
		if strings.Contains(diagnosticText(d), fmt.Sprint(secret)) {
			t.Errorf("%q is in %s", secret, diagnosticText(d))
		}
	}
}

func TestAccImportJobArguments(t *testing.T) {
	t.Parallel()
	sim := newSim()
	for _, test := range []struct{ version, arguments, failure string }{
		{"v1", ``, `Missing source of data`},
		{"v2", "object_urls = [\"s3://b/\"]\nvolume_name = \"v\"", `Conflicting sources of data`},
		{"v2", `volume_name = "v"`, `Incomplete source of data`},
		{"v2", `object_urls = []`, `at least 1`},
		{"v2", `object_urls = [""]`, `must not be empty`},
		{"v2", `object_urls = ["s3://b/1?X-Amz-Signature=0123"]`, `(?s)must not have a query.*session_token_wo`},
		{"v2", `object_urls = ["https://user:password@host/1"]`, `must not have a user name, key or signature`},
		{"v2", `object_urls = ["s3://b/1", "s3://b/2", "s3://b/1"]`, `(?s)Data would be imported twice.*object_urls\[2\]`},
		{"v2", `object_urls = ["s3://b/1/a.parquet", "s3://b/1/"]`, `(?s)Data would be imported twice.*object_urls\[0\]`},
		{"v2", "volume_name = \"v\"\ndata_paths = [\"a/\", \"a/\"]", `(?s)Data would be imported twice.*data_paths\[1\]`},
		{"v1", "object_urls = [\"s3://b/1\"]\nauto_commit = false", `auto_commit requires API v2`},
		{"v1", "object_urls = [\"s3://b/1\"]\nabort_on_destroy = true", `abort_on_destroy requires API v2`},
		{"v1", "object_urls = [\"s3://b/1\"]\nsession_token_wo = \"token\"", `session_token_wo requires API v2`},
		{"v2", "object_urls = [\"s3://b/1\"]\nsecret_key_wo = \"secret\"", `access_key_wo`},
		{"v2", `object_urls = [""]`, `must not be empty`},
		{"v2", `object_urls = ["s3://b/1?X-Amz-Signature=0123"]`, `(?s)must not have a query.*session_token_wo`},
		{"v2", `object_urls = ["https://user:password@host/1"]`, `must not have a user name, key or signature`},
		{"v2", `object_urls = ["s3://b/1", "s3://b/2", "s3://b/1"]`, `(?s)Data would be imported twice.*object_urls\[2\]`},
		{"v2", `object_urls = ["s3://b/1/a.parquet", "s3://b/1/"]`, `(?s)Data would be imported twice.*object_urls\[0\]`},
		{"v2", "volume_name = \"v\"\ndata_paths = [\"a/\", \"a/\"]", `(?s)Data would be imported twice.*data_paths\[1\]`},
		{"v1", "object_urls = [\"s3://b/1\"]\nauto_commit = false", `auto_commit requires API v2`},
		{"v1", "object_urls = [\"s3://b/1\"]\nabort_on_destroy = true", `abort_on_destroy requires API v2`},
		{"v1", "object_urls = [\"s3://b/1\"]\nsession_token_wo = \"token\"", `session_token_wo requires API v2`},
		{"v2", "object_urls = [\"s3://b/1\"]\nsecret_key_wo = \"secret\"", `access_key_wo`},
		{"v1", `object_urls = ["s3://b/1", "s3://b/2"]`, `More than one URL requires API v2`},
		{"v1", "object_urls = [\"s3://b/1\"]\ndb_name = \"d\"", `db_name requires API v2`},
		{"v1", "volume_name = \"v\"\ndata_paths = [\"a\"]", `requires API v2`},
		{"v2", `object_urls = ["s3://b/1\n"]`, `(?s)Invalid object_urls.*must not begin or end with white space`},
		{"v2", "object_urls = [\"s3://b/1\"]\npartition_name = \" p\"", `(?s)Invalid partition_name.*trimspace`},
		{"v2", "object_urls = [\"s3://b/1\"]\naccess_key_wo = \"AKIA\"", `(?s)secret_key_wo`},
	} {
		resource.UnitTest(t, resource.TestCase{
			ProtoV6ProviderFactories: providers(),
			Steps: []resource.TestStep{{
				Config: serveSimulator(t, test.version, sim) + importJobConfig(test.arguments), PlanOnly: true, ExpectError: regexp.MustCompile(test.failure),
			}},
		})
	}
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want 0", n)
	}
}

// importJobState returns the state of a job that was started with the arguments.
func (p *testServer) importJobState(arguments values) *tfprotov6.DynamicValue {
	p.t.Helper()
	state := values{"id": testCluster + "/job-1", "job_id": "job-1"}
	maps.Copy(state, arguments)
	return p.value(p.schema.ResourceSchemas[importJob], state)
}

// TestImportJobStartWarning checks that a plan that can start another import says so, and
// never plans to replace the resource.
func TestImportJobStartWarning(t *testing.T) {
	t.Parallel()
	p := configuredFor(t, "v2", newSim())
	prior := p.importJobState(startArguments(nil))
	tests := map[string]struct {
		changes values
		starts  bool
	}{
		"collection":        {values{"collection_name": "books"}, true},
		"unknown cluster":   {values{"cluster_id": unknown}, true},
		"triggers":          {values{"triggers": values{"version": "2"}}, true},
		"unknown trigger":   {values{"triggers": values{"version": unknown}}, true},
		"several arguments": {values{"collection_name": "books", "partition_name": "p", "triggers": values{"version": "2"}}, true},
		"auto_commit":       {values{"auto_commit": false}, true},
		"timeouts":          {values{"timeouts": values{"create": "1m"}}, false},
		"abort_on_destroy":  {values{"abort_on_destroy": true}, false},
		"no change":         {nil, false},
		"defaults":          {values{"db_name": "default", "partition_name": "_default", "auto_commit": true, "triggers": values{"version": nil}}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := startArguments(test.changes)
			proposed := values{"id": unknown, "job_id": unknown}
			maps.Copy(proposed, config)
			schema := p.schema.ResourceSchemas[importJob]
			response := p.planTo(importJob, prior, p.value(schema, proposed), p.value(schema, config))
			if len(response.RequiresReplace) > 0 {
				t.Errorf("%v replace the resource, want none", response.RequiresReplace)
			}
			planned := p.attributes(schema, response.PlannedState)
			if known := planned["job_id"].IsKnown(); known == test.starts {
				t.Errorf("job_id is known: %t, want %t", known, !test.starts)
			}
			if !test.starts {
				if len(response.Diagnostics) > 0 {
					t.Error(diagnosticText(response.Diagnostics))
				}
				return
			}
			expectWarning(t, response.Diagnostics, "", "If the arguments of this resource differ from those of job job-1 once all of them are known, apply starts a new import, whose rows are added to those in the collection. If they are equal, apply starts none.")
		})
	}
}

// TestImportJobMissingArguments covers plans that start an import without what it needs.
func TestImportJobMissingArguments(t *testing.T) {
	t.Parallel()
	p := configuredFor(t, "v2", newSim())
	tests := []struct {
		arguments        values
		attribute, title string
	}{
		{values{"collection_name": nil}, "collection_name", "Missing collection_name"},
		{values{"object_urls": nil}, "object_urls", "Missing source of data"},
		{values{"object_urls": nil, "volume_name": "v"}, "data_paths", "Incomplete source of data"},
		{values{"object_urls": nil, "data_paths": []string{"articles/"}}, "volume_name", "Incomplete source of data"},
	}
	schema := p.schema.ResourceSchemas[importJob]
	for _, test := range tests {
		config := p.value(schema, startArguments(test.arguments))
		expectError(t, p.plan(importJob, p.null(schema), config).Diagnostics, test.attribute, test.title)
		// The job that was imported into the state has none of these arguments, either.
		if d := p.plan(importJob, p.importJobState(startArguments(test.arguments)), config).Diagnostics; len(d) > 0 {
			t.Errorf("%s without a change: %s", test.title, diagnosticText(d))
		}
	}
}

// TestImportJobPlanWithUnknownArguments covers arguments that API v1 does not support,
// but which can still become null.
func TestImportJobPlanWithUnknownArguments(t *testing.T) {
	t.Parallel()
	p := configuredFor(t, "v1", newSim())
	schema := p.schema.ResourceSchemas[importJob]
	config := p.value(schema, startArguments(values{"db_name": unknown, "session_token_wo": unknown}))
	if response := p.plan(importJob, p.null(schema), config); len(response.Diagnostics) > 0 {
		t.Error(diagnosticText(response.Diagnostics))
	}
}

func TestImportJobSourcesOfData(t *testing.T) {
	t.Parallel()
	p := configuredFor(t, "v2", newSim())
	paths := []string{"articles/"}
	nullURL := []tftypes.Value{tftypes.NewValue(tftypes.String, nil)}
	tests := []struct {
		arguments        values
		attribute, title string
	}{
		{values{"volume_name": "v"}, "volume_name", "Conflicting sources of data"},
		{values{"data_paths": paths}, "data_paths", "Conflicting sources of data"},
		{values{"volume_name": "v", "data_paths": paths}, "volume_name", "Conflicting sources of data"},
		{values{"object_urls": nullURL}, "object_urls", "Null List Value"},
	}
	for _, test := range tests {
		d := p.validateResource(importJob, startArguments(test.arguments))
		if len(d) == 2 { // volume_name and data_paths
			slices.SortFunc(d, func(a, b *tfprotov6.Diagnostic) int {
				return strings.Compare(pathText(b.Attribute), pathText(a.Attribute))
			})
			expectError(t, d[1:], "data_paths", test.title)
			d = d[:1]
		}
		expectError(t, d, test.attribute, test.title)
	}
	for _, valid := range []values{
		nil,
		{"object_urls": nil, "volume_name": "v", "data_paths": paths},
		{"volume_name": unknown},
		{"object_urls": unknown, "volume_name": "v"},
		// What is missing is an error of a plan that starts an import, since a job that was
		// imported into the state needs none of it.
		{"object_urls": nil},
		{"object_urls": nil, "volume_name": "v"},
	} {
		if d := p.validateResource(importJob, startArguments(valid)); len(d) > 0 {
			t.Errorf("%v: %s", valid, diagnosticText(d))
		}
	}
}

func TestUnknownOutcomeNamesTheCause(t *testing.T) {
	t.Parallel()
	lost := zillizsim.Fault{StartOnly: true, After: true, Response: zillizsim.Hang()}
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		sim.Inject(lost)
		began := time.Now()
		_, d := configured(t, sim).create(t.Context(), importJob, startArguments(values{"timeouts": values{"create": "10s"}}))
		expectError(t, d, "", "Import may have been started", "no complete response", "within 1m15s")
		// A request that was written has at least 75 s, and the look-up has a minute.
		if took := time.Since(began); took != 75*time.Second+time.Minute {
			t.Errorf("the start took %s, want 2m15s", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		sim.Inject(lost)
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		time.AfterFunc(5*time.Second, cancel)
		_, d := configured(t, sim).create(ctx, importJob, startArguments(nil))
		expectError(t, d, "", "Import may have been started", "canceled before the response", "Jobs of the collection")
		if took := time.Since(began); took != 15*time.Second {
			t.Errorf("the start took %s, want 10s from when it was canceled", took)
		}
	})
}
