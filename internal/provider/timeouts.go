package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The timeouts argument is a map, not an object as in terraform-plugin-framework-timeouts:
// Terraform drops the unknown keys of an object silently (hashicorp/terraform#33570).
const timeoutsArgument = "timeouts"

// The keys of the timeouts argument of all blocks. In a resource, each of the first two
// stands for the other if that is absent: the next import of a resource is an update, and
// must not have less time than the first.
const (
	createKey = "create"
	updateKey = "update"
	readKey   = "read"
	invokeKey = "invoke"
)

func timeoutsDescription(description, key string) string {
	text := fmt.Sprintf("Longest time to %s, such as `{ %s = \"1h30m\" }`.", description, key)
	if key == createKey {
		text += " If only `create` or `update` is set, it holds for both."
	}
	return text
}

// timeoutsAttribute is for blocks of a kind, such as "a data source", that have the keys.
func timeoutsAttribute(description, blockKind string, keys ...string) schema.MapAttribute {
	return schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: description,
		Validators: []validator.Map{timeoutsValidator{"durations by key", keys, blockKind}}}
}

func resourceTimeouts(description string) schema.MapAttribute {
	return timeoutsAttribute(description+" Changing the timeouts sends no request.", "a resource", createKey, updateKey)
}

func waitTimeoutDescription(key string) string {
	return timeoutsDescription("wait", key) + defaultsTo(defaultWaitTimeout)
}

// prepare returns an error if no request can be sent. Otherwise it returns the timeout with a
// key, or the default if it is not set, and the key that is in force.
func (d *providerData) prepare(
	timeouts types.Map, key string, defaultValue time.Duration,
) (timeout time.Duration, inForce string, diagnostics diag.Diagnostics) {
	diagnostics = d.checkReady()
	other := map[string]string{createKey: updateKey, updateKey: createKey}[key]
	for _, inForce := range []string{key, other} {
		value, ok := timeouts.Elements()[inForce].(types.String)
		if !ok || value.IsNull() {
			continue
		}
		timeout, err := parseDuration(value.ValueString(), 0)
		if err != nil {
			diagnostics.Append(invalidTimeout(inForce, err))
		}
		return timeout, inForce, diagnostics
	}
	return defaultValue, key, diagnostics
}

func invalidTimeout(key string, err error) diag.Diagnostic {
	name := timeoutName(key)
	return diag.NewAttributeErrorDiagnostic(timeoutPath(key), "Invalid "+name, fmt.Sprintf("%s %s.", name, err))
}

func timeoutName(key string) string { return timeoutsArgument + "." + key }

func timeoutPath(key string) path.Path { return path.Root(timeoutsArgument).AtMapKey(key) }

type timeoutsValidator struct {
	description
	keys      []string // that have an effect
	blockKind string
}

// ValidateMap only warns about a key of other blocks, and ignores one without a value: a module
// can pass one map to several blocks.
func (v timeoutsValidator) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	for key, element := range req.ConfigValue.Elements() {
		value, ok := element.(types.String)
		if !ok || value.IsNull() {
			continue
		}
		has := fmt.Sprintf("%s has %s.", v.blockKind, timeoutName(strings.Join(v.keys, " and "+timeoutsArgument+".")))
		switch {
		case !slices.Contains([]string{createKey, updateKey, readKey, invokeKey}, key):
			resp.Diagnostics.AddAttributeError(timeoutPath(key), "Unknown timeout",
				fmt.Sprintf("No block has %s: %s", timeoutName(key), has))
		case !slices.Contains(v.keys, key):
			resp.Diagnostics.AddAttributeWarning(timeoutPath(key), "Timeout has no effect",
				fmt.Sprintf("%s has no effect here: %s", timeoutName(key), has))
		case !value.IsUnknown():
			if _, err := parseDuration(value.ValueString(), 0); err != nil {
				resp.Diagnostics.Append(invalidTimeout(key, err))
			}
		}
	}
}
