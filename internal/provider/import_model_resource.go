package provider

import (
	"fmt"

	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/float64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
)

// asResourceAttributes converts computed attributes of a data source to those of a
// resource, which keep their values, so that the import schema is defined only once.
func asResourceAttributes(attributes map[string]datasource.Attribute) (map[string]schema.Attribute, error) {
	converted := make(map[string]schema.Attribute, len(attributes))
	for name, attribute := range attributes {
		c, err := asResourceAttribute(attribute)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", name, err)
		}
		converted[name] = c
	}
	return converted, nil
}

func asResourceAttribute(attribute datasource.Attribute) (schema.Attribute, error) {
	switch a := attribute.(type) {
	case datasource.StringAttribute:
		return schema.StringAttribute{
			Computed: true, MarkdownDescription: a.MarkdownDescription,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		}, nil
	case datasource.BoolAttribute:
		return schema.BoolAttribute{
			Computed: true, MarkdownDescription: a.MarkdownDescription,
			PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		}, nil
	case datasource.Int64Attribute:
		return schema.Int64Attribute{
			Computed: true, MarkdownDescription: a.MarkdownDescription,
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		}, nil
	case datasource.Float64Attribute:
		return schema.Float64Attribute{
			Computed: true, MarkdownDescription: a.MarkdownDescription,
			PlanModifiers: []planmodifier.Float64{float64planmodifier.UseStateForUnknown()},
		}, nil
	case datasource.ListNestedAttribute:
		nested, err := asResourceAttributes(a.NestedObject.Attributes)
		if err != nil {
			return nil, err
		}
		return schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: a.MarkdownDescription,
			NestedObject:  schema.NestedAttributeObject{Attributes: nested},
			PlanModifiers: []planmodifier.List{listplanmodifier.UseStateForUnknown()},
		}, nil
	default:
		return nil, fmt.Errorf("a %T can't be converted", attribute)
	}
}
