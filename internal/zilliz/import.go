package zilliz

import (
	"math"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// ImportJob returns a reader of one import job. One reader serves one wait.
func (c *Client) ImportJob(id importjob.ID) importjob.Reader {
	return c.api.reader(c, id)
}

// text returns a text of the API, with the API key masked should it be in there.
func (c *Client) text(s *string) *string {
	if s == nil {
		return nil
	}
	redacted := c.credentials.redact(*s)
	return &redacted
}

// message returns an error message: nil where there is none, which the API says
// with null and with an empty text.
func (c *Client) message(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return c.text(s)
}

// state returns a state of the API in lower case. Several of its names mean that an
// import is running, and the list of API v1 puts "Import" before each.
func (c *Client) state(s *string) importjob.State {
	if s == nil {
		return ""
	}
	name := strings.ToLower(c.printable(*s, maxExcerpt))
	switch name = strings.TrimPrefix(name, "import"); name {
	case "ing", "running", "inprogress":
		return importjob.StateImporting
	default:
		return importjob.State(name)
	}
}

// clampPercent keeps a percentage within 0 to 100, and free of the noise that
// arithmetic leaves behind (0.29 of 1 is 29, not 28.999999999999996).
func clampPercent(percent float64) *float64 {
	percent = math.Round(min(max(percent, 0), 100)*1e6) / 1e6
	return &percent
}
