package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

type completionModel struct{ jobGateModel }

func newImportCompletionResource() resource.Resource {
	g := newJobGate("import_completion", "Waits during `terraform apply` until a bulk import has completed, and records "+
		"the result. Later plans send no request.", nil, func() gateModel { return &completionModel{} })
	return &g
}

func (m *completionModel) wait(ctx context.Context, d *providerData, timeoutKey string) diag.Diagnostics {
	_, _, diagnostics := m.waitForJob(ctx, d, timeoutKey, importjob.WaitOptions{})
	return diagnostics
}
