package provider

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

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
func earlierJobOf(ctx context.Context, m importJobResourceModel, imported bool) *earlierJob {
	fingerprint := fingerprint(ctx, m)
	if imported || fingerprint == "" {
		return nil
	}
	return &earlierJob{JobID: m.JobID.ValueString(), Fingerprint: fingerprint}
}

// has reports whether it is certain that a model has the arguments of the earlier job.
func (e *earlierJob) has(ctx context.Context, m importJobResourceModel) bool {
	return e != nil && e.Fingerprint == fingerprint(ctx, m)
}

// fingerprint returns a text that is equal for models that ask for the same import. It is
// empty if an argument is not known.
func fingerprint(ctx context.Context, m importJobResourceModel) string {
	hash := sha256.New()
	for _, argument := range m.importArguments() {
		value, err := argument.value.ToTerraformValue(ctx)
		if err != nil || !value.IsFullyKnown() {
			return ""
		}
		_, _ = fmt.Fprintf(hash, "%q\n", argument.meaning())
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// warnOfStart warns of the import that an apply starts, or may start.
func (m jobMemory) warnOfStart(
	ctx context.Context, plan, state importJobResourceModel, compared comparison,
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
			"If the arguments of this resource differ from those of job %s once all of them are known, apply starts a new "+
				"import, whose rows are added to those in the collection. If they are equal, apply starts none, unless it "+
				"replaces this resource.", jobID))
	}
	return diagnostics
}
