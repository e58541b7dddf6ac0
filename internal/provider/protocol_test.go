package provider

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	testKey     = "0123456789abcdef-key"
	testCluster = "in01-0123456789abcde"
)

// values are the arguments of a block. A missing one is null.
type values map[string]any

// unknown is an argument that is known only after apply.
const unknown = tftypes.UnknownValue

// testServer is a provider that is called over the plugin protocol, without a CLI.
type testServer struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
	// sending is the time to send the result of an action.
	sending time.Duration
}

// option changes a provider under test, or its arguments.
type option func(p *zillizProvider, arguments values)

// api selects the version of the API, which is v1 by default.
func api(version string) option { return with(values{"api_version": version}) }

// with changes arguments of the provider.
func with(changes values) option {
	return func(_ *zillizProvider, arguments values) { maps.Copy(arguments, changes) }
}

// over sends requests over a transport.
func over(transport http.RoundTripper) option {
	return func(p *zillizProvider, _ values) { p.transport = transport }
}

// interruptedBy interrupts the process of the provider when a channel is closed.
func interruptedBy(interrupted <-chan struct{}) option {
	return func(p *zillizProvider, _ values) { p.interrupted = interrupted }
}

// newProvider returns a new process of the provider, which is configured and sends its
// requests to a handler in memory.
func newProvider(t *testing.T, h http.Handler, options ...option) *testServer {
	t.Helper()
	arguments := providerArguments(nil)
	p := unconfigured(t, h, append(options, func(_ *zillizProvider, changed values) { arguments = changed })...)
	if d := p.configure(arguments); len(d) > 0 {
		t.Fatalf("configure: %s", diagnosticText(d))
	}
	return p
}

// unconfigured is like newProvider, but does not configure the provider.
func unconfigured(t *testing.T, h http.Handler, options ...option) *testServer {
	t.Helper()
	schema, err := protocolSchema()
	if err != nil || len(schema.Diagnostics) > 0 {
		t.Fatalf("schema: %v, %s", err, diagnosticText(schema.Diagnostics))
	}
	provider, arguments := &zillizProvider{version: "test", transport: zillizsim.Transport(h)}, providerArguments(nil)
	for _, change := range options {
		change(provider, arguments)
	}
	return &testServer{t: t, server: newServer(provider), schema: schema}
}

// protocolSchema returns the schema of the provider, which takes most of the time of a short
// test.
var protocolSchema = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	return newServer(&zillizProvider{}).GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// eachVersion runs a test for each API version.
func eachVersion(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	for _, version := range []string{"v1", "v2"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

// providerArguments returns valid provider arguments, with changes.
func providerArguments(changes values) values {
	v := values{"region_id": "aws-us-west-2", "api_key": testKey, "max_requests_per_second": 1000}
	maps.Copy(v, changes)
	return v
}

func (p *testServer) configure(v values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	return p.configureWith(p.t.Context(), v)
}

func (p *testServer) configureWith(ctx context.Context, v values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	config := p.value(p.schema.Provider, v)
	valid, err := p.server.ValidateProviderConfig(ctx, &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return valid.Diagnostics
	}
	response, err := p.server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	return response.Diagnostics
}

// hasError reports whether there is an error among the diagnostics.
func hasError(diagnostics []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}

// read reads a data source after validation, and returns its state, with warnings if
// there are any. After an error the state is nil.
func (p *testServer) read(ctx context.Context, name string, v values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	schema := p.schema.DataSourceSchemas[name]
	if d := p.validateDataSource(ctx, name, v); len(d) > 0 {
		return nil, d
	}
	config := p.value(schema, v)
	response, err := p.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if hasError(response.Diagnostics) {
		return nil, response.Diagnostics
	}
	return p.attributes(schema, response.State), response.Diagnostics
}

// create plans and creates a resource, and returns its state, with warnings of the apply if
// there are any. After an error the state is nil.
func (p *testServer) create(ctx context.Context, name string, v values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	m := newManaged(p, name)
	d := m.apply(ctx, p, v)
	if !hasError(d) {
		return m.attributesOf(m.state), d
	}
	if !m.state.IsNull() {
		p.t.Errorf("state %v after an error, want null", m.state)
	}
	return nil, d
}

// run runs a data source, an action or a resource that is created, and returns its diagnostics.
func (p *testServer) run(ctx context.Context, name string, v values) (d []*tfprotov6.Diagnostic) {
	p.t.Helper()
	switch {
	case p.schema.DataSourceSchemas[name] != nil:
		_, d = p.read(ctx, name, v)
	case p.schema.ActionSchemas[name] != nil:
		_, d = p.invokeAction(ctx, name, v)
	default:
		_, d = p.create(ctx, name, v)
	}
	return d
}

// stopAfter stops the provider after some time, as Terraform does on an interrupt.
func (p *testServer) stopAfter(d time.Duration) {
	time.AfterFunc(d, func() {
		if _, err := p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
			p.t.Error(err)
		}
	})
}

// importResource imports a resource into the state and returns that state.
func (p *testServer) importResource(name, id string) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	response, err := p.server.ImportResourceState(p.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: name, ID: id})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(response.Diagnostics) > 0 {
		return nil, response.Diagnostics
	}
	return p.attributes(p.schema.ResourceSchemas[name], response.ImportedResources[0].State), nil
}

func (p *testServer) validateDataSource(ctx context.Context, name string, v values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	response, err := p.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: name, Config: p.value(p.schema.DataSourceSchemas[name], v),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return response.Diagnostics
}

func (p *testServer) validateResource(name string, v values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	response, err := p.server.ValidateResourceConfig(p.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: name, Config: p.value(p.schema.ResourceSchemas[name], v),
		ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{WriteOnlyAttributesAllowed: true},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return response.Diagnostics
}

func (p *testServer) value(schema *tfprotov6.Schema, v values) *tfprotov6.DynamicValue {
	p.t.Helper()
	schemaType := schema.ValueType()
	value, err := tfprotov6.NewDynamicValue(schemaType, object(p.t, schemaType, v))
	if err != nil {
		p.t.Fatal(err)
	}
	return &value
}

func (p *testServer) attributes(schema *tfprotov6.Schema, value *tfprotov6.DynamicValue) map[string]tftypes.Value {
	p.t.Helper()
	decoded, err := value.Unmarshal(schema.ValueType())
	if err != nil {
		p.t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := decoded.As(&attributes); err != nil {
		p.t.Fatal(err)
	}
	return attributes
}

func object(t *testing.T, schemaType tftypes.Type, v values) tftypes.Value {
	t.Helper()
	objectType, ok := schemaType.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is not an object", schemaType)
	}
	attributes := make(map[string]tftypes.Value, len(objectType.AttributeTypes))
	for name, attributeType := range objectType.AttributeTypes {
		switch value := v[name].(type) {
		case values:
			attributes[name] = stringMap(value)
		case []string:
			attributes[name] = stringList(value...)
		default:
			attributes[name] = tftypes.NewValue(attributeType, value)
		}
	}
	for name := range v {
		if _, ok := objectType.AttributeTypes[name]; !ok {
			t.Fatalf("unknown argument %s", name)
		}
	}
	return tftypes.NewValue(schemaType, attributes)
}

// stringMap returns a map of strings, such as the argument timeouts.
func stringMap(v values) tftypes.Value {
	elements := make(map[string]tftypes.Value, len(v))
	for key, element := range v {
		elements[key] = tftypes.NewValue(tftypes.String, element)
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, elements)
}

// stringList returns a list of strings, such as the argument object_urls.
func stringList(elements ...string) tftypes.Value {
	list := make([]tftypes.Value, len(elements))
	for i, element := range elements {
		list[i] = tftypes.NewValue(tftypes.String, element)
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, list)
}

func stringValue(t *testing.T, v tftypes.Value) string {
	t.Helper()
	var s string
	if err := v.As(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// with returns arguments with changes.
func (v values) with(changes values) values {
	changed := values{}
	maps.Copy(changed, v)
	maps.Copy(changed, changes)
	return changed
}

// jobArguments returns the IDs of the job job-1 as arguments, with changes.
func jobArguments(changes values) values {
	return values{"cluster_id": testCluster, "job_id": "job-1"}.with(changes)
}

// newSim returns a simulator with jobs of the test cluster, by default with the ID job-1.
func newSim(jobs ...zillizsim.Job) *zillizsim.Server {
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{testKey}})
	sim.AddCluster(testCluster)
	for _, job := range jobs {
		job.ClusterID = testCluster
		if job.ID == "" {
			job.ID = "job-1"
		}
		sim.AddJob(job)
	}
	return sim
}
