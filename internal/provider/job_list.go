package provider

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
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

// listedJobs returns all jobs that match a filter. timeoutKey can be empty.
func (d *providerData) listedJobs(
	ctx context.Context, f jobFilterModel, timeout time.Duration, timeoutKey string,
) ([]importjob.ListedJob, diag.Diagnostics) {
	diagnostics := d.checkDatabase(f.DBName)
	if diagnostics.Append(d.checkReady()...); diagnostics.HasError() {
		return nil, diagnostics
	}
	filter := zilliz.JobFilter{ClusterID: f.ClusterID.ValueString(), CollectionName: f.CollectionName.ValueString(),
		DBName: f.DBName.ValueString()}
	jobs, err := d.listJobs(ctx, filter, timeout)
	if err != nil {
		b := block{verb: verbList, id: importjob.ID{ClusterID: filter.ClusterID},
			arguments: []string{"cluster_id", "collection_name"}, timeoutKey: timeoutKey}
		return nil, diag.Diagnostics{errorDiagnostic(b, err)}
	}
	return slices.DeleteFunc(jobs, func(job importjob.ListedJob) bool {
		return !f.State.IsNull() && string(job.State) != f.State.ValueString()
	}), nil
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
			"timeouts": timeoutsAttribute(timeoutsDescription("read all pages", readKey)+defaultsTo(defaultReadTimeout),
				"a data source", readKey),
			"jobs": schema.ListNestedAttribute{
				Computed: true,
				MarkdownDescription: "Jobs, newest first: in the order of the API, or by descending ID with " +
					"Milvus. Empty if there are none.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"job_id":          computedText("ID of the job."),
					"collection_name": computedText(collectionDescription),
					"state":           computedText("State of the job, as in `zilliz_import_progress`, but also `pending` with API v1."),
				}},
			},
		},
	}
}

func readJobs(ctx context.Context, d *providerData, model *importJobsModel) diag.Diagnostics {
	timeout, timeoutKey, diagnostics := d.prepare(model.Timeouts, readKey, defaultReadTimeout)
	if diagnostics.HasError() {
		return diagnostics
	}
	jobs, diagnostics := d.listedJobs(ctx, model.jobFilterModel, timeout, timeoutKey)
	model.Jobs = []listedJobModel{} // nil would be null
	for _, job := range jobs {
		listed := listedJobModel{JobID: types.StringValue(d.client.Mask(job.JobID)), State: stateValue(job.State)}
		if job.CollectionName != nil {
			listed.CollectionName = types.StringValue(d.client.Mask(*job.CollectionName))
		}
		model.Jobs = append(model.Jobs, listed)
	}
	return diagnostics
}

// importJobListResource is for terraform query, which adopts jobs with import blocks.
type importJobListResource struct{ resourceBase }

func newImportJobListResource() list.ListResource {
	return &importJobListResource{resourceBase{name: "import_job"}}
}

func (r *importJobListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = listschema.Schema{
		MarkdownDescription: "Lists the import jobs of a cluster for `terraform query`, so that they can be imported " +
			"into the state. Requires Terraform 1.14 or later.",
		Attributes: map[string]listschema.Attribute{
			"cluster_id":      requiredID(clusterIDDescription),
			"collection_name": optionalText(collectionFilterDescription),
			"db_name":         optionalText(dbNameFilterDescription),
			"state":           stateFilter(),
		},
	}
}

func (r *importJobListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var filter jobFilterModel
	var jobs []importjob.ListedJob
	diagnostics := req.Config.Get(ctx, &filter)
	if !diagnostics.HasError() {
		jobs, diagnostics = r.data.listedJobs(ctx, filter, defaultReadTimeout, "")
	}
	if diagnostics.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diagnostics)
		return
	}
	stream.Results = r.results(ctx, req, filter, jobs)
}

// results returns resources of whose arguments only the collection is known.
func (r *importJobListResource) results(
	ctx context.Context, req list.ListRequest, f jobFilterModel, jobs []importjob.ListedJob,
) iter.Seq[list.ListResult] {
	return func(yield func(list.ListResult) bool) {
		for i, job := range jobs {
			if req.Limit > 0 && int64(i) == req.Limit {
				return
			}
			model := importedModel(importjob.ID{ClusterID: f.ClusterID.ValueString(), DBName: f.DBName.ValueString(),
				JobID: r.data.client.Mask(job.JobID)})
			result := req.NewListResult(ctx)
			result.DisplayName = model.JobID.ValueString()
			if job.CollectionName != nil {
				model.CollectionName = types.StringValue(r.data.client.Mask(*job.CollectionName))
				result.DisplayName += fmt.Sprintf(" (%s, %s)", model.CollectionName.ValueString(), cmp.Or(job.State, "no state"))
			}
			result.Diagnostics.Append(result.Identity.Set(ctx, model.jobIdentity)...)
			if req.IncludeResource {
				result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
			}
			if !yield(result) {
				return
			}
		}
	}
}
