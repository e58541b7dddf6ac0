package zilliz

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter limits a Retry-After, so that adding it to a time can't overflow.
const maxRetryAfter = 24 * time.Hour

// parseRetryAfter returns the Retry-After of a response, from 0 to maxRetryAfter, and 0
// if it is missing or invalid. The header is a number of seconds, or a date, which is
// relative to the response's Date header, or to the local clock if there is none.
func parseRetryAfter(h http.Header) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		switch {
		case seconds >= maxRetryAfter.Seconds():
			return maxRetryAfter
		case seconds > 0:
			return time.Duration(seconds * float64(time.Second))
		default: // negative, or not a number
			return 0
		}
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return min(max(0, at.Sub(now)), maxRetryAfter)
}
