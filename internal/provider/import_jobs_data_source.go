package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

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

func newImportJobsDataSource() datasource.DataSource {
	return &dataSource[importJobsModel]{
		name:        "import_jobs",
		description: "Lists the import jobs of a cluster.",
		read:        readJobs,
		attributes: map[string]schema.Attribute{
			"cluster_id":      requiredID(clusterIDDescription),
			"collection_name": optionalText(collectionFilterDescription),
			"db_name":         optionalText(dbNameFilterDescription),
			"state":           stateFilter(),
			"timeouts":        timeoutsAttribute(readKey, "read all pages", defaultsTo(defaultReadTimeout)),
			"jobs": schema.ListNestedAttribute{
				Computed: true,
				MarkdownDescription: "Jobs, newest first: in the order of the API, or by descending ID with " +
					"Milvus. Empty if there are none.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"job_id":          computedText("ID of the job."),
					"collection_name": computedText(collectionDescription),
					"state": computedText("State of the job, as in `zilliz_import_progress`, but also `pending` with API " +
						"v1."),
				}},
			},
		},
	}
}

func readJobs(ctx context.Context, d *providerData, model *importJobsModel) diag.Diagnostics {
	jobs, diagnostics := d.listedJobs(ctx, model.jobFilterModel, model.Timeouts, readKey)
	model.Jobs = []listedJobModel{} // nil would be null
	for _, job := range jobs {
		model.Jobs = append(model.Jobs, listedJobModel{types.StringValue(job.JobID),
			types.StringPointerValue(job.CollectionName), stateValue(job.State)})
	}
	return diagnostics
}
