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

func TestTransport(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		response http.HandlerFunc
		status   int
		// err is the error of RoundTrip.
		err error
		// cut reports whether reading the body fails.
		cut bool
	}{
		{name: "response", response: Status(http.StatusTeapot), status: http.StatusTeapot},
		{name: "reset", response: Reset(), err: syscall.ECONNRESET},
		{name: "reset in body", response: ResetMidBody(), status: http.StatusOK, cut: true},
		{name: "no response", response: Hang(), err: context.DeadlineExceeded},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim := New(Options{})
				sim.Inject(Fault{Response: test.response})
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				got, err := Transport(sim).RoundTrip(r)
				if !errors.Is(err, test.err) {
					t.Fatalf("error = %v, want %v", err, test.err)
				}
				if err != nil {
					return
				}
				defer func() { _ = got.Body.Close() }()
				if got.StatusCode != test.status {
					t.Errorf("HTTP status = %d, want %d", got.StatusCode, test.status)
				}
				if _, err := io.ReadAll(got.Body); test.cut != errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("reading the body: error = %v, want an unexpected EOF: %t", err, test.cut)
				}
			})
		})
	}
}
