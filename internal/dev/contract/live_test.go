//go:build live

package contract

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"testing"
	"time"
)

// TestLive checks Zilliz Cloud itself, and records every exchange without anything
// private in live.json, in the top directory of the checkout.
func TestLive(t *testing.T) {
	s, err := newService(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the test at once
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-2*maxWait))
		defer cancel()
	}
	// As the provider does it: a request over one fresh connection is never repeated.
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(true)
	s.client = &http.Client{Transport: transport, Timeout: 75 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	if s.collection == "" || s.objectURL == "" {
		t.Log("Only reading: ZILLIZ_TEST_COLLECTION and ZILLIZ_TEST_OBJECT_URL are not both set.")
	}
	if err := run(ctx, s, "../../../live.json", t.Logf); err != nil {
		t.Error(err)
	}
}
