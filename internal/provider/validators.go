package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// stringValidator validates a string with a function. Unlike the validators of
// terraform-plugin-framework-validators, its errors never contain the value, which can
// be an API key.
type stringValidator struct {
	description
	check func(string) error
	// variable is the environment variable that the argument defaults to, empty if there
	// is none.
	variable string
}

// description is the description of a validator: what the value must be.
type description string

func (d description) Description(context.Context) string         { return string(d) }
func (d description) MarkdownDescription(context.Context) string { return string(d) }

func validString(expected description, check func(string) error) []validator.String {
	return []validator.String{stringValidator{description: expected, check: check}}
}

// validStringOrVariable is for an argument that defaults to an environment variable.
func validStringOrVariable(expected description, check func(string) error, variable string) []validator.String {
	return []validator.String{stringValidator{expected, check, variable}}
}

func (v stringValidator) ValidateString(
	_ context.Context, req validator.StringRequest, resp *validator.StringResponse,
) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(),
			fmt.Sprintf("%s %s.", req.Path, err)+v.correction(err))
	}
}

// correction says how to correct a value in the configuration, if there is a usual way.
func (v stringValidator) correction(err error) string {
	switch {
	case errors.Is(err, zilliz.ErrSurroundingSpace):
		return " Use trimspace() to remove it."
	case errors.Is(err, zilliz.ErrEmpty) && v.variable != "":
		return " To use the environment variable " + v.variable + ", remove the argument or set it to null."
	default:
		return ""
	}
}

// validID validates the ID of a cluster or job. The service alone knows its form,
// but it never contains white space, which comes from files and clipboards.
func validID() []validator.String {
	return validString("an ID", checkID)
}

func checkID(id string) error {
	if err := zilliz.CheckText(id); err != nil {
		return err
	}
	if strings.ContainsFunc(id, unicode.IsSpace) {
		return errors.New("must not contain white space")
	}
	return nil
}

// validText validates a string that is not empty and has no surrounding white space.
func validText() []validator.String {
	return validString("valid", zilliz.CheckText)
}

// validDuration validates a duration of at least low, or any positive one if that is 0.
func validDuration(low time.Duration) []validator.String {
	return validString("a duration", func(text string) error {
		_, err := parseDuration(text, low)
		return err
	})
}

// maxDuration keeps sums of durations from overflowing. It is a year.
const maxDuration = 365 * 24 * time.Hour

func parseDuration(text string, low time.Duration) (time.Duration, error) {
	if err := zilliz.CheckText(text); err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New(`must be a number with a unit (s, m or h), such as "30s" or "1h30m"`)
	case low == 0 && d <= 0:
		return 0, errors.New("must be more than 0")
	case d < low:
		return 0, fmt.Errorf("must be at least %s", low)
	case d > maxDuration:
		return 0, fmt.Errorf("must be at most %s", shortDuration(maxDuration))
	}
	return d, nil
}

// notTwice validates that no data is imported twice: a URL or path is neither repeated nor
// below a folder that is imported too.
type notTwice struct{ description }

func (notTwice) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	texts := textsOf(req.ConfigValue)
	for i, text := range texts {
		for j, other := range texts {
			if i == j || text == "" || other == "" { // an unknown element is empty
				continue
			}
			repeated := text == other && j < i
			below := text != other && strings.HasPrefix(text, strings.TrimSuffix(other, "/")+"/")
			if repeated || below {
				resp.Diagnostics.AddAttributeError(req.Path.AtListIndex(i), "Data would be imported twice",
					fmt.Sprintf("%s repeats or is below element %d, so its rows would be imported twice. Remove one of them.",
						req.Path.AtListIndex(i), j))
			}
		}
	}
}
