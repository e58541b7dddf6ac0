package zillizsim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestTransportAnswersInMemory(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		status int
		err    error // of the request
		cut    bool  // the body ends early
	}{
		{name: "an answer", answer: Status(http.StatusTeapot), status: http.StatusTeapot},
		{name: "a reset", answer: Reset(), err: syscall.ECONNRESET},
		{name: "a reset in the body", answer: ResetMidBody(), status: http.StatusOK, cut: true},
		{name: "no answer", answer: Hang(), err: context.DeadlineExceeded},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := New(Options{})
				sim.Inject(Fault{Answer: test.answer})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				response, err := Transport(sim).RoundTrip(r)
				if !errors.Is(err, test.err) {
					t.Fatalf("error %v, want %v", err, test.err)
				}
				if err != nil {
					return
				}
				defer func() { _ = response.Body.Close() }()
				if response.StatusCode != test.status {
					t.Errorf("HTTP %d", response.StatusCode)
				}
				if _, err := io.ReadAll(response.Body); test.cut != errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("body: %v", err)
				}
			})
		})
	}
}
