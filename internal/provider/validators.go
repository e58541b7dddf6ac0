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

// checkedString holds a string against a function. Unlike the validators of the
// library it never repeats the value: that can be an API key.
type checkedString struct {
	what  string
	check func(string) error
}

func checked(what string, check func(string) error) validator.String {
	return checkedString{what: what, check: check}
}

// Description says what the value has to be.
func (v checkedString) Description(context.Context) string {
	return "value must be " + v.what
}

// MarkdownDescription says what the value has to be.
func (v checkedString) MarkdownDescription(ctx context.Context) string {
	return v.Description(ctx)
}

// ValidateString passes null and unknown values.
func (v checkedString) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(),
			fmt.Sprintf("The value of %s is not %s: %s.", req.Path, v.what, withFunction(err)))
	}
}

// withFunction names the function of Terraform that fixes a value, if there is one.
func withFunction(err error) string {
	if errors.Is(err, zilliz.ErrSurroundingSpace) {
		return err.Error() + "; trimspace() removes it"
	}
	return err.Error()
}

// identifier checks a cluster's or job's id. Its form is the service's business; that
// it came along with white space from a file or a clipboard is what goes wrong here.
func identifier() validator.String {
	return checked("an id", checkIdentifier)
}

func checkIdentifier(id string) error {
	switch {
	case id == "":
		return errors.New("it is empty")
	case strings.ContainsFunc(id, unicode.IsSpace):
		return errors.New("it has white space in it, such as the newline at the end of a command's output; trimspace() removes that")
	default:
		return nil
	}
}

func positiveDuration() validator.String {
	return duration(`a duration such as "30s" or "1h30m"`, func(d time.Duration) error {
		if d <= 0 {
			return errors.New("it has to be more than 0")
		}
		return nil
	})
}

func durationOfAtLeast(low time.Duration) validator.String {
	return duration(fmt.Sprintf("a duration of at least %s", low), func(d time.Duration) error {
		if d < low {
			return fmt.Errorf("it is less than %s", low)
		}
		return nil
	})
}

func duration(what string, check func(time.Duration) error) validator.String {
	return checked(what, func(text string) error {
		d, err := time.ParseDuration(text)
		if err != nil {
			return errors.New("it has to be a number with a unit (s, m or h)")
		}
		return check(d)
	})
}
