package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// importModel is the progress of an import. The models of all schemas that show it
// embed importModel.
type importModel struct {
	State           types.String  `tfsdk:"state"`
	Completed       types.Bool    `tfsdk:"completed"`
	ProgressPercent types.Float64 `tfsdk:"progress_percent"`
	ReadyPercentage types.Float64 `tfsdk:"ready_percentage"`
	FileName        types.String  `tfsdk:"file_name"`
	FileSize        types.Int64   `tfsdk:"file_size"`
	CollectionName  types.String  `tfsdk:"collection_name"`
	CompleteTime    types.String  `tfsdk:"complete_time"`
	ErrorMessage    types.String  `tfsdk:"error_message"`
	TotalRows       types.Int64   `tfsdk:"total_rows"`
	ImportedRows    types.Int64   `tfsdk:"imported_rows"`
	Files           []fileModel   `tfsdk:"files"` // nil is null, unlike an empty list
}

type fileModel struct {
	FileName        types.String  `tfsdk:"file_name"`
	FileSize        types.Int64   `tfsdk:"file_size"`
	ProgressPercent types.Float64 `tfsdk:"progress_percent"`
	State           types.String  `tfsdk:"state"`
	CompleteTime    types.String  `tfsdk:"complete_time"`
	ErrorMessage    types.String  `tfsdk:"error_message"`
}

func importAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"state": computedString("State of the import: `importing`, `completed` or `failed`; with API v2 also `pending`, " +
			"`uncommitted`, `committing`, or a newer state of the API in lower case. Null if the API does not return it."),
		"completed": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the import has completed."},
		"progress_percent": computedFloat("Progress in percent, 0 to 100. Null if the API does not return it, or if " +
			"it returns a percentage of 1 that can mean 1% or 100%. 100 does not mean that the import has completed: use " +
			"`completed`."),
		"ready_percentage": computedFloat("Progress as API v1 returned it, usually 0 to 1. Null with API v2."),
		"file_name":        computedString("Path of the imported file or folder. Null if the API does not return it."),
		"file_size":        computedInt("Size of the imported files in bytes. Null if the API does not return it."),
		"collection_name": computedString("Collection that the data is imported into. Null if the API does not " +
			"return it, as with older servers."),
		"complete_time": computedString("When the import completed, as the API returned it, usually RFC 3339 in " +
			"UTC. Null before that."),
		"error_message": computedString("Why the import failed, as the API returned it for the import, or else for " +
			"its first failed file. Null unless the import failed and the API gives a reason."),
		"total_rows":    computedInt("Number of rows to import. Null if the API does not return it, as with API v1."),
		"imported_rows": computedInt("Number of rows imported so far. Null if the API does not return it, as with API v1."),
		"files": schema.ListNestedAttribute{
			Computed: true,
			MarkdownDescription: "Progress of each file. Null if the API does not return a list, as with older servers. " +
				"The index is built after all files have completed, so the import completes later than its files.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"file_name": computedString("Path of the file or folder. Null if the API does not return it."),
				"file_size": computedInt("Size in bytes. Null if the API does not return it."),
				"progress_percent": computedFloat("Progress in percent, 0 to 100. Null if the API does not return it, or if " +
					"it is ambiguous."),
				"state":         computedString("State of the file, with the same values as `state` of the import."),
				"complete_time": computedString("When the file completed, as the API returned it. Null before that."),
				"error_message": computedString("Why the file failed, as the API returned it. Null unless the file " +
					"failed and the API gives a reason."),
			}},
		},
	}
}

func newImportModel(job importjob.Job) importModel {
	model := importModel{
		State:           stateValue(job.State),
		Completed:       types.BoolValue(isCompleted(job)),
		ProgressPercent: types.Float64PointerValue(job.ProgressPercent),
		ReadyPercentage: types.Float64PointerValue(job.ReadyPercentage),
		FileName:        types.StringPointerValue(job.FileName),
		FileSize:        types.Int64PointerValue(job.FileSize),
		CollectionName:  types.StringPointerValue(job.CollectionName),
		CompleteTime:    types.StringPointerValue(job.CompleteTime),
		ErrorMessage:    errorMessage(job.State, job.Reason),
		TotalRows:       types.Int64PointerValue(job.TotalRows),
		ImportedRows:    types.Int64PointerValue(job.ImportedRows),
	}
	if job.Files != nil {
		model.Files = []fileModel{}
	}
	for _, f := range job.Files {
		model.Files = append(model.Files, fileModel{
			FileName:        types.StringPointerValue(f.FileName),
			FileSize:        types.Int64PointerValue(f.FileSize),
			ProgressPercent: types.Float64PointerValue(f.ProgressPercent),
			State:           stateValue(f.State),
			CompleteTime:    types.StringPointerValue(f.CompleteTime),
			ErrorMessage:    errorMessage(f.State, f.Reason),
		})
	}
	return model
}

// errorMessage returns the reason of a failure, null unless the import failed.
func errorMessage(state importjob.State, reason *string) types.String {
	if state != importjob.StateFailed {
		return types.StringNull()
	}
	return types.StringPointerValue(reason)
}

func stateValue(s importjob.State) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(string(s))
}
