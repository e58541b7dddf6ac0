package provider

import (
	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/float64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
)

// asResourceAttribute turns a computed attribute of a data source into one of a
// resource that keeps its value for good. The framework has a type for each, and
// the shape of an import shall be written only once. It returns nil for a type that
// no attribute here has.
func asResourceAttribute(attribute datasource.Attribute) schema.Attribute {
	switch a := attribute.(type) {
	case datasource.StringAttribute:
		return schema.StringAttribute{
			Computed: true, MarkdownDescription: a.MarkdownDescription,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		}
	case datasource.BoolAttribute:
		return schema.BoolAttribute{
			Computed: true, MarkdownDescription: a.MarkdownDescription,
			PlanModifiers: []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()},
		}
	case datasource.Int64Attribute:
		return schema.Int64Attribute{
			Computed: true, MarkdownDescription: a.MarkdownDescription,
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		}
	case datasource.Float64Attribute:
		return schema.Float64Attribute{
			Computed: true, MarkdownDescription: a.MarkdownDescription,
			PlanModifiers: []planmodifier.Float64{float64planmodifier.UseStateForUnknown()},
		}
	case datasource.ListNestedAttribute:
		nested := make(map[string]schema.Attribute, len(a.NestedObject.Attributes))
		for name, attribute := range a.NestedObject.Attributes {
			nested[name] = asResourceAttribute(attribute)
		}
		return schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: a.MarkdownDescription,
			NestedObject:  schema.NestedAttributeObject{Attributes: nested},
			PlanModifiers: []planmodifier.List{listplanmodifier.UseStateForUnknown()},
		}
	default:
		return nil
	}
}
