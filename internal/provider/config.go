package provider

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// The environment variables that provider arguments default to, in their order.
const (
	regionVariable     = "ZILLIZ_REGION_ID"
	keyVariable        = "ZILLIZ_API_KEY"
	zillizKeyVariable  = "ZILLIZCLOUD_API_KEY" // of Zilliz's own provider
	endpointVariable   = "ZILLIZ_ENDPOINT"
	apiVersionVariable = "ZILLIZ_API_VERSION"
)

// How errors name the arguments of the provider: each with all of its environment variables.
const (
	regionSetting     = "region_id (" + regionVariable + ")"
	keySetting        = "api_key (" + keyVariable + ", " + zillizKeyVariable + ")"
	endpointSetting   = "endpoint (" + endpointVariable + ")"
	apiVersionSetting = "api_version (" + apiVersionVariable + ")"
)

// configReader reads the provider's arguments, then the environment, then the defaults.
type configReader struct {
	model providerModel
	// sources names where the value of each argument comes from, for the log.
	sources     map[string]any
	unknown     []string
	diagnostics diag.Diagnostics
	// missing is the error of a value that is needed to send requests and not set.
	missing diag.Diagnostic
}

func (c *configReader) clientConfig() zilliz.Config {
	config := zilliz.Config{
		APIVersion: cmp.Or(zilliz.APIVersion(
			c.text("api_version", c.model.APIVersion, zilliz.CheckAPIVersion, apiVersionVariable)), zilliz.V1),
		Endpoint:             c.text("endpoint", c.model.Endpoint, zilliz.CheckEndpoint, endpointVariable),
		APIKey:               c.text("api_key", c.model.APIKey, zilliz.CheckAPIKey, keyVariable, zillizKeyVariable),
		RequestTimeout:       defaultRequestTimeout,
		MaxRequestsPerSecond: c.number("max_requests_per_second", c.model.MaxRequestsPerSecond, defaultMaxRequestsPerSecond),
	}
	if c.isSet("request_timeout", c.model.RequestTimeout) {
		config.RequestTimeout, _ = time.ParseDuration(c.model.RequestTimeout.ValueString()) // validated by the schema
	}
	if config.APIKey == "" && !c.model.APIKey.IsUnknown() {
		c.addMissing("Missing API key",
			"The provider needs an API key of Zilliz Cloud. Set the environment variable "+keyVariable+", or set api_key "+
				"to an ephemeral variable.")
	}
	if config.Endpoint != "" || c.model.Endpoint.IsUnknown() {
		return config
	}
	config.RegionID = c.text("region_id", c.model.RegionID, zilliz.CheckRegion, regionVariable)
	required := config.APIVersion.NeedsRegion() && !c.model.APIVersion.IsUnknown()
	if config.RegionID == "" && required && !c.model.RegionID.IsUnknown() {
		c.addMissing("Missing cloud region",
			"The provider needs the cloud region of the clusters, such as aws-us-west-2, to choose the host. Set "+
				"region_id or the environment variable "+regionVariable+".")
	}
	return config
}

// addMissing records an error for the first request: a plan that sends none needs no value.
func (c *configReader) addMissing(title, detail string) {
	if c.missing == nil {
		c.missing = diag.NewErrorDiagnostic(title, detail)
	}
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
		if err := check(value); err != nil {
			// The value can be an API key, so the error does not have it.
			detail := fmt.Sprintf("The provider reads %s from the environment variable %s, which %s.", argument, name, err)
			if errors.Is(err, zilliz.ErrSurroundingSpace) {
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
