package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

type importJobResourceModel struct {
	jobIdentity
	CollectionName types.String `tfsdk:"collection_name"`
	PartitionName  types.String `tfsdk:"partition_name"`
	ObjectURLs     types.List   `tfsdk:"object_urls"`
	VolumeName     types.String `tfsdk:"volume_name"`
	DataPaths      types.List   `tfsdk:"data_paths"`
	AccessKey      types.String `tfsdk:"access_key_wo"`
	SecretKey      types.String `tfsdk:"secret_key_wo"`
	SessionToken   types.String `tfsdk:"session_token_wo"`
	Triggers       types.Map    `tfsdk:"triggers"`
	AutoCommit     types.Bool   `tfsdk:"auto_commit"`
	AbortOnDestroy types.Bool   `tfsdk:"abort_on_destroy"`
	Timeouts       types.Map    `tfsdk:"timeouts"`
	ID             types.String `tfsdk:"id"`
}

// keepsUncommitted reports whether the imported rows stay invisible until a commit.
func (m importJobResourceModel) keepsUncommitted() bool {
	return !m.AutoCommit.IsNull() && !m.AutoCommit.ValueBool()
}

// toImport returns the import to start, with the credentials of the configuration.
func (m importJobResourceModel) toImport(config importJobResourceModel) zilliz.Import {
	return zilliz.Import{
		ClusterID:       m.ClusterID.ValueString(),
		CollectionName:  m.CollectionName.ValueString(),
		DBName:          m.DBName.ValueString(),
		PartitionName:   m.PartitionName.ValueString(),
		ObjectURLs:      textsOf(m.ObjectURLs),
		VolumeName:      m.VolumeName.ValueString(),
		DataPaths:       textsOf(m.DataPaths),
		KeepUncommitted: m.keepsUncommitted(),
		AccessKey:       config.AccessKey.ValueString(),
		SecretKey:       config.SecretKey.ValueString(),
		SessionToken:    config.SessionToken.ValueString(),
	}
}

// comparison says whether the arguments ask for another import than those in the state.
type comparison int

const (
	differs   comparison = iota
	undecided            // a value is not known yet
	same
)

// importArgument is an argument of which another value asks for another import. The
// credentials, timeouts and abort_on_destroy are none.
type importArgument struct {
	value      attr.Value
	whenNull   string // what a null value means
	identifies bool   // the job, so that it is known after an import into the state too
}

func (m importJobResourceModel) importArguments() []importArgument {
	return []importArgument{
		{m.ClusterID, "", true},
		{m.DBName, defaultDatabase, true},
		{m.CollectionName, "", false},
		{m.PartitionName, defaultPartition, false},
		{m.ObjectURLs, "", false},
		{m.VolumeName, "", false},
		{m.DataPaths, "", false},
		{m.Triggers, "", false},
		{m.AutoCommit, "true", false},
	}
}

// compare compares the arguments of an import with those in the state. If the job was
// imported into the state, arguments that are null there are not known, and not compared.
func (m importJobResourceModel) compare(ctx context.Context, state importJobResourceModel, imported bool) comparison {
	result, stored := same, state.importArguments()
	for i, planned := range m.importArguments() {
		value, err := planned.value.ToTerraformValue(ctx)
		switch {
		case imported && stored[i].value.IsNull() && !planned.identifies:
		case err != nil || !value.IsFullyKnown():
			result = min(result, undecided)
		case planned.meaning() != stored[i].meaning():
			result = differs
		}
	}
	return result
}

// checkImported is for a job that was imported into the state. If its database or collection
// changes, only the user knows whether the same or another import is meant.
func checkImported(plan, state importJobResourceModel) (diagnostics diag.Diagnostics) {
	jobID := state.JobID.ValueString()
	if database := databaseOf(plan.DBName); !database.IsUnknown() && !database.Equal(databaseOf(state.DBName)) {
		diagnostics.AddAttributeError(path.Root("db_name"), "Database of an imported job can't change", fmt.Sprintf(
			"Job %s was imported into the state as a job of database %q. If it is a job of database %q, remove it from the "+
				"state with terraform state rm, and import it by cluster_id/db_name/job_id. To start an import into another "+
				"database, use another resource.",
			jobID, databaseOf(state.DBName).ValueString(), database.ValueString()))
	}
	name, stored := plan.CollectionName, state.CollectionName
	if !name.IsUnknown() && !stored.IsNull() && !name.Equal(stored) {
		diagnostics.AddAttributeError(path.Root("collection_name"), "Collection of an imported job can't change", fmt.Sprintf(
			"Zilliz Cloud names collection %q for job %s, which was imported into the state. Set collection_name to this "+
				"name, also if %q is an alias of the collection. To start an import into another collection, use another "+
				"resource.", stored.ValueString(), jobID, name.ValueString()))
	}
	return diagnostics
}

// meaning returns a text that is equal for values that mean the same import: the order of
// a list and null or empty elements of a map mean nothing.
func (a importArgument) meaning() string {
	switch v := a.value.(type) {
	case types.String:
		return cmp.Or(v.ValueString(), a.whenNull)
	case types.Bool:
		if !v.IsNull() {
			return v.String()
		}
	case types.List:
		if texts := slices.Sorted(slices.Values(textsOf(v))); len(texts) > 0 {
			return fmt.Sprintf("%q", texts)
		}
	case types.Map:
		elements := v.Elements()
		maps.DeleteFunc(elements, func(_ string, element attr.Value) bool { return element.IsNull() })
		if len(elements) > 0 {
			return fmt.Sprintf("%q", elements) // sorted by key
		}
	}
	return a.whenNull
}

const oneSource = "Set either object_urls, or volume_name and data_paths."

// checkRequired returns an error for each argument that a start needs and that is null.
func checkRequired(m importJobResourceModel) (diagnostics diag.Diagnostics) {
	if m.CollectionName.IsNull() {
		diagnostics.AddAttributeError(path.Root("collection_name"), "Missing collection_name",
			"Set collection_name to the collection to import into.")
	}
	const together = "volume_name and data_paths must be set together. Set both, or set object_urls instead."
	switch hasVolume, hasPaths := !m.VolumeName.IsNull(), !m.DataPaths.IsNull(); {
	case hasVolume && !hasPaths:
		diagnostics.AddAttributeError(path.Root("data_paths"), "Incomplete source of data", together)
	case hasPaths && !hasVolume:
		diagnostics.AddAttributeError(path.Root("volume_name"), "Incomplete source of data", together)
	case !hasVolume && m.ObjectURLs.IsNull():
		diagnostics.AddAttributeError(path.Root("object_urls"), "Missing source of data", oneSource)
	}
	return diagnostics
}

// checkSupport returns an error for each argument that API v1 does not support and that
// is set to anything but its default. An unknown argument can still become null, so it is
// not an error.
func checkSupport(m importJobResourceModel) (diagnostics diag.Diagnostics) {
	unsupported := func(argument string, value attr.Value, isDefault bool) {
		if isKnown(value) && !isDefault {
			diagnostics.Append(argumentRequiresV2(argument))
		}
	}
	unsupported("db_name", m.DBName, m.DBName.ValueString() == defaultDatabase)
	unsupported("volume_name", m.VolumeName, false)
	unsupported("data_paths", m.DataPaths, false)
	if isKnown(m.SessionToken) { // without a path, because Terraform prints the line
		diagnostics.Append(requiresV2(path.Empty(), "session_token_wo",
			"API v1 does not support session_token_wo. Remove it."))
	}
	unsupported("auto_commit", m.AutoCommit, m.AutoCommit.ValueBool())
	unsupported("abort_on_destroy", m.AbortOnDestroy, !m.AbortOnDestroy.ValueBool())
	if len(m.ObjectURLs.Elements()) > 1 {
		diagnostics.Append(requiresV2(path.Root("object_urls"), "More than one URL",
			"API v1 imports exactly one URL, which can be a folder. Use one URL."))
	}
	return diagnostics
}

func textsOf(list types.List) []string {
	var texts []string
	for _, element := range list.Elements() {
		if text, ok := element.(types.String); ok {
			texts = append(texts, text.ValueString())
		}
	}
	return texts
}

// checkObjectURL returns an error unless a URL can be stored in the state, where it must not
// have a credential.
func checkObjectURL(location string) error {
	url := location
	if !strings.Contains(url, "://") {
		url = "s3://" + url
	}
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	switch err := zilliz.CheckText(location); {
	case err != nil:
		return err
	case strings.ContainsAny(location, "?#"):
		return errors.New("must not have a query, as signed URLs do: it would be stored in the state, and each new " +
			"signature would start an import. Pass the credential with session_token_wo")
	case strings.Contains(host, "@"), zilliz.HasCredential(url):
		return errors.New("must not have a user name, key or signature, which would be stored in the state. Pass the " +
			"credentials with access_key_wo and secret_key_wo, or session_token_wo")
	default:
		return nil
	}
}
