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
	return timeoutsDescription(key, "wait") + " The last poll begins at the end of this time, and can take up to a minute. Defaults to `30m`."
}

// timeoutFrom returns the timeout with a key, or the default if it is not set.
func timeoutFrom(timeouts types.Map, key string, defaultValue time.Duration) (time.Duration, diag.Diagnostics) {
	value, ok := timeouts.Elements()[key].(types.String)
	if !ok || value.IsNull() {
		return defaultValue, nil
	}
	timeout, err := parsePositiveDuration(value.ValueString())
	if err != nil {
		return 0, diag.Diagnostics{invalidTimeout(key, err)}
	}
	return timeout, nil
}

func invalidTimeout(key string, err error) diag.Diagnostic {
	name := timeoutName(key)
	return diag.NewAttributeErrorDiagnostic(timeoutPath(key), "Invalid "+name,
		fmt.Sprintf("The value of %s is not a positive duration: %s.", name, err))
}

// timeoutName returns the name of a timeout in messages, such as "timeouts.read".
func timeoutName(key string) string {
	return timeoutsArgument + "." + key
}

func timeoutPath(key string) path.Path {
	return path.Root(timeoutsArgument).AtMapKey(key)
}

// timeoutsValidator validates the timeouts argument.
type timeoutsValidator struct {
	// key is the only key that has an effect.
	key string
	// blockKind is the kind of block, such as "a data source".
	blockKind string
}

func validTimeouts(key, blockKind string) []validator.Map {
	return []validator.Map{timeoutsValidator{key: key, blockKind: blockKind}}
}

// Description implements [validator.Describer].
func (v timeoutsValidator) Description(context.Context) string {
	return "the only key must be " + v.key + ", with a positive duration as its value"
}

// MarkdownDescription implements [validator.Describer].
func (v timeoutsValidator) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateMap implements [validator.Map]. A key without effect is a warning, unless its
// value is null, as in a map that a module passes to several blocks.
func (v timeoutsValidator) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	for key, element := range req.ConfigValue.Elements() {
		value, ok := element.(types.String)
		if !ok || value.IsNull() {
			continue
		}
		if key != v.key {
			resp.Diagnostics.AddAttributeWarning(timeoutPath(key), "Timeout has no effect",
				fmt.Sprintf("%s has no effect here: the only timeout of %s is %s.", timeoutName(key), v.blockKind, timeoutName(v.key)))
			continue
		}
		if value.IsUnknown() {
			continue
		}
		if _, err := parsePositiveDuration(value.ValueString()); err != nil {
			resp.Diagnostics.Append(invalidTimeout(key, err))
		}
	}
}
