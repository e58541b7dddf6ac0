package provider

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	minPollInterval = time.Second

	// stateNotFound is the state of a job that the service has no record of.
	stateNotFound = "not_found"
)

var (
	_ datasource.DataSourceWithConfigure      = (*importProgressDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*importProgressDataSource)(nil)
)

type importProgressDataSource struct{ dataSourceBase }

func newImportProgressDataSource() datasource.DataSource { return &importProgressDataSource{} }

func (d *importProgressDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_import_progress"
}

type importProgressModel struct {
	jobIdentity
	WaitForCompletion types.Bool   `tfsdk:"wait_for_completion"`
	PollInterval      types.String `tfsdk:"poll_interval"`
	IgnoreNotFound    types.Bool   `tfsdk:"ignore_not_found"`
	Timeouts          types.Map    `tfsdk:"timeouts"`
	ID                types.String `tfsdk:"id"`
	Exists            types.Bool   `tfsdk:"exists"`
	importModel
}

func (d *importProgressDataSource) Schema(
	_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse,
) {
	attributes := map[string]schema.Attribute{
		"cluster_id": requiredID(clusterIDDescription),
		"db_name":    optionalDataSourceName(dbNameDescription),
		"job_id":     requiredID(jobIDDescription),
		"wait_for_completion": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to wait until the import has completed. If `true`, a failed import is an " +
				"error. If `false`, the job is read once, and a failed import has `state = \"failed\"`. Defaults to `false`.",
		},
		"poll_interval": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Fixed pause between polls, as a duration of at least `1s`. A longer `Retry-After` " +
				"takes precedence. Has no effect without `wait_for_completion`. Defaults to 1/20 of the time waited so far, " +
				"at least 1 s and at most 30 s.",
			Validators: validDuration(minPollInterval),
		},
		"ignore_not_found": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to return `exists = false` and `state = \"not_found\"` for a job without a record " +
				"(code 90144), instead of an error. Zilliz Cloud deletes the record of a job hours to about two days after its " +
				"end, so this keeps later plans from failing. But it also opens the gate for a wrong `job_id`. A job that " +
				"disappears during a wait is still an error. Defaults to `false`.",
		},
		"timeouts": readTimeouts(timeoutsDescription("read or wait", "read") + " The last poll of a wait begins at the end " +
			"of this time, and can take up to a minute once it is sent. Defaults to `" + shortDuration(defaultWaitTimeout) +
			"` with `wait_for_completion`, and to `" + shortDuration(defaultReadTimeout) + "` without."),
		"id": computedString(idDescription),
		"exists": schema.BoolAttribute{Computed: true,
			MarkdownDescription: "Whether Zilliz Cloud has a record of the job. Can be `false` only with `ignore_not_found`."},
	}
	maps.Copy(attributes, importAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the progress of a bulk import, or waits until the import has completed.",
		Attributes:          attributes,
	}
}

func (d *importProgressDataSource) ValidateConfig(
	ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse,
) {
	var model importProgressModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || model.PollInterval.IsNull() || model.WaitForCompletion.IsUnknown() {
		return
	}
	if !model.WaitForCompletion.ValueBool() {
		resp.Diagnostics.AddAttributeWarning(path.Root("poll_interval"), "Poll interval has no effect",
			"The data source reads the job once, since wait_for_completion is not true. Set wait_for_completion = true, "+
				"or remove poll_interval.")
	}
}

func (d *importProgressDataSource) Read(
	ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse,
) {
	readDataSource(ctx, d.data, req, resp, d.read)
}

// read reads the job once, or waits for it. With ignore_not_found, the state of a job
// without a record is stateNotFound, unless this process has started the job.
func (d *importProgressDataSource) read(ctx context.Context, model *importProgressModel) diag.Diagnostics {
	diagnostics := d.data.checkDatabase(model.DBName)
	diagnostics.Append(d.data.checkReady()...)
	waits, timeout := model.WaitForCompletion.ValueBool(), defaultReadTimeout
	if waits {
		timeout = defaultWaitTimeout
	}
	timeout, more := timeoutFrom(model.Timeouts, "read", timeout)
	if diagnostics.Append(more...); diagnostics.HasError() {
		return diagnostics
	}

	id := model.id()
	var job importjob.Job
	var err error
	if waits {
		interval, _ := time.ParseDuration(model.PollInterval.ValueString()) // validated by the schema; null is 0
		job, err = d.data.wait(ctx, id, timeout, importjob.WaitOptions{PollInterval: interval})
	} else {
		job, err = d.data.readJob(ctx, id, timeout)
	}
	s := d.data.jobSubject(id, "read", waits)
	model.Exists = types.BoolValue(true)
	switch {
	case model.IgnoreNotFound.ValueBool() && importjob.IsMissing(err) && !hadResult(err) && !d.data.starts.has(id):
		job, model.Exists = importjob.Job{State: stateNotFound}, types.BoolValue(false)
	case err != nil:
		diagnostics.Append(errorDiagnostic(s, err))
		return diagnostics
	}
	model.ID = types.StringValue(id.String())
	model.importModel = newImportModel(job)
	diagnostics.Append(resultWarnings(s, job)...)
	return diagnostics
}

// hadResult reports whether a wait had a result before it ended with an error.
func hadResult(err error) bool {
	ended, ok := errors.AsType[*importjob.Error](err)
	return ok && ended.Last != nil
}
