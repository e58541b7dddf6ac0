package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
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

// The environment variables that provider arguments default to, in their order.
const (
	regionVariable     = "ZILLIZ_REGION_ID"
	keyVariable        = "ZILLIZ_API_KEY"
	zillizKeyVariable  = "ZILLIZCLOUD_API_KEY" // of Zilliz's own provider
	endpointVariable   = "ZILLIZ_ENDPOINT"
	apiVersionVariable = "ZILLIZ_API_VERSION"
)

// How errors name the arguments of the provider: each with all of its environment variables.
const (
	regionSetting     = "region_id (" + regionVariable + ")"
	keySetting        = "api_key (" + keyVariable + ", " + zillizKeyVariable + ")"
	endpointSetting   = "endpoint (" + endpointVariable + ")"
	apiVersionSetting = "api_version (" + apiVersionVariable + ")"
)

// The attributes of package resource/schema fit all kinds of blocks.

func requiredID(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description,
		Validators: validString("an ID", checkNoSpace)}
}

func requiredText(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, MarkdownDescription: description,
		Validators: validString("valid", nil)}
}

func optionalText(description string) schema.StringAttribute {
	return optionalString(description, validString("valid", nil))
}

func optionalString(description string, validators []validator.String) schema.StringAttribute {
	return schema.StringAttribute{Optional: true, MarkdownDescription: description, Validators: validators}
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

// isKnown reports whether a value is neither null nor unknown.
func isKnown(value attr.Value) bool { return !value.IsNull() && !value.IsUnknown() }

func textsOf(list types.List) []string {
	var texts []string
	for _, element := range list.Elements() {
		if text, ok := element.(types.String); ok {
			texts = append(texts, text.ValueString())
		}
	}
	return texts
}

// stringValidator never puts the value in an error, unlike the validators of
// terraform-plugin-framework-validators: it can be an API key.
type stringValidator struct {
	description
	check     func(string) error // see [checkText]
	variables string             // the environment variables that the argument defaults to; can be empty
	secret    bool               // errors have no attribute path, because Terraform prints its line
}

type description string

func (d description) Description(context.Context) string         { return string(d) }
func (d description) MarkdownDescription(context.Context) string { return string(d) }

// validString is for an argument that can default to environment variables.
func validString(expected description, check func(string) error, variables ...string) []validator.String {
	return []validator.String{stringValidator{expected, check, strings.Join(variables, " or "), false}}
}

// validSecret is for an argument whose value can hold a credential.
func validSecret(expected description, check func(string) error, variables ...string) []validator.String {
	return []validator.String{stringValidator{expected, check, strings.Join(variables, " or "), true}}
}

func (v stringValidator) ValidateString(
	_ context.Context, req validator.StringRequest, resp *validator.StringResponse,
) {
	if !isKnown(req.ConfigValue) {
		return
	}
	err := checkText(req.ConfigValue.ValueString(), v.check)
	if err == nil {
		return
	}
	title, detail := "Invalid "+req.Path.String(), fmt.Sprintf("%s %s.", req.Path, err)
	switch {
	case errors.Is(err, errSurroundingSpace):
		detail += " Use trimspace() to remove it."
	case errors.Is(err, errEmpty) && v.variables != "":
		detail += " To use the environment variable " + v.variables + ", remove the argument or set it to null."
	}
	if v.secret {
		resp.Diagnostics.AddError(title, detail)
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, title, detail)
}

// Errors of values that were copied by hand or read from a file.
var (
	errEmpty            = errors.New("must not be empty")
	errSurroundingSpace = errors.New("must not begin or end with white space, such as the newline at the end of a file")
)

// checkText returns an error for a value that is not a line of text, or that check rejects, if it is not nil.
func checkText(value string, check func(string) error) error {
	switch {
	case value == "":
		return errEmpty
	case strings.TrimSpace(value) != value:
		return errSurroundingSpace
	case strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("must not contain control characters, such as a newline")
	case check != nil:
		return check(value)
	default:
		return nil
	}
}

func checkID(id string) error { return checkText(id, checkNoSpace) }

// checkNoSpace rejects the white space in an ID that comes from files and clipboards.
func checkNoSpace(id string) error {
	if strings.ContainsFunc(id, unicode.IsSpace) {
		return errors.New("must not contain white space")
	}
	return nil
}

// locationsValidator validates a list of URLs or paths, of which none is repeated or below
// another. Its errors have no attribute path, because a URL can hold a credential.
type locationsValidator struct {
	description
	check func(string) error // see [checkText]
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
		switch err := checkText(text, v.check); {
		case elements[i].IsUnknown():
		case elements[i].IsNull():
			invalid(at, "must not be null")
		case err != nil:
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
