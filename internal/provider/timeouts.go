package provider

import (
	"context"
	"errors"
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

const (
	defaultWaitTimeout  = 30 * time.Minute
	defaultReadTimeout  = 2 * time.Minute
	defaultStartTimeout = time.Hour

	// maxDuration keeps sums of durations from overflowing. It is a year.
	maxDuration = 365 * 24 * time.Hour
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

// timeoutsAttribute is for blocks that have the key. Those that create have updateKey too.
func timeoutsAttribute(key, purpose, defaults string) schema.MapAttribute {
	v := timeoutsValidator{"durations by key", []string{key}, "a data source has timeouts.read."}
	text := fmt.Sprintf("Longest time to %s, such as `{ %s = \"1h30m\" }`.", purpose, key)
	switch key {
	case createKey:
		v.keys, v.rule = append(v.keys, updateKey), "a resource has timeouts.create and timeouts.update."
		text += " If only `create` or `update` is set, it holds for both. Changing the timeouts sends no request."
	case invokeKey:
		v.rule = "an action has timeouts.invoke."
	}
	return schema.MapAttribute{ElementType: types.StringType, Optional: true, MarkdownDescription: text + defaults,
		Validators: []validator.Map{v}}
}

type timeoutsValidator struct {
	description
	keys []string // that have an effect
	rule string   // which keys blocks of this kind have
}

// ValidateMap only warns about a key of other blocks, and ignores one without a value: a module
// can pass one map to several blocks.
func (v timeoutsValidator) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	for key, element := range req.ConfigValue.Elements() {
		value, ok := element.(types.String)
		if !ok || value.IsNull() {
			continue
		}
		switch {
		case !slices.Contains([]string{createKey, updateKey, readKey, invokeKey}, key):
			resp.Diagnostics.AddAttributeError(timeoutPath(key), "Unknown timeout",
				fmt.Sprintf("No block has %s: %s", timeoutName(key), v.rule))
		case !slices.Contains(v.keys, key):
			resp.Diagnostics.AddAttributeWarning(timeoutPath(key), "Timeout has no effect",
				fmt.Sprintf("%s has no effect here: %s", timeoutName(key), v.rule))
		case !value.IsUnknown():
			if _, err := parseDuration(value.ValueString(), 0); err != nil {
				resp.Diagnostics.Append(invalidTimeout(key, err))
			}
		}
	}
}

func invalidTimeout(key string, err error) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(timeoutPath(key), "Invalid "+timeoutName(key),
		fmt.Sprintf("%s %s.", timeoutName(key), err))
}

func timeoutName(key string) string { return timeoutsArgument + "." + key }

func timeoutPath(key string) path.Path { return path.Root(timeoutsArgument).AtMapKey(key) }

func defaultsTo(d time.Duration) string { return " Defaults to `" + shortDuration(d) + "`." }

// shortDuration returns a duration as a user would write it: "30m", not "30m0s".
func shortDuration(d time.Duration) string {
	if d > time.Second {
		d = d.Round(time.Second / 10)
	}
	return strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(d.String())
}

// validDuration validates a duration of at least low, or any positive one if that is 0.
func validDuration(low time.Duration) []validator.String {
	return validString("a duration", func(text string) error {
		_, err := parseDuration(text, low)
		return err
	})
}

func parseDuration(text string, low time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New(`must be a number with a unit (s, m or h) and no spaces, such as "30s" or "1h30m"`)
	case low == 0 && d <= 0:
		return 0, errors.New("must be more than 0")
	case d < low:
		return 0, fmt.Errorf("must be at least %s", low)
	case d > maxDuration:
		return 0, fmt.Errorf("must be at most %s", shortDuration(maxDuration))
	}
	return d, nil
}
