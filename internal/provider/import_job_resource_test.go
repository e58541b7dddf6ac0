package provider

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

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
		sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(0)} })
		resource.UnitTest(t, resource.TestCase{
			TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
			ProtoV6ProviderFactories: providers(),
			Steps: []resource.TestStep{
				{Config: config(""), Check: expectStarted(sim, 1)},
				{
					Config: strings.Replace(config(`  timeouts = { create = "1m" }`), "secret-of-the-bucket", "another", 1), Check: expectStarted(sim, 1),
					ConfigPlanChecks: preApply(plancheck.ExpectResourceAction("zilliz_import_job.articles", plancheck.ResourceActionUpdate)),
				},
				{
					Config: config(`  triggers = { version = "2" }`), Check: expectStarted(sim, 2),
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

// expectStarted is a check that fails unless a number of imports were started.
func expectStarted(sim *zillizsim.Server, want int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if n := len(sim.Started()); n != want {
			return fmt.Errorf("%d imports were started, want %d", n, want)
		}
		return nil
	}
}

// TestImportedJob covers what a job that is imported into the state has of its arguments.
func TestImportedJob(t *testing.T) {
	t.Parallel()
	// A collection that the service does not return is null, so that setting it is not a change.
	for name, job := range map[string]zillizsim.Job{"empty": {}, "missing": {FiveFields: true}} {
		state, d := newProvider(t, newSim(job)).importResource(importJob, testCluster+"/job-1")
		if len(d) > 0 || !state["collection_name"].IsNull() || stringValue(t, state["job_id"]) != "job-1" {
			t.Errorf("%s: state %v, %s", name, state, diagnosticText(d))
		}
	}
	// Any database but the default one would be another import.
	p := newProvider(t, newSim(zillizsim.Job{CollectionName: "articles"}), api("v2"))
	m := importManaged(p, importJob, testCluster+"/job-1")
	d := m.plan(p, startArguments(values{"db_name": "library"})).Diagnostics
	expectError(t, errorsOf(d), "db_name", "Database of an imported job can't change", "job-1", `"default"`)
	// So would another collection, unless it is the alias that the import was started by.
	d = m.plan(p, startArguments(values{"collection_name": "articles_alias"})).Diagnostics
	expectError(t, errorsOf(d), "collection_name", "Collection of an imported job can't change", "job-1", `an alias of the collection`)
	if d := m.plan(p, startArguments(values{"db_name": "default"})).Diagnostics; len(d) > 0 {
		t.Errorf("the default database: %s", diagnosticText(d))
	}
}

func TestImportIDs(t *testing.T) {
	t.Parallel()
	p := newProvider(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(0)}))
	for _, name := range []string{importJob, completion} {
		for id, title := range map[string]string{
			"": "Invalid import ID", "job-1": "Invalid import ID", "/job-1": "Invalid import ID", testCluster + "/ job-1": "Invalid import ID",
			testCluster + "/my library/job-1": "Database requires API v2", testCluster + "//job-1": "Invalid import ID",
			testCluster + "/job-1": "", testCluster + "/default/job-1": "", // as the error of a running import names it
		} {
			_, d := p.importResource(name, id)
			if title == "" && len(d) > 0 {
				t.Errorf("%q: %s", id, diagnosticText(d))
			} else if title != "" {
				expectError(t, d, "", title)
			}
		}
	}
}

// TestImportJobStartWarning checks that a plan that starts an import, or can start one, says
// so in one sentence each.
func TestImportJobStartWarning(t *testing.T) {
	t.Parallel()
	const certain, possible = "Apply starts a new import", "Apply may start a new import"
	tests := map[string]struct {
		changes values
		title   string // It is empty if no import is started.
	}{
		"collection":        {values{"collection_name": "books"}, certain},
		"triggers":          {values{"triggers": values{"version": "2"}}, certain},
		"several arguments": {values{"collection_name": "books", "partition_name": "p", "triggers": values{"version": "2"}}, certain},
		"auto_commit":       {values{"auto_commit": false}, certain},
		"and one unknown":   {values{"collection_name": "books", "triggers": values{"version": unknown}}, certain},
		"unknown cluster":   {values{"cluster_id": unknown}, possible},
		"unknown trigger":   {values{"triggers": values{"version": unknown}}, possible},
		"timeouts":          {values{"timeouts": values{"create": "1m"}}, ""},
		"abort_on_destroy":  {values{"abort_on_destroy": true}, ""},
		"no change":         {nil, ""},
	}
	p := newProvider(t, newSim(), api("v2"))
	// What is missing is no error of a plan that may start none.
	m := p.recorded(importJob, startArguments(values{"object_urls": nil}))
	d := m.plan(p, startArguments(values{"object_urls": nil, "triggers": values{"version": unknown}})).Diagnostics
	expectOneWarning(t, d, possible)
	volume := startArguments(values{"object_urls": nil, "volume_name": "v", "data_paths": []string{"a/"}})
	for _, changed := range []values{{"volume_name": "w"}, {"data_paths": []string{"b/"}}} {
		expectOneWarning(t, p.recorded(importJob, volume).plan(p, volume.with(changed)).Diagnostics, certain)
	}
	for name, test := range tests {
		m := p.recorded(importJob, startArguments(nil))
		response := m.plan(p, startArguments(test.changes))
		if known := m.attributesOf(m.decoded(response.PlannedState))["job_id"].IsKnown(); known != (test.title == "") {
			t.Errorf("%s: job_id is known: %t", name, known)
		}
		if test.title == "" {
			if len(response.Diagnostics) > 0 {
				t.Errorf("%s: %s", name, diagnosticText(response.Diagnostics))
			}
			continue
		}
		expectOneWarning(t, response.Diagnostics, test.title, "of job job-1", "added to those in the collection")
		if certainly := !strings.Contains(diagnosticText(response.Diagnostics), "If "); certainly != (test.title == certain) {
			t.Errorf("%s: %s", name, diagnosticText(response.Diagnostics))
		}
	}
}

// TestSameFilesTwice plans two resources of one provider configuration.
func TestSameFilesTwice(t *testing.T) {
	t.Parallel()
	unknownURL := []tftypes.Value{tftypes.NewValue(tftypes.String, unknown)}
	volume := values{"object_urls": nil, "volume_name": "v", "data_paths": []string{"a/", "b/"}}
	for name, test := range map[string]struct {
		first, second values
		part          string // of the warning, if one is expected
	}{
		"URL":                {nil, nil, `imports "s3://bucket/articles/" into the same place of collection articles`},
		"default partition":  {nil, values{"partition_name": "_default", "db_name": "default"}, "s3://bucket/articles/"},
		"path of a volume":   {volume, volume.with(values{"data_paths": []string{"b/", "c/"}}), `imports "b/"`},
		"another URL":        {nil, values{"object_urls": nestedURL()}, ""},
		"another partition":  {nil, values{"partition_name": "p"}, ""},
		"another database":   {nil, values{"db_name": "library"}, ""},
		"another collection": {nil, values{"collection_name": "books"}, ""},
		"another cluster":    {nil, values{"cluster_id": otherCluster}, ""},
		"another volume":     {volume, volume.with(values{"volume_name": "w"}), ""},
		"unknown URLs":       {values{"object_urls": unknown}, values{"object_urls": unknown}, ""},
		"unknown URL":        {values{"object_urls": unknownURL}, values{"object_urls": unknownURL}, ""},
	} {
		p := newProvider(t, newSim(), api("v2"))
		if d := newManaged(p, importJob).plan(p, startArguments(test.first)).Diagnostics; len(d) > 0 {
			t.Errorf("%s, the first: %s", name, diagnosticText(d))
		}
		d := newManaged(p, importJob).plan(p, startArguments(test.second)).Diagnostics
		if test.part != "" {
			expectOneWarning(t, d, "Data would be imported twice", test.part)
		} else if len(d) > 0 {
			t.Errorf("%s: %s", name, diagnosticText(d))
		}
	}
	// A resource that is replaced is planned twice, the second time without its job.
	changed := startArguments(values{"triggers": values{"v": "2"}})
	type plan struct {
		job  string
		want int
	}
	for _, plans := range [][]plan{{{"job-1", 1}, {"job-1", 1}, {"", 0}, {"", 1}, {"job-2", 2}}, {{"job-1", 1}, {"job-2", 2}}} {
		p := newProvider(t, newSim(), api("v2"))
		for i, test := range plans {
			m := newManaged(p, importJob)
			if test.job != "" {
				m.state = object(t, m.schema.ValueType(), startArguments(values{"job_id": test.job, "id": testCluster + "/" + test.job}))
			}
			if d := m.plan(p, changed).Diagnostics; len(d) != test.want {
				t.Errorf("plan %d of %v: %d warnings, want %d: %s", i, plans, len(d), test.want, diagnosticText(d))
			}
		}
	}
}

// TestAccSameFilesTwice checks that one resource that is replaced does not warn of itself.
func TestAccSameFilesTwice(t *testing.T) {
	t.Parallel()
	const title = "Data would be imported twice"
	config := func(more string) string {
		return importJobConfig("  object_urls = [\"s3://bucket/articles/\"]\n"+more) +
			"resource \"terraform_data\" \"version\" {\n  input = \"1\"\n}\n"
	}
	run := newTerraformRun(t, newSim(), config(""))
	run.succeed("apply", "-auto-approve")
	for name, printed := range map[string]string{
		"-replace":            run.succeed("plan", "-replace=zilliz_import_job.articles"),
		"-replace and change": run.configured(config("  triggers = { v = 2 }")).succeed("plan", "-replace=zilliz_import_job.articles"),
		"replace_triggered_by": run.configured(strings.Replace(config(`
  triggers = { v = 2 }
  lifecycle {
    replace_triggered_by = [terraform_data.version]
  }`), `"1"`, `"2"`, 1)).succeed("plan"),
	} {
		if !strings.Contains(printed, "zilliz_import_job.articles must be replaced") && !strings.Contains(printed, "will be replaced") {
			t.Errorf("%s: the plan replaces nothing:\n%s", name, printed)
		}
		if strings.Contains(printed, title) {
			t.Errorf("%s: the plan warns of the resource itself:\n%s", name, printed)
		}
	}
	pair := strings.Replace(importJobConfig("  count = 2\n  object_urls = [\"s3://bucket/other/\"]"), `"articles"`, `"pair"`, 1)
	printed := run.configured(config("") + pair).succeed("plan")
	if n := strings.Count(printed, title); n != 1 {
		t.Errorf("%d warnings of two instances, want 1:\n%s", n, printed)
	}
}

// TestAccOutputOfWholeJob checks that an output of all attributes needs no sensitive = true:
// write-only arguments are not stored.
func TestAccOutputOfWholeJob(t *testing.T) {
	t.Parallel()
	requireCLI(t, 1011)
	run := newTerraformRun(t, newSim(), importJobConfig(`
  object_urls   = ["s3://bucket/articles/"]
  access_key_wo = "AKIAEXAMPLEEXAMPLE"
  secret_key_wo = "secret-of-the-bucket"
`)+"output \"job\" {\n  value = zilliz_import_job.articles\n}\n")
	run.succeed("apply", "-auto-approve")
	if printed := run.succeed("output", "-json"); !strings.Contains(printed, `"job_id"`) || strings.Contains(printed, "secret-of-the-bucket") {
		t.Errorf("the output is %s", printed)
	}
}

// TestTriggersThatPrintAlike changes triggers to others that look the same without quotes.
func TestTriggersThatPrintAlike(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := newSim()
		p := newProvider(t, sim)
		m := newManaged(p, importJob)
		for _, triggers := range []values{{"a": "1", "b": "2"}, {`a:"1" b`: "2"}} {
			m.mustApply(p, startArguments(values{"triggers": triggers}))
		}
		if n := len(sim.Started()); n != 2 {
			t.Errorf("%d imports were started, want 2", n)
		}
	})
}
