package provider

import (
	"cmp"
	"context"
	"fmt"
	"iter"

	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

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
		jobs, diagnostics = r.data.listedJobs(ctx, filter, types.Map{}, "")
	}
	if diagnostics.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diagnostics)
		return
	}
	stream.Results = results(ctx, req, filter, jobs)
}

// results returns resources of whose arguments only the collection is known.
func results(
	ctx context.Context, req list.ListRequest, f jobFilterModel, jobs []importjob.ListedJob,
) iter.Seq[list.ListResult] {
	return func(yield func(list.ListResult) bool) {
		for i, job := range jobs {
			if req.Limit > 0 && int64(i) == req.Limit {
				return
			}
			model := importedModel(importjob.ID{ClusterID: f.ClusterID.ValueString(), DBName: f.DBName.ValueString(),
				JobID: job.JobID})
			result := req.NewListResult(ctx)
			result.DisplayName = model.JobID.ValueString()
			if job.CollectionName != nil {
				model.CollectionName = types.StringPointerValue(job.CollectionName)
				result.DisplayName += fmt.Sprintf(" (%s, %s)", *job.CollectionName, cmp.Or(job.State, "no state"))
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
