package provider

import (
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// inPlace is a resource whose job changes in place.
type inPlace struct {
	name string
	// config are the arguments of the resource, all of them.
	config values
	// unknown are arguments that are known only after apply, by a description.
	unknown map[string]values
	// other are arguments of another job, by a description.
	other map[string]values
	// sent is the call that Zilliz Cloud receives once for another job.
	sent string
}

func inPlaceResources() []inPlace {
	job := inPlace{
		name: importJob,
		config: values{
			"cluster_id": testCluster, "collection_name": "articles", "db_name": "library", "partition_name": "news",
			"object_urls": []string{"s3://bucket/a/", "s3://bucket/b/"}, "triggers": values{"version": "1"}, "auto_commit": false,
			"timeouts": values{"create": "10m"},
		},
		unknown: map[string]values{
			"one URL": {"object_urls": []tftypes.Value{
				tftypes.NewValue(tftypes.String, "s3://bucket/a/"), tftypes.NewValue(tftypes.String, unknown),
			}},
			"one trigger": {"triggers": values{"version": unknown}},
		},
		other: map[string]values{
			"collection": {"collection_name": "other"}, "database": {"db_name": "default"}, "partition": {"partition_name": nil},
			"URL": {"object_urls": []string{"s3://bucket/a/", "s3://bucket/c/"}}, "fewer URLs": {"object_urls": []string{"s3://bucket/a/"}},
			"triggers": {"triggers": values{"version": "2"}}, "no triggers": {"triggers": nil}, "auto_commit": {"auto_commit": nil},
			"volume":  {"object_urls": nil, "volume_name": "volume", "data_paths": []string{"a/"}},
			"cluster": {"cluster_id": otherCluster},
		},
		sent: "create",
	}
	resources := []inPlace{job}
	for name, sent := range map[string]string{completion: "describe", staging: "describe", commit: "commit"} {
		resources = append(resources, inPlace{
			name:    name,
			config:  values{"cluster_id": testCluster, "db_name": "library", "job_id": "job-1", "timeouts": values{"create": "10m"}},
			unknown: map[string]values{},
			other: map[string]values{
				"job": {"job_id": "job-2"}, "database": {"db_name": nil, "job_id": "job-3"}, "cluster": {"cluster_id": otherCluster},
			},
			sent: sent,
		})
	}
	for _, r := range resources {
		for argument := range r.config {
			if argument != "timeouts" {
				r.unknown[argument] = values{argument: unknown}
			}
		}
		everything := values{}
		for _, arguments := range r.unknown {
			maps.Copy(everything, arguments)
		}
		r.unknown["everything"] = everything
	}
	return resources
}

const otherCluster = "in01-fedcba987654321"

// sim returns a simulator with the jobs of the resource, which have ended for it.
func (r inPlace) sim() *zillizsim.Server {
	sim := newSim()
	sim.AddCluster(otherCluster)
	job := zillizsim.Job{
		ClusterID: testCluster, CollectionName: "articles", Steps: zillizsim.Linear(0), TotalRows: 7,
		Files: []zillizsim.File{{Name: "a/", Size: 1}}, TwoPhase: r.name == commit || r.name == staging,
	}
	for id, database := range map[string]string{"job-1": "library", "job-2": "library", "job-3": ""} {
		job.ID, job.DBName = id, database
		sim.AddJob(job)
	}
	if r.name != importJob {
		job.ID, job.DBName, job.ClusterID = "job-1", "library", otherCluster
		sim.AddJob(job)
	}
	sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(0)} })
	return sim
}

// created returns the resource as it is after it was created.
func (r inPlace) created(t *testing.T, sim *zillizsim.Server) *managed {
	t.Helper()
	p := newProvider(t, sim, api("v2"))
	m := newManaged(p, r.name)
	if d := m.apply(t.Context(), p, r.config); len(d) > 0 {
		t.Fatalf("%s: create: %s", r.name, diagnosticText(d))
	}
	return m
}

// eachInPlace runs a test for each resource in a bubble of its own.
func eachInPlace(t *testing.T, test func(t *testing.T, r inPlace)) {
	t.Helper()
	for _, r := range inPlaceResources() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, r) })
		})
	}
}

// TestUnknownValueThatTurnsOutEqual plans with values that are known only after apply, as
// below the depends_on of a module, whether the service still knows the job or not.
func TestUnknownValueThatTurnsOutEqual(t *testing.T) {
	t.Parallel()
	eachInPlace(t, func(t *testing.T, r inPlace) {
		t.Helper()
		for name, arguments := range r.unknown {
			for record, sim := range map[string]*zillizsim.Server{"on record": nil, "expired": newSim()} {
				original := r.sim()
				m := r.created(t, original)
				if sim == nil {
					sim = original
				}
				state, identity, requests := m.state, m.identity, len(sim.Requests())
				plan, apply := m.change(sim, r.config.with(arguments), r.config)
				if !m.state.Equal(state) {
					t.Errorf("%s, %s: state %s, want %s", name, record, m.state, state)
				}
				if !m.decodedIdentity(m.identity).Equal(m.decodedIdentity(identity)) {
					t.Errorf("%s, %s: the identity changes", name, record)
				}
				if n := len(sim.Requests()) - requests; n > 0 {
					t.Errorf("%s, %s: %d requests were sent, want none", name, record, n)
				}
				if warns := r.name == importJob; warns != (len(plan) == 1) || hasError(plan) || len(apply) > 0 {
					t.Errorf("%s, %s: diagnostics of the plan:\n%s\nof apply:\n%s", name, record, diagnosticText(plan), diagnosticText(apply))
				}
			}
		}
	})
}

// TestAnotherJobInPlace changes each argument that makes another job, with its value known
// in the plan or not.
func TestAnotherJobInPlace(t *testing.T) {
	t.Parallel()
	eachInPlace(t, func(t *testing.T, r inPlace) {
		t.Helper()
		for name, arguments := range r.other {
			for knowledge, planned := range map[string]values{"known": arguments, "unknown": unknownValues(arguments)} {
				sim := r.sim()
				m := r.created(t, sim)
				before, old, sent := m.text("job_id"), m.text("id"), sim.Count(r.sent, "")
				config := r.config.with(arguments)
				plan := m.plan(newProvider(t, sim, api("v2")), r.config.with(planned))
				again := m.plan(newProvider(t, sim, api("v2")), config)
				if r.name == importJob {
					title := map[string]string{"known": "Apply starts a new import", "unknown": "Apply may start a new import"}[knowledge]
					expectOneWarning(t, plan.Diagnostics, title, before)
					expectOneWarning(t, again.Diagnostics, "Apply starts a new import", before)
				} else if len(plan.Diagnostics)+len(again.Diagnostics) > 0 {
					t.Errorf("%s, %s: diagnostics of the plan:\n%s", name, knowledge, diagnosticText(plan.Diagnostics))
				}
				for attribute, value := range m.attributesOf(m.decoded(plan.PlannedState)) {
					if m.computed(attribute) && value.IsKnown() {
						t.Errorf("%s, %s: %s is planned as %s", name, knowledge, attribute, value)
					}
				}
				_, apply := m.change(sim, r.config.with(planned), config)
				if hasError(apply) {
					t.Fatalf("%s, %s: %s", name, knowledge, diagnosticText(apply))
				}
				if n := sim.Count(r.sent, "") - sent; n != 1 {
					t.Errorf("%s, %s: %d calls of %s, want 1", name, knowledge, n, r.sent)
				}
				if m.text("id") == old || m.text("id") != m.text("cluster_id")+"/"+m.text("job_id") {
					t.Errorf("%s, %s: state %s, want another job", name, knowledge, m.state)
				}
				if id := m.identityJob(); id != m.text("job_id") {
					t.Errorf("%s, %s: the job of the identity is %s, that of the state %s", name, knowledge, id, m.text("job_id"))
				}
				m.expectNothing(sim, config, name)
			}
		}
	})
}

// expectNothing fails the test unless a configuration changes no result, neither in plan
// nor in apply, without a warning and a request.
func (m *managed) expectNothing(sim *zillizsim.Server, config values, name string) {
	m.t.Helper()
	before, requests := m.attributesOf(m.state), len(sim.Requests())
	plan := m.plan(newProvider(m.t, sim, api("v2")), config)
	planned := m.attributesOf(m.decoded(plan.PlannedState))
	apply := m.apply(m.t.Context(), newProvider(m.t, sim, api("v2")), config)
	after := m.attributesOf(m.state)
	for attribute, value := range before {
		if m.computed(attribute) && (!planned[attribute].Equal(value) || !after[attribute].Equal(value)) {
			m.t.Errorf("%s, %s: %s is %s, planned as %s, and then %s", m.name, name, attribute, value, planned[attribute], after[attribute])
		}
	}
	if len(plan.Diagnostics)+len(apply) > 0 {
		m.t.Errorf("%s, %s: diagnostics of the plan:\n%s\nof apply:\n%s", m.name, name, diagnosticText(plan.Diagnostics), diagnosticText(apply))
	}
	if n := len(sim.Requests()) - requests; n > 0 {
		m.t.Errorf("%s, %s: %d requests were sent, want none", m.name, name, n)
	}
}

// TestFailureKeepsOldJob lets the start or the wait for another job fail.
func TestFailureKeepsOldJob(t *testing.T) {
	t.Parallel()
	eachInPlace(t, func(t *testing.T, r inPlace) {
		t.Helper()
		changes := values{"job_id": "job-2", "timeouts": values{"update": "1m"}}
		if r.name == importJob {
			changes = values{"triggers": values{"version": "2"}, "timeouts": values{"update": "1m"}}
		}
		for name, response := range map[string]zillizsim.Fault{
			"permanent": {Times: -1, Response: zillizsim.ErrorCode(40022)}, "transient": {Times: -1, Response: zillizsim.Status(500)},
			"lost": {Times: -1, Response: zillizsim.Hang()}, "throttled": {Times: -1, Response: zillizsim.Status(429)},
		} {
			sim := r.sim()
			m := r.created(t, sim)
			state, private := m.state, m.private
			broken := r.sim()
			broken.Inject(response)
			_, apply := m.change(broken, r.config.with(unknownValues(changes)).with(values{"timeouts": changes["timeouts"]}), r.config.with(changes))
			if !hasError(apply) {
				t.Errorf("%s: no error", name)
			}
			if !m.state.Equal(state) || string(m.private) != string(private) {
				t.Errorf("%s: state %s, want that of before, %s", name, m.state, state)
			}
			if _, apply := m.change(sim, r.config.with(changes), r.config.with(changes)); hasError(apply) || m.state.Equal(state) {
				t.Errorf("%s: state %s after the next apply, want another job: %s", name, m.state, diagnosticText(apply))
			}
		}
	})
}

// TestEqualInMeaning changes the configuration between values that mean the same, in both
// directions.
func TestEqualInMeaning(t *testing.T) {
	t.Parallel()
	eachInPlace(t, func(t *testing.T, r inPlace) {
		t.Helper()
		noTriggers := []values{{"triggers": nil}, {"triggers": values{}}, {"triggers": values{"a": nil}}}
		same := map[string][]values{
			"timeouts": {{"timeouts": values{"create": "10m"}}, {"timeouts": nil}, {"timeouts": values{"create": "5m", "update": "7m"}}},
			"database": {{"db_name": nil}, {"db_name": "default"}},
		}
		if r.name == importJob {
			maps.Copy(same, map[string][]values{
				"partition": {{"partition_name": nil}, {"partition_name": "_default"}},
				"triggers":  noTriggers, "null trigger": {{"triggers": values{"a": "1"}}, {"triggers": values{"a": "1", "b": nil}}},
				"auto_commit": {{"auto_commit": nil}, {"auto_commit": true}},
				"order of URLs": {
					{"object_urls": []string{"s3://bucket/a/", "s3://bucket/b/", "s3://bucket/c/"}},
					{"object_urls": []string{"s3://bucket/c/", "s3://bucket/a/", "s3://bucket/b/"}},
				},
				"order of paths": {
					{"object_urls": nil, "volume_name": "v", "data_paths": []string{"a", "b"}}, {"object_urls": nil, "volume_name": "v", "data_paths": []string{"b", "a"}},
				},
				"credentials": {
					{"access_key_wo": nil, "secret_key_wo": nil},
					{"access_key_wo": "AKIAEXAMPLE", "secret_key_wo": "secret-of-the-bucket", "session_token_wo": "token-of-the-bucket"},
				},
				"abort_on_destroy": {{"abort_on_destroy": nil}, {"abort_on_destroy": true}, {"abort_on_destroy": false}},
			})
		}
		for name, versions := range same {
			for i, first := range versions {
				for j, second := range versions {
					sim := r.sim()
					config := r.config
					if name == "database" && r.name != importJob {
						config = config.with(values{"job_id": "job-3"})
					}
					created := r
					created.config = config.with(first)
					m := created.created(t, sim)
					m.expectNothing(sim, config.with(second), name)
					if after := m.attributesOf(m.state); !after["timeouts"].Equal(m.attributesOf(object(t, m.schema.ValueType(), config.with(second)))["timeouts"]) {
						t.Errorf("%s, %d to %d: the state has the timeouts %s", name, i, j, after["timeouts"])
					}
				}
			}
		}
	})
}

// TestImportedJobArguments sets the arguments of a job that was imported into the state,
// which the service does not return.
func TestImportedJobArguments(t *testing.T) {
	t.Parallel()
	r := inPlaceResources()[0]
	for name, id := range map[string]string{"with its database": testCluster + "/library/job-1", "in the default database": testCluster + "/job-3"} {
		for _, knowledge := range []string{"known", "unknown"} {
			synctest.Test(t, func(t *testing.T) {
				sim := r.sim()
				m := importManaged(newProvider(t, sim, api("v2")), importJob, id)
				generated := values{"cluster_id": testCluster, "collection_name": "articles", "db_name": nil}
				full := r.config
				if name == "with its database" {
					generated["db_name"] = "library"
				} else {
					full = full.with(values{"db_name": "default"})
				}
				m.expectNothing(sim, generated, name+", generated configuration")
				m = importManaged(newProvider(t, sim, api("v2")), importJob, id)
				state, requests := m.state, len(sim.Requests())
				planned := full
				if knowledge == "unknown" {
					planned = full.with(values{"object_urls": unknown, "triggers": unknown, "auto_commit": unknown, "partition_name": unknown})
				}
				plan, apply := m.change(sim, planned, full)
				if len(plan)+len(apply) > 0 || len(sim.Requests()) > requests || !m.attributesOf(state)["id"].Equal(m.attributesOf(m.state)["id"]) {
					t.Errorf("%s, %s: %d requests, state %s, diagnostics:\n%s%s", name, knowledge, len(sim.Requests())-requests, m.state,
						diagnosticText(plan), diagnosticText(apply))
				}
				m.expectNothing(sim, full, name)
				_, apply = m.change(sim, full.with(values{"triggers": unknown}), full.with(values{"triggers": values{"version": "2"}}))
				if hasError(apply) || len(sim.Started()) != 1 {
					t.Errorf("%s, %s: %d imports were started after a change, want 1: %s", name, knowledge, len(sim.Started()), diagnosticText(apply))
				}
			})
		}
	}
}

// TestImportedJobArgumentsOneByOne sets the arguments of a job that was imported into the
// state in several applies.
func TestImportedJobArgumentsOneByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inPlaceResources()[0]
		sim := r.sim()
		m := importManaged(newProvider(t, sim, api("v2")), importJob, testCluster+"/library/job-1")
		config := values{"cluster_id": testCluster, "collection_name": "articles", "db_name": "library"}
		for _, argument := range []string{"timeouts", "auto_commit", "object_urls"} {
			config[argument] = r.config[argument]
			m.expectNothing(sim, config, argument)
		}
		_, apply := m.change(sim, config.with(values{"triggers": unknown}), config.with(values{"triggers": values{"version": "2"}}))
		if hasError(apply) || len(sim.Started()) != 1 {
			t.Errorf("%d imports were started after a change, want 1: %s", len(sim.Started()), diagnosticText(apply))
		}
	})
}

// TestImportedJobOfAnotherCluster changes the cluster of a job that was imported into the
// state: its ID has named the cluster, so another import is meant.
func TestImportedJobOfAnotherCluster(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := inPlaceResources()[0]
		sim := r.sim()
		m := importManaged(newProvider(t, sim, api("v2")), importJob, testCluster+"/library/job-1")
		config := r.config.with(values{"cluster_id": otherCluster})
		plan, apply := m.change(sim, config, config)
		if len(plan) != 1 || hasError(apply) || len(sim.Started()) != 1 || m.text("job_id") == "job-1" {
			t.Errorf("%d imports were started, state %s: %s%s", len(sim.Started()), m.state, diagnosticText(plan), diagnosticText(apply))
		}
		// A job ID is unique only within its cluster.
		sim = r.sim()
		sim.AddJob(zillizsim.Job{ClusterID: otherCluster, ID: "job-1", CollectionName: "articles", DBName: "library", Steps: zillizsim.Linear(time.Hour)})
		m = importManaged(newProvider(t, sim, api("v2")), importJob, testCluster+"/library/job-1")
		_, apply = m.change(sim, config, config)
		expectError(t, apply, "", "An import of these files is running")
	})
}
