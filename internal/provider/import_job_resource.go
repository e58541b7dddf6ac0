package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/listplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

const (
	defaultStartTimeout = 5 * time.Minute

	// maxListedJobs is how many jobs of the collection an error lists, and
	// listTimeout how long reading them can take.
	maxListedJobs = 5
	listTimeout   = 20 * time.Second
)

// importJobResource starts an import when it is created, and remembers it. It sends
// requests in Create and ImportState and nowhere else: a refresh must never lead to a
// second import, whose rows would be added again.
type importJobResource struct {
	data *providerData
}

func newImportJobResource() resource.Resource { return &importJobResource{} }

// Metadata names the resource.
func (r *importJobResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_import_job"
}

type importJobResourceModel struct {
	ClusterID      types.String   `tfsdk:"cluster_id"`
	CollectionName types.String   `tfsdk:"collection_name"`
	DBName         types.String   `tfsdk:"db_name"`
	PartitionName  types.String   `tfsdk:"partition_name"`
	ObjectURLs     types.List     `tfsdk:"object_urls"`
	VolumeName     types.String   `tfsdk:"volume_name"`
	DataPaths      types.List     `tfsdk:"data_paths"`
	AccessKey      types.String   `tfsdk:"access_key_wo"`
	SecretKey      types.String   `tfsdk:"secret_key_wo"`
	SessionToken   types.String   `tfsdk:"session_token_wo"`
	Triggers       types.Map      `tfsdk:"triggers"`
	Timeouts       timeouts.Value `tfsdk:"timeouts"`
	ID             types.String   `tfsdk:"id"`
	JobID          types.String   `tfsdk:"job_id"`
}

// Schema describes the resource's arguments and attributes.
func (r *importJobResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	computed := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Starts a bulk import, once, and remembers its job. Creating it returns as soon as the job is started: gates such as `zilliz_import_completion` wait for it. `terraform plan` and a refresh send no request.",
		Attributes: map[string]schema.Attribute{
			"cluster_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: clusterIDDescription + replacesDescription,
				Validators:          []validator.String{identifier()},
				PlanModifiers:       replacedUnlessAdopted(),
			},
			"collection_name": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Collection to import into. It must exist." + replacesDescription,
				Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
				PlanModifiers:       replacedUnlessAdopted(),
			},
			"db_name":        optionalName("Database of the collection. API v2 only. Defaults to the default database."),
			"partition_name": optionalName("Partition to import into. Defaults to the default partition."),
			"object_urls": urlLists("URLs of objects or folders in object storage, as a list of batches: `[[\"s3://bucket/articles/\"]]`. " +
				"Exactly one URL with API v1. Exactly one of `object_urls` and `volume_name` is required."),
			"volume_name": optionalName("Volume of Zilliz Cloud to import from, with `data_paths`. API v2 only."),
			"data_paths":  urlLists("Paths in the volume, as a list of batches. Required with `volume_name`."),
			"access_key_wo": writeOnlySecret("Access key of the object storage. Write-only: used when the import is started and stored nowhere. " +
				"A change does nothing. Needs Terraform 1.11 or later."),
			"secret_key_wo":    writeOnlySecret("Secret key of the object storage. Write-only, as `access_key_wo`."),
			"session_token_wo": writeOnlySecret("Session token of temporary credentials. Write-only, as `access_key_wo`. API v2 only."),
			"triggers": schema.MapAttribute{
				ElementType:         types.StringType,
				Optional:            true,
				MarkdownDescription: "Values that start a new import when they change, such as the version of the data." + replacesDescription,
				PlanModifiers: []planmodifier.Map{mapplanmodifier.RequiresReplaceIf(
					func(ctx context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse) {
						resp.RequiresReplace = !isAdopted(ctx, req.Private)
					}, adoptedDescription, adoptedDescription)},
			},
			"timeouts": schema.SingleNestedAttribute{
				Optional:            true,
				MarkdownDescription: timeoutsDescription + " A change is stored and sends no request.",
				CustomType:          createTimeoutsType(),
				Attributes: map[string]schema.Attribute{
					"create": schema.StringAttribute{
						Optional:            true,
						MarkdownDescription: "Longest time to start the import, as a duration such as `10m`; more than 0. While the cluster is busy with another import (code 47055), it is tried until then. Defaults to `5m`.",
						Validators:          []validator.String{positiveDuration()},
					},
				},
			},
			"id":     schema.StringAttribute{Computed: true, MarkdownDescription: "`cluster_id/job_id`.", PlanModifiers: computed},
			"job_id": schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the import job.", PlanModifiers: computed},
		},
	}
}

const adoptedDescription = "Another value replaces the resource, unless it was imported and the value is not known."

// replacedUnlessAdopted replaces the resource when a value changes. The arguments of
// a job that was imported are not known: setting them is no change.
func replacedUnlessAdopted() []planmodifier.String {
	return []planmodifier.String{stringplanmodifier.RequiresReplaceIf(
		func(ctx context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
			resp.RequiresReplace = !req.StateValue.IsNull() || !isAdopted(ctx, req.Private)
		}, adoptedDescription, adoptedDescription)}
}

func optionalName(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: description + replacesDescription,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		PlanModifiers:       replacedUnlessAdopted(),
	}
}

func urlLists(description string) schema.ListAttribute {
	return schema.ListAttribute{
		ElementType:         types.ListType{ElemType: types.StringType},
		Optional:            true,
		MarkdownDescription: description + replacesDescription,
		Validators: []validator.List{
			listvalidator.SizeAtLeast(1),
			listvalidator.ValueListsAre(listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))),
		},
		PlanModifiers: []planmodifier.List{listplanmodifier.RequiresReplaceIf(
			func(ctx context.Context, req planmodifier.ListRequest, resp *listplanmodifier.RequiresReplaceIfFuncResponse) {
				resp.RequiresReplace = !req.StateValue.IsNull() || !isAdopted(ctx, req.Private)
			}, adoptedDescription, adoptedDescription)},
	}
}

func writeOnlySecret(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional: true, WriteOnly: true, Sensitive: true, MarkdownDescription: description,
		Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// IdentitySchema describes the identity of the resource for Terraform 1.12 and later.
func (r *importJobResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"cluster_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the cluster."},
		"job_id":     identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the import job."},
	}}
}

// Configure receives the provider's data.
func (r *importJobResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	data, diagnostics := providerDataFrom(req.ProviderData)
	resp.Diagnostics.Append(diagnostics...)
	r.data = data
}

// ValidateConfig checks that there is exactly one source of data.
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
		resp.Diagnostics.AddAttributeError(path.Root("volume_name"), "Two sources of data", "Set either object_urls, or volume_name and data_paths.")
	case urls.IsNull() && volume.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("object_urls"), "No data to import", "Set either object_urls, or volume_name and data_paths.")
	case volume.IsNull() != paths.IsNull():
		resp.Diagnostics.AddAttributeError(path.Root("data_paths"), "volume_name and data_paths belong together", "Set both, or object_urls in place of them.")
	}
}

// ModifyPlan checks what API v1 can't do, and warns of what a replacement or a
// destruction means for the rows.
func (r *importJobResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Imported rows stay in the collection",
			"Destroying a zilliz_import_job makes Terraform forget the job. The rows that it has imported stay in the collection, and an import that is running continues.")
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
		resp.Diagnostics.AddWarning("A replacement imports again",
			"Replacing a zilliz_import_job starts a new import. The rows of the earlier import stay in the collection, and the new import adds its rows to them.")
	}
}

// unsupportedByV1 returns an error for each argument that API v1 does not have.
func unsupportedByV1(m importJobResourceModel) diag.Diagnostics {
	var diagnostics diag.Diagnostics
	for argument, value := range map[string]attr.Value{
		"db_name": m.DBName, "volume_name": m.VolumeName, "data_paths": m.DataPaths, "session_token_wo": m.SessionToken,
	} {
		if !value.IsNull() {
			diagnostics.AddAttributeError(path.Root(argument), argument+" needs API v2",
				"API v1 does not support "+argument+". Remove it, or set the provider's api_version to \"v2\".")
		}
	}
	urls, known := stringLists(m.ObjectURLs)
	if known && len(urls) > 0 && (len(urls) != 1 || len(urls[0]) != 1) {
		diagnostics.AddAttributeError(path.Root("object_urls"), "More than one URL needs API v2",
			"API v1 imports exactly one URL, which can be a folder. Use one, or set the provider's api_version to \"v2\".")
	}
	return diagnostics
}

// stringLists returns a list of lists of strings, and whether all of it is known.
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

// Create starts the import. It returns once the job is started.
func (r *importJobResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var model, config importJobResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...) // write-only arguments are in the configuration alone
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
	timeout, diagnostics := model.Timeouts.Create(ctx, defaultStartTimeout)
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

// toImport returns the import to start. Credentials come from the configuration.
func (m importJobResourceModel) toImport(config importJobResourceModel) zilliz.Import {
	urls, _ := stringLists(m.ObjectURLs) // all is known when it is applied
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

// startDiagnostic renders the error of a start. If a job may have been started, it
// lists the jobs of the collection.
func (r *importJobResource) startDiagnostic(ctx context.Context, m importJobResourceModel, err error) diag.Diagnostic {
	b := block{
		clusterID: m.ClusterID.ValueString(), collection: m.CollectionName.ValueString(), timeout: "create",
		arguments: []string{"cluster_id", "collection_name"},
	}
	if !m.ObjectURLs.IsNull() {
		b.arguments = append(b.arguments, "object_urls")
	}
	var unknown *importjob.UnknownOutcomeError
	if !errors.As(err, &unknown) {
		return errorDiagnostic(b, err)
	}
	a := unknownOutcomeAdvice()
	return newError(b, a.title, a.argument, b.String(), "Zilliz Cloud: "+sentence(unknown), a.next,
		r.jobsOfCollection(ctx, m),
		"If one of them is this import, adopt it: write an import block, or run terraform import, with the id cluster_id/job_id. "+
			"If none is, wait a minute and look again, since a job may appear late. To start the import anew, run terraform apply again.")
}

// jobsOfCollection lists the newest jobs of the collection, as the service shows them.
func (r *importJobResource) jobsOfCollection(ctx context.Context, m importJobResourceModel) string {
	filter := zilliz.JobFilter{ClusterID: m.ClusterID.ValueString(), CollectionName: m.CollectionName.ValueString(), DBName: m.DBName.ValueString()}
	jobs, err := r.data.listJobs(ctx, filter, listTimeout)
	switch {
	case err != nil:
		return "The jobs of the collection could not be listed: " + sentence(err)
	case len(jobs) == 0:
		return "The service lists no job of the collection now."
	}
	var b strings.Builder
	b.WriteString("Jobs of the collection now, newest first:")
	for i, job := range jobs {
		if i == maxListedJobs {
			fmt.Fprintf(&b, "\n  - and %d older jobs", len(jobs)-i)
			break
		}
		fmt.Fprintf(&b, "\n  - %s/%s: %s", filter.ClusterID, zilliz.Printable(job.JobID, maxName), job.State)
	}
	return b.String()
}

// Read sends no request: a record that has expired must not lead to a second import.
func (r *importJobResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var model importJobResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
}

// Update stores time limits, and the arguments of a job that was imported.
func (r *importJobResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var model importJobResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, adoptedKey, nil)...)
}

// Delete forgets the job. Nothing is deleted in Zilliz Cloud.
func (r *importJobResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// adoptedKey marks, in the private state, a job that was imported and whose arguments
// have not been stored yet.
const adoptedKey = "adopted"

// privateState is the part of the framework's private state that is read here.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

func isAdopted(ctx context.Context, private privateState) bool {
	value, _ := private.GetKey(ctx, adoptedKey)
	return len(value) > 0
}

// ImportState adopts a job that exists. The service returns only its collection.
func (r *importJobResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, diagnostics := importedID(ctx, req)
	resp.Diagnostics.Append(diagnostics...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !r.data.ready() {
		resp.Diagnostics.Append(r.data.notReady())
		return
	}
	job, err := r.data.readJob(ctx, id, defaultReadTimeout)
	if err != nil {
		resp.Diagnostics.Append(errorDiagnostic(block{clusterID: id.ClusterID, jobID: id.JobID}, err))
		return
	}
	lists := types.ListType{ElemType: types.StringType}
	model := importJobResourceModel{
		ClusterID:      types.StringValue(id.ClusterID),
		CollectionName: types.StringPointerValue(job.CollectionName),
		ObjectURLs:     types.ListNull(lists),
		DataPaths:      types.ListNull(lists),
		Triggers:       types.MapNull(types.StringType),
		Timeouts:       timeouts.Value{Object: types.ObjectNull(createTimeoutsType().AttrTypes)},
	}
	model.setID(id)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.identity())...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, adoptedKey, []byte("true"))...)
}
