package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What the data sources have in common.

// notReady ends a read that needs provider arguments which are not known yet: it is
// deferred where Terraform allows that, else an error.
func notReady(s *session, req datasource.ReadRequest, resp *datasource.ReadResponse) bool {
	switch {
	case s.ready():
		return false
	case req.ClientCapabilities.DeferralAllowed:
		resp.Deferred = &datasource.Deferred{Reason: datasource.DeferredReasonProviderConfigUnknown}
	default:
		resp.Diagnostics.Append(s.notReady())
	}
	return true
}

func clusterIDArgument() schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: clusterIDDescription,
		Validators:          []validator.String{identifier()},
	}
}

// readTimeout is the argument timeouts of a data source. Unlike the library's own
// it refuses a time limit that is not positive.
func readTimeout(description string) schema.SingleNestedAttribute {
	return schema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: timeoutsDescription,
		CustomType:          timeouts.Type{ObjectType: types.ObjectType{AttrTypes: map[string]attr.Type{"read": types.StringType}}},
		Attributes: map[string]schema.Attribute{
			"read": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: description,
				Validators:          []validator.String{positiveDuration()},
			},
		},
	}
}
