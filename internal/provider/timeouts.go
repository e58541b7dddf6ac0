package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The timeouts argument is a map with one valid key. It is not an object, as in
// terraform-plugin-framework-timeouts, since Terraform drops the unknown keys of an
// object before the provider sees them: timeouts = { create = "45m" } in a data source
// would be ignored silently.
const timeoutsArgument = "timeouts"

const (
	defaultWaitTimeout  = 30 * time.Minute
	defaultReadTimeout  = 2 * time.Minute
	defaultStartTimeout = 5 * time.Minute
)

// timeoutsDescription describes the timeouts argument with one valid key.
func timeoutsDescription(key, description string) string {
	return fmt.Sprintf("Map with the key `%s`: the longest time to %s, as a duration such as `45m` or `1h30m`.", key, description)
}

// waitTimeoutDescription describes the timeouts argument of a wait.
func waitTimeoutDescription(key string) string {
	return timeoutsDescription(key, "wait") + " The last poll begins at that time and can take up to a minute. Defaults to `30m`."
}

// timeoutFrom returns the timeout with a key, or a default.
func timeoutFrom(timeouts types.Map, key string, defaultValue time.Duration) (time.Duration, diag.Diagnostics) {
	value, ok := timeouts.Elements()[key].(types.String)
	if !ok || value.IsNull() {
		return defaultValue, nil
	}
	timeout, err := time.ParseDuration(value.ValueString())
	if err != nil {
		return 0, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(timeoutPath(key), "Invalid duration", err.Error())}
	}
	return timeout, nil
}

func timeoutPath(key string) path.Path {
	return path.Root(timeoutsArgument).AtMapKey(key)
}

// timeoutsValidator validates the timeouts argument.
type timeoutsValidator struct {
	// key is the only key that has an effect.
	key string
	// block is the kind of block, such as "a data source".
	block string
}

func validTimeouts(key, block string) []validator.Map {
	return []validator.Map{timeoutsValidator{key: key, block: block}}
}

// Description implements [validator.Describer].
func (v timeoutsValidator) Description(context.Context) string {
	return "the only key must be " + v.key + ", with a positive duration as its value"
}

// MarkdownDescription implements [validator.Describer].
func (v timeoutsValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateMap implements [validator.Map]. A key without effect is a warning.
func (v timeoutsValidator) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	for key, element := range req.ConfigValue.Elements() {
		name, at := timeoutsArgument+"."+key, req.Path.AtMapKey(key)
		if key != v.key {
			resp.Diagnostics.AddAttributeWarning(at, "Timeout has no effect",
				fmt.Sprintf("%s has no effect here: the only timeout of %s is timeouts.%s.", name, v.block, v.key))
			continue
		}
		value, ok := element.(types.String)
		if !ok || value.IsNull() || value.IsUnknown() {
			continue
		}
		if err := checkPositiveDuration(value.ValueString()); err != nil {
			resp.Diagnostics.AddAttributeError(at, "Invalid "+name, fmt.Sprintf("The value of %s is not a duration: %s.", name, err))
		}
	}
}
