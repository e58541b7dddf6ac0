package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// jobFilterModel is part of the models of all blocks that list jobs.
type jobFilterModel struct {
	ClusterID      types.String `tfsdk:"cluster_id"`
	CollectionName types.String `tfsdk:"collection_name"`
	DBName         types.String `tfsdk:"db_name"`
	State          types.String `tfsdk:"state"`
}

const (
	collectionFilterDescription = "Lists only the jobs that import into this collection. Defaults to all collections."
	dbNameFilterDescription     = "Lists only the jobs that import into this database. API v2 only. Defaults to " +
		"the default database."
)

// stateFilter accepts the states that this version of the provider knows.
func stateFilter() schema.StringAttribute {
	var names []string
	for _, state := range importjob.States() {
		names = append(names, string(state))
	}
	return schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.OneOf(names...)},
		MarkdownDescription: "Lists only the jobs in this state: `pending`, `importing`, `uncommitted`, `committing`, " +
			"`completed` or `failed`. Defaults to all states."}
}

// listedJobs returns all jobs that match a filter. A block without timeouts has no key.
func (d *providerData) listedJobs(
	ctx context.Context, f jobFilterModel, timeouts types.Map, timeoutKey string,
) ([]importjob.ListedJob, diag.Diagnostics) {
	timeout, timeoutKey, diagnostics := d.prepare(timeouts, timeoutKey, defaultReadTimeout)
	if diagnostics.Append(d.checkDatabase(f.DBName)...); diagnostics.HasError() {
		return nil, diagnostics
	}
	filter := zilliz.JobFilter{ClusterID: f.ClusterID.ValueString(), CollectionName: f.CollectionName.ValueString(),
		DBName: f.DBName.ValueString()}
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	jobs, err := importjob.List(ctx, d.pages(filter), d.limits(timeout))
	if err != nil {
		b := block{verb: verbList, id: importjob.ID{ClusterID: filter.ClusterID},
			arguments: []string{"cluster_id", "collection_name"}, timeoutKey: timeoutKey}
		return nil, diag.Diagnostics{errorDiagnostic(b, err)}
	}
	return slices.DeleteFunc(jobs, func(job importjob.ListedJob) bool {
		return !f.State.IsNull() && string(job.State) != f.State.ValueString()
	}), nil
}
