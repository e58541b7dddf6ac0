package provider

import (
	"context"
	"maps"
	"slices"
	"testing"

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

// recorded returns a resource with arguments that is in the state, about the job job-1.
func (p *testServer) recorded(name string, arguments values) *managed {
	p.t.Helper()
	m := newManaged(p, name)
	m.state = object(p.t, m.schema.ValueType(), arguments.with(values{"id": testCluster + "/job-1", "job_id": "job-1"}))
	return m
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

// planDestroy plans to remove the resource from the state.
func (m *managed) planDestroy(p *testServer) []*tfprotov6.Diagnostic {
	m.t.Helper()
	null := m.encoded(tftypes.NewValue(m.schema.ValueType(), nil))
	response, err := p.server.PlanResourceChange(m.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: m.name, PriorState: m.encoded(m.state), ProposedNewState: null, Config: null, PriorPrivate: m.private,
	})
	if err != nil {
		m.t.Fatal(err)
	}
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
	first := m.plan(newProvider(m.t, sim, api("v2")), planned)
	if hasError(first.Diagnostics) {
		return first.Diagnostics, nil
	}
	before := m.decoded(first.PlannedState)
	apply = m.apply(m.t.Context(), newProvider(m.t, sim, api("v2")), config)
	if !hasError(apply) {
		m.expectConforming(before, m.state)
	}
	return first.Diagnostics, apply
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

// mustApply applies a configuration, and ends the test unless that succeeds without warnings.
func (m *managed) mustApply(p *testServer, config values) {
	m.t.Helper()
	if d := m.apply(m.t.Context(), p, config); len(d) > 0 {
		m.t.Fatal(diagnosticText(d))
	}
}
