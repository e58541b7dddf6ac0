// Command schemadump prints the provider's schemas in the form of `terraform providers
// schema -json`. tfplugindocs generates docs/ from it.
//
// An installed Terraform prints only the kinds of schemas that it supports: an older one
// omits actions, list resources and resource identities. With this command, docs/ does
// not depend on the installed version.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/provider"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "schemadump:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer) error {
	server := provider.NewServer("docs", nil)()
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
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(object{
		"format_version": "1.0",
		// tfplugindocs accepts the provider's name without its registry.
		"provider_schemas": object{"zilliz": object{
			"provider":              newSchema(schemas.Provider),
			"resource_schemas":      convert(schemas.ResourceSchemas, newSchema),
			"data_source_schemas":   convert(schemas.DataSourceSchemas, newSchema),
			"list_resource_schemas": convert(schemas.ListResourceSchemas, newSchema),
			"action_schemas": convert(schemas.ActionSchemas, func(s *tfprotov6.ActionSchema) object {
				return object{"block": newSchema(s.Schema)["block"]}
			}),
			"resource_identity_schemas": convert(identities.IdentitySchemas, newIdentity),
		}},
	})
}

// object is an object of Terraform's JSON.
type object map[string]any

// with adds members that are true, and omits the others, as Terraform does.
func (o object) with(flags map[string]bool) object {
	for name, isTrue := range flags {
		if isTrue {
			o[name] = true
		}
	}
	return o
}

func convert[T any](from map[string]T, convertOne func(T) object) object {
	to := object{}
	for name, f := range from {
		to[name] = convertOne(f)
	}
	return to
}

// newSchema ignores nested blocks: the provider has only nested attributes.
func newSchema(s *tfprotov6.Schema) object {
	return object{"version": s.Version, "block": object{
		"attributes":       newAttributes(s.Block.Attributes),
		"description":      s.Block.Description,
		"description_kind": strings.ToLower(s.Block.DescriptionKind.String()),
	}.with(map[string]bool{"deprecated": s.Block.Deprecated})}
}

func newAttributes(from []*tfprotov6.SchemaAttribute) object {
	to := object{}
	for _, a := range from {
		attribute := object{
			"description":      a.Description,
			"description_kind": strings.ToLower(a.DescriptionKind.String()),
		}.with(map[string]bool{
			"required": a.Required, "optional": a.Optional, "computed": a.Computed, "sensitive": a.Sensitive,
			"write_only": a.WriteOnly, "deprecated": a.Deprecated,
		})
		if n := a.NestedType; n != nil {
			attribute["nested_type"] = object{
				"attributes": newAttributes(n.Attributes), "nesting_mode": strings.ToLower(n.Nesting.String()),
			}
		} else {
			attribute["type"] = a.Type
		}
		to[a.Name] = attribute
	}
	return to
}

func newIdentity(s *tfprotov6.ResourceIdentitySchema) object {
	attributes := object{}
	for _, a := range s.IdentityAttributes {
		attributes[a.Name] = object{"type": a.Type, "description": a.Description}.with(map[string]bool{
			"required_for_import": a.RequiredForImport, "optional_for_import": a.OptionalForImport,
		})
	}
	return object{"version": s.Version, "attributes": attributes}
}
