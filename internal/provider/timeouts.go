package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The timeouts argument is a map, not an object as in terraform-plugin-framework-timeouts:
// Terraform drops the unknown keys of an object before the provider sees them
// (hashicorp/terraform#33570), so timeouts = { create = "45m" } in a data source would be
// ignored silently.
const timeoutsArgument = "timeouts"

const (
	defaultWaitTimeout  = 30 * time.Minute
	defaultReadTimeout  = 2 * time.Minute
	defaultStartTimeout = time.Hour
)

// timeoutsDescription describes the timeouts argument with its valid keys.
func timeoutsDescription(description string, keys ...string) string {
	names := "the key `" + keys[0] + "`"
	if len(keys) > 1 {
		names = "the keys `" + strings.Join(keys, "` and `") + "`"
	}
	return fmt.Sprintf("Map with %s: the longest time to %s, as a duration such as `45m` or `1h30m`.", names, description)
}

func waitTimeoutDescription(keys ...string) string {
	return timeoutsDescription("wait", keys...) + " The last poll begins at the end of this time, and can take up to " +
		"a minute once it is sent." + defaultsTo(defaultWaitTimeout)
}

// defaultsTo is the sentence about a default duration, with a space before it.
func defaultsTo(d time.Duration) string {
	return " Defaults to `" + shortDuration(d) + "`."
}

// shortDuration returns a duration as a user would write it: "30m", not "30m0s".
func shortDuration(d time.Duration) string {
	if d > time.Second {
		d = d.Round(time.Second / 10)
	}
	return strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(d.String())
}

// timeoutFrom returns the timeout with a key, or the default if it is not set.
func timeoutFrom(timeouts types.Map, key string, defaultValue time.Duration) (time.Duration, diag.Diagnostics) {
	value, ok := timeouts.Elements()[key].(types.String)
	if !ok || value.IsNull() {
		return defaultValue, nil
	}
	timeout, err := parseDuration(value.ValueString(), 0)
	if err != nil {
		return 0, diag.Diagnostics{invalidTimeout(key, err)}
	}
	return timeout, nil
}

func invalidTimeout(key string, err error) diag.Diagnostic {
	name := timeoutName(key)
	return diag.NewAttributeErrorDiagnostic(timeoutPath(key), "Invalid "+name, fmt.Sprintf("%s %s.", name, err))
}

// timeoutName returns the name of a timeout in messages, such as "timeouts.read".
func timeoutName(key string) string {
	return timeoutsArgument + "." + key
}

func timeoutPath(key string) path.Path {
	return path.Root(timeoutsArgument).AtMapKey(key)
}

type timeoutsValidator struct {
	description
	// keys are the keys that have an effect.
	keys []string
	// blockKind is the kind of block, such as "a data source".
	blockKind string
}

func validTimeouts(blockKind string, keys ...string) []validator.Map {
	return []validator.Map{timeoutsValidator{"durations by key", keys, blockKind}}
}

// ValidateMap warns about a key without effect, unless its value is null, as in a map that
// a module passes to several blocks.
func (v timeoutsValidator) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	for key, element := range req.ConfigValue.Elements() {
		value, ok := element.(types.String)
		if !ok || value.IsNull() {
			continue
		}
		if !slices.Contains(v.keys, key) {
			resp.Diagnostics.AddAttributeWarning(timeoutPath(key), "Timeout has no effect",
				fmt.Sprintf("%s has no effect here: %s has %s.", timeoutName(key), v.blockKind,
					timeoutName(strings.Join(v.keys, " and "+timeoutsArgument+"."))))
			continue
		}
		if value.IsUnknown() {
			continue
		}
		if _, err := parseDuration(value.ValueString(), 0); err != nil {
			resp.Diagnostics.Append(invalidTimeout(key, err))
		}
	}
}
