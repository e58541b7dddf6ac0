package provider

import (
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// settings turns the provider's arguments into a client's configuration: from the
// configuration, then the environment, then the default.
type settings struct {
	model       providerModel
	unknown     []string
	diagnostics diag.Diagnostics
}

func (s *settings) client() zilliz.Config {
	config := zilliz.Config{
		APIVersion:           s.apiVersion(),
		Endpoint:             s.text("endpoint", s.model.Endpoint, zilliz.CheckEndpoint, "ZILLIZ_ENDPOINT"),
		APIKey:               s.apiKey(),
		RequestTimeout:       s.duration("request_timeout", s.model.RequestTimeout, defaultRequestTimeout),
		MaxRetries:           s.number("max_retries", s.model.MaxRetries, defaultMaxRetries),
		MaxRequestsPerSecond: s.number("max_requests_per_second", s.model.MaxRequestsPerSecond, defaultMaxRequestsPerSecond),
	}
	if config.Endpoint == "" && !s.model.Endpoint.IsUnknown() {
		config.RegionID = s.region(config.APIVersion)
	}
	return config
}

func (s *settings) apiVersion() zilliz.APIVersion {
	version := s.text("api_version", s.model.APIVersion, zilliz.CheckAPIVersion, "ZILLIZ_API_VERSION")
	if version == "" {
		return zilliz.V1
	}
	return zilliz.APIVersion(version)
}

func (s *settings) apiKey() string {
	key := s.text("api_key", s.model.APIKey, zilliz.CheckAPIKey, "ZILLIZ_API_KEY", "ZILLIZCLOUD_API_KEY")
	if key == "" && !s.model.APIKey.IsUnknown() {
		s.missing("api_key", "Missing API key",
			"The provider needs an API key of Zilliz Cloud. Set the environment variable ZILLIZ_API_KEY, or api_key to a sensitive variable.")
	}
	return key
}

func (s *settings) region(version zilliz.APIVersion) string {
	region := s.text("region_id", s.model.RegionID, zilliz.CheckRegion, "ZILLIZ_REGION_ID")
	needed := version.NeedsRegion() && !s.model.APIVersion.IsUnknown()
	if region == "" && needed && !s.model.RegionID.IsUnknown() {
		s.missing("region_id", "Missing cloud region",
			"The provider needs the cloud region of the clusters, such as aws-us-west-2, to know which host to ask. Set region_id or the environment variable ZILLIZ_REGION_ID.")
	}
	return region
}

// missing reports an argument that has no value, unless a faulty one was reported already.
func (s *settings) missing(argument, title, detail string) {
	if !s.diagnostics.HasError() {
		s.diagnostics.AddAttributeError(path.Root(argument), title, detail)
	}
}

// text returns an argument's value, or the first of the environment variables that
// is not empty. An unknown value never falls back to the environment.
func (s *settings) text(argument string, value types.String, check func(string) error, environment ...string) string {
	switch {
	case value.IsUnknown():
		s.unknown = append(s.unknown, argument)
		return ""
	case !value.IsNull():
		return value.ValueString() // checked by the schema
	}
	for _, name := range environment {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		if err := check(value); err != nil {
			s.diagnostics.AddAttributeError(path.Root(argument), "Invalid environment variable "+name,
				fmt.Sprintf("The provider takes %s from the environment variable %s, but its value can't be used: %s.", argument, name, err))
			return ""
		}
		return value
	}
	return ""
}

func (s *settings) duration(argument string, value types.String, otherwise time.Duration) time.Duration {
	switch {
	case value.IsUnknown():
		s.unknown = append(s.unknown, argument)
		return otherwise
	case value.IsNull():
		return otherwise
	}
	d, err := time.ParseDuration(value.ValueString())
	if err != nil {
		s.diagnostics.AddAttributeError(path.Root(argument), "Invalid duration", err.Error())
	}
	return d
}

func (s *settings) number(argument string, value types.Int64, otherwise int) int {
	switch {
	case value.IsUnknown():
		s.unknown = append(s.unknown, argument)
		return otherwise
	case value.IsNull():
		return otherwise
	default:
		return int(value.ValueInt64())
	}
}
