package importjob

import (
	"testing"
	"time"
)

func TestPauseStaysWithinBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		elapsed   time.Duration
		low, high time.Duration
	}{
		{0, time.Second, time.Second},
		{20 * time.Second, time.Second, time.Second},
		{40 * time.Second, 1800 * time.Millisecond, 2 * time.Second},
		{10 * time.Minute, 27 * time.Second, 30 * time.Second},
		{100 * time.Hour, 27 * time.Second, 30 * time.Second},
	}
	for _, test := range tests {
		if got := Pause(test.elapsed, 0); got != test.high {
			t.Errorf("Pause(%s, 0) = %s, want %s", test.elapsed, got, test.high)
		}
		if got := Pause(test.elapsed, 1); got != test.low {
			t.Errorf("Pause(%s, 1) = %s, want %s", test.elapsed, got, test.low)
		}
	}
}
