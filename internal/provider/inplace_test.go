package provider

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// managed is a resource that is planned and applied as Terraform does it. A plan whose
// values are not all known is made again in apply, when they are.
type managed struct {
	t        *testing.T
	name     string
	schema   *tfprotov6.Schema
	state    tftypes.Value // It is null if the resource is not in the state.
	private  []byte
	identity *tfprotov6.ResourceIdentityData
}

func newManaged(p *testServer, name string) *managed {
	p.t.Helper()
	schema := p.schema.ResourceSchemas[name]
	return &managed{t: p.t, name: name, schema: schema, state: tftypes.NewValue(schema.ValueType(), nil)}
}

// importManaged imports a resource into the state and refreshes it.
func importManaged(p *testServer, name, id string) *managed {
	p.t.Helper()
	m := newManaged(p, name)
	imported, err := p.server.ImportResourceState(p.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: id})
	if err != nil || len(imported.Diagnostics) > 0 {
		p.t.Fatalf("import: %v, %s", err, diagnosticText(imported.Diagnostics))
	}
	resource := imported.ImportedResources[0]
	refreshed, err := p.server.ReadResource(p.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: name, CurrentState: resource.State, Private: resource.Private, CurrentIdentity: resource.Identity,
	})
	if err != nil || len(refreshed.Diagnostics) > 0 {
		p.t.Fatalf("refresh: %v, %s", err, diagnosticText(refreshed.Diagnostics))
	}
	m.state, m.private, m.identity = m.decoded(refreshed.NewState), refreshed.Private, refreshed.NewIdentity
	return m
}

func (m *managed) encoded(v tftypes.Value) *tfprotov6.DynamicValue {
	m.t.Helper()
	value, err := tfprotov6.NewDynamicValue(m.schema.ValueType(), v)
	if err != nil {
		m.t.Fatal(err)
	}
	return &value
}

func (m *managed) decoded(v *tfprotov6.DynamicValue) tftypes.Value {
	m.t.Helper()
	value, err := v.Unmarshal(m.schema.ValueType())
	if err != nil {
		m.t.Fatal(err)
	}
	return value
}

// attributesOf returns the attributes of an object, none if it is null.
func (m *managed) attributesOf(v tftypes.Value) map[string]tftypes.Value {
	m.t.Helper()
	attributes := map[string]tftypes.Value{}
	if v.IsNull() {
		return attributes
	}
	if err := v.As(&attributes); err != nil {
		m.t.Fatal(err)
	}
	return maps.Clone(attributes) // As returns the map of the value itself.
}

// text returns an attribute of the state, empty if it is null.
func (m *managed) text(attribute string) string {
	m.t.Helper()
	v, found := m.attributesOf(m.state)[attribute]
	if !found || v.IsNull() {
		return ""
	}
	return stringValue(m.t, v)
}

// plan plans a configuration. As Terraform, it proposes the computed attributes of the
// state, and fails the test if the plan changes an argument.
func (m *managed) plan(p *testServer, config values) *tfprotov6.PlanResourceChangeResponse {
	m.t.Helper()
	configured := object(m.t, m.schema.ValueType(), config)
	proposed, prior := m.attributesOf(configured), m.attributesOf(m.state)
	for _, attribute := range m.schema.Block.Attributes {
		switch known, found := prior[attribute.Name]; {
		case attribute.WriteOnly:
			proposed[attribute.Name] = tftypes.NewValue(attribute.Type, nil)
		case attribute.Computed && found:
			proposed[attribute.Name] = known
		}
	}
	response, err := p.server.PlanResourceChange(m.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: m.name, PriorState: m.encoded(m.state), Config: m.encoded(configured),
		ProposedNewState: m.encoded(tftypes.NewValue(m.schema.ValueType(), proposed)),
		PriorPrivate:     m.private, PriorIdentity: m.identity,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	if len(response.RequiresReplace) > 0 {
		m.t.Errorf("the plan replaces the resource because of %s", response.RequiresReplace)
	}
	planned := m.attributesOf(m.decoded(response.PlannedState))
	for _, attribute := range m.schema.Block.Attributes {
		if !attribute.Computed && !hasError(response.Diagnostics) && !planned[attribute.Name].Equal(proposed[attribute.Name]) {
			m.t.Errorf("the plan changes the argument %s to %s", attribute.Name, planned[attribute.Name])
		}
	}
	return response
}

// apply plans a configuration, whose values are known, and applies that plan. It returns
// the diagnostics of the apply, or those of the plan if that fails.
func (m *managed) apply(ctx context.Context, p *testServer, config values) []*tfprotov6.Diagnostic {
	m.t.Helper()
	plan := m.plan(p, config) //nolint:contextcheck // a plan has no context of its own in the tests
	if hasError(plan.Diagnostics) {
		return plan.Diagnostics
	}
	response, err := p.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: m.name, PriorState: m.encoded(m.state), PlannedState: plan.PlannedState, Config: p.value(m.schema, config),
		PlannedPrivate: plan.PlannedPrivate, PlannedIdentity: plan.PlannedIdentity,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	after := m.decoded(response.NewState)
	if !hasError(response.Diagnostics) {
		m.expectConforming(m.decoded(plan.PlannedState), after)
	}
	m.state, m.private, m.identity = after, response.Private, response.NewIdentity
	return response.Diagnostics
}

// destroy removes the resource from the state.
func (m *managed) destroy(ctx context.Context, p *testServer) []*tfprotov6.Diagnostic {
	m.t.Helper()
	null := tftypes.NewValue(m.schema.ValueType(), nil)
	response, err := p.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: m.name, PriorState: m.encoded(m.state), PlannedState: m.encoded(null), Config: m.encoded(null), PlannedPrivate: m.private,
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.state = m.decoded(response.NewState)
	return response.Diagnostics
}

// expectConforming fails the test if a value that was planned as known is another one
// afterwards, which Terraform reports as a bug of the provider.
func (m *managed) expectConforming(planned, after tftypes.Value) {
	m.t.Helper()
	values := m.attributesOf(after)
	for name, value := range m.attributesOf(planned) {
		if value.IsFullyKnown() && !value.Equal(values[name]) {
			m.t.Errorf("%s was planned as %s, and is %s", name, value, values[name])
		}
		if !values[name].IsFullyKnown() {
			m.t.Errorf("%s is unknown after apply", name)
		}
	}
}

// change plans a configuration with unknown values, and applies it with the known ones in
// another process.
func (m *managed) change(sim *zillizsim.Server, planned, config values) (plan, apply []*tfprotov6.Diagnostic) {
	m.t.Helper()
	first := m.plan(configuredProcess(m.t, sim), planned)
	if hasError(first.Diagnostics) {
		return first.Diagnostics, nil
	}
	before := m.decoded(first.PlannedState)
	apply = m.apply(m.t.Context(), configuredProcess(m.t, sim), config)
	if !hasError(apply) {
		m.expectConforming(before, m.state)
	}
	return first.Diagnostics, apply
}

// configuredProcess returns a new process of the provider, configured for API v2.
func configuredProcess(t *testing.T, sim *zillizsim.Server) *testServer {
	t.Helper()
	p := newTestServerOver(t, zillizsim.Transport(sim))
	if d := p.configure(providerArguments(values{"api_version": "v2"})); len(d) > 0 {
		t.Fatal(diagnosticText(d))
	}
	return p
}

// with returns arguments with changes.
func (v values) with(changes values) values {
	changed := maps.Clone(v)
	maps.Copy(changed, changes)
	return changed
}

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
	for name, sent := range map[string]string{completion: "describe", "zilliz_import_staging": "describe", "zilliz_import_commit": "commit"} {
		resources = append(resources, inPlace{
			name:    name,
			config:  values{"cluster_id": testCluster, "db_name": "library", "job_id": "job-1", "timeouts": values{"create": "10m"}},
			unknown: map[string]values{},
			other:   map[string]values{"job": {"job_id": "job-2"}, "database": {"db_name": nil, "job_id": "job-3"}},
			sent:    sent,
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
	for id, database := range map[string]string{"job-1": "library", "job-2": "library", "job-3": ""} {
		sim.AddJob(zillizsim.Job{
			ClusterID: testCluster, DBName: database, ID: id, CollectionName: "articles", Steps: zillizsim.Linear(0), TotalRows: 7,
			Files: []zillizsim.File{{Name: "a/", Size: 1}}, TwoPhase: r.name == "zilliz_import_commit" || r.name == "zilliz_import_staging",
		})
	}
	sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(0)} })
	return sim
}

// created returns the resource as it is after it was created.
func (r inPlace) created(t *testing.T, sim *zillizsim.Server) *managed {
	t.Helper()
	p := configuredProcess(t, sim)
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

// decodedIdentity returns the attributes of an identity.
func (m *managed) decodedIdentity(identity *tfprotov6.ResourceIdentityData) tftypes.Value {
	m.t.Helper()
	v, err := identity.IdentityData.Unmarshal(tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"cluster_id": tftypes.String, "db_name": tftypes.String, "job_id": tftypes.String,
	}})
	if err != nil {
		m.t.Fatal(err)
	}
	return v
}

// identityJob returns the job of the identity.
func (m *managed) identityJob() string {
	m.t.Helper()
	return stringValue(m.t, m.attributesOf(m.decodedIdentity(m.identity))["job_id"])
}

// TestAnotherJobInPlace changes each argument that makes another job, with its value known
// in the plan or not. It also checks that the warning has one wording in plan and apply.
func TestAnotherJobInPlace(t *testing.T) {
	t.Parallel()
	eachInPlace(t, func(t *testing.T, r inPlace) {
		t.Helper()
		for name, arguments := range r.other {
			for knowledge, planned := range map[string]values{"known": arguments, "unknown": unknownValues(arguments)} {
				sim := r.sim()
				m := r.created(t, sim)
				before, sent := m.text("job_id"), sim.Count(r.sent, "")
				config := r.config.with(arguments)
				plan := m.plan(configuredProcess(t, sim), r.config.with(planned))
				again := m.plan(configuredProcess(t, sim), config)
				if diagnosticText(plan.Diagnostics) != diagnosticText(again.Diagnostics) {
					t.Errorf("%s, %s: the plan warns:\n%s\nits repetition in apply:\n%s", name, knowledge, diagnosticText(plan.Diagnostics), diagnosticText(again.Diagnostics))
				}
				if warns := r.name == importJob; warns != (len(plan.Diagnostics) == 1) || warns && !strings.Contains(plan.Diagnostics[0].Detail, before) {
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
				if m.text("job_id") == before || m.text("id") != m.text("cluster_id")+"/"+m.text("job_id") {
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

func unknownValues(v values) values {
	planned := values{}
	for argument := range v {
		planned[argument] = unknown
	}
	return planned
}

func (m *managed) computed(attribute string) bool {
	return slices.ContainsFunc(m.schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == attribute && a.Computed })
}

// expectNothing fails the test unless a configuration changes no result, neither in plan
// nor in apply, without a warning and a request.
func (m *managed) expectNothing(sim *zillizsim.Server, config values, name string) {
	m.t.Helper()
	before, requests := m.attributesOf(m.state), len(sim.Requests())
	plan := m.plan(configuredProcess(m.t, sim), config)
	planned := m.attributesOf(m.decoded(plan.PlannedState))
	apply := m.apply(m.t.Context(), configuredProcess(m.t, sim), config)
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
					{"object_urls": []string{"s3://bucket/a/", "s3://bucket/b/", "s3://bucket/c/"}}, {"object_urls": []string{"s3://bucket/c/", "s3://bucket/a/", "s3://bucket/b/"}},
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
				m := importManaged(configuredProcess(t, sim), importJob, id)
				generated := values{"cluster_id": testCluster, "collection_name": "articles", "db_name": nil}
				full := r.config
				if name == "with its database" {
					generated["db_name"] = "library"
				} else {
					full = full.with(values{"db_name": "default"})
				}
				m.expectNothing(sim, generated, name+", generated configuration")
				m = importManaged(configuredProcess(t, sim), importJob, id)
				state, requests := m.state, len(sim.Requests())
				planned := full
				if knowledge == "unknown" {
					planned = full.with(values{"object_urls": unknown, "triggers": unknown, "auto_commit": unknown, "partition_name": unknown})
				}
				plan, apply := m.change(sim, planned, full)
				if len(plan)+len(apply) > 0 || len(sim.Requests()) > requests || !m.attributesOf(state)["id"].Equal(m.attributesOf(m.state)["id"]) {
					t.Errorf("%s, %s: %d requests, state %s, diagnostics:\n%s%s", name, knowledge, len(sim.Requests())-requests, m.state, diagnosticText(plan), diagnosticText(apply))
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
		m := importManaged(configuredProcess(t, sim), importJob, testCluster+"/library/job-1")
		config := values{"cluster_id": testCluster, "collection_name": "articles", "db_name": "library"}
		for _, argument := range []string{"timeouts", "auto_commit", "object_urls"} {
			config[argument] = r.config[argument]
			m.expectNothing(sim, config, argument)
		}
		if _, apply := m.change(sim, config.with(values{"triggers": unknown}), config.with(values{"triggers": values{"version": "2"}})); hasError(apply) || len(sim.Started()) != 1 {
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
		m := importManaged(configuredProcess(t, sim), importJob, testCluster+"/library/job-1")
		config := r.config.with(values{"cluster_id": otherCluster})
		plan, apply := m.change(sim, config, config)
		if len(plan) != 1 || hasError(apply) || len(sim.Started()) != 1 || m.text("job_id") == "job-1" {
			t.Errorf("%d imports were started, state %s: %s%s", len(sim.Started()), m.state, diagnosticText(plan), diagnosticText(apply))
		}
		// A job ID is unique only within its cluster.
		sim = r.sim()
		sim.AddJob(zillizsim.Job{ClusterID: otherCluster, ID: "job-1", CollectionName: "articles", DBName: "library", Steps: zillizsim.Linear(time.Hour)})
		m = importManaged(configuredProcess(t, sim), importJob, testCluster+"/library/job-1")
		_, apply = m.change(sim, config, config)
		expectError(t, apply, "", "An import of these files is running")
	})
}

// endedBy is what happens to the old job of a resource that starts another import.
type endedBy struct {
	steps    []zillizsim.Step
	twoPhase bool
	// aborts is how often the job is aborted with abort_on_destroy.
	aborts int
	// named reports whether a warning names the job without abort_on_destroy.
	named bool
	// kept reports whether a warning names the job with abort_on_destroy.
	kept bool
}

// TestReplacedJob starts another import while the old job is in each state.
func TestReplacedJob(t *testing.T) {
	t.Parallel()
	for state, tt := range map[string]endedBy{
		"pending":     {twoPhase: true, aborts: 1, named: true},
		"importing":   {steps: []zillizsim.Step{{Progress: 0.5}}, twoPhase: true, aborts: 1, named: true},
		"uncommitted": {steps: zillizsim.Linear(0), twoPhase: true, aborts: 1, named: true},
		"committing":  {steps: []zillizsim.Step{{Progress: 0.99, State: "Committing"}}, kept: true},
		"unknown":     {steps: []zillizsim.Step{{Progress: 0.99, State: "Sorting"}}, kept: true},
		"completed":   {steps: zillizsim.Linear(0)},
		"failed":      {steps: zillizsim.FailAt(0, 0.5, "no rows")},
	} {
		for _, abort := range []bool{true, false} {
			for _, autoCommit := range []bool{true, false} {
				if state == "completed" && !autoCommit {
					continue // It would be uncommitted.
				}
				for _, destroy := range []bool{true, false} {
					synctest.Test(t, func(t *testing.T) {
						tt.test(t, state, abort, autoCommit, destroy)
					})
				}
			}
		}
	}
}

func (tt endedBy) test(t *testing.T, name string, abort, autoCommit, destroy bool) {
	t.Helper()
	sim := newSim()
	sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job {
		if len(sim.Started()) > 1 {
			return zillizsim.Job{Steps: zillizsim.Linear(0)}
		}
		return zillizsim.Job{Steps: tt.steps}
	})
	config := startArguments(values{"auto_commit": autoCommit, "abort_on_destroy": abort})
	p := configuredProcess(t, sim)
	m := newManaged(p, importJob)
	if d := m.apply(t.Context(), p, config); len(d) > 0 {
		t.Fatal(diagnosticText(d))
	}
	old := m.text("job_id")
	ended := !tt.twoPhase && !tt.kept
	if autoCommit && name == "uncommitted" {
		ended = true // It has completed instead.
	}
	var d []*tfprotov6.Diagnostic
	if destroy {
		d = m.destroy(t.Context(), configuredProcess(t, sim))
	} else {
		_, d = m.change(sim, config.with(values{"triggers": unknown}), config.with(values{"triggers": values{"version": "2"}}))
	}
	if hasError(d) {
		t.Fatalf("%s, abort: %t, auto_commit: %t, destroy: %t: %s", name, abort, autoCommit, destroy, diagnosticText(d))
	}
	wantAborts, wantNamed := 0, !abort && !autoCommit && !destroy && tt.named
	if abort {
		wantAborts, wantNamed = tt.aborts, tt.kept
	}
	if ended {
		wantAborts, wantNamed = 0, false
	}
	named := len(d) == 1 && strings.Contains(d[0].Detail, old)
	if n := sim.Count("abort", old); n != wantAborts || named != wantNamed || len(d) > 1 {
		t.Errorf("%s, abort: %t, auto_commit: %t, destroy: %t: %d aborts, want %d; warnings:\n%s\nwant one: %t",
			name, abort, autoCommit, destroy, n, wantAborts, diagnosticText(d), wantNamed)
	}
	if n := sim.Count("commit", ""); n > 0 || sim.Count("abort", "") != wantAborts {
		t.Errorf("%s: %d commits, %d aborts of any job", name, n, sim.Count("abort", ""))
	}
	if destroy != m.state.IsNull() || !destroy && (m.text("job_id") == old || len(sim.Started()) != 2) {
		t.Errorf("%s: state %s, %d imports were started", name, m.state, len(sim.Started()))
	}
}

// TestReplacedJobIsAbortedBeforeTheStart checks that no other import is started if the old
// job could not be aborted, and that the state then keeps it.
func TestReplacedJobIsAbortedBeforeTheStart(t *testing.T) {
	t.Parallel()
	for name, faults := range map[string][]zillizsim.Fault{
		"can't be read":    {{Call: "describe", Times: -1}},
		"can't be aborted": {{Call: "abort", Times: -1, Response: zillizsim.ErrorCode(40022)}},
		"start fails":      {{Call: "create", Times: -1, Response: zillizsim.ErrorCode(10003)}},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := newSim()
			sim.OnStart(func(zillizsim.StartRequest) zillizsim.Job { return zillizsim.Job{Steps: zillizsim.Linear(time.Hour)} })
			config := startArguments(values{"abort_on_destroy": true})
			p := configuredProcess(t, sim)
			m := newManaged(p, importJob)
			if d := m.apply(t.Context(), p, config); len(d) > 0 {
				t.Fatal(diagnosticText(d))
			}
			state := m.state
			sim.Inject(faults...)
			changed := config.with(values{"triggers": values{"version": "2"}})
			if _, d := m.change(sim, changed, changed); !hasError(d) || !m.state.Equal(state) || len(sim.Started()) != 1 {
				t.Errorf("%s: state %s, %d imports were started: %s", name, m.state, len(sim.Started()), diagnosticText(d))
			}
		})
	}
}
