package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// What the data sources have in common.

// configuredDataSource receives the provider's data.
type configuredDataSource struct{ data *providerData }

// Configure receives the provider's data.
func (d *configuredDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	data, diagnostics := providerDataFrom(req.ProviderData)
	resp.Diagnostics.Append(diagnostics...)
	d.data = data
}

// readDataSource reads a data source: read sets the attributes of its model. If the
// provider's configuration is not known yet, the read is deferred if Terraform allows
// that, otherwise it is an error.
func readDataSource[M any](ctx context.Context, s *providerData, req datasource.ReadRequest, resp *datasource.ReadResponse, read func(context.Context, *M) diag.Diagnostics) {
	if !s.ready() {
		if req.ClientCapabilities.DeferralAllowed {
			resp.Deferred = &datasource.Deferred{Reason: datasource.DeferredReasonProviderConfigUnknown}
			return
		}
		resp.Diagnostics.Append(s.notReady())
		return
	}
	var model M
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(read(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
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
