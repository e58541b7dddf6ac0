package zilliz

import (
	"fmt"
	"math"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// JobReader returns a reader of one import job. Its errors are an [APIError],
// [MalformedResponseError], [TransportError] or [RateLimitError], in an
// [importjob.TransientError] if a retry may fix them and in an [EndpointNotFoundError] if
// the host or path does not exist, or else the error of the context.
func (c *Client) JobReader(id importjob.ID) importjob.Reader {
	return c.api.reader(c, id)
}

// checkJobID returns an error if a response is about another job. Older servers do not
// return a job id (documented).
func (c *Client) checkJobID(id importjob.ID, got text) error {
	if got.value == nil || *got.value == "" || *got.value == id.JobID {
		return nil
	}
	return fmt.Errorf("it is about job %q, not %q", c.keyMasker().printable(*got.value, maxExcerpt), id.JobID)
}

// clampPercent limits a percentage to 0 to 100 and removes rounding errors: 0.29*100 is
// 28.999999999999996.
func clampPercent(percent float64) *float64 {
	percent = math.Round(min(max(percent, 0), 100)*1e6) / 1e6
	return &percent
}
