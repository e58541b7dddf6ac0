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

// fault is a row of the matrix: something that goes wrong with each request, and
// what has to come of it if it never ends.
type fault struct {
	name string
	// broken answers in place of the service.
	broken http.RoundTripper
	// title and says are the error where the fault is there from the start,
	// requests and after how many requests (0: any number) and how much time that
	// takes, less at most a tenth of jitter.
	title    string
	says     string
	requests int
	after    time.Duration
	// passing: one occurrence before the first answer, and an outage of two minutes
	// in the middle of a wait, are survived. Otherwise both end it at once.
	passing bool
	// patient: the service asks to be left alone for longer than the wait has left.
	// The gate then opens with the last poll, at the deadline.
	patient bool
}

func answers(h http.HandlerFunc) http.RoundTripper { return zillizsim.Transport(h) }

func body(text string) http.RoundTripper {
	return answers(zillizsim.Body(http.StatusOK, "application/json", text))
}

func throttled(retryAfter func() string) http.RoundTripper {
	return answers(func(w http.ResponseWriter, r *http.Request) {
		zillizsim.StatusRetryAfter(http.StatusTooManyRequests, retryAfter())(w, r)
	})
}

const (
	unreachable   = "Zilliz Cloud could not be reached"
	unavailable   = "Zilliz Cloud is not available"
	notUnderstood = "Malformed response from Zilliz Cloud"
	tooMany       = "Too many requests to Zilliz Cloud"

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
		{name: "connection refused", broken: dial(syscall.ECONNREFUSED), title: unreachable, says: "connection refused", requests: 5, after: fiveTries, passing: true},
		{name: "network unreachable", broken: dial(syscall.ENETUNREACH), title: unreachable, says: "network is unreachable", requests: 5, after: fiveTries, passing: true},
		{name: "reset before an answer", broken: answers(zillizsim.Reset()), title: unreachable, says: "connection reset", requests: 5, after: fiveTries, passing: true},
		{name: "reset in a body", broken: answers(zillizsim.ResetMidBody()), title: unreachable, says: "unexpected EOF", requests: 5, after: fiveTries, passing: true},
		{name: "hang", broken: answers(zillizsim.Hang()), title: unreachable, says: "within 30s (request_timeout)", requests: 5, after: fiveHangs, passing: true},
		{name: "trickling body", broken: answers(zillizsim.Trickle()), title: unreachable, says: "within 30s (request_timeout)", requests: 5, after: fiveHangs, passing: true},
		{name: "host that does not resolve", broken: brokenNetwork{&net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}}, title: "Host name not found", says: "no such host", requests: 5, after: fiveTries, passing: true},
		{name: "certificate of an unknown authority", broken: brokenNetwork{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}}, title: unreachable, says: "unknown authority", requests: 1},
		{name: "HTTP 408", broken: answers(zillizsim.Status(408)), title: unavailable, says: "HTTP 408", requests: 5, after: fiveTries, passing: true},
		{name: "HTTP 429", broken: answers(zillizsim.Status(429)), title: tooMany, says: "HTTP 429", after: defaultWaitTimeout, passing: true},
		{name: "HTTP 429 with seconds", broken: throttled(func() string { return "7" }), title: tooMany, says: "asks to wait 7s", after: defaultWaitTimeout, passing: true},
		{name: "HTTP 429 with a date", broken: throttled(soon), title: tooMany, says: "asks to wait 20s", after: defaultWaitTimeout, passing: true},
		{name: "HTTP 429 for a day", broken: throttled(day), title: tooMany, says: "asks to wait 24h0m0s", requests: 2, after: defaultWaitTimeout, patient: true},
		{name: "HTTP 500", broken: answers(zillizsim.Status(500)), title: unavailable, says: "HTTP 500", requests: 5, after: fiveTries, passing: true},
		{name: "HTTP 502 page", broken: answers(zillizsim.HTMLPage(502)), title: unavailable, says: "502 Bad Gateway", requests: 5, after: fiveTries, passing: true},
		{name: "HTTP 503", broken: answers(zillizsim.Status(503)), title: unavailable, says: "HTTP 503", requests: 5, after: fiveTries, passing: true},
		{name: "HTTP 504", broken: answers(zillizsim.Status(504)), title: unavailable, says: "HTTP 504", requests: 5, after: fiveTries, passing: true},
		{name: "truncated JSON", broken: answers(zillizsim.CutOff()), title: notUnderstood, says: "unexpected end of JSON", requests: 5, after: fiveTries, passing: true},
		{name: "binary garbage", broken: body("\x00\xff\x1b[2J\x07PNG"), title: notUnderstood, says: "HTTP 200", requests: 5, after: fiveTries, passing: true},
		{name: "empty body", broken: body(""), title: notUnderstood, says: "empty body", requests: 5, after: fiveTries, passing: true},
		{name: "page with HTTP 200", broken: answers(zillizsim.HTMLPage(200)), title: notUnderstood, says: "nginx", requests: 5, after: fiveTries, passing: true},
		{name: "data null", broken: body(`{"code":0,"data":null}`), title: notUnderstood, says: "no data", requests: 5, after: fiveTries, passing: true},
		{name: "data missing", broken: body(`{"code":200}`), title: notUnderstood, says: "no data", requests: 5, after: fiveTries, passing: true},
		{name: "data an array", broken: body(`{"code":200,"data":[{"readyPercentage":1,"state":"Completed"}]}`), title: notUnderstood, says: "array", requests: 5, after: fiveTries, passing: true},
		{name: "redirect to another host", broken: answers(zillizsim.Redirect("https://evil.example.com/")), title: "Redirect not followed", says: "https://evil.example.com/", requests: 1},
		{name: "body over the limit", broken: body(`{"code":200,"data":{"fileName":"` + strings.Repeat("x", 16<<20) + `"}}`), title: notUnderstood, says: "larger than 16 MiB", requests: 1},
		{name: "HTTP 401", broken: answers(zillizsim.Body(401, "application/json", `{"code":80001,"message":"Invalid token"}`)), title: "API key refused", says: "Invalid token", requests: 1},
		{name: "HTTP 403", broken: answers(zillizsim.HTMLPage(403)), title: "Access denied", says: "HTTP 403", requests: 1},
		{name: "expired record", broken: body(`{"code":90144,"message":"No jobId record found under this cluster"}`), title: "Import job not found", says: "code 90144", requests: 1},
	}
}

// network is the service, or a fault while that is active. It counts requests.
type network struct {
	sim, broken http.RoundTripper
	active      func(request int) bool
	requests    int
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	n.requests++
	if n.active(n.requests) {
		return n.broken.RoundTrip(r)
	}
	return n.sim.RoundTrip(r)
}

// gates are the ways to wait for an import.
func gates() map[string]func(*protocol, context.Context) []*tfprotov6.Diagnostic {
	return map[string]func(*protocol, context.Context) []*tfprotov6.Diagnostic{
		"data source": func(p *protocol, ctx context.Context) []*tfprotov6.Diagnostic {
			_, d := p.read(ctx, progress, ids(values{"wait_for_completion": true}))
			return d
		},
		"resource": func(p *protocol, ctx context.Context) []*tfprotov6.Diagnostic {
			return p.create(ctx, ids(nil))
		},
	}
}

const importTakes = 10 * time.Minute

// wait waits for an import of ten minutes over a network.
func (n *network) wait(t *testing.T, version string, gate func(*protocol, context.Context) []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	t.Helper()
	n.sim = zillizsim.Transport(newSim(zillizsim.Job{Steps: zillizsim.Linear(importTakes)}))
	p := newProtocolOver(t, n)
	if d := p.configure(usual(values{"api_version": version})); len(d) > 0 {
		t.Fatal(texts(d))
	}
	return gate(p, t.Context())
}

// TestFaults is the matrix: each fault, over each version of the API, for each gate,
// once before the first answer, for ever from the start, and for two minutes in the
// middle.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for name, gate := range gates() {
				for _, version := range []string{"v1", "v2"} {
					where := fmt.Sprintf("%s over %s", name, version)
					synctest.Test(t, func(t *testing.T) { f.once(t, where, version, gate) })
					synctest.Test(t, func(t *testing.T) { f.forEver(t, where, version, gate) })
					synctest.Test(t, func(t *testing.T) { f.inTheMiddle(t, where, version, gate) })
				}
			}
		})
	}
}

type gate = func(*protocol, context.Context) []*tfprotov6.Diagnostic

func (f fault) once(t *testing.T, where, version string, wait gate) {
	t.Helper()
	n := &network{broken: f.broken, active: func(request int) bool { return request == 1 }}
	d := n.wait(t, version, wait)
	if f.passing || f.patient {
		if len(d) > 0 {
			t.Errorf("%s, once: not survived: %s", where, texts(d))
		}
		return
	}
	f.expectError(t, d, where+", once")
	if n.requests != 1 {
		t.Errorf("%s, once: %d requests", where, n.requests)
	}
}

func (f fault) forEver(t *testing.T, where, version string, wait gate) {
	t.Helper()
	began := time.Now()
	n := &network{broken: f.broken, active: func(int) bool { return true }}
	d := n.wait(t, version, wait)
	f.expectError(t, d, where+", for ever")
	took := time.Since(began)
	if f.requests > 0 && n.requests != f.requests || took > f.after || took < f.after*9/10 {
		t.Errorf("%s, for ever: %d requests in %s, want %d in %s", where, n.requests, took, f.requests, f.after)
	}
}

func (f fault) inTheMiddle(t *testing.T, where, version string, wait gate) {
	t.Helper()
	const begins = 3 * time.Minute
	began := time.Now()
	n := &network{broken: f.broken, active: func(int) bool {
		elapsed := time.Since(began)
		return elapsed >= begins && elapsed < begins+outage
	}}
	d := n.wait(t, version, wait)
	took := time.Since(began)
	switch {
	case f.patient:
		if len(d) > 0 || took != defaultWaitTimeout {
			t.Errorf("%s, in the middle: ended after %s: %s", where, took, texts(d))
		}
	case f.passing:
		if late := took - importTakes; len(d) > 0 || late < 0 || late > 30*time.Second {
			t.Errorf("%s, in the middle: ended after %s: %s", where, took, texts(d))
		}
	default:
		f.expectError(t, d, where+", in the middle")
		if took < begins || took > begins+10*time.Second || !strings.Contains(texts(d), "in Zilliz Cloud") {
			t.Errorf("%s, in the middle: ended after %s: %s", where, took, texts(d))
		}
	}
}

func (f fault) expectError(t *testing.T, d []*tfprotov6.Diagnostic, where string) {
	t.Helper()
	title := f.title
	if strings.HasSuffix(where, "in the middle") && title == "Import job not found" {
		title = "Import job disappeared"
	}
	if len(d) != 1 || d[0].Summary != title || !strings.Contains(d[0].Detail, f.says) || strings.Contains(texts(d), testKey) {
		t.Errorf("%s: want %q with %q, got: %s", where, f.title, f.says, texts(d))
	}
}

// TestInterrupts stops the provider in each phase of a wait. That nothing is left
// running is checked by the bubble, which fails the test otherwise.
func TestInterrupts(t *testing.T) {
	t.Parallel()
	never := func(int) bool { return false }
	always := func(int) bool { return true }
	phases := map[string]struct {
		network  network
		provider values
		stop     time.Duration
	}{
		"before the first request":       {network{active: never}, nil, 0},
		"in the first request":           {network{active: always, broken: answers(zillizsim.Hang())}, nil, 10 * time.Second},
		"in a pause":                     {network{active: never}, nil, 3*time.Minute + 5*time.Second},
		"in a later request":             {network{active: func(n int) bool { return n > 5 }, broken: answers(zillizsim.Hang())}, nil, 20 * time.Second},
		"in a retry's back-off":          {network{active: always, broken: answers(zillizsim.Status(503))}, nil, 10 * time.Second},
		"in a Retry-After":               {network{active: always, broken: throttled(func() string { return "600" })}, nil, 10 * time.Second},
		"waiting for the limit of rates": {network{active: never}, values{"max_requests_per_second": 1}, 1500 * time.Millisecond},
	}
	for name, phase := range phases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for gateName, wait := range gates() {
				eachVersion(t, func(t *testing.T, version string) {
					synctest.Test(t, func(t *testing.T) {
						n := phase.network
						n.sim = zillizsim.Transport(newSim(zillizsim.Job{Steps: zillizsim.Linear(importTakes)}))
						p := newProtocolOver(t, &n)
						if d := p.configure(usual(values{"api_version": version, "max_requests_per_second": phase.provider["max_requests_per_second"]})); len(d) > 0 {
							t.Fatal(texts(d))
						}
						began := time.Now()
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						if phase.stop == 0 {
							cancel() // a stop finds no call to cancel yet
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
						expect(t, d, "", "Waiting for the import job was cancelled")
					})
				})
			}
		})
	}
}
