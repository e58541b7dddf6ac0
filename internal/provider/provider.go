// Package provider implements the Terraform provider zilliz: everything that Terraform
// sees, such as schemas, models and diagnostics.
//
// It never sends an HTTP request, which is the job of package zilliz, and never decides
// when to poll or retry, which is the job of package importjob.
package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

const (
	defaultRequestTimeout       = 30 * time.Second
	defaultMaxRetries           = 4
	defaultMaxRequestsPerSecond = 10
)

type zillizProvider struct {
	version     string
	interrupted <-chan struct{}   // see [NewServer]
	transport   http.RoundTripper // replaces the network in tests, otherwise nil
}

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

func (p *zillizProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Starts bulk imports into Zilliz Cloud, reads their progress, and waits for them, so " +
			"that resources that depend on the imported data are created only after the import has completed.",
		Attributes: map[string]schema.Attribute{
			"region_id": optionalString("Cloud region of the clusters, such as `aws-us-west-2`. Required with API v1 unless "+
				"`endpoint` is set. Selects the host: see `endpoint`. Defaults to the environment variable `ZILLIZ_REGION_ID`.",
				validString("a cloud region ID", zilliz.CheckRegion, regionVariable)),
			"api_key": schema.StringAttribute{Optional: true, Sensitive: true,
				Validators: validSecret("an API key", zilliz.CheckAPIKey, keyVariable, zillizKeyVariable),
				MarkdownDescription: "Zilliz Cloud API key, of at least 8 characters. Required to send requests. Never written " +
					"to logs, errors or the state. Defaults to the environment variable `ZILLIZ_API_KEY`, then " +
					"`ZILLIZCLOUD_API_KEY`."},
			"api_version": optionalString("Version of Zilliz Cloud's REST API, `v1` or `v2`. Use `v1` unless you need "+
				"something that only `v2` has. Defaults to the environment variable `ZILLIZ_API_VERSION`, then `v1`.",
				validString("an API version", zilliz.CheckAPIVersion, apiVersionVariable)),
			"endpoint": optionalString("Base URL of the API: `https`, or `http` with a loopback host, without user info, "+
				"query, fragment or the path of the API. Defaults to the environment variable `ZILLIZ_ENDPOINT`, then to "+
				"`https://controller.api.{region_id}.zillizcloud.com` with API v1; `https://api.cloud.zilliz.com` with API "+
				"v2, or `https://api.cloud.zilliz.com.cn` for regions that begin with `ali-` or `tc-`.",
				validSecret("a base URL", zilliz.CheckEndpoint, endpointVariable)),
			"request_timeout": optionalString("Timeout of one HTTP request, including the time to connect, such as `45s`. "+
				"A request that starts an import has at least 75 s."+defaultsTo(defaultRequestTimeout), validDuration(0)),
			"max_retries": optionalInt("Number of retries of a request after a transient error (no connection, timeout, HTTP "+
				"408, 429 or 5xx, malformed response, undocumented code), 0 to 100. The pauses are 1, 2, 4, 8 s and so on, at "+
				"most 30 s, or `Retry-After` if that is longer. It does not limit the retries of a wait after its first result, "+
				"nor those of a wait or `zilliz_import_job` after HTTP 429: these continue until the timeout."+
				fmt.Sprintf(" Defaults to `%d`.", defaultMaxRetries), int64validator.Between(0, 100)),
			"max_requests_per_second": optionalInt("Rate limit, 1 to 1000, that all requests of this provider configuration "+
				"share. A burst can have twice as many in one second. Zilliz Cloud allows 20 per second, per user and endpoint."+
				fmt.Sprintf(" Defaults to `%d`.", defaultMaxRequestsPerSecond), int64validator.Between(1, 1000)),
		},
	}
}

// Configure accepts values that are not known: the first request that needs one is an error.
func (p *zillizProvider) Configure(
	ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse,
) {
	var model providerModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &model)...); resp.Diagnostics.HasError() {
		return
	}
	c := configReader{model: model, sources: map[string]any{}}
	config := c.clientConfig()
	maxRetries := c.number("max_retries", model.MaxRetries, defaultMaxRetries)
	if resp.Diagnostics.Append(c.diagnostics...); resp.Diagnostics.HasError() {
		return
	}
	config.UserAgent = fmt.Sprintf("Terraform/%s terraform-provider-zilliz/%s", req.TerraformVersion, p.version)
	config.Transport = p.transport
	data := &providerData{interrupted: p.interrupted, maxRetries: maxRetries, apiVersion: config.APIVersion,
		unknown: c.unknown, missing: c.missing}
	if len(data.unknown) == 0 && data.missing == nil {
		client, err := zilliz.New(config)
		if err != nil {
			resp.Diagnostics.AddError("Invalid provider configuration", err.Error()+".")
			return
		}
		tflog.Info(ctx, "Provider configured",
			map[string]any{"host": client.Host(), "version": string(config.APIVersion), "sources": c.sources})
		data.client = client
	}
	resp.DataSourceData, resp.ResourceData, resp.ActionData, resp.ListResourceData = data, data, data, data
}

func (p *zillizProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newImportProgressDataSource, newImportJobsDataSource}
}

func (p *zillizProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newImportJobResource, newImportCompletionResource, newImportStagingResource,
		newImportCommitResource, newCollectionReadinessResource}
}

func (p *zillizProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{newImportWaitAction, newImportAbortAction}
}

func (p *zillizProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newImportJobListResource}
}

// configReader reads the provider's arguments, then the environment, then the defaults.
type configReader struct {
	model providerModel
	// sources names where the value of each argument comes from, for the log.
	sources     map[string]any
	unknown     []string
	diagnostics diag.Diagnostics
	// missing is the error of a value that requests need and that is not set. Only the first request
	// reports it: a plan that sends none needs no value.
	missing diag.Diagnostic
}

func (c *configReader) clientConfig() zilliz.Config {
	m := c.model
	config := zilliz.Config{
		APIVersion: cmp.Or(zilliz.APIVersion(
			c.text("api_version", m.APIVersion, zilliz.CheckAPIVersion, apiVersionVariable)), zilliz.V1),
		Endpoint:             c.text("endpoint", m.Endpoint, zilliz.CheckEndpoint, endpointVariable),
		APIKey:               c.text("api_key", m.APIKey, zilliz.CheckAPIKey, keyVariable, zillizKeyVariable),
		RequestTimeout:       defaultRequestTimeout,
		MaxRequestsPerSecond: c.number("max_requests_per_second", m.MaxRequestsPerSecond, defaultMaxRequestsPerSecond),
	}
	if c.isSet("request_timeout", m.RequestTimeout) {
		config.RequestTimeout, _ = time.ParseDuration(m.RequestTimeout.ValueString()) // validated by the schema
	}
	hasEndpoint := config.Endpoint != "" || m.Endpoint.IsUnknown()
	if !hasEndpoint {
		config.RegionID = c.text("region_id", m.RegionID, zilliz.CheckRegion, regionVariable)
	}
	hasHost := hasEndpoint || config.RegionID != "" || m.RegionID.IsUnknown() ||
		m.APIVersion.IsUnknown() || !config.APIVersion.NeedsRegion()
	switch {
	case config.APIKey == "" && !m.APIKey.IsUnknown():
		c.missing = diag.NewErrorDiagnostic("Missing API key", "The provider needs an API key of Zilliz Cloud: "+
			keySetting+". Set one of the environment variables, or the argument to an ephemeral variable.")
	case !hasHost:
		c.missing = diag.NewErrorDiagnostic("Missing cloud region", "The provider needs the cloud region of the clusters, "+
			"such as aws-us-west-2, to choose the host: "+regionSetting+". Set the argument or the environment variable.")
	}
	return config
}

// text returns an argument's value, or that of the first environment variable that is
// not empty. An unknown value never falls back to the environment.
func (c *configReader) text(argument string, value types.String, check func(string) error, variables ...string) string {
	if c.isSet(argument, value) {
		c.sources[argument] = "the configuration"
		return value.ValueString() // validated by the schema
	}
	if value.IsUnknown() {
		return ""
	}
	for _, name := range variables {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		if err := checkText(value, check); err != nil {
			// The value can be an API key, so the error does not have it.
			detail := fmt.Sprintf("The provider reads %s from the environment variable %s, which %s.", argument, name, err)
			if errors.Is(err, errSurroundingSpace) {
				detail += fmt.Sprintf("\n\nTo set it from a file without the newline at the end: export %s=\"$(cat FILE)\"", name)
			}
			c.diagnostics.AddError("Invalid environment variable "+name, detail)
			return ""
		}
		c.sources[argument] = name
		return value
	}
	return ""
}

func (c *configReader) number(argument string, value types.Int64, defaultValue int) int {
	if !c.isSet(argument, value) {
		return defaultValue
	}
	return int(value.ValueInt64())
}

// isSet reports whether an argument has a known value. It records an unknown one.
func (c *configReader) isSet(argument string, value attr.Value) bool {
	if value.IsUnknown() {
		c.unknown = append(c.unknown, argument)
	}
	return isKnown(value)
}
