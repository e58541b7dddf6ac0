package provider

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

const (
	// maxListedJobs is how many jobs of the collection an error lists.
	maxListedJobs = 5
	// listTimeout limits the time to read the list for an error.
	listTimeout = 20 * time.Second
)

var (
	_ resource.ResourceWithConfigure      = (*importJobResource)(nil)
	_ resource.ResourceWithIdentity       = (*importJobResource)(nil)
	_ resource.ResourceWithImportState    = (*importJobResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*importJobResource)(nil)
	_ resource.ResourceWithValidateConfig = (*importJobResource)(nil)
)

// importJobResource starts an import. It sends requests in Create and ImportState and
// nowhere else: a refresh must never lead to a second import, which would add the rows
// again.
type importJobResource struct{ commonResource }

func newImportJobResource() resource.Resource { return &importJobResource{} }

// Metadata implements [resource.Resource].
func (r *importJobResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_import_job"
}

type importJobResourceModel struct {
	ClusterID      types.String `tfsdk:"cluster_id"`
	CollectionName types.String `tfsdk:"collection_name"`
	DBName         types.String `tfsdk:"db_name"`
	PartitionName  types.String `tfsdk:"partition_name"`
	ObjectURLs     types.List   `tfsdk:"object_urls"`
	VolumeName     types.String `tfsdk:"volume_name"`
	DataPaths      types.List   `tfsdk:"data_paths"`
	AccessKey      types.String `tfsdk:"access_key_wo"`
	SecretKey      types.String `tfsdk:"secret_key_wo"`
	SessionToken   types.String `tfsdk:"session_token_wo"`
	Triggers       types.Map    `tfsdk:"triggers"`
	Timeouts       types.Map    `tfsdk:"timeouts"`
	ID             types.String `tfsdk:"id"`
	JobID          types.String `tfsdk:"job_id"`
}

// ValidateConfig implements [resource.ResourceWithValidateConfig]. It requires exactly
// one source of data.
func (r *importJobResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var model importJobResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(checkSource(model)...)
}

// checkSource returns an error unless the source of data is object_urls, or volume_name
// and data_paths.
func checkSource(m importJobResourceModel) (diagnostics diag.Diagnostics) {
	if m.ObjectURLs.IsUnknown() || m.VolumeName.IsUnknown() || m.DataPaths.IsUnknown() {
		return nil
	}
	const (
		either   = "Set either object_urls, or volume_name and data_paths."
		together = "volume_name and data_paths must be set together. Set both, or set object_urls instead."
	)
	hasURLs, hasVolume, hasPaths := !m.ObjectURLs.IsNull(), !m.VolumeName.IsNull(), !m.DataPaths.IsNull()
	switch {
	case hasURLs && hasVolume:
		diagnostics.AddAttributeError(path.Root("volume_name"), "Conflicting sources of data", either)
	case hasURLs && hasPaths:
		diagnostics.AddAttributeError(path.Root("data_paths"), "Conflicting sources of data", either)
	case hasURLs, hasVolume && hasPaths:
	case hasVolume:
		diagnostics.AddAttributeError(path.Root("data_paths"), "Incomplete source of data", together)
	case hasPaths:
		diagnostics.AddAttributeError(path.Root("volume_name"), "Incomplete source of data", together)
	default:
		diagnostics.AddAttributeError(path.Root("object_urls"), "Missing source of data", either)
	}
	return diagnostics
}

// ModifyPlan implements [resource.ResourceWithModifyPlan]. It rejects arguments that API
// v1 does not support, and warns that destroying the resource keeps the imported rows.
func (r *importJobResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Imported rows stay in the collection",
			"Destroying a zilliz_import_job only removes the job from the state. The imported rows stay in the collection, and a running import continues.")
		return
	}
	var config importJobResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.data.ready() && r.data.apiVersion == zilliz.V1 {
		resp.Diagnostics.Append(unsupportedByV1(config)...)
	}
}

// unsupportedByV1 returns an error for each argument that API v1 does not support. An
// unknown argument can still become null, so it is not an error.
func unsupportedByV1(m importJobResourceModel) diag.Diagnostics {
	var diagnostics diag.Diagnostics
	unsupported := func(argument string, value attr.Value) {
		if !value.IsNull() && !value.IsUnknown() {
			diagnostics.Append(requiresV2(argument))
		}
	}
	unsupported("db_name", m.DBName)
	unsupported("volume_name", m.VolumeName)
	unsupported("data_paths", m.DataPaths)
	unsupported("session_token_wo", m.SessionToken)
	urls, known := stringLists(m.ObjectURLs)
	if known && len(urls) > 0 && (len(urls) != 1 || len(urls[0]) != 1) {
		diagnostics.AddAttributeError(path.Root("object_urls"), "More than one URL requires API v2",
			"API v1 imports exactly one URL, which can be a folder. Use one URL, or set api_version = \"v2\" in the provider configuration.")
	}
	return diagnostics
}

// stringLists returns a list of lists of strings, and reports whether it is wholly known.
func stringLists(lists types.List) ([][]string, bool) {
	var all [][]string
	for _, outer := range lists.Elements() {
		list, ok := outer.(types.List)
		if !ok || list.IsUnknown() {
			return nil, false
		}
		var batch []string
		for _, inner := range list.Elements() {
			text, ok := inner.(types.String)
			if !ok || text.IsUnknown() {
				return nil, false
			}
			batch = append(batch, text.ValueString())
		}
		all = append(all, batch)
	}
	return all, !lists.IsUnknown()
}

// Create implements [resource.Resource]: it starts the import.
func (r *importJobResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model, config importJobResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...) // write-only arguments are null in the plan
	if resp.Diagnostics.HasError() {
		return
	}
	if !r.data.ready() {
		resp.Diagnostics.Append(r.data.notReady())
		return
	}
	if r.data.apiVersion == zilliz.V1 {
		resp.Diagnostics.Append(unsupportedByV1(config)...)
	}
	timeout, diagnostics := timeoutFrom(model.Timeouts, "create", defaultStartTimeout)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	jobID, err := r.data.startImport(ctx, model.toImport(config), timeout)
	if err != nil {
		resp.Diagnostics.Append(r.startDiagnostic(ctx, model, err))
		return
	}
	model.setID(importjob.ID{ClusterID: model.ClusterID.ValueString(), JobID: jobID})
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
}

// toImport returns the import to start, with the credentials of the configuration.
func (m importJobResourceModel) toImport(config importJobResourceModel) zilliz.Import {
	urls, _ := stringLists(m.ObjectURLs) // all values are known during apply
	paths, _ := stringLists(m.DataPaths)
	return zilliz.Import{
		ClusterID:      m.ClusterID.ValueString(),
		CollectionName: m.CollectionName.ValueString(),
		DBName:         m.DBName.ValueString(),
		PartitionName:  m.PartitionName.ValueString(),
		ObjectURLs:     urls,
		VolumeName:     m.VolumeName.ValueString(),
		DataPaths:      paths,
		AccessKey:      config.AccessKey.ValueString(),
		SecretKey:      config.SecretKey.ValueString(),
		SessionToken:   config.SessionToken.ValueString(),
	}
}

func (m *importJobResourceModel) setID(id importjob.ID) {
	m.ID = types.StringValue(id.String())
	m.JobID = types.StringValue(id.JobID)
}

// startDiagnostic returns the diagnostic for the error of starting an import. If a job may
// have been started, it lists the jobs of the collection.
func (r *importJobResource) startDiagnostic(ctx context.Context, m importJobResourceModel, err error) diag.Diagnostic {
	b := block{
		clusterID: m.ClusterID.ValueString(), collection: m.CollectionName.ValueString(), timeout: "create",
		arguments: []string{"cluster_id", "collection_name"}, origin: r.data.origin,
	}
	if !m.ObjectURLs.IsNull() {
		b.arguments = append(b.arguments, "object_urls")
	}
	if !isUnknownOutcome(err) {
		return errorDiagnostic(b, err)
	}
	return errorDiagnostic(b, err, r.jobsOfCollection(ctx, m),
		"If a job of the collection is this import, add it to the state with an import block or terraform import, and the id cluster_id/job_id. "+
			"If none is, wait a minute and list the jobs again, for example with the data source zilliz_import_jobs, since a job can appear late. "+
			"To start a new import, run terraform apply again.")
}

// jobsOfCollection lists the newest jobs of the collection.
func (r *importJobResource) jobsOfCollection(ctx context.Context, m importJobResourceModel) string {
	filter := zilliz.JobFilter{ClusterID: m.ClusterID.ValueString(), CollectionName: m.CollectionName.ValueString(), DBName: m.DBName.ValueString()}
	jobs, err := r.data.listJobs(ctx, filter, listTimeout)
	switch {
	case err != nil:
		return "The jobs of the collection could not be listed: " + sentence(err)
	case len(jobs) == 0:
		return "The service lists no jobs of the collection."
	}
	var b strings.Builder
	b.WriteString("Jobs of the collection, usually newest first:")
	for i, job := range jobs {
		if i == maxListedJobs {
			fmt.Fprintf(&b, "\n  - and %d more jobs", len(jobs)-i)
			break
		}
		fmt.Fprintf(&b, "\n  - %s/%s: %s", filter.ClusterID, zilliz.Printable(job.JobID, maxName), cmp.Or(job.State, "no state"))
	}
	return b.String()
}

// Update implements [resource.Resource]. It stores timeouts, and the arguments of a job
// that was imported into the state.
func (r *importJobResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	r.commonResource.Update(ctx, req, resp)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, nil)...)
}

// importedKey marks, in the private state, a job that was imported into the state and
// whose arguments are not stored yet.
const importedKey = "imported"

// privateState is implemented by the framework's private state.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

func isImported(ctx context.Context, private privateState) bool {
	value, _ := private.GetKey(ctx, importedKey)
	return len(value) > 0
}

// ImportState implements [resource.ResourceWithImportState]. Of the arguments, the
// service returns only the collection.
func (r *importJobResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, job, ok := r.readImported(ctx, req, resp)
	if !ok {
		return
	}
	lists := types.ListType{ElemType: types.StringType}
	model := importJobResourceModel{
		ClusterID:      types.StringValue(id.ClusterID),
		CollectionName: types.StringNull(),
		ObjectURLs:     types.ListNull(lists),
		DataPaths:      types.ListNull(lists),
		Triggers:       types.MapNull(types.StringType),
		Timeouts:       types.MapNull(types.StringType),
	}
	if name := job.CollectionName; name != nil && *name != "" {
		model.CollectionName = types.StringValue(*name)
	}
	model.setID(id)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(setIdentity(ctx, resp.State, resp.Identity)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("true"))...)
}
