package provider

import (
	"fmt"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// configOrigin is where the values of a provider configuration come from, so that an
// error can name the argument or environment variable to change.
type configOrigin struct {
	// variables are the environment variables in use, by argument.
	variables map[string]string
	// endpoint reports whether an endpoint is in use instead of the region's host.
	endpoint bool
	// region is the region in use, empty if there is none.
	region string
}

// of names the argument, or the environment variable that its value comes from.
func (o configOrigin) of(argument string) string {
	if name := o.variables[argument]; name != "" {
		return "the environment variable " + name
	}
	return argument + " in the provider configuration"
}

// host names the value that determines the host.
func (o configOrigin) host() string {
	switch {
	case o.endpoint:
		return o.of("endpoint")
	case o.region != "":
		return o.of("region_id")
	default:
		return "region_id and endpoint in the provider configuration: neither is set, so the provider uses the " +
			"international host of API v2"
	}
}

// hostStep is the step to check the value that determines the host.
func (o configOrigin) hostStep() string { return "Check " + o.host() + "." }

// chooseRegion is the step to choose the region of the cluster. The region has no effect
// if there is an endpoint.
func (o configOrigin) chooseRegion() string {
	if o.endpoint {
		return o.hostStep()
	}
	return "Set " + o.of("region_id") + " to the region of the cluster."
}

// cloudHint returns a hint if the region does not begin with a cloud, as region IDs do,
// and otherwise an empty string.
func (o configOrigin) cloudHint() string {
	if o.region == "" || zilliz.HasCloud(o.region) {
		return ""
	}
	return fmt.Sprintf(" The region %q does not begin with a cloud, as aws-us-west-2, gcp-us-west1 or az-eastus do.",
		o.region)
}
