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

// ReadJob reads a job. An error is one of those of a [Client], in an
// [importjob.NotFoundError] if the service has no record of the job.
func (c *Client) ReadJob(ctx context.Context, id importjob.ID) (importjob.Job, error) {
	return send(ctx, c, c.api.readCall(id), decodeData(func(data responseData) (importjob.Job, error) {
		job, err := c.api.decodeJob(data)
		if got := strict(data.object, "jobId", asText); err == nil && got != nil && *got != id.JobID {
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
