package importjob

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestPauseStaysWithinBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		elapsed, low, high time.Duration
	}{
		{0, second, second},
		{20 * second, second, second},
		{21 * second, second, 1050 * time.Millisecond},
		{40 * second, 1800 * time.Millisecond, 2 * second},
		{599 * second, 26955 * time.Millisecond, 29950 * time.Millisecond},
		{10 * minute, 27 * second, 30 * second},
		{100 * time.Hour, 27 * second, 30 * second},
	}
	for _, test := range tests {
		if got := pollPause(test.elapsed, 0); got != test.high {
			t.Errorf("pollPause(%s, 0) = %s, want %s", test.elapsed, got, test.high)
		}
		if got := pollPause(test.elapsed, 1); got != test.low {
			t.Errorf("pollPause(%s, 1) = %s, want %s", test.elapsed, got, test.low)
		}
	}
}

func TestBackoffDoublesUpToThirtySeconds(t *testing.T) {
	t.Parallel()
	var full, jittered []time.Duration
	for failures := 1; failures <= 7; failures++ {
		full = append(full, backoff(failures, 0))
		jittered = append(jittered, backoff(failures, 1))
	}
	if want := seconds(1, 2, 4, 8, 16, 30, 30); !slices.Equal(full, want) {
		t.Errorf("without jitter: %v, want %v", full, want)
	}
	if want := seconds(1, 1.8, 3.6, 7.2, 14.4, 27, 27); !slices.Equal(jittered, want) {
		t.Errorf("with the largest jitter: %v, want %v", jittered, want)
	}
	if got := backoff(1_000_000, 0); got != 30*second {
		t.Errorf("after a million errors: %s, want 30s", got)
	}
}

// TestRandomIsAFraction checks the random numbers that are used outside tests.
func TestRandomIsAFraction(t *testing.T) {
	t.Parallel()
	different := map[float64]bool{}
	for range 100 {
		random := Limits{}.random()
		if random < 0 || random >= 1 {
			t.Fatalf("random number %v, want one in [0, 1)", random)
		}
		different[random] = true
	}
	if len(different) < 90 {
		t.Errorf("%d different numbers of 100, want random ones", len(different))
	}
	fixed := Limits{jitter: func() float64 { return 0.25 }}
	if got := fixed.random(); got != 0.25 {
		t.Errorf("random number %v, want that of jitter", got)
	}
}

func TestSleepEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		reason := errors.New("reason")
		ctx, cancel := context.WithCancelCause(t.Context())
		if err := sleep(ctx, minute); err != nil || time.Since(start) != minute {
			t.Errorf("sleep took %s (error %v), want 1m", time.Since(start), err)
		}
		for _, d := range []time.Duration{0, -second} {
			if err := sleep(ctx, d); err != nil {
				t.Errorf("sleep(%s): %v", d, err)
			}
		}
		cancel(reason)
		for _, d := range []time.Duration{0, -second, second} {
			if err := sleep(ctx, d); !errors.Is(err, reason) {
				t.Errorf("sleep(%s) after cancel: error %v, want the cause", d, err)
			}
		}
		if time.Since(start) != minute {
			t.Errorf("took %s, want 1m", time.Since(start))
		}
	})
}

func TestWaitPollsOnSchedule(t *testing.T) {
	t.Parallel()
	largestJitter := Limits{Timeout: 24 * second, jitter: func() float64 { return 1 }}
	tests := []struct {
		name    string
		options WaitOptions
		reads   []response
		want    []time.Duration
	}{
		{"pauses grow with the time waited", within(24*second, 0), importing.repeated(1),
			seconds(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22.05, 23.1525, 24)},
		{"jitter does not shorten a pause below a second", WaitOptions{Limits: largestJitter}, importing.repeated(1),
			seconds(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24)},
		{"a response takes time", within(50*second, 0), importing.after(20 * second).repeated(1), seconds(0, 21, 43.05, 50)},
		{"poll interval", within(30*second, 7*second), importing.repeated(1), seconds(0, 7, 14, 21, 28, 30)},
		{"poll interval longer than the timeout", within(5*second, time.Hour), importing.repeated(1), seconds(0, 5)},
		{"Retry-After longer than the pause", within(minute, 0), []response{importing, throttled(45 * second), importing},
			seconds(0, 1, 46, 48.3, 50.715, 53.25075, 55.9132875, 58.708951875, 60)},
		{"Retry-After longer than the poll interval", within(minute, 10*second),
			[]response{importing, throttled(25 * second), importing}, seconds(0, 10, 35, 45, 55, 60)},
		{"Retry-After shorter than the poll interval", within(30*second, 10*second), []response{importing, throttled(9 * second), importing}, seconds(0, 10, 20, 30)},
		{"Retry-After before the first result", within(30*second, 10*second), []response{throttled(5 * second), importing}, seconds(0, 5, 15, 25, 30)},
		{"Retry-After ends at the deadline", within(30*second, 10*second), []response{importing, throttled(time.Hour), importing}, seconds(0, 10, 30)},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			s := newService(test.reads...)
			end := waitFor(t.Context(), t, s, test.options)
			s.checkTimes(t, test.want...)
			n := len(test.want)
			elapsed := test.options.Timeout + test.reads[len(test.reads)-1].takes // of the final poll
			checkEnding(t, end, ending{outcome: TimedOut, last: n, polls: n, elapsed: elapsed})
		})
	}
}
