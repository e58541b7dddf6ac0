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

func TestTransportRespondsInMemory(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		response http.HandlerFunc
		status   int
		err      error // of the request
		cut      bool  // the body ends early
	}{
		{name: "a response", response: Status(http.StatusTeapot), status: http.StatusTeapot},
		{name: "a reset", response: Reset(), err: syscall.ECONNRESET},
		{name: "a reset in the body", response: ResetMidBody(), status: http.StatusOK, cut: true},
		{name: "no response", response: Hang(), err: context.DeadlineExceeded},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := New(Options{})
				sim.Inject(Fault{Answer: test.response})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Transport(sim).RoundTrip(r)
				if !errors.Is(err, test.err) {
					t.Fatalf("error %v, want %v", err, test.err)
				}
				if err != nil {
					return
				}
				defer func() { _ = got.Body.Close() }()
				if got.StatusCode != test.status {
					t.Errorf("HTTP %d", got.StatusCode)
				}
				if _, err := io.ReadAll(got.Body); test.cut != errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("body: %v", err)
				}
			})
		})
	}
}
