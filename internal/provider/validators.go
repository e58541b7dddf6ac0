package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// stringValidator never puts the value in an error, unlike the validators of
// terraform-plugin-framework-validators: it can be an API key.
type stringValidator struct {
	description
	check func(string) error
	// variable is the environment variable that the argument defaults to. It can be empty.
	variable string
	// secret means that the value can hold a credential. Terraform prints the line of an
	// attribute path, so errors have none.
	secret bool
}

type description string

func (d description) Description(context.Context) string { return string(d) }

func (d description) MarkdownDescription(context.Context) string { return string(d) }

// validString is for an argument that can default to an environment variable.
func validString(expected description, check func(string) error, variable ...string) []validator.String {
	return []validator.String{stringValidator{expected, check, strings.Join(variable, ""), false}}
}

// validSecret is for an argument whose value can hold a credential.
func validSecret(expected description, check func(string) error, variable ...string) []validator.String {
	return []validator.String{stringValidator{expected, check, strings.Join(variable, ""), true}}
}

func (v stringValidator) ValidateString(
	_ context.Context, req validator.StringRequest, resp *validator.StringResponse,
) {
	if !isKnown(req.ConfigValue) {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		title, detail := "Invalid "+req.Path.String(), fmt.Sprintf("%s %s.", req.Path, err)+v.correction(err)
		if v.secret {
			resp.Diagnostics.AddError(title, detail)
			return
		}
		resp.Diagnostics.AddAttributeError(req.Path, title, detail)
	}
}

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

// validID rejects white space too, which comes from files and clipboards.
func validID() []validator.String { return validString("an ID", checkID) }

func checkID(id string) error {
	if err := zilliz.CheckText(id); err != nil {
		return err
	}
	if strings.ContainsFunc(id, unicode.IsSpace) {
		return errors.New("must not contain white space")
	}
	return nil
}

func validText() []validator.String { return validString("valid", zilliz.CheckText) }

// locationsValidator validates a list of URLs or paths, of which none is repeated or below
// another. Its errors have no attribute path, because a URL can hold a credential.
type locationsValidator struct {
	description
	check func(string) error
}

func (v locationsValidator) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if !isKnown(req.ConfigValue) {
		return
	}
	invalid := func(at path.Path, reason string) {
		resp.Diagnostics.AddError("Invalid "+at.String(), fmt.Sprintf("%s %s.", at, reason))
	}
	elements := req.ConfigValue.Elements()
	if len(elements) == 0 {
		invalid(req.Path, "must have at least one element")
	}
	texts := textsOf(req.ConfigValue)
	for i, text := range texts {
		at := req.Path.AtListIndex(i)
		if elements[i].IsUnknown() {
			continue
		}
		if elements[i].IsNull() {
			invalid(at, "must not be null")
		} else if err := v.check(text); err != nil {
			invalid(at, err.Error())
		}
		for j, other := range texts {
			repeated := text == other && j < i
			below := text != other && strings.HasPrefix(text, strings.TrimSuffix(other, "/")+"/")
			if text != "" && other != "" && (repeated || below) {
				resp.Diagnostics.AddError("Data would be imported twice", fmt.Sprintf(
					"%s repeats or is below element %d, so its rows would be imported twice. Remove one of them.", at, j))
			}
		}
	}
}
