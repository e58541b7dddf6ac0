// Command empty is the smallest provider that the framework can make: one data
// source that returns at once. The benchmark measures the provider zilliz against
// it, so that what the framework and Terraform cost is not taken for the provider's
// own. It asks nobody anything and is no part of a release.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return emptyProvider{} }, providerserver.ServeOpts{
		Address:         "registry.terraform.io/zilliz-community/empty",
		ProtocolVersion: 6,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type emptyProvider struct{}

// Metadata names the provider.
func (emptyProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "empty"
}

// Schema has no arguments.
func (emptyProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

// Configure has nothing to do.
func (emptyProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

// DataSources lists the one data source.
func (emptyProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return read{} }}
}

// Resources lists none.
func (emptyProvider) Resources(context.Context) []func() resource.Resource { return nil }

// read is a data source that gives back what it is given.
type read struct{}

type readModel struct {
	JobID types.String `tfsdk:"job_id"`
	ID    types.String `tfsdk:"id"`
}

// Metadata names the data source.
func (read) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = "empty_read"
}

// Schema has one argument and one attribute.
func (read) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"job_id": schema.StringAttribute{Required: true},
		"id":     schema.StringAttribute{Computed: true},
	}}
}

// Read returns at once.
func (read) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model readModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	model.ID = model.JobID
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
