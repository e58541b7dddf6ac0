package zilliz

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// ReadJob reads a job. The failure is [importjob.NotFound] if the service has
// no record of it.
func (c *Client) ReadJob(ctx context.Context, id importjob.ID) (importjob.Job, error) {
	return send(ctx, c, c.api.readCall(id), decodeData(func(data responseData) (importjob.Job, error) {
		job, err := c.api.decodeJob(data)
		if got := strict(data.object, "jobId", asText); got != nil && *got != id.JobID {
			err = fmt.Errorf("about another job, %q", data.masker.line(*got, maxExcerpt))
		}
		return job, err
	}))
}

// stateNamed returns the known state with a name, in upper or lower case, or another one
// that is safe to show. Decisions need only the known ones.
func stateNamed(name string, m masker) importjob.State {
	for _, known := range importjob.States() {
		if strings.EqualFold(name, string(known)) {
			return known
		}
	}
	shown := importjob.State(strings.ToLower(m.line(name, maxExcerpt)))
	if slices.Contains(importjob.States(), shown) {
		return importjob.State(strconv.Quote(string(shown))) // only what is shown is equal
	}
	return shown
}

// decodeFile decodes the fields that a job and its files have with both versions of the API.
func decodeFile(data responseData, reason *string) importjob.File {
	name := lenient(data.object, "fileName", asText)
	return importjob.File{
		FileName:     data.masker.text(name),
		RawFileName:  name,
		FileSize:     lenient(data.object, "fileSize", asInteger),
		CompleteTime: data.masker.nonEmpty(lenient(data.object, "completeTime", asText)),
		Reason:       data.masker.nonEmpty(reason),
	}
}

// jobOf returns a job with the fields that it has in common with its files.
func jobOf(data responseData, f importjob.File) importjob.Job {
	return importjob.Job{
		State: f.State, ProgressPercent: f.ProgressPercent, FileName: f.FileName, RawFileName: f.RawFileName,
		CollectionName: data.masker.text(lenient(data.object, "collectionName", asText)),
		FileSize:       f.FileSize, CompleteTime: f.CompleteTime, Reason: f.Reason,
	}
}

// failedFileReason gives a failed job without a reason that of a file.
func failedFileReason(job *importjob.Job, file importjob.File) {
	if job.Reason != nil || file.Reason == nil {
		return
	}
	reason := *file.Reason
	if file.FileName != nil {
		reason = *file.FileName + ": " + reason
	}
	job.Reason = &reason
}

// clampPercent limits a percentage to 0 to 100 and removes rounding errors: 0.29*100 is
// 28.999999999999996.
func clampPercent(percent float64) *float64 {
	percent = math.Round(min(max(percent, 0), 100)*1e6) / 1e6
	return &percent
}
