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

// providerData is what a provider configuration passes to its data sources, resources
// and actions.
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

// providerDataFrom returns the data that a Configure method received from the provider. It
// receives none before the provider is configured, as in terraform validate.
func providerDataFrom(received any) *providerData {
	if data, ok := received.(*providerData); ok {
		return data
	}
	return &providerData{unknown: []string{"configuration"}}
}

// isV1 reports whether it is certain that API v1 is used.
func (d *providerData) isV1() bool {
	return d.apiVersion == zilliz.V1 && !slices.Contains(d.unknown, "api_version")
}

// requiresV2 returns the error of something that API v1 does not have. The path can be empty.
func requiresV2(at path.Path, what, detail string) diag.Diagnostic {
	title, detail := what+" requires API v2", detail+" Or set api_version = \"v2\" in the provider configuration."
	if at.Equal(path.Empty()) {
		return diag.NewErrorDiagnostic(title, detail)
	}
	return diag.NewAttributeErrorDiagnostic(at, title, detail)
}

// argumentRequiresV2 returns the error of an argument that API v1 does not have.
func argumentRequiresV2(argument string) diag.Diagnostic {
	return requiresV2(path.Root(argument), argument, "API v1 does not support "+argument+". Remove it.")
}

// checkDatabase returns an error if a database is not the default one and API v1 is used.
func (d *providerData) checkDatabase(name types.String) (diagnostics diag.Diagnostics) {
	if d.isV1() && !name.IsUnknown() && databaseOf(name).ValueString() != defaultDatabase {
		diagnostics.Append(argumentRequiresV2("db_name"))
	}
	return diagnostics
}

// checkReady returns an error if no request can be sent, because an argument that it needs
// is unknown or not set.
func (d *providerData) checkReady() diag.Diagnostics {
	return d.notReady("Add the resource that creates the value to depends_on of this block, so that the request is sent " +
		"during apply, or apply that resource first with -target.")
}

// checkReadyToImport is like checkReady, but for an import block, which has no depends_on.
func (d *providerData) checkReadyToImport() diag.Diagnostics {
	return d.notReady("Apply the resource that creates the value first with -target, and run Terraform again.")
}

func (d *providerData) notReady(nextStep string) (diagnostics diag.Diagnostics) {
	switch {
	case d.client != nil:
		return nil
	case d.missing != nil:
		return diag.Diagnostics{d.missing}
	}
	diagnostics.AddError("Provider configuration not known yet", fmt.Sprintf(
		"This requires a request to Zilliz Cloud, but part of the provider configuration is known only after apply: "+
			"%s.\n\n%s", strings.Join(d.unknown, " and "), nextStep))
	return diagnostics
}

// warnOfMissing warns of a value that is not set, in a plan whose apply sends requests.
func (d *providerData) warnOfMissing() (diagnostics diag.Diagnostics) {
	if d.missing != nil {
		diagnostics.AddWarning(d.missing.Summary(), d.missing.Detail())
	}
	return diagnostics
}
