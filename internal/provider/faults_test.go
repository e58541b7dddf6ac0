package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
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

// fault is a failure of requests, and its expected effect on a wait.
type fault struct {
	name string
	// transport replaces the service while the fault is active.
	transport http.RoundTripper
	// title and detail are the title of the error and a part of its detail.
	title  string
	detail string
	// requests is the number of requests until a wait fails if the fault is always
	// active. If it is 0, any number is right.
	requests int
	// after is the time until a wait fails if the fault is always active. Jitter can
	// shorten it by a tenth.
	after time.Duration
	// transient reports whether a wait survives one failure before the first result, and
	// an outage of two minutes later. Otherwise either ends the wait at once.
	transient bool
	// longRetryAfter reports whether Retry-After ends after the deadline, so that the wait
	// completes with its last poll.
	longRetryAfter bool
	// onlyOnce reports whether a wait survives one failure before the first result, and
	// not an outage.
	onlyOnce bool
}

func respondWith(h http.HandlerFunc) http.RoundTripper { return zillizsim.Transport(h) }

func respondWithBody(text string) http.RoundTripper {
	return respondWith(zillizsim.Body(http.StatusOK, "application/json", text))
}

func throttled(retryAfter func() string) http.RoundTripper {
	return respondWith(func(w http.ResponseWriter, r *http.Request) {
		zillizsim.StatusRetryAfter(http.StatusTooManyRequests, retryAfter())(w, r)
	})
}

const (
	unreachable = "No complete response from Zilliz Cloud"
	unavailable = "Zilliz Cloud is not available"
	malformed   = "Malformed response from Zilliz Cloud"
	tooMany     = "Too many requests to Zilliz Cloud"

	fiveTries = 15 * time.Second             // 1, 2, 4 and 8 s between
	fiveHangs = fiveTries + 5*30*time.Second // each of them limited by request_timeout
	outage    = 2 * time.Minute
)

func faults() []fault {
	dial := func(errno syscall.Errno) http.RoundTripper {
		return brokenNetwork{&net.OpError{Op: "dial", Net: "tcp", Err: errno}}
	}
	day := func() string { return "86400" }
	soon := func() string { return time.Now().Add(20 * time.Second).UTC().Format(http.TimeFormat) }
	return []fault{
		{name: "connection refused", transport: dial(syscall.ECONNREFUSED), title: unreachable, detail: "connection refused", requests: 5, after: fiveTries, transient: true},
		{name: "network unreachable", transport: dial(syscall.ENETUNREACH), title: unreachable, detail: "network is unreachable", requests: 5, after: fiveTries, transient: true},
		{name: "reset before the response", transport: respondWith(zillizsim.Reset()), title: unreachable, detail: "connection reset", requests: 5, after: fiveTries, transient: true},
		{name: "reset within the body", transport: respondWith(zillizsim.ResetMidBody()), title: unreachable, detail: "unexpected EOF", requests: 5, after: fiveTries, transient: true},
		{name: "hang", transport: respondWith(zillizsim.Hang()), title: unreachable, detail: "within 30s (request_timeout)", requests: 5, after: fiveHangs, transient: true},
		{name: "trickling body", transport: respondWith(zillizsim.Trickle()), title: unreachable, detail: "within 30s (request_timeout)", requests: 5, after: fiveHangs, transient: true},
		{name: "host that does not resolve", transport: brokenNetwork{&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}}, title: "Host name not found", detail: "no such host", requests: 5, after: fiveTries, transient: true},
		{name: "certificate of an unknown authority", transport: brokenNetwork{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, title: unreachable, detail: "unknown authority", requests: 1},
		{name: "HTTP 408", transport: respondWith(zillizsim.Status(408)), title: unavailable, detail: "HTTP 408", requests: 5, after: fiveTries, transient: true},
		{name: "HTTP 429", transport: respondWith(zillizsim.Status(429)), title: tooMany, detail: "HTTP 429", after: defaultWaitTimeout, transient: true},
		{name: "HTTP 429 with seconds", transport: throttled(func() string { return "7" }), title: tooMany, detail: "requests a pause of 7s", after: defaultWaitTimeout, transient: true},
		{name: "HTTP 429 with a date", transport: throttled(soon), title: tooMany, detail: "requests a pause of 20s", after: defaultWaitTimeout, transient: true},
		{name: "HTTP 429 for a day", transport: throttled(day), title: tooMany, detail: "requests a pause of 24h", requests: 2, after: defaultWaitTimeout, longRetryAfter: true},
		{name: "HTTP 500", transport: respondWith(zillizsim.Status(500)), title: unavailable, detail: "HTTP 500", requests: 5, after: fiveTries, transient: true},
		{name: "HTTP 502 page", transport: respondWith(zillizsim.HTMLPage(502)), title: unavailable, detail: "502 Bad Gateway", requests: 5, after: fiveTries, transient: true},
		{name: "HTTP 503", transport: respondWith(zillizsim.Status(503)), title: unavailable, detail: "HTTP 503", requests: 5, after: fiveTries, transient: true},
		{name: "HTTP 504", transport: respondWith(zillizsim.Status(504)), title: unavailable, detail: "HTTP 504", requests: 5, after: fiveTries, transient: true},
		{name: "truncated JSON", transport: respondWith(zillizsim.CutOff()), title: malformed, detail: "not valid JSON", requests: 5, after: fiveTries, transient: true},
		{name: "binary garbage", transport: respondWithBody("\x00\xff\x1b[2J\x07PNG"), title: malformed, detail: "HTTP 200", requests: 5, after: fiveTries, transient: true},
		{name: "empty body", transport: respondWithBody(""), title: malformed, detail: "empty body", requests: 5, after: fiveTries, transient: true},
		{name: "page with HTTP 200", transport: respondWith(zillizsim.HTMLPage(200)), title: malformed, detail: "nginx", requests: 5, after: fiveTries, transient: true},
		{name: "data null", transport: respondWithBody(`{"code":0,"data":null}`), title: malformed, detail: "missing data", requests: 5, after: fiveTries, transient: true},
		{name: "data missing", transport: respondWithBody(`{"code":200}`), title: malformed, detail: "missing data", requests: 5, after: fiveTries, transient: true},
		{name: "data an array", transport: respondWithBody(`{"code":200,"data":[{"readyPercentage":1,"state":"Completed"}]}`), title: malformed, detail: "not a JSON object", requests: 5, after: fiveTries, transient: true},
		{name: "redirect to another host", transport: respondWith(zillizsim.Redirect("https://evil.example.com/")), title: "Redirect not followed", detail: "https://evil.example.com/", requests: 1},
		{name: "body over the limit", transport: respondWithBody(`{"code":200,"data":{"fileName":"` + strings.Repeat("x", 4<<20) + `"}}`), title: malformed, detail: "too large: more than 4 MiB", requests: 1},
		{name: "HTTP 401", transport: respondWith(zillizsim.Body(401, "application/json", `{"code":80001,"message":"Invalid token"}`)), title: "API key rejected", detail: "Invalid token", requests: 1},
		{name: "HTTP 403", transport: respondWith(zillizsim.HTMLPage(403)), title: "Access denied", detail: "HTTP 403", requests: 1},
		{name: "expired record", transport: respondWithBody(`{"code":90144,"message":"No jobId record found under this cluster"}`), title: "Import job not found", detail: "code 90144", after: 10 * time.Second, onlyOnce: true},
		{name: "undocumented code", transport: respondWith(zillizsim.ErrorCode(1)), title: "Request rejected by Zilliz Cloud", detail: "service not ready", requests: 5, after: fiveTries, transient: true},
		{name: "key of another service", transport: respondWith(zillizsim.ErrorCode(1800)), title: "API key rejected", detail: "code 1800", requests: 1},
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
			_, d := p.read(ctx, progress, jobArguments(values{"wait_for_completion": true}))
			return d
		},
		"resource": func(p *testServer, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.create(ctx, completion, jobArguments(nil))
			return d
		},
	}
}

const importTakes = 10 * time.Minute

// wait waits for an import that takes importTakes.
func (n *faultyNetwork) wait(t *testing.T, version string, wait gate) []*tfprotov6.Diagnostic {
	t.Helper()
	n.sim = zillizsim.Transport(newSim(zillizsim.Job{Steps: zillizsim.Linear(importTakes)}))
	p := newTestServerOver(t, n)
	if d := p.configure(providerArguments(values{"api_version": version})); len(d) > 0 {
		t.Fatal(diagnosticText(d))
	}
	return wait(p, t.Context())
}

// TestFaults covers each fault with each API version and each gate: once before the
// first result, always, and during an outage of two minutes.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for name, wait := range gates() {
				for _, version := range []string{"v1", "v2"} {
					where := fmt.Sprintf("%s with API %s", name, version)
					synctest.Test(t, func(t *testing.T) { f.once(t, where, version, wait) })
					synctest.Test(t, func(t *testing.T) { f.always(t, where, version, wait) })
					synctest.Test(t, func(t *testing.T) { f.duringOutage(t, where, version, wait) })
				}
			}
		})
	}
}

func (f fault) once(t *testing.T, where, version string, wait gate) {
	t.Helper()
	n := &faultyNetwork{broken: f.transport, active: func(request int) bool { return request == 1 }}
	d := n.wait(t, version, wait)
	if f.transient || f.longRetryAfter || f.onlyOnce {
		if len(d) > 0 {
			t.Errorf("%s, once: the wait failed: %s", where, diagnosticText(d))
		}
		return
	}
	f.expectDiagnostics(t, d, where+", once")
	if n.requests != 1 {
		t.Errorf("%s, once: %d requests, want 1", where, n.requests)
	}
}

func (f fault) always(t *testing.T, where, version string, wait gate) {
	t.Helper()
	began := time.Now()
	n := &faultyNetwork{broken: f.transport, active: func(int) bool { return true }}
	d := n.wait(t, version, wait)
	f.expectDiagnostics(t, d, where+", always")
	took := time.Since(began)
	if f.requests > 0 && n.requests != f.requests || took > f.after || took < f.after*9/10 {
		t.Errorf("%s, always: %d requests in %s, want %d in %s", where, n.requests, took, f.requests, f.after)
	}
}

func (f fault) duringOutage(t *testing.T, where, version string, wait gate) {
	t.Helper()
	const begins = 3 * time.Minute
	began := time.Now()
	n := &faultyNetwork{broken: f.transport, active: func(int) bool {
		elapsed := time.Since(began)
		return elapsed >= begins && elapsed < begins+outage
	}}
	d := n.wait(t, version, wait)
	took := time.Since(began)
	switch {
	case f.longRetryAfter:
		if len(d) > 0 || took != defaultWaitTimeout {
			t.Errorf("%s, during an outage: the wait ended after %s: %s", where, took, diagnosticText(d))
		}
	case f.transient:
		if late := took - importTakes; len(d) > 0 || late < 0 || late > 30*time.Second {
			t.Errorf("%s, during an outage: the wait ended after %s: %s", where, took, diagnosticText(d))
		}
	default:
		f.expectDiagnostics(t, d, where+", during an outage")
		if took < begins || took > begins+40*time.Second || !f.onlyOnce && took > begins+10*time.Second || !strings.Contains(diagnosticText(d), "in Zilliz Cloud") {
			t.Errorf("%s, during an outage: the wait ended after %s: %s", where, took, diagnosticText(d))
		}
	}
}

func (f fault) expectDiagnostics(t *testing.T, d []*tfprotov6.Diagnostic, where string) {
	t.Helper()
	title := f.title
	if strings.HasSuffix(where, "during an outage") && title == "Import job not found" {
		title = "Import job disappeared"
	}
	if len(d) != 1 || d[0].Summary != title || !strings.Contains(d[0].Detail, f.detail) || strings.Contains(diagnosticText(d), testKey) {
		t.Errorf("%s: diagnostics:\n%s\nwant one error %q with %q", where, diagnosticText(d), title, f.detail)
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
		"in a later request":         {faultyNetwork{active: func(n int) bool { return n > 5 }, broken: respondWith(zillizsim.Hang())}, nil, 20 * time.Second},
		"in a backoff":               {faultyNetwork{active: always, broken: respondWith(zillizsim.Status(503))}, nil, 10 * time.Second},
		"in a Retry-After":           {faultyNetwork{active: always, broken: throttled(func() string { return "600" })}, nil, 10 * time.Second},
		"waiting for the rate limit": {faultyNetwork{active: never}, values{"max_requests_per_second": 1}, 1500 * time.Millisecond},
	}
	for name, phase := range phases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for gateName, wait := range gates() {
				eachVersion(t, func(t *testing.T, version string) {
					synctest.Test(t, func(t *testing.T) {
						n := phase.network
						n.sim = zillizsim.Transport(newSim(zillizsim.Job{Steps: zillizsim.Linear(importTakes)}))
						p := newTestServerOver(t, &n)
						if d := p.configure(providerArguments(values{"api_version": version, "max_requests_per_second": phase.provider["max_requests_per_second"]})); len(d) > 0 {
							t.Fatal(diagnosticText(d))
						}
						began := time.Now()
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						if phase.stop == 0 {
							cancel() // StopProvider would come before the call
						}
						stop := time.AfterFunc(phase.stop, func() {
							if _, err := p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
								t.Error(err)
							}
						})
						defer stop.Stop()
						d := wait(p, ctx)
						if late := time.Since(began) - phase.stop; late > time.Second {
							t.Errorf("%s: returned %s after the interrupt", gateName, late)
						}
						expectError(t, d, "", "Waiting for the import job was canceled")
					})
				})
			}
		})
	}
}
