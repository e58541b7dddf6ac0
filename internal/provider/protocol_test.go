package provider

import (
	"context"
	"maps"
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	testKey     = "0123456789abcdef-key"
	testCluster = "in01-0123456789abcde"
)

// values are the arguments of a block; what is missing is null. A nested map is an
// object.
type values map[string]any

// unknown is an argument that is known after apply.
const unknown = tftypes.UnknownValue

// protocol talks to the provider as Terraform does, without a CLI between.
type protocol struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	schema *tfprotov6.GetProviderSchemaResponse
}

// newProtocol starts a provider whose requests are answered by a handler in memory.
func newProtocol(t *testing.T, h http.Handler) *protocol {
	t.Helper()
	return newProtocolOver(t, zillizsim.Transport(h))
}

// newProtocolOver starts a provider that sends its requests over a transport.
func newProtocolOver(t *testing.T, transport http.RoundTripper) *protocol {
	t.Helper()
	server := providerserver.NewProtocol6(&zillizProvider{version: "test", transport: transport})()
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schema.Diagnostics) > 0 {
		t.Fatalf("schema: %v, %s", err, texts(schema.Diagnostics))
	}
	return &protocol{t: t, server: server, schema: schema}
}

// configured returns a protocol whose provider has the usual configuration, and
// speaks API v1.
func configured(t *testing.T, h http.Handler) *protocol {
	t.Helper()
	return speaking(t, "v1", h)
}

// speaking is configured for a version of the API.
func speaking(t *testing.T, version string, h http.Handler) *protocol {
	t.Helper()
	p := newProtocol(t, h)
	if d := p.configure(usual(values{"api_version": version})); len(d) > 0 {
		t.Fatalf("configure: %s", texts(d))
	}
	return p
}

// eachVersion runs a test over both versions of the API.
func eachVersion(t *testing.T, test func(t *testing.T, version string)) {
	t.Helper()
	for _, version := range []string{"v1", "v2"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			test(t, version)
		})
	}
}

// usual is a provider configuration that works, with changes.
func usual(changes values) values {
	v := values{"region_id": "aws-us-west-2", "api_key": testKey, "max_requests_per_second": 1000}
	maps.Copy(v, changes)
	return v
}

func (p *protocol) configure(v values) []*tfprotov6.Diagnostic {
	p.t.Helper()
	config := p.value(p.schema.Provider, v)
	valid, err := p.server.ValidateProviderConfig(p.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return valid.Diagnostics
	}
	response, err := p.server.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.4", Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	return response.Diagnostics
}

// read reads a data source after validation, and returns its state.
func (p *protocol) read(ctx context.Context, name string, v values) (map[string]tftypes.Value, []*tfprotov6.Diagnostic) {
	p.t.Helper()
	schema := p.schema.DataSourceSchemas[name]
	config := p.value(schema, v)
	valid, err := p.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return nil, valid.Diagnostics
	}
	response, err := p.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: config})
	if err != nil {
		p.t.Fatal(err)
	}
	if len(response.Diagnostics) > 0 {
		return nil, response.Diagnostics
	}
	return p.attributes(schema, response.State), nil
}

func (p *protocol) value(schema *tfprotov6.Schema, v values) *tfprotov6.DynamicValue {
	p.t.Helper()
	schemaType := schema.ValueType()
	value, err := tfprotov6.NewDynamicValue(schemaType, object(p.t, schemaType, v))
	if err != nil {
		p.t.Fatal(err)
	}
	return &value
}

func (p *protocol) attributes(schema *tfprotov6.Schema, value *tfprotov6.DynamicValue) map[string]tftypes.Value {
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

func (p *protocol) null(schema *tfprotov6.Schema) *tfprotov6.DynamicValue {
	p.t.Helper()
	value, err := tfprotov6.NewDynamicValue(schema.ValueType(), tftypes.NewValue(schema.ValueType(), nil))
	if err != nil {
		p.t.Fatal(err)
	}
	return &value
}

func object(t *testing.T, schemaType tftypes.Type, v values) tftypes.Value {
	t.Helper()
	objectType, ok := schemaType.(tftypes.Object)
	if !ok {
		t.Fatalf("%s is no object", schemaType)
	}
	attributes := make(map[string]tftypes.Value, len(objectType.AttributeTypes))
	for name, attributeType := range objectType.AttributeTypes {
		if nested, ok := v[name].(values); ok {
			attributes[name] = object(t, attributeType, nested)
			continue
		}
		attributes[name] = tftypes.NewValue(attributeType, v[name])
	}
	for name := range v {
		if _, ok := objectType.AttributeTypes[name]; !ok {
			t.Fatalf("there is no argument %s", name)
		}
	}
	return tftypes.NewValue(schemaType, attributes)
}

// texts is what a user would read.
func texts(diagnostics []*tfprotov6.Diagnostic) string {
	all := ""
	for _, d := range diagnostics {
		if d.Attribute != nil {
			all += d.Attribute.String() + ": "
		}
		all += d.Summary + "\n\n" + d.Detail + "\n"
	}
	return all
}

func text(t *testing.T, v tftypes.Value) string {
	t.Helper()
	var s string
	if err := v.As(&s); err != nil {
		t.Fatal(err)
	}
	return s
}
