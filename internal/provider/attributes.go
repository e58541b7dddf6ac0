package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// Descriptions that several schemas share.
const (
	clusterIDDescription  = "ID of the cluster, such as `in01-0123456789abcde`."
	jobIDDescription      = "ID of the import job."
	dbNameDescription     = "Database of the job. API v2 only. Defaults to the default database."
	idDescription         = "ID in the form `cluster_id/job_id`."
	collectionDescription = "Collection of the import."
	totalRowsDescription  = "Number of rows in the files." + nullWithV1
	nullWithV1            = " Null with API v1."
)

// The attributes of package resource/schema fit all kinds of blocks, since the framework
// looks at their methods only.

func requiredID(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description, Validators: validID()}
}

func requiredText(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description, Validators: validText()}
}

func optionalText(description string) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: validText()}
}

func optionalBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Optional: true, MarkdownDescription: description}
}

func optionalInt(description string, validators ...validator.Int64) schema.Int64Attribute {
	return schema.Int64Attribute{Optional: true, MarkdownDescription: description, Validators: validators}
}

func computedText(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedBool(description string) schema.BoolAttribute {
	return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
}

func computedInt(description string) schema.Int64Attribute {
	return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
}

func computedFloat(description string) schema.Float64Attribute {
	return schema.Float64Attribute{Computed: true, MarkdownDescription: description}
}

// stringValidator validates a string with a function. Unlike the validators of
// terraform-plugin-framework-validators, its errors never contain the value, which can
// be an API key.
type stringValidator struct {
	description
	check func(string) error
	// variable is the environment variable that the argument defaults to. It can be empty.
	variable string
	// secret reports whether the value can hold a credential. Errors have no attribute path
	// then, because Terraform prints the line of the source.
	secret bool
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
	return []validator.String{stringValidator{description: expected, check: check, variable: variable}}
}

// validSecret is for an argument whose value can hold a credential.
func validSecret(expected description, check func(string) error, variable ...string) []validator.String {
	return []validator.String{stringValidator{expected, check, strings.Join(variable, ""), true}}
}

func (v stringValidator) ValidateString(
	_ context.Context, req validator.StringRequest, resp *validator.StringResponse,
) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
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

// validID rejects white space too, which comes from files and clipboards.
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

func validText() []validator.String {
	return validString("valid", zilliz.CheckText)
}

// locationsValidator validates a list of URLs or paths, of which no data is imported twice:
// none is repeated or below a folder that is imported too. Its errors have no attribute path,
// because a URL can hold a credential.
type locationsValidator struct {
	description
	check func(string) error
}

func (v locationsValidator) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
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
