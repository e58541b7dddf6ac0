package zilliz

import (
	"fmt"
	"math"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// JobReader returns a reader of one import job.
func (c *Client) JobReader(id importjob.ID) importjob.Reader {
	return c.api.reader(c, id)
}

// checkJobID returns an error if a response names another job than the one that was
// asked for. A response without a job id, as older servers send it, is fine.
func (c *Client) checkJobID(id importjob.ID, got text) error {
	if got.value == nil || *got.value == "" || *got.value == id.JobID {
		return nil
	}
	return fmt.Errorf("it is about job %q, not %q", c.redactor().printable(*got.value, maxExcerpt), id.JobID)
}

// redactor masks the API key.
func (c *Client) redactor() redactor { return newRedactor(c.key.reveal()) }

// text returns a text of the API with the API key masked.
func (c *Client) text(s *string) *string {
	if s == nil {
		return nil
	}
	redacted := c.redactor().redact(*s)
	return &redacted
}

// nonEmpty is text, and nil if the text is empty.
func (c *Client) nonEmpty(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return c.text(s)
}

// clampPercent keeps a percentage within 0 to 100, and free of rounding errors: 0.29
// of 1 is 29, not 28.999999999999996.
func clampPercent(percent float64) *float64 {
	percent = math.Round(min(max(percent, 0), 100)*1e6) / 1e6
	return &percent
}
