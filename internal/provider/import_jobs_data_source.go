package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

var _ datasource.DataSourceWithConfigure = (*importJobsDataSource)(nil)

type importJobsDataSource struct{ commonDataSource }

func newImportJobsDataSource() datasource.DataSource { return &importJobsDataSource{} }

// Metadata implements [datasource.DataSource].
func (d *importJobsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_import_jobs"
}

type importJobsModel struct {
	ClusterID      types.String `tfsdk:"cluster_id"`
	CollectionName types.String `tfsdk:"collection_name"`
	DBName         types.String `tfsdk:"db_name"`
	State          types.String `tfsdk:"state"`
	Timeouts       types.Map    `tfsdk:"timeouts"`
	Jobs           types.List   `tfsdk:"jobs"`
}

type listedJobModel struct {
	JobID          types.String `tfsdk:"job_id"`
	CollectionName types.String `tfsdk:"collection_name"`
	State          types.String `tfsdk:"state"`
}

// Schema implements [datasource.DataSource].
func (d *importJobsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the import jobs of a cluster. An incomplete list is an error.",
		Attributes: map[string]schema.Attribute{
			"cluster_id": requiredID(clusterIDDescription),
			"collection_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Lists only the jobs that import into this collection. Defaults to all collections.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"db_name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Lists only the jobs that import into this database. API v2 only.",
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
			},
			"state": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Lists only the jobs in this state: `pending`, `importing`, `uncommitted`, `committing`, `completed` or `failed`. Defaults to all states.",
				Validators: []validator.String{stringvalidator.OneOf(
					string(importjob.StatePending), string(importjob.StateImporting), string(importjob.StateUncommitted),
					string(importjob.StateCommitting), string(importjob.StateCompleted), string(importjob.StateFailed))},
			},
			"timeouts": readTimeouts(timeoutsDescription("read", "read all pages") + " Defaults to `2m`."),
			"jobs": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Jobs in the order of the API, usually newest first. Empty if there are none. Null if the API does not return a list.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"job_id":          computedString("Id of the job."),
					"collection_name": computedString("Collection that the data is imported into. Null if the API does not return it."),
					"state":           computedString("State of the job, as in `zilliz_import_progress`, but also `pending` with API v1. Null if the API does not return it."),
				}},
			},
		},
	}
}

// Read implements [datasource.DataSource].
func (d *importJobsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	readDataSource(ctx, d.data, req, resp, d.read)
}

// read reads the list and sets the model's attributes.
func (d *importJobsDataSource) read(ctx context.Context, model *importJobsModel) diag.Diagnostics {
	timeout, diagnostics := timeoutFrom(model.Timeouts, "read", defaultReadTimeout)
	if diagnostics.HasError() {
		return diagnostics
	}
	filter := zilliz.JobFilter{
		ClusterID:      model.ClusterID.ValueString(),
		CollectionName: model.CollectionName.ValueString(),
		DBName:         model.DBName.ValueString(),
	}
	if filter.DBName != "" && d.data.apiVersion == zilliz.V1 {
		diagnostics.Append(requiresV2("db_name"))
		return diagnostics
	}
	jobs, err := d.data.listJobs(ctx, filter, timeout)
	if err != nil {
		b := block{clusterID: filter.ClusterID, arguments: []string{"cluster_id", "collection_name"}, timeout: "read", origin: d.data.origin}
		diagnostics.Append(errorDiagnostic(b, err))
		return diagnostics
	}
	list, more := jobModels(ctx, jobs, importjob.State(model.State.ValueString()))
	model.Jobs = list
	diagnostics.Append(more...)
	return diagnostics
}

// jobModels returns the jobs in a state, or all if state is empty.
func jobModels(ctx context.Context, jobs []importjob.Summary, state importjob.State) (types.List, diag.Diagnostics) {
	element := types.ObjectType{AttrTypes: map[string]attr.Type{
		"job_id":          types.StringType,
		"collection_name": types.StringType,
		"state":           types.StringType,
	}}
	if jobs == nil {
		return types.ListNull(element), nil
	}
	models := make([]listedJobModel, 0, len(jobs))
	for _, job := range jobs {
		if state != "" && job.State != state {
			continue
		}
		models = append(models, listedJobModel{
			JobID:          types.StringValue(job.JobID),
			CollectionName: types.StringPointerValue(job.CollectionName),
			State:          stateValue(job.State),
		})
	}
	return types.ListValueFrom(ctx, element, models)
}
