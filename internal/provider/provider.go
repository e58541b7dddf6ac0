// Package provider is all that Terraform sees of the provider zilliz: schemas,
// models, diagnostics and logs.
//
// It never sends a request itself and has no rule of waiting of its own: the first
// is the work of package zilliz, the second of package importjob.
package provider

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

const (
	defaultRequestTimeout       = 30 * time.Second
	defaultMaxRetries           = 4
	defaultMaxRequestsPerSecond = 10
)

type zillizProvider struct {
	version string
	// interrupted is closed when the user interrupts Terraform. It can be nil.
	interrupted <-chan struct{}
	// transport sends the requests in place of the network, in tests.
	transport http.RoundTripper
}

// New returns a constructor of the provider for a provider server. All requests and
// waits are cancelled when interrupted, which can be nil, is closed.
func New(version string, interrupted <-chan struct{}) func() provider.Provider {
	return func() provider.Provider {
		return &zillizProvider{version: version, interrupted: interrupted}
	}
}

// Metadata names the provider.
func (p *zillizProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "zilliz"
	resp.Version = p.version
}

type providerModel struct {
	RegionID             types.String `tfsdk:"region_id"`
	APIKey               types.String `tfsdk:"api_key"`
	APIVersion           types.String `tfsdk:"api_version"`
	Endpoint             types.String `tfsdk:"endpoint"`
	RequestTimeout       types.String `tfsdk:"request_timeout"`
	MaxRetries           types.Int64  `tfsdk:"max_retries"`
	MaxRequestsPerSecond types.Int64  `tfsdk:"max_requests_per_second"`
}

// Schema describes the provider's arguments.
func (p *zillizProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Start bulk imports into [Zilliz Cloud](https://zilliz.com/cloud), see their progress, and wait for them, so that what depends on the imported data is created only once the data is there.",
		Attributes: map[string]schema.Attribute{
			"region_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Cloud region of the clusters, such as `aws-us-west-2`. Required with API v1 unless `endpoint` is set. With v2 it only selects the site: China for regions that start with `ali-` or `tc-`, otherwise international. Defaults to the environment variable `ZILLIZ_REGION_ID`.",
				Validators:          []validator.String{checked("a cloud region id", zilliz.CheckRegion)},
			},
			"api_key": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "API key of Zilliz Cloud. It is sent in the `Authorization` header and shown nowhere. Defaults to the environment variable `ZILLIZ_API_KEY`, then `ZILLIZCLOUD_API_KEY`. One of them is required.",
				Validators:          []validator.String{checked("an API key", zilliz.CheckAPIKey)},
			},
			"api_version": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Version of Zilliz Cloud's REST API: `v1`, whose end Zilliz has announced, or `v2`. Defaults to the environment variable `ZILLIZ_API_VERSION`, then `v1`.",
				Validators:          []validator.String{checked("an API version", zilliz.CheckAPIVersion)},
			},
			"endpoint": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Base URL in place of the region's: `https`, or `http` to a loopback host; no user info, query or fragment. Defaults to the environment variable `ZILLIZ_ENDPOINT`, then `https://controller.api.{region_id}.zillizcloud.com` for v1, and `https://api.cloud.zilliz.com` or, for regions that start with `ali-` or `tc-`, `https://api.cloud.zilliz.com.cn` for v2.",
				Validators:          []validator.String{checked("a base URL", zilliz.CheckEndpoint)},
			},
			"request_timeout": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Time limit of one HTTP request, as a duration such as `45s` or `1m`. Defaults to `30s`.",
				Validators:          []validator.String{positiveDuration()},
			},
			"max_retries": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Number of retries after a transient error (no connection, HTTP 408, 429 or 5xx, malformed response), 0 to 100, with backoff of 1, 2, 4, 8 s and so on up to 30 s, or the service's `Retry-After` if that is longer. A wait that has had a result retries until its deadline, and one that gets HTTP 429 always does. Defaults to `4`.",
				Validators:          []validator.Int64{int64validator.Between(0, 100)},
			},
			"max_requests_per_second": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "Rate limit, 1 to 1000, shared by everything that this provider configuration does. As many requests can go out in a burst, so there can be twice as many in one second. Zilliz Cloud allows 20 a second per user and endpoint. Defaults to `10`.",
				Validators:          []validator.Int64{int64validator.Between(1, 1000)},
			},
		},
	}
}

// Configure creates what data sources, resources and actions work with. Values that
// are not known yet are no error here, but where they are needed.
func (p *zillizProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	c := configReader{model: model}
	config := c.clientConfig()
	config.UserAgent = fmt.Sprintf("Terraform/%s terraform-provider-zilliz/%s", req.TerraformVersion, p.version)
	config.Transport = p.transport
	data := &providerData{interrupted: p.interrupted, maxRetries: c.maxRetries(), apiVersion: config.APIVersion}
	data.unknown = c.unknown
	resp.Diagnostics.Append(c.diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	if data.ready() {
		client, err := zilliz.New(config)
		if err != nil {
			resp.Diagnostics.AddError("Invalid provider configuration", err.Error()+".")
			return
		}
		tflog.Info(ctx, "Provider configured", map[string]any{"host": client.Host(), "api_version": string(config.APIVersion)})
		data.client = client
		data.poller = importjob.NewPoller(client.JobReader, data.maxRetries)
	}
	resp.DataSourceData = data
	resp.ResourceData = data
	resp.ActionData = data
}

// DataSources lists the provider's data sources.
func (p *zillizProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newImportProgressDataSource, newImportJobsDataSource}
}

// Resources lists the provider's resources.
func (p *zillizProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newImportCompletionResource, newImportJobResource}
}

// Actions lists the provider's actions, which Terraform knows since 1.14.
func (p *zillizProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{newImportWaitAction}
}
