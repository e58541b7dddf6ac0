package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

type collectionReadinessModel struct {
	ConnectAddress types.String `tfsdk:"connect_address"`
	CollectionName types.String `tfsdk:"collection_name"`
	DBName         types.String `tfsdk:"db_name"`
	ImportID       types.String `tfsdk:"import_id"`
	MinRows        types.Int64  `tfsdk:"min_rows"`
	Timeouts       types.Map    `tfsdk:"timeouts"`
	ID             types.String `tfsdk:"id"`
	RowCount       types.Int64  `tfsdk:"row_count"`
}

func newCollectionReadinessResource() resource.Resource {
	const waitsAgain = " A change waits again."
	return &gateResource{
		resourceBase: resourceBase{name: "collection_readiness"},
		description:  "Loads a collection during `terraform apply`, and waits until a search finds the rows of an import.",
		newModel:     func() gateModel { return &collectionReadinessModel{} },
		attributes: map[string]schema.Attribute{
			"connect_address": schema.StringAttribute{Required: true, Validators: validSecret("a URL", nil),
				MarkdownDescription: "Endpoint of the cluster, such as `connect_address` of `zillizcloud_cluster`. It gets " +
					"the API key, so its host must be below `zillizcloud.com`, `zilliz.com` or `zilliz.com.cn`, that of " +
					"`endpoint`, or a loopback host." + waitsAgain},
			"collection_name": requiredText("Name of the collection, not an alias. It must have an index." + waitsAgain),
			"db_name":         optionalText("Database of the collection. Defaults to the default database." + waitsAgain),
			"import_id": requiredText("`id` of the `zilliz_import_completion` or `zilliz_import_commit` of the import." +
				waitsAgain),
			"min_rows": optionalInt("Number of rows in the whole collection that a query must find. Required if the "+
				"collection was loaded before. Changing it has no effect until another argument changes.",
				int64validator.AtLeast(1)),
			"timeouts":  timeoutsAttribute(createKey, "wait", defaultsTo(defaultWaitTimeout)),
			"id":        computedText("Same as `import_id`, once the rows are found."),
			"row_count": computedInt("Number of rows that a query found. Null without `min_rows`."),
		},
	}
}

func (m *collectionReadinessModel) target() []attr.Value {
	return []attr.Value{m.ConnectAddress, m.CollectionName, databaseOf(m.DBName), m.ImportID}
}

// check rejects an address to which the API key must not be sent.
func (m *collectionReadinessModel) check(d *providerData) diag.Diagnostics {
	diagnostics := d.warnOfMissing()
	if d.client != nil && !m.ConnectAddress.IsUnknown() {
		if _, err := d.client.Collection(m.collection()); err != nil {
			diagnostics.Append(invalidAddress(err))
		}
	}
	return diagnostics
}

func (m *collectionReadinessModel) collection() zilliz.Collection {
	return zilliz.Collection{ConnectAddress: m.ConnectAddress.ValueString(), DBName: m.DBName.ValueString(),
		Name: m.CollectionName.ValueString()}
}

// invalidAddress has no attribute path, because Terraform prints the line: it can have a password.
func invalidAddress(err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Invalid connect_address", err.Error()+".")
}

func (m *collectionReadinessModel) wait(ctx context.Context, d *providerData, timeoutKey string) diag.Diagnostics {
	timeout, timeoutKey, diagnostics := d.prepare(m.Timeouts, timeoutKey, defaultWaitTimeout)
	if diagnostics.HasError() {
		return diagnostics
	}
	source, err := d.client.Collection(m.collection())
	if err != nil {
		return diag.Diagnostics{invalidAddress(err)}
	}
	ctx, cancel := d.interruptible(ctx)
	defer cancel()
	last, err := importjob.WaitUntilReady(ctx, source, importjob.ReadyOptions{
		Limits: d.limits(timeout), MinRows: m.MinRows.ValueInt64Pointer(), Observe: m.log(ctx),
	})
	if ended, ok := errors.AsType[*importjob.Error](err); ok {
		diagnostics.Append(m.readinessError(last, ended, timeoutKey))
	}
	m.ID, m.RowCount = m.ImportID, types.Int64PointerValue(last.Rows)
	return diagnostics
}

func (m *collectionReadinessModel) log(ctx context.Context) func(*importjob.Readiness, error) {
	return func(last *importjob.Readiness, err error) {
		fields := map[string]any{"collection_name": m.CollectionName.ValueString()}
		if last != nil {
			fields["state"] = readinessText(*last)
		}
		if err != nil {
			fields["error"] = err.Error()
		}
		tflog.Debug(ctx, "Collection polled", fields)
	}
}

// readinessText describes a collection, such as "loading, 40%".
func readinessText(r importjob.Readiness) string {
	text := cmp.Or(map[importjob.LoadState]string{
		importjob.NotLoaded: "not loaded", importjob.Loading: "loading", importjob.Loaded: "loaded",
	}[r.State], strconv.Quote(string(r.State)))
	if r.Percent != nil && *r.Percent >= 0 && r.State == importjob.Loading {
		text += ", " + strconv.FormatFloat(*r.Percent, 'f', -1, 64) + "%"
	}
	if r.Rows != nil {
		text += fmt.Sprintf(", a query finds %d rows", *r.Rows)
	}
	return text
}

// readinessError is the error of a wait that ended with a last result.
func (m *collectionReadinessModel) readinessError(
	last importjob.Readiness, e *importjob.Error, timeoutKey string,
) diag.Diagnostic {
	b := block{verb: verbWait, arguments: []string{"collection_name", "db_name", "min_rows", "import_id"},
		timeoutKey: timeoutKey, collection: m.CollectionName.ValueString(), address: m.ConnectAddress.ValueString()}
	state, message, failure := "", "", cause(e)
	if last.State != "" {
		state = fmt.Sprintf("Last state: %s (%s).", readinessText(last), shortDuration(e.Elapsed.Round(time.Second/10)))
	}
	if last.Message != "" {
		message = "Zilliz Cloud: " + last.Message
	}
	if errors.Is(e, importjob.ErrLoadedBefore) || errors.Is(e, importjob.ErrReleased) {
		failure = "" // the remedy says it
	}
	r := m.remedy(b, last, e)
	return newError(b, r.title, r.argument, state, message, failure, r.nextStep)
}

func (m *collectionReadinessModel) remedy(b block, last importjob.Readiness, e *importjob.Error) remedy {
	var code zilliz.MilvusCode
	api, ok := errors.AsType[*zilliz.APIError](e)
	if ok {
		code = zilliz.MilvusCode(api.Code)
	}
	switch timedOut := e.Outcome == importjob.TimedOut; {
	case errors.Is(e, importjob.ErrLoadedBefore):
		return remedy{"min_rows is required", "min_rows", "This resource has not loaded the collection, and Zilliz Cloud " +
			"does not show when a loaded collection finds new rows: only a count does. Set min_rows to the number of rows " +
			"that the whole collection has after the import. Nothing was sent but the request for the state."}
	case errors.Is(e, importjob.ErrReleased):
		return remedy{"Collection not loaded", "", "Zilliz Cloud has accepted to load the collection, and then returned " +
			"that it is not loaded: something else may have released it. Run Terraform again."}
	case e.Outcome == importjob.Canceled:
		return remedy{"Waiting for the collection was canceled", "", "Run Terraform again to wait for it."}
	case code == zilliz.MilvusIndexNotFound:
		return remedy{"Collection has no index", "collection_name", "A collection without an index can't be loaded. " +
			"Create the index before the import: newer services reject changes of a collection with an open import job."}
	case ok && api.LacksPermission():
		return remedy{"No access to the collection", "", "The API key needs a role on the cluster that can load and query " +
			"the collection. Check the roles of " + keySetting + " in Zilliz Cloud."}
	case timedOut && last.Rows != nil:
		return remedy{fmt.Sprintf("Rows not found within %s", shortDuration(e.Timeout)), "min_rows", fmt.Sprintf(
			"A query finds %d rows, and min_rows is %d. min_rows is about the whole collection, in which deleted and expired "+
				"rows do not count. If the number is right, run Terraform again%s.", *last.Rows, m.MinRows.ValueInt64(),
			b.orMoreTime())}
	case timedOut && last.State == importjob.Loaded && !m.MinRows.IsNull():
		return remedy{fmt.Sprintf("Rows not counted within %s", shortDuration(e.Timeout)), timeoutsArgument,
			"No count of the rows has succeeded. Run Terraform again" + b.orMoreTime() + "."}
	case timedOut && last.State != "":
		again := "Run Terraform again"
		if last.State != importjob.NotLoaded {
			again = "Loading goes on in Zilliz Cloud unless it has failed, as for lack of memory. " + again
			if m.MinRows.IsNull() {
				again += " with min_rows, because the collection was loaded before then"
			}
		}
		return remedy{fmt.Sprintf("Collection not loaded within %s", shortDuration(e.Timeout)), timeoutsArgument,
			again + b.orMoreTime() + "."}
	default:
		return remedyFor(b, e)
	}
}
