package provider

import (
	"cmp"
	"context"
	"fmt"
	"slices"

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

// filterAttributes returns the attributes of a filter, which accepts the states that importjob knows.
func filterAttributes() map[string]schema.Attribute {
	var states []string
	for _, state := range importjob.States() {
		states = append(states, string(state))
	}
	return map[string]schema.Attribute{
		"cluster_id":      requiredID(clusterIDDescription),
		"collection_name": optionalText("Lists only the jobs of this collection. Defaults to all collections."),
		"db_name":         optionalText("Lists only this database's jobs. API v2 only. Defaults to the default database."),
		"state": optionalString("Lists only the jobs in this state: `pending`, `importing`, `uncommitted`, `committing`, "+
			"`completed` or `failed`. Defaults to all states.", []validator.String{stringvalidator.OneOf(states...)}),
	}
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
	attributes := filterAttributes()
	attributes["timeouts"] = timeoutsAttribute(readKey, "read all pages", defaultsTo(defaultReadTimeout))
	attributes["jobs"] = schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "Jobs, newest first: in the order of the API, or by descending ID with Milvus. Can be empty.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"job_id":          computedText("ID of the job."),
			"collection_name": computedText(collectionDescription),
			"state":           computedText("State of the job, as in `zilliz_import_progress`, but also `pending` with API v1."),
		}},
	}
	return &dataSource[importJobsModel]{name: "import_jobs", description: "Lists the import jobs of a cluster.",
		attributes: attributes, read: readJobs}
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

// importJobListResource is for terraform query, which adopts jobs with import blocks.
type importJobListResource struct{ resourceBase }

func newImportJobListResource() list.ListResource {
	return &importJobListResource{resourceBase{name: "import_job"}}
}

func (r *importJobListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = listschema.Schema{
		MarkdownDescription: "Lists the import jobs of a cluster for `terraform query`, to import them into the state. " +
			"Requires Terraform 1.14 or later.",
		Attributes: map[string]listschema.Attribute{},
	}
	for name, attribute := range filterAttributes() {
		resp.Schema.Attributes[name] = attribute
	}
}

// List returns resources of whose arguments only the collection is known.
func (r *importJobListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var filter jobFilterModel
	var jobs []importjob.ListedJob
	diagnostics := req.Config.Get(ctx, &filter)
	if !diagnostics.HasError() {
		jobs, diagnostics = r.data.listedJobs(ctx, filter, types.Map{}, "")
	}
	if diagnostics.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diagnostics)
		return
	}
	if req.Limit > 0 {
		jobs = jobs[:min(req.Limit, int64(len(jobs)))]
	}
	stream.Results = func(yield func(list.ListResult) bool) {
		for _, job := range jobs {
			if !yield(filter.result(ctx, req, job)) {
				return
			}
		}
	}
}

func (f jobFilterModel) result(ctx context.Context, req list.ListRequest, job importjob.ListedJob) list.ListResult {
	model := importedModel(jobIdentity{f.ClusterID, f.DBName, types.StringValue(job.JobID)}.id())
	result := req.NewListResult(ctx)
	result.DisplayName = job.JobID
	if job.CollectionName != nil {
		model.CollectionName = types.StringPointerValue(job.CollectionName)
		result.DisplayName += fmt.Sprintf(" (%s, %s)", *job.CollectionName, cmp.Or(job.State, "no state"))
	}
	result.Diagnostics.Append(result.Identity.Set(ctx, model.jobIdentity)...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return result
}
