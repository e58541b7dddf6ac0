// Command schemadump prints the provider's schemas in the form of `terraform
// providers schema -json`. tfplugindocs generates docs/ from it.
//
// An installed Terraform prints only the kinds of schemas that it supports: an older
// one omits actions and resource identities. With this command, docs/ does not depend
// on the installed version.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/provider"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schemadump:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer) error {
	server := providerserver.NewProtocol6(provider.New("docs", nil)())()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return fmt.Errorf("reading the schemas: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return fmt.Errorf("reading the identity schemas: %w", err)
	}
	for _, d := range append(schemas.Diagnostics, identities.Diagnostics...) {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return fmt.Errorf("%s: %s", d.Summary, d.Detail)
		}
	}
	converted, err := convert(schemas, identities.IdentitySchemas)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	// tfplugindocs accepts the provider's name without its registry.
	return encoder.Encode(tfjson.ProviderSchemas{FormatVersion: "1.0", Schemas: map[string]*tfjson.ProviderSchema{"zilliz": converted}})
}

func convert(schemas *tfprotov6.GetProviderSchemaResponse, identities map[string]*tfprotov6.ResourceIdentitySchema) (*tfjson.ProviderSchema, error) {
	c := &converter{}
	p := &tfjson.ProviderSchema{
		ConfigSchema:            c.schema(schemas.Provider),
		ResourceSchemas:         map[string]*tfjson.Schema{},
		DataSourceSchemas:       map[string]*tfjson.Schema{},
		ActionSchemas:           map[string]*tfjson.ActionSchema{},
		ListResourceSchemas:     map[string]*tfjson.Schema{},
		ResourceIdentitySchemas: map[string]*tfjson.IdentitySchema{},
	}
	for name, s := range schemas.ResourceSchemas {
		p.ResourceSchemas[name] = c.schema(s)
	}
	for name, s := range schemas.DataSourceSchemas {
		p.DataSourceSchemas[name] = c.schema(s)
	}
	for name, s := range schemas.ActionSchemas {
		p.ActionSchemas[name] = &tfjson.ActionSchema{Block: c.schema(s.Schema).Block}
	}
	for name, s := range schemas.ListResourceSchemas {
		p.ListResourceSchemas[name] = c.schema(s)
	}
	for name, s := range identities {
		p.ResourceIdentitySchemas[name] = c.identity(s)
	}
	return p, c.err
}

// converter converts schemas of the plugin protocol to those of Terraform's JSON.
type converter struct {
	err error // joins all errors
}

func (c *converter) schema(s *tfprotov6.Schema) *tfjson.Schema {
	for _, b := range s.Block.BlockTypes {
		c.err = errors.Join(c.err, fmt.Errorf("block %s: only attributes are supported", b.TypeName))
	}
	return &tfjson.Schema{
		Version: uint64(s.Version), //nolint:gosec // never negative
		Block: &tfjson.SchemaBlock{
			Attributes:      c.attributes(s.Block.Attributes),
			Description:     s.Block.Description,
			DescriptionKind: descriptionKind(s.Block.DescriptionKind),
			Deprecated:      s.Block.Deprecated,
		},
	}
}

func (c *converter) attributes(from []*tfprotov6.SchemaAttribute) map[string]*tfjson.SchemaAttribute {
	to := map[string]*tfjson.SchemaAttribute{}
	for _, a := range from {
		to[a.Name] = &tfjson.SchemaAttribute{
			AttributeType:       c.attributeType(a.Type),
			AttributeNestedType: c.nestedType(a.NestedType),
			Description:         a.Description,
			DescriptionKind:     descriptionKind(a.DescriptionKind),
			Required:            a.Required,
			Optional:            a.Optional,
			Computed:            a.Computed,
			Sensitive:           a.Sensitive,
			WriteOnly:           a.WriteOnly,
			Deprecated:          a.Deprecated,
		}
	}
	return to
}

func (c *converter) nestedType(from *tfprotov6.SchemaObject) *tfjson.SchemaNestedAttributeType {
	if from == nil {
		return nil
	}
	return &tfjson.SchemaNestedAttributeType{
		Attributes:  c.attributes(from.Attributes),
		NestingMode: tfjson.SchemaNestingMode(strings.ToLower(from.Nesting.String())),
	}
}

func (c *converter) identity(from *tfprotov6.ResourceIdentitySchema) *tfjson.IdentitySchema {
	to := &tfjson.IdentitySchema{
		Version:    uint64(from.Version), //nolint:gosec // never negative
		Attributes: map[string]*tfjson.IdentityAttribute{},
	}
	for _, a := range from.IdentityAttributes {
		to.Attributes[a.Name] = &tfjson.IdentityAttribute{
			IdentityType:      c.attributeType(a.Type),
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return to
}

// attributeType converts a type by way of JSON. nil becomes cty.NilType.
func (c *converter) attributeType(from tftypes.Type) (to cty.Type) {
	if from == nil {
		return to
	}
	data, err := json.Marshal(from)
	c.err = errors.Join(c.err, err, json.Unmarshal(data, &to))
	return to
}

func descriptionKind(kind tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	return tfjson.SchemaDescriptionKind(strings.ToLower(kind.String()))
}
