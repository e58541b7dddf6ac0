package main

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The types below are the parts of Terraform's JSON that a provider like this one
// fills. https://developer.hashicorp.com/terraform/cli/commands/providers/schema

type document struct {
	FormatVersion string                    `json:"format_version"`
	Providers     map[string]providerSchema `json:"provider_schemas"`
}

type providerSchema struct {
	Provider    schema              `json:"provider"`
	Resources   map[string]schema   `json:"resource_schemas"`
	DataSources map[string]schema   `json:"data_source_schemas"`
	Actions     map[string]action   `json:"action_schemas"`
	Identities  map[string]identity `json:"resource_identity_schemas"`
}

type schema struct {
	Version int64 `json:"version"`
	Block   block `json:"block"`
}

// action has no version: there is no state of it that could be of an older one.
type action struct {
	Block block `json:"block"`
}

type block struct {
	Attributes      map[string]attribute `json:"attributes"`
	Description     string               `json:"description,omitempty"`
	DescriptionKind string               `json:"description_kind,omitempty"`
	Deprecated      bool                 `json:"deprecated,omitempty"`
}

type attribute struct {
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

type nestedType struct {
	Attributes  map[string]attribute `json:"attributes"`
	NestingMode string               `json:"nesting_mode"`
}

type identity struct {
	Version    int64                        `json:"version"`
	Attributes map[string]identityAttribute `json:"attributes"`
}

type identityAttribute struct {
	Type              tftypes.Type `json:"type"`
	Description       string       `json:"description,omitempty"`
	RequiredForImport bool         `json:"required_for_import,omitempty"`
	OptionalForImport bool         `json:"optional_for_import,omitempty"`
}

func describe(schemas *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse) (document, error) {
	p := providerSchema{
		Resources:   map[string]schema{},
		DataSources: map[string]schema{},
		Actions:     map[string]action{},
		Identities:  map[string]identity{},
	}
	var err error
	if p.Provider, err = newSchema(schemas.Provider); err != nil {
		return document{}, fmt.Errorf("provider: %w", err)
	}
	for name, s := range schemas.ResourceSchemas {
		if p.Resources[name], err = newSchema(s); err != nil {
			return document{}, fmt.Errorf("resource %s: %w", name, err)
		}
	}
	for name, s := range schemas.DataSourceSchemas {
		if p.DataSources[name], err = newSchema(s); err != nil {
			return document{}, fmt.Errorf("data source %s: %w", name, err)
		}
	}
	for name, s := range schemas.ActionSchemas {
		full, err := newSchema(s.Schema)
		if err != nil {
			return document{}, fmt.Errorf("action %s: %w", name, err)
		}
		p.Actions[name] = action{full.Block}
	}
	for name, s := range identities.IdentitySchemas {
		p.Identities[name] = newIdentity(s)
	}
	// Under its short name tfplugindocs finds it, wherever the provider is published.
	return document{FormatVersion: "1.0", Providers: map[string]providerSchema{"zilliz": p}}, nil
}

func newSchema(s *tfprotov6.Schema) (schema, error) {
	if len(s.Block.BlockTypes) > 0 {
		return schema{}, fmt.Errorf("the block %q: this command knows attributes only", s.Block.BlockTypes[0].TypeName)
	}
	return schema{Version: s.Version, Block: block{
		Attributes:      newAttributes(s.Block.Attributes),
		Description:     s.Block.Description,
		DescriptionKind: strings.ToLower(s.Block.DescriptionKind.String()),
		Deprecated:      s.Block.Deprecated,
	}}, nil
}

func newAttributes(from []*tfprotov6.SchemaAttribute) map[string]attribute {
	to := make(map[string]attribute, len(from))
	for _, a := range from {
		to[a.Name] = attribute{
			Type:            a.Type,
			NestedType:      newNestedType(a.NestedType),
			Description:     a.Description,
			DescriptionKind: strings.ToLower(a.DescriptionKind.String()),
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
			Deprecated:      a.Deprecated,
		}
	}
	return to
}

func newNestedType(from *tfprotov6.SchemaObject) *nestedType {
	if from == nil {
		return nil
	}
	return &nestedType{Attributes: newAttributes(from.Attributes), NestingMode: strings.ToLower(from.Nesting.String())}
}

func newIdentity(from *tfprotov6.ResourceIdentitySchema) identity {
	to := identity{Version: from.Version, Attributes: map[string]identityAttribute{}}
	for _, a := range from.IdentityAttributes {
		to.Attributes[a.Name] = identityAttribute{
			Type:              a.Type,
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return to
}
