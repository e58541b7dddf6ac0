package provider

import (
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

var _ list.ListResourceWithConfigure = (*importJobListResource)(nil)

// importJobListResource lists jobs for terraform query, which adopts them with import
// blocks.
type importJobListResource struct{ resourceBase }

func newImportJobListResource() list.ListResource { return &importJobListResource{} }

type importJobListModel struct {
	ClusterID      types.String `tfsdk:"cluster_id"`
	CollectionName types.String `tfsdk:"collection_name"`
	DBName         types.String `tfsdk:"db_name"`
	State          types.String `tfsdk:"state"`
}

func (r *importJobListResource) Metadata(
	_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_import_job"
}

func (r *importJobListResource) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	name := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description,
			Validators: []validator.String{trimmed()}}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the import jobs of a cluster for `terraform query`, so that they can be imported " +
			"into the state. Requires Terraform 1.14 or later.",
		Attributes: map[string]schema.Attribute{
			"cluster_id": schema.StringAttribute{Required: true, MarkdownDescription: clusterIDDescription,
				Validators: []validator.String{identifier()}},
			"collection_name": name(collectionFilterDescription),
			"db_name":         name(dbNameFilterDescription),
			"state": schema.StringAttribute{
				Optional: true, MarkdownDescription: stateFilterDescription,
				Validators: []validator.String{stringvalidator.OneOf(stateNames()...)},
			},
		},
	}
}

func (r *importJobListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var model importJobListModel
	diagnostics := req.Config.Get(ctx, &model)
	if diagnostics.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diagnostics)
		return
	}
	filter := zilliz.JobFilter{ClusterID: model.ClusterID.ValueString(),
		CollectionName: model.CollectionName.ValueString(), DBName: model.DBName.ValueString()}
	jobs, diagnostics := r.data.filteredJobs(ctx, filter, importjob.State(model.State.ValueString()),
		defaultReadTimeout, "")
	if diagnostics.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diagnostics)
		return
	}
	stream.Results = r.results(ctx, req, filter, jobs)
}

// results returns the jobs as resources whose arguments are not known, except for the
// collection.
func (r *importJobListResource) results(
	ctx context.Context, req list.ListRequest, f zilliz.JobFilter, jobs []importjob.Summary,
) iter.Seq[list.ListResult] {
	return func(yield func(list.ListResult) bool) {
		for i, job := range jobs {
			if req.Limit > 0 && int64(i) == req.Limit {
				return
			}
			id := importjob.ID{ClusterID: f.ClusterID, DBName: f.DBName, JobID: r.data.client.Mask(job.JobID)}
			model := importedModel(id)
			result := req.NewListResult(ctx)
			result.DisplayName = id.JobID
			if job.CollectionName != nil {
				model.CollectionName = types.StringValue(r.data.client.Mask(*job.CollectionName))
				result.DisplayName = fmt.Sprintf("%s (%s, %s)", id.JobID, model.CollectionName.ValueString(), job.State)
			}
			result.Diagnostics.Append(setListed(ctx, &result, model, req.IncludeResource)...)
			if !yield(result) {
				return
			}
		}
	}
}

// setListed sets the identity of a listed job, and the resource if that is included.
func setListed(
	ctx context.Context, result *list.ListResult, model importJobResourceModel, includeResource bool,
) diag.Diagnostics {
	diagnostics := result.Identity.Set(ctx,
		jobIdentity{ClusterID: model.ClusterID, DBName: model.DBName, JobID: model.JobID})
	if includeResource {
		diagnostics.Append(result.Resource.Set(ctx, model)...)
	}
	return diagnostics
}
