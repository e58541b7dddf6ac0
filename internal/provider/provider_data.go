package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// providerData is passed by a provider configuration to its blocks.
type providerData struct {
	client *zilliz.Client
	starts startRegistry
	// maxRetries is the number of retries of one request after transient errors.
	maxRetries int
	apiVersion zilliz.APIVersion
	// interrupted is closed when this process is interrupted or terminated. It can be nil.
	interrupted <-chan struct{}
	// unknown are the provider's arguments that are not known yet, and missing is the error
	// of a value that is not set. There is no client while there are any.
	unknown []string
	missing diag.Diagnostic
}

// providerDataFrom returns what a Configure method received: nothing in terraform validate.
func providerDataFrom(received any) *providerData {
	if data, ok := received.(*providerData); ok {
		return data
	}
	return &providerData{unknown: []string{"configuration"}}
}

// isV1 returns false if the version is not known.
func (d *providerData) isV1() bool {
	return d.apiVersion == zilliz.V1 && !slices.Contains(d.unknown, "api_version")
}

// requiresV2 is the error of something that API v1 does not have. The path can be empty.
func requiresV2(at path.Path, what, detail string) diag.Diagnostic {
	title, detail := what+" requires API v2", detail+" Or set api_version = \"v2\" in the provider configuration."
	if at.Equal(path.Empty()) {
		return diag.NewErrorDiagnostic(title, detail)
	}
	return diag.NewAttributeErrorDiagnostic(at, title, detail)
}

func argumentRequiresV2(argument string) diag.Diagnostic {
	return requiresV2(path.Root(argument), argument, "API v1 does not support "+argument+". Remove it.")
}

func (d *providerData) checkDatabase(name types.String) (diagnostics diag.Diagnostics) {
	if d.isV1() && !name.IsUnknown() && databaseOf(name).ValueString() != defaultDatabase {
		diagnostics.Append(argumentRequiresV2("db_name"))
	}
	return diagnostics
}

// checkReady returns an error if no request can be sent, because an argument that it needs
// is unknown or not set.
func (d *providerData) checkReady() diag.Diagnostics {
	return d.checkReadyOr("Add the resource that creates the value to depends_on of this block, so that the request is " +
		"sent during apply, or apply that resource first with -target.")
}

// checkReadyOr is like checkReady. The next step is about an unknown argument.
func (d *providerData) checkReadyOr(nextStep string) (diagnostics diag.Diagnostics) {
	switch {
	case d.client != nil:
	case d.missing != nil:
		diagnostics.Append(d.missing)
	default:
		diagnostics.AddError("Provider configuration not known yet", fmt.Sprintf(
			"This requires a request to Zilliz Cloud, but part of the provider configuration is known only after apply: "+
				"%s.\n\n%s", strings.Join(d.unknown, " and "), nextStep))
	}
	return diagnostics
}

// warnOfMissing warns of a value that is not set, in a plan whose apply sends requests.
func (d *providerData) warnOfMissing() (diagnostics diag.Diagnostics) {
	if d.missing != nil {
		diagnostics.AddWarning(d.missing.Summary(), d.missing.Detail())
	}
	return diagnostics
}
