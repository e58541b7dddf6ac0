package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

type importProgressModel struct {
	jobIdentity
	WaitForCompletion types.Bool   `tfsdk:"wait_for_completion"`
	PollInterval      types.String `tfsdk:"poll_interval"`
	IgnoreNotFound    types.Bool   `tfsdk:"ignore_not_found"`
	Timeouts          types.Map    `tfsdk:"timeouts"`
	ID                types.String `tfsdk:"id"`
	Exists            types.Bool   `tfsdk:"exists"`

	progressModel
	Completed       types.Bool      `tfsdk:"completed"`
	ReadyPercentage types.Float64   `tfsdk:"ready_percentage"`
	CollectionName  types.String    `tfsdk:"collection_name"`
	TotalRows       types.Int64     `tfsdk:"total_rows"`
	ImportedRows    types.Int64     `tfsdk:"imported_rows"`
	Files           []progressModel `tfsdk:"files"` // nil is null, unlike an empty list
}

// progressModel is the progress of an import, or of one of its files.
type progressModel struct {
	FileName        types.String  `tfsdk:"file_name"`
	FileSize        types.Int64   `tfsdk:"file_size"`
	ProgressPercent types.Float64 `tfsdk:"progress_percent"`
	State           types.String  `tfsdk:"state"`
	CompleteTime    types.String  `tfsdk:"complete_time"`
	ErrorMessage    types.String  `tfsdk:"error_message"`
}

func newImportProgressDataSource() datasource.DataSource {
	return &dataSource[importProgressModel]{
		name:        "import_progress",
		description: "Reads the progress of a bulk import, or waits until it has completed.",
		read:        readProgress,
		attributes: map[string]schema.Attribute{
			"cluster_id": requiredID(clusterIDDescription),
			"db_name":    optionalText(dbNameDescription),
			"job_id":     requiredID(jobIDDescription),
			"wait_for_completion": optionalBool("Whether to wait until the import has completed. A failed import is then an " +
				"error. Defaults to `false`."),
			"poll_interval": optionalString("Fixed pause between polls, at least `1s`, unless `Retry-After` is longer. "+
				"Defaults to 1/20 of the time waited so far, at least 1 s and at most 30 s.", validDuration(time.Second)),
			"ignore_not_found": optionalBool("Whether a job without a record has `exists = false` and `state = " +
				"\"not_found\"`, instead of being an error. Defaults to `false`."),
			"timeouts": timeoutsAttribute(readKey, "read or wait", fmt.Sprintf(" Defaults to `%s` with "+
				"`wait_for_completion`, and to `%s` without.", shortDuration(defaultWaitTimeout),
				shortDuration(defaultReadTimeout))),

			"id":     computedText(idDescription),
			"exists": computedBool("Whether Zilliz Cloud has a record of the job. `false` only with `ignore_not_found`."),
			"state": computedText("`importing`, `completed` or `failed`; with API v2 also `pending`, `uncommitted`, " +
				"`committing`, or a newer state in lower case; `not_found` with `ignore_not_found`."),
			"completed": computedBool("Whether the import has completed."),
			"progress_percent": computedFloat("Progress, 0 to 100. 100 does not mean that the import has completed. Null " +
				"also where API v1 returns a 1 that can mean 1% or 100%."),
			"ready_percentage": computedFloat("Progress as API v1 returned it, usually 0 to 1."),
			"file_name":        computedText("Path of the imported file or folder."),
			"file_size":        computedInt("Size of the imported files in bytes."),
			"collection_name":  computedText(collectionDescription),
			"complete_time":    computedText("Completion time, as the API returned it."),
			"error_message":    computedText("Why the import failed, or else why its first failed file did."),
			"total_rows":       computedInt(totalRowsDescription),
			"imported_rows":    computedInt("Number of rows that were read from the files so far." + nullWithV1),
			"files": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Progress of each file. The import completes later than its files.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"file_name":        computedText("Path of the file or folder."),
					"file_size":        computedInt("Size in bytes."),
					"progress_percent": computedFloat("Progress, 0 to 100."),
					"state":            computedText("State, as that of the import."),
					"complete_time":    computedText("Completion time."),
					"error_message":    computedText("Why the file failed."),
				}},
			},
		},
	}
}

// readProgress reads the job once, or waits for it. With ignore_not_found, a job without a
// record is a result, unless this provider configuration has started the job.
func readProgress(ctx context.Context, d *providerData, model *importProgressModel) diag.Diagnostics {
	diagnostics := d.checkDatabase(model.DBName)
	waits, v, timeout := model.WaitForCompletion.ValueBool(), verbRead, defaultReadTimeout
	switch {
	case waits:
		v, timeout = verbWait, defaultWaitTimeout
	case !model.PollInterval.IsNull():
		diagnostics.AddAttributeWarning(path.Root("poll_interval"), "Poll interval has no effect",
			"The data source reads the job once. Set wait_for_completion = true, or remove poll_interval.")
	}
	timeout, timeoutKey, more := d.prepare(model.Timeouts, readKey, timeout)
	if diagnostics.Append(more...); diagnostics.HasError() {
		return diagnostics
	}
	id := model.id()
	b := jobBlock(v, id, timeoutKey)
	b.notFoundStep = "If you know that the import has completed, ignore_not_found = true accepts a missing record: see " +
		"its documentation for the risk. To destroy the configuration, run terraform destroy -refresh=false."
	var reading importjob.Reading
	var err error
	if waits {
		interval, _ := time.ParseDuration(model.PollInterval.ValueString()) // validated by the schema; null is 0
		reading.Job, err = d.wait(ctx, id, timeout, importjob.WaitOptions{PollInterval: interval})
	} else {
		reading, err = d.readJob(ctx, id, timeout)
	}
	ignored := model.IgnoreNotFound.ValueBool() && importjob.EndedNotFound(err) && !d.starts.has(id)
	switch {
	case ignored:
		reading.Job = importjob.Job{Progress: importjob.Progress{State: "not_found"}}
	case err != nil:
		diagnostics.Append(errorDiagnostic(b, err))
		return diagnostics
	}
	model.ID, model.Exists = types.StringValue(id.String()), types.BoolValue(!ignored)
	model.record(reading.Job)
	diagnostics.Append(resultWarnings(b, reading)...)
	return diagnostics
}

func (m *importProgressModel) record(job importjob.Job) {
	m.progressModel = newProgressModel(job.Progress)
	m.Completed = types.BoolValue(isCompleted(job))
	m.ReadyPercentage = types.Float64PointerValue(job.ReadyPercentage)
	m.CollectionName = types.StringPointerValue(job.CollectionName)
	m.TotalRows = types.Int64PointerValue(job.TotalRows)
	m.ImportedRows = types.Int64PointerValue(job.ImportedRows)
	if job.Files != nil {
		m.Files = []progressModel{}
	}
	for _, file := range job.Files {
		m.Files = append(m.Files, newProgressModel(file))
	}
}

func newProgressModel(f importjob.Progress) progressModel {
	m := progressModel{
		FileName:        types.StringPointerValue(f.FileName),
		FileSize:        types.Int64PointerValue(f.FileSize),
		ProgressPercent: types.Float64PointerValue(f.ProgressPercent),
		State:           stateValue(f.State),
		CompleteTime:    types.StringPointerValue(f.CompleteTime),
	}
	if f.State == importjob.StateFailed { // otherwise, the reason is a note
		m.ErrorMessage = types.StringPointerValue(f.Reason)
	}
	return m
}

func stateValue(s importjob.State) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(string(s))
}
