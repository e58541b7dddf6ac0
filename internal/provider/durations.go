package provider

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

const (
	defaultWaitTimeout  = 30 * time.Minute
	defaultReadTimeout  = 2 * time.Minute
	defaultStartTimeout = time.Hour

	// maxDuration keeps sums of durations from overflowing. It is a year.
	maxDuration = 365 * 24 * time.Hour
)

func defaultsTo(d time.Duration) string { return " Defaults to `" + shortDuration(d) + "`." }

// shortDuration returns a duration as a user would write it: "30m", not "30m0s".
func shortDuration(d time.Duration) string {
	if d > time.Second {
		d = d.Round(time.Second / 10)
	}
	return strings.NewReplacer("h0m0s", "h", "m0s", "m").Replace(d.String())
}

// validDuration validates a duration of at least low, or any positive one if that is 0.
func validDuration(low time.Duration) []validator.String {
	return validString("a duration", func(text string) error {
		_, err := parseDuration(text, low)
		return err
	})
}

func parseDuration(text string, low time.Duration) (time.Duration, error) {
	if err := zilliz.CheckText(text); err != nil {
		return 0, err
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New(`must be a number with a unit (s, m or h), such as "30s" or "1h30m"`)
	case low == 0 && d <= 0:
		return 0, errors.New("must be more than 0")
	case d < low:
		return 0, fmt.Errorf("must be at least %s", low)
	case d > maxDuration:
		return 0, fmt.Errorf("must be at most %s", shortDuration(maxDuration))
	}
	return d, nil
}
