package provider

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

type importJobModel struct {
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
func (m importJobModel) keepsUncommitted() bool {
	return !m.AutoCommit.IsNull() && !m.AutoCommit.ValueBool()
}

func setJob(m *importJobModel, jobID string) {
	m.JobID = types.StringValue(jobID)
	m.ID = types.StringValue(m.id().String())
}

// toImport returns the import to start, with the credentials of the configuration.
func (m importJobModel) toImport(config importJobModel) zilliz.Import {
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

func (m importJobModel) importArguments() []importArgument {
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
func (m importJobModel) compare(ctx context.Context, state importJobModel, imported bool) comparison {
	result, stored := same, state.importArguments()
	for i, planned := range m.importArguments() {
		switch {
		case imported && stored[i].value.IsNull() && !planned.identifies:
		case !planned.isFullyKnown(ctx):
			result = min(result, undecided)
		case planned.meaning() != stored[i].meaning():
			result = differs
		}
	}
	return result
}

// checkImported is for a job that was imported into the state. If its database or collection
// changes, only the user knows whether the same or another import is meant.
func checkImported(plan, state importJobModel) (diagnostics diag.Diagnostics) {
	jobID := state.JobID.ValueString()
	if database := databaseOf(plan.DBName); !database.IsUnknown() && !database.Equal(databaseOf(state.DBName)) {
		diagnostics.AddAttributeError(path.Root("db_name"), "Database of an imported job can't change", fmt.Sprintf(
			"Job %s was imported into the state as a job of database %q. If it is a job of database %q, remove it from the "+
				"state with terraform state rm, and import it by cluster_id/db_name/job_id. To start an import into another "+
				"database, use another resource.", jobID, databaseOf(state.DBName).ValueString(), database.ValueString()))
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

// isFullyKnown reports whether a value and all its elements are known.
func (a importArgument) isFullyKnown(ctx context.Context) bool {
	value, err := a.value.ToTerraformValue(ctx)
	return err == nil && value.IsFullyKnown()
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

// checkRequired returns an error for each argument that a start needs and that is null.
func checkRequired(m importJobModel) (diagnostics diag.Diagnostics) {
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

// checkSupport returns an error for each argument that API v1 does not support and that is known to
// be set to anything but its default.
func checkSupport(m importJobModel) (diagnostics diag.Diagnostics) {
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

// checkObjectURL returns an error for a URL with a credential, which the state would store.
func checkObjectURL(location string) error {
	url := location
	if !strings.Contains(url, "://") {
		url = "s3://" + url
	}
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	switch {
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

// memoryKey is the key of a [jobMemory] in the private state.
const memoryKey = "memory"

// jobMemory has what a zilliz_import_job remembers besides its state.
type jobMemory struct {
	// Imported reports whether the job was imported into the state, and the source of its
	// data is not stored yet: the arguments can be set one after the other.
	Imported bool `json:"imported,omitempty"`
	// Earlier is the last job before the one in the state that is not known to have failed.
	// It can be nil. Arguments of older jobs can be meant anew: two collections take turns.
	Earlier *earlierJob `json:"earlier,omitempty"`
}

// earlierJob is a job that a failed import can be undone to.
type earlierJob struct {
	JobID       string `json:"job_id"`
	Fingerprint string `json:"fingerprint"` // of its arguments
}

type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

func readMemory(ctx context.Context, private privateState) (memory jobMemory) {
	encoded, _ := private.GetKey(ctx, memoryKey)
	_ = json.Unmarshal(encoded, &memory) // there is none after a create
	return memory
}

func (m jobMemory) encode() []byte {
	encoded, _ := json.Marshal(m) // it has only strings
	return encoded
}

// earlierJobOf returns nil if the arguments of a job are not known.
func earlierJobOf(ctx context.Context, m importJobModel, imported bool) *earlierJob {
	fingerprint := fingerprint(ctx, m)
	if imported || fingerprint == "" {
		return nil
	}
	return &earlierJob{JobID: m.JobID.ValueString(), Fingerprint: fingerprint}
}

// has reports whether it is certain that a model has the arguments of the earlier job.
func (e *earlierJob) has(ctx context.Context, m importJobModel) bool {
	return e != nil && e.Fingerprint == fingerprint(ctx, m)
}

// fingerprint returns a text that is equal for models that ask for the same import. It is
// empty if an argument is not known.
func fingerprint(ctx context.Context, m importJobModel) string {
	hash := sha256.New()
	for _, argument := range m.importArguments() {
		if !argument.isFullyKnown(ctx) {
			return ""
		}
		_, _ = fmt.Fprintf(hash, "%q\n", argument.meaning())
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// warnOfStart warns of the import that an apply starts, or may start.
func (m jobMemory) warnOfStart(
	ctx context.Context, plan, state importJobModel, compared comparison,
) (diagnostics diag.Diagnostics) {
	jobID := state.JobID.ValueString()
	switch {
	case m.Earlier.has(ctx, plan):
		diagnostics.AddWarning("Apply returns to an earlier job or starts a new import", fmt.Sprintf(
			"The arguments are those of job %s. If job %s has failed or is aborted, apply returns to the earlier job and "+
				"starts nothing, unless it replaces this resource. If it has completed, apply starts a new import, whose rows "+
				"are added although job %[1]s has imported the same.", m.Earlier.JobID, jobID))
	case compared == differs && (m.Earlier == nil || fingerprint(ctx, plan) != ""):
		diagnostics.AddWarning("Apply starts a new import", fmt.Sprintf(
			"The arguments differ from those of job %s. The rows of the new import are added to those in the collection.",
			jobID))
	default:
		diagnostics.AddWarning("Apply may start a new import", fmt.Sprintf(
			"If the arguments differ from those of job %s once all of them are known, apply starts a new import, whose rows "+
				"are added to those in the collection. If they are equal, it starts none unless it replaces this resource.",
			jobID))
	}
	return diagnostics
}
