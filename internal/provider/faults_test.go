package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// fault is a failure of requests, and what a wait does about it.
type fault struct {
	// transport replaces the service while the fault is active.
	transport http.RoundTripper
	// title and detail are the title of the error and a part of its detail.
	title, detail string
	// requests is the number of requests until a wait without a result fails. If it is 0, any
	// number is right.
	requests int
	// after is the time until such a wait fails. Jitter can shorten it by a tenth.
	after time.Duration
	// survives reports whether a wait with a result survives a minute of the fault.
	survives bool
}

func respondWith(h http.HandlerFunc) http.RoundTripper { return zillizsim.Transport(h) }

func respondWithBody(text string) http.RoundTripper {
	return respondWith(zillizsim.Body(http.StatusOK, "application/json", text))
}

func throttled(retryAfter string) http.RoundTripper {
	return respondWith(zillizsim.StatusRetryAfter(http.StatusTooManyRequests, retryAfter))
}

const (
	unreachable = "No complete response from Zilliz Cloud"
	unavailable = "Zilliz Cloud is not available"
	malformed   = "Malformed response from Zilliz Cloud"
	tooMany     = "Too many requests to Zilliz Cloud"

	fiveTries = 15 * time.Second             // 1, 2, 4 and 8 s between
	fiveHangs = fiveTries + 5*30*time.Second // each of them limited by request_timeout
)

// faults returns one fault for each title of a diagnostic, and those that are waited for in
// ways of their own. How each request fails is tested in package zilliz, and how a wait goes
// on in package importjob.
func faults() map[string]fault {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	noHost := &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}
	unknownAuthority := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	const missing, key = `{"code":90144,"message":"No jobId record found under this cluster"}`, `{"code":80001,"message":"Invalid token"}`
	return map[string]fault{
		"connection refused":   {brokenNetwork{refused}, unreachable, "connection refused", 5, fiveTries, true},
		"reset in the body":    {respondWith(zillizsim.ResetMidBody()), unreachable, "unexpected EOF", 5, fiveTries, true},
		"hang":                 {respondWith(zillizsim.Hang()), unreachable, "within 30s (request_timeout)", 5, fiveHangs, true},
		"no host":              {brokenNetwork{noHost}, "Host name not found", "no such host", 5, fiveTries, true},
		"unknown authority":    {brokenNetwork{unknownAuthority}, unreachable, "unknown authority", 1, 0, false},
		"HTTP 429":             {respondWith(zillizsim.Status(429)), tooMany, "HTTP 429", 0, defaultWaitTimeout, true},
		"HTTP 429 and a pause": {throttled("7"), tooMany, "requests a pause of 7s", 0, defaultWaitTimeout, true},
		"HTTP 429 for a day":   {throttled("86400"), tooMany, "requests a pause of 24h", 2, defaultWaitTimeout, true},
		"HTTP 502 page":        {respondWith(zillizsim.HTMLPage(502)), unavailable, "502 Bad Gateway", 5, fiveTries, true},
		"garbage":              {respondWithBody("\x00\xff\x1b[2J\x07PNG"), malformed, "HTTP 200", 5, fiveTries, true},
		"redirect": {respondWith(zillizsim.Redirect("https://evil.example.com/")), "Redirect not followed", "https://evil.example.com/", 1, 0,
			true},
		"body over the limit": {respondWithBody(`{"code":200,"data":{"fileName":"` + strings.Repeat("x", 4<<20) + `"}}`), malformed,
			"too large: more than 4 MiB", 1, 0, false},
		"HTTP 401":          {respondWith(zillizsim.Body(401, "application/json", key)), "API key rejected", "Invalid token", 1, 0, false},
		"HTTP 403 page":     {respondWith(zillizsim.HTMLPage(403)), "Access denied", "HTTP 403", 1, 0, true},
		"expired record":    {respondWithBody(missing), "Import job not found", "code 90144", 0, 10 * time.Second, false},
		"undocumented code": {respondWith(zillizsim.ErrorCode(1)), "Request rejected by Zilliz Cloud", "service not ready", 5, fiveTries, true},
		"Milvus' key error": {respondWith(zillizsim.ErrorCode(1800)), "API key rejected", "code 1800", 1, 0, false},
	}
}

// faultyNetwork is the service, or a fault while that is active.
type faultyNetwork struct {
	sim, broken http.RoundTripper
	active      func(request int) bool
	requests    int
}

func (n *faultyNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.requests++
	if n.active(n.requests) {
		return n.broken.RoundTrip(r)
	}
	return n.sim.RoundTrip(r)
}

// brokenNetwork is a transport on which every request fails with an error.
type brokenNetwork struct{ err error }

func (e brokenNetwork) RoundTrip(*http.Request) (*http.Response, error) { return nil, e.err }

// gate waits for the job job-1.
type gate = func(*testServer, context.Context) []*tfprotov6.Diagnostic

func gates() map[string]gate {
	return map[string]gate{
		"data source": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			return p.run(ctx, progress, jobArguments(values{"wait_for_completion": true}))
		},
		"resource": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			return p.run(ctx, completion, jobArguments(nil))
		},
	}
}

const importTakes = 10 * time.Minute

// TestFaults covers each fault with each API version and each gate: always, and for a
// minute of a wait that has a result.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, f := range faults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for gateName, wait := range gates() {
				for _, version := range []string{"v1", "v2"} {
					for _, always := range []bool{true, false} {
						synctest.Test(t, func(t *testing.T) {
							began := time.Now()
							n := &faultyNetwork{broken: f.transport, active: func(int) bool {
								elapsed := time.Since(began)
								return always || elapsed >= 3*time.Minute && elapsed < 4*time.Minute
							}}
							n.sim = zillizsim.Transport(newSim(zillizsim.Job{Steps: zillizsim.Linear(importTakes)}))
							d := wait(newProvider(t, nil, over(n), api(version)), t.Context())
							took := time.Since(began)
							switch text := diagnosticText(d); {
							case always:
								expectFault(t, d, f.title, f.detail)
								if f.requests > 0 && n.requests != f.requests || took > f.after || took < f.after*9/10 {
									t.Errorf("%s with API %s: %d requests in %s, want %d in %s", gateName, version, n.requests, took, f.requests, f.after)
								}
							case f.survives:
								if took < importTakes || len(d) > 0 {
									t.Errorf("%s with API %s: the wait ended after %s: %s", gateName, version, took, text)
								}
							default:
								expectFault(t, d, strings.Replace(f.title, "not found", "disappeared", 1), "in Zilliz Cloud")
								if took > 4*time.Minute {
									t.Errorf("%s with API %s: the wait ended after %s: %s", gateName, version, took, text)
								}
							}
						})
					}
				}
			}
		})
	}
}

func expectFault(t *testing.T, d []*tfprotov6.Diagnostic, title, detail string) {
	t.Helper()
	if len(d) != 1 || d[0].Summary != title || !strings.Contains(d[0].Detail, detail) || strings.Contains(diagnosticText(d), testKey) {
		t.Errorf("diagnostics:\n%s\nwant one error %q with %q", diagnosticText(d), title, detail)
	}
}

// TestInterrupts stops the provider in each phase of a wait. synctest fails the test if a
// goroutine does not exit.
func TestInterrupts(t *testing.T) {
	t.Parallel()
	never := func(int) bool { return false }
	always := func(int) bool { return true }
	phases := map[string]struct {
		network  faultyNetwork
		provider values
		stop     time.Duration
	}{
		"before the first request":   {faultyNetwork{active: never}, nil, 0},
		"in the first request":       {faultyNetwork{active: always, broken: respondWith(zillizsim.Hang())}, nil, 10 * time.Second},
		"in a pause":                 {faultyNetwork{active: never}, nil, 3*time.Minute + 5*time.Second},
		"in a backoff":               {faultyNetwork{active: always, broken: respondWith(zillizsim.Status(503))}, nil, 10 * time.Second},
		"in a Retry-After":           {faultyNetwork{active: always, broken: throttled("600")}, nil, 10 * time.Second},
		"waiting for the rate limit": {faultyNetwork{active: never}, values{"max_requests_per_second": 1}, 1500 * time.Millisecond},
		"in a later request": {faultyNetwork{active: func(n int) bool { return n > 5 }, broken: respondWith(zillizsim.Hang())}, nil,
			20 * time.Second},
	}
	for name, phase := range phases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for gateName, wait := range gates() {
				synctest.Test(t, func(t *testing.T) {
					n := phase.network
					n.sim = zillizsim.Transport(newSim(zillizsim.Job{Steps: zillizsim.Linear(importTakes)}))
					p := newProvider(t, nil, over(&n), with(phase.provider))
					began := time.Now()
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if phase.stop == 0 {
						cancel() // StopProvider would come before the call
					}
					p.stopAfter(phase.stop)
					d := wait(p, ctx)
					if late := time.Since(began) - phase.stop; late > time.Second {
						t.Errorf("%s: returned %s after the interrupt", gateName, late)
					}
					expectError(t, d, "", "Waiting for the import job was canceled")
				})
			}
		})
	}
}

// TestInterruptible begins calls after an interrupt. None of them may send anything.
func TestInterruptible(t *testing.T) {
	t.Parallel()
	interrupted := make(chan struct{})
	close(interrupted)
	d := &providerData{interrupted: interrupted}
	for range 100 {
		ctx, cancel := d.interruptible(t.Context())
		if ctx.Err() == nil {
			t.Error("a call after the interrupt is not canceled")
		}
		cancel()
	}
}
