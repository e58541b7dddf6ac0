package provider

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// configReader reads the client's configuration from the provider's arguments, then
// the environment, then the defaults.
type configReader struct {
	model       providerModel
	unknown     []string
	diagnostics diag.Diagnostics
}

func (c *configReader) clientConfig() zilliz.Config {
	config := zilliz.Config{
		APIVersion:           c.apiVersion(),
		Endpoint:             c.text("endpoint", c.model.Endpoint, zilliz.CheckEndpoint, "ZILLIZ_ENDPOINT"),
		APIKey:               c.apiKey(),
		RequestTimeout:       c.duration("request_timeout", c.model.RequestTimeout, defaultRequestTimeout),
		MaxRequestsPerSecond: c.number("max_requests_per_second", c.model.MaxRequestsPerSecond, defaultMaxRequestsPerSecond),
	}
	if config.Endpoint == "" && !c.model.Endpoint.IsUnknown() {
		config.RegionID = c.region(config.APIVersion)
	}
	return config
}

func (c *configReader) maxRetries() int {
	return c.number("max_retries", c.model.MaxRetries, defaultMaxRetries)
}

func (c *configReader) apiVersion() zilliz.APIVersion {
	version := c.text("api_version", c.model.APIVersion, zilliz.CheckAPIVersion, "ZILLIZ_API_VERSION")
	if version == "" {
		return zilliz.V1
	}
	return zilliz.APIVersion(version)
}

func (c *configReader) apiKey() string {
	key := c.text("api_key", c.model.APIKey, zilliz.CheckAPIKey, "ZILLIZ_API_KEY", "ZILLIZCLOUD_API_KEY")
	if key == "" && !c.model.APIKey.IsUnknown() {
		c.missing("Missing API key",
			"The provider needs an API key of Zilliz Cloud. Set the environment variable ZILLIZ_API_KEY, or set api_key to a sensitive variable.")
	}
	return key
}

func (c *configReader) region(version zilliz.APIVersion) string {
	region := c.text("region_id", c.model.RegionID, zilliz.CheckRegion, "ZILLIZ_REGION_ID")
	needed := version.NeedsRegion() && !c.model.APIVersion.IsUnknown()
	if region == "" && needed && !c.model.RegionID.IsUnknown() {
		c.missing("Missing cloud region",
			"The provider needs the cloud region of the clusters, such as aws-us-west-2, to know which host to use. Set region_id or the environment variable ZILLIZ_REGION_ID.")
	}
	return region
}

// missing reports an argument without a value, unless an invalid one was reported.
func (c *configReader) missing(title, detail string) {
	if !c.diagnostics.HasError() {
		c.diagnostics.AddError(title, detail)
	}
}

// text returns an argument's value, or that of the first of the environment variables
// that is not empty. An unknown value never falls back to the environment.
func (c *configReader) text(argument string, value types.String, check func(string) error, environment ...string) string {
	switch {
	case value.IsUnknown():
		c.addUnknown(argument)
		return ""
	case !value.IsNull():
		return value.ValueString() // validated by the schema
	}
	for _, name := range environment {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		if err := check(value); err != nil {
			c.diagnostics.AddError("Invalid environment variable "+name, invalidEnvironment(argument, name, err))
			return ""
		}
		return value
	}
	return ""
}

// invalidEnvironment advises on a value that a shell or a CI system has set.
func invalidEnvironment(argument, name string, err error) string {
	detail := fmt.Sprintf("The provider reads %s from the environment variable %s, but can't use its value: %s.", argument, name, err)
	if errors.Is(err, zilliz.ErrSurroundingSpace) {
		detail += fmt.Sprintf("\n\nSet it without the newline: export %s=\"$(cat FILE)\" removes one, and so does printf %%s in place of echo.", name)
	}
	return detail
}

func (c *configReader) duration(argument string, value types.String, defaultValue time.Duration) time.Duration {
	switch {
	case value.IsUnknown():
		c.addUnknown(argument)
		return defaultValue
	case value.IsNull():
		return defaultValue
	}
	d, err := time.ParseDuration(value.ValueString())
	if err != nil {
		c.diagnostics.AddAttributeError(path.Root(argument), "Invalid duration", err.Error())
	}
	return d
}

func (c *configReader) number(argument string, value types.Int64, defaultValue int) int {
	switch {
	case value.IsUnknown():
		c.addUnknown(argument)
		return defaultValue
	case value.IsNull():
		return defaultValue
	default:
		return int(value.ValueInt64())
	}
}

func (c *configReader) addUnknown(argument string) {
	if !slices.Contains(c.unknown, argument) {
		c.unknown = append(c.unknown, argument)
	}
}
