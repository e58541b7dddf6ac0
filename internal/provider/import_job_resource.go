package provider

import (
	"context"
	"errors"
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
	// maxListedJobs is how many jobs of the collection an error lists, and listTimeout
	// how long it can take to read them.
	maxListedJobs = 5
	listTimeout   = 20 * time.Second
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
	urls, volume, paths := model.ObjectURLs, model.VolumeName, model.DataPaths
	if urls.IsUnknown() || volume.IsUnknown() || paths.IsUnknown() {
		return
	}
	switch {
	case !urls.IsNull() && !volume.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("volume_name"), "Conflicting sources of data", "Set either object_urls, or volume_name and data_paths.")
	case urls.IsNull() && volume.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("object_urls"), "Missing source of data", "Set either object_urls, or volume_name and data_paths.")
	case volume.IsNull() != paths.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("data_paths"), "Incomplete source of data", "volume_name and data_paths must be set together. Set both, or set object_urls instead.")
	}
}

// ModifyPlan implements [resource.ResourceWithModifyPlan]. It rejects arguments that API
// v1 does not support, and warns that a replacement or destruction keeps imported rows.
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
	if r.data != nil && r.data.ready() && r.data.apiVersion == zilliz.V1 {
		resp.Diagnostics.Append(unsupportedByV1(config)...)
	}
	if !req.State.Raw.IsNull() && len(resp.RequiresReplace) > 0 {
		resp.Diagnostics.AddWarning("Replacement starts a new import",
			"The rows of the earlier import stay in the collection, and the new import adds its rows to them.")
	}
}

// unsupportedByV1 returns an error for each argument that API v1 does not support.
func unsupportedByV1(m importJobResourceModel) diag.Diagnostics {
	var diagnostics diag.Diagnostics
	for argument, value := range map[string]attr.Value{
		"db_name": m.DBName, "volume_name": m.VolumeName, "data_paths": m.DataPaths, "session_token_wo": m.SessionToken,
	} {
		if !value.IsNull() {
			diagnostics.AddAttributeError(path.Root(argument), argument+" requires API v2",
				"API v1 does not support "+argument+". Remove it, or set api_version = \"v2\" in the provider configuration.")
		}
	}
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
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
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

func (m importJobResourceModel) identity() jobIdentity {
	return jobIdentity{ClusterID: m.ClusterID, JobID: m.JobID}
}

// startDiagnostic renders the error of starting an import. If a job may have been
// started, it lists the jobs of the collection.
func (r *importJobResource) startDiagnostic(ctx context.Context, m importJobResourceModel, err error) diag.Diagnostic {
	b := block{
		clusterID: m.ClusterID.ValueString(), collection: m.CollectionName.ValueString(), timeout: "create",
		arguments: []string{"cluster_id", "collection_name"}, origin: r.data.origin,
	}
	if !m.ObjectURLs.IsNull() {
		b.arguments = append(b.arguments, "object_urls")
	}
	var unknown *importjob.UnknownOutcomeError
	if !errors.As(err, &unknown) {
		return errorDiagnostic(b, err)
	}
	a := unknownOutcomeAdvice()
	return newError(b, a.title, a.argument, b.String(), source(unknown)+sentence(unknown), a.nextStep,
		r.jobsOfCollection(ctx, m),
		"If one of them is this import, add it to the state with an import block or terraform import, and the id cluster_id/job_id. "+
			"If none is, wait a minute and list the jobs again, since a job can appear late. To start a new import, run terraform apply again.")
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
	b.WriteString("Jobs of the collection, newest first:")
	for i, job := range jobs {
		if i == maxListedJobs {
			fmt.Fprintf(&b, "\n  - and %d older jobs", len(jobs)-i)
			break
		}
		fmt.Fprintf(&b, "\n  - %s/%s: %s", filter.ClusterID, zilliz.Printable(job.JobID, maxName), job.State)
	}
	return b.String()
}

// Read implements [resource.Resource]. It sends no request: an expired record must not
// lead to a second import.
func (r *importJobResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var model importJobResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
}

// Update implements [resource.Resource]. It stores timeouts, and the arguments of a job
// that was imported into the state.
func (r *importJobResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var model importJobResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
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
		CollectionName: types.StringPointerValue(job.CollectionName),
		ObjectURLs:     types.ListNull(lists),
		DataPaths:      types.ListNull(lists),
		Triggers:       types.MapNull(types.StringType),
		Timeouts:       types.MapNull(types.StringType),
	}
	model.setID(id)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("true"))...)
}
