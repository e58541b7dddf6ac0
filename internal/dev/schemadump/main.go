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

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

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
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{
		"format_version": "1.0",
		// tfplugindocs accepts the provider's name without its registry.
		"provider_schemas": map[string]any{"zilliz": map[string]any{
			"provider":                  newSchema(schemas.Provider),
			"resource_schemas":          convert(schemas.ResourceSchemas, newSchema),
			"data_source_schemas":       convert(schemas.DataSourceSchemas, newSchema),
			"list_resource_schemas":     convert(schemas.ListResourceSchemas, newSchema),
			"action_schemas":            convert(schemas.ActionSchemas, newActionSchema),
			"resource_identity_schemas": convert(identities.IdentitySchemas, newIdentity),
		}},
	})
}

// These are the types of Terraform's JSON.
type (
	schema struct {
		Version int64 `json:"version"`
		Block   block `json:"block"`
	}

	actionSchema struct {
		Block block `json:"block"`
	}

	block struct {
		Attributes      map[string]attribute `json:"attributes,omitempty"`
		Description     string               `json:"description,omitempty"`
		DescriptionKind string               `json:"description_kind,omitempty"`
		Deprecated      bool                 `json:"deprecated,omitempty"`
	}

	attribute struct {
		Type            tftypes.Type `json:"type,omitempty"`
		NestedType      *nestedType  `json:"nested_type,omitempty"`
		Description     string       `json:"description,omitempty"`
		DescriptionKind string       `json:"description_kind,omitempty"`
		Required        bool         `json:"required,omitempty"`
		Optional        bool         `json:"optional,omitempty"`
		Computed        bool         `json:"computed,omitempty"`
		Sensitive       bool         `json:"sensitive,omitempty"`
		WriteOnly       bool         `json:"write_only,omitempty"`
		Deprecated      bool         `json:"deprecated,omitempty"`
	}

	nestedType struct {
		Attributes  map[string]attribute `json:"attributes"`
		NestingMode string               `json:"nesting_mode"`
	}

	identity struct {
		Version    int64                        `json:"version"`
		Attributes map[string]identityAttribute `json:"attributes"`
	}

	identityAttribute struct {
		Type              tftypes.Type `json:"type"`
		Description       string       `json:"description,omitempty"`
		RequiredForImport bool         `json:"required_for_import,omitempty"`
		OptionalForImport bool         `json:"optional_for_import,omitempty"`
	}
)

func convert[From, To any](from map[string]From, convertOne func(From) To) map[string]To {
	to := map[string]To{}
	for name, f := range from {
		to[name] = convertOne(f)
	}
	return to
}

// newSchema ignores nested blocks: the provider has only nested attributes.
func newSchema(s *tfprotov6.Schema) schema {
	return schema{Version: s.Version, Block: block{
		Attributes:      newAttributes(s.Block.Attributes),
		Description:     s.Block.Description,
		DescriptionKind: strings.ToLower(s.Block.DescriptionKind.String()),
		Deprecated:      s.Block.Deprecated,
	}}
}

func newActionSchema(s *tfprotov6.ActionSchema) actionSchema {
	return actionSchema{Block: newSchema(s.Schema).Block}
}

func newAttributes(from []*tfprotov6.SchemaAttribute) map[string]attribute {
	to := map[string]attribute{}
	for _, a := range from {
		converted := attribute{
			Type:            a.Type,
			Description:     a.Description,
			DescriptionKind: strings.ToLower(a.DescriptionKind.String()),
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
			Deprecated:      a.Deprecated,
		}
		if n := a.NestedType; n != nil {
			converted.NestedType = &nestedType{newAttributes(n.Attributes), strings.ToLower(n.Nesting.String())}
		}
		to[a.Name] = converted
	}
	return to
}

func newIdentity(s *tfprotov6.ResourceIdentitySchema) identity {
	to := identity{Version: s.Version, Attributes: map[string]identityAttribute{}}
	for _, a := range s.IdentityAttributes {
		to.Attributes[a.Name] = identityAttribute{a.Type, a.Description, a.RequiredForImport, a.OptionalForImport}
	}
	return to
}
