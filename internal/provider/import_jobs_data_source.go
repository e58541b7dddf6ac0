package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*importJobsDataSource)(nil)

type importJobsDataSource struct{ dataSourceBase }

func newImportJobsDataSource() datasource.DataSource { return &importJobsDataSource{} }

func (d *importJobsDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_import_jobs"
}

type importJobsModel struct {
	jobFilterModel
	Timeouts types.Map        `tfsdk:"timeouts"`
	Jobs     []listedJobModel `tfsdk:"jobs"`
}

type listedJobModel struct {
	JobID          types.String `tfsdk:"job_id"`
	CollectionName types.String `tfsdk:"collection_name"`
	State          types.String `tfsdk:"state"`
}

func (d *importJobsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the import jobs of a cluster.",
		Attributes: map[string]schema.Attribute{
			"cluster_id":      requiredID(clusterIDDescription),
			"collection_name": optionalName(collectionFilterDescription),
			"db_name":         optionalName(dbNameFilterDescription),
			"state": schema.StringAttribute{
				Optional: true, MarkdownDescription: stateFilterDescription, Validators: knownState(),
			},
			"timeouts": dataSourceTimeouts(timeoutsDescription("read all pages", readKey) + defaultsTo(defaultReadTimeout)),
			"jobs": schema.ListNestedAttribute{
				Computed: true,
				MarkdownDescription: "Jobs, newest first: in the order of the API, or by descending ID with " +
					"Milvus. Empty if there are none.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"job_id":          computedString("ID of the job."),
					"collection_name": computedString("Collection of the import."),
					"state": computedString("State of the job, as in `zilliz_import_progress`, but also `pending` " +
						"with API v1."),
				}},
			},
		},
	}
}

func (d *importJobsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	readDataSource(ctx, d.data, req, resp, d.read)
}

func (d *importJobsDataSource) read(ctx context.Context, model *importJobsModel) diag.Diagnostics {
	timeout, timeoutKey, diagnostics := timeoutFrom(model.Timeouts, readKey, defaultReadTimeout)
	if diagnostics.HasError() {
		return diagnostics
	}
	jobs, diagnostics := d.data.listedJobs(ctx, model.jobFilterModel, timeout, timeoutKey)
	if diagnostics.HasError() {
		return diagnostics
	}
	model.Jobs = []listedJobModel{} // nil would be null
	for _, job := range jobs {
		listed := listedJobModel{JobID: types.StringValue(d.data.client.Mask(job.JobID)), State: stateValue(job.State)}
		if job.CollectionName != nil {
			listed.CollectionName = types.StringValue(d.data.client.Mask(*job.CollectionName))
		}
		model.Jobs = append(model.Jobs, listed)
	}
	return nil
}
