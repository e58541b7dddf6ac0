package zillizsim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFaultsApplyInOrder(t *testing.T) {
	t.Parallel()
	s := newSim(Options{}, Job{ClusterID: "c", ID: "a"}, Job{ClusterID: "c", ID: "b"})
	s.Inject(
		Fault{JobID: "a", Skip: 1, Times: 2, Response: Status(502)},
		Fault{JobID: "a", Response: StatusRetryAfter(503, "3")},
		Fault{JobID: "b", Skip: 1, Times: -1}, // no Response: 500
	)
	for i, step := range []struct {
		jobID  string
		status int
	}{
		{"a", 503}, // the first fault skips it, the second applies
		{"b", 200}, {"a", 502}, {"b", 500}, {"a", 502}, {"a", 200}, {"b", 500}, {"b", 500},
	} {
		w := send(s, v1ProgressPath+"?clusterId=c&jobId="+step.jobID, "")
		if w.Code != step.status {
			t.Errorf("request %d: HTTP status = %d, want %d", i, w.Code, step.status)
		}
		if w.Code == 503 && w.Header().Get("Retry-After") != "3" {
			t.Errorf("request %d: Retry-After = %q, want 3", i, w.Header().Get("Retry-After"))
		}
	}
	s.Inject(Fault{JobID: "a", Response: Status(418)})
	if w := send(s, v2ProgressPath, `{"clusterId":"c","jobId":"a"}`); w.Code != 418 {
		t.Errorf("fault for a job in a v2 body: HTTP status = %d, want 418", w.Code)
	}
}

// TestFaultsOfOneCall has faults before and after the server has acted.
func TestFaultsOfOneCall(t *testing.T) {
	t.Parallel()
	s := newSim(Options{}, Job{ClusterID: "c", ID: "a", Steps: Linear(0), TwoPhase: true}, Job{ClusterID: "c", ID: "b"})
	s.Inject(
		Fault{Call: "commit", JobID: "a", Response: Status(502)},
		Fault{Call: "commit", JobID: "a", After: true, Response: Status(503)},
		Fault{Call: "abort", After: true, Response: HTMLPage(504)},
		Fault{Call: "create", After: true, Response: Status(500)},
		Fault{Call: "list", Response: Status(429)},
	)
	for i, step := range []struct {
		call, jobID string
		status      int
		// state is that of the job afterwards.
		state string
	}{
		{"describe", "a", 200, "Uncommitted"},
		{"commit", "a", 502, "Uncommitted"},
		{"commit", "a", 503, "Completed"}, // the response is lost
		{"commit", "a", 200, "Completed"},
		{"abort", "b", 504, "Failed"},
		{"list", "b", 429, "Failed"},
	} {
		body := fmt.Sprintf(`{"clusterId":"c","jobId":%q}`, step.jobID)
		if w := send(s, v2Prefix+step.call, body); w.Code != step.status {
			t.Errorf("request %d: HTTP status = %d, want %d", i, w.Code, step.status)
		}
		if got := send(s, v2ProgressPath, body).Body.String(); stateOf(t, got) != step.state {
			t.Errorf("request %d: job = %s, want state %s", i, got, step.state)
		}
	}
	if w := send(s, v2StartPath, validV2Start); w.Code != 500 || len(s.Started()) != 1 {
		t.Errorf("start: HTTP status = %d, %d jobs started, want 500 and one job", w.Code, len(s.Started()))
	}
	if a, b, all := s.Count("commit", "a"), s.Count("commit", "b"), s.Count("create", ""); a != 3 || b != 0 || all != 1 {
		t.Errorf("Count() = %d, %d, %d, want 3, 0, 1", a, b, all)
	}
}

func TestFaultResponses(t *testing.T) {
	t.Parallel()
	const key = "Bearer k&y+\"1/2\"'"
	for _, test := range []struct {
		name, contentType string
		response          http.HandlerFunc
		status            int
		contains          []string
	}{
		{"HTML page", "text/html", HTMLPage(504), 504, []string{"<h1>504 Gateway Timeout</h1>"}},
		{"body", "text/x", Body(200, "text/x", "ab"), 200, []string{"ab"}},
		{"redirect", "text/html; charset=utf-8", Redirect("https://example.com/x"), 302, nil},
		{"error code", "application/json", ErrorCode(90102), 200, []string{`{"code":90102,"message":"The cluster does not exist in current region."}`}},
		{"echoed header", "text/html", EchoAuthorization(403), 403, []string{
			key, html.EscapeString(key), url.QueryEscape(key),
			`Bearer k&y+\"1\/2\"'`, `Bearer k\u0026y`, `\u006b\u0026`, `Bearer k&amp;y+&quot;1/2&quot;&#x27;`, `&#34;1/2&#34;&#39;`, `%2b%221%2f2`, `%2B%221%2F2`, `%6b%26`,
			`B\u0065&#x61;%72&#101;%72`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSim(Options{})
			s.Inject(Fault{Response: test.response})
			r := httptest.NewRequest(http.MethodGet, v1ProgressPath, nil)
			r.Header.Set("Authorization", key)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != test.status || w.Header().Get("Content-Type") != test.contentType {
				t.Errorf("HTTP status = %d, headers = %v, want %d and Content-Type %s", w.Code, w.Header(), test.status, test.contentType)
			}
			if w.Header().Get("requestid") == "" {
				t.Error("no requestid")
			}
			for _, part := range test.contains {
				if !strings.Contains(w.Body.String(), part) {
					t.Errorf("body %s does not contain %q", w.Body, part)
				}
			}
			if test.status == 302 && w.Header().Get("Location") != "https://example.com/x" {
				t.Errorf("Location = %q, want https://example.com/x", w.Header().Get("Location"))
			}
		})
	}
}

// get sends one request to a server, on a new connection, because the HTTP client retries
// by itself on a reused one.
func get(t *testing.T, server *httptest.Server, target string) (status int, body string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close = true
	response, err := server.Client().Do(r)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	return response.StatusCode, string(data), err
}

func TestResetBreaksConnection(t *testing.T) {
	t.Parallel()
	const target = v1ProgressPath + "?clusterId=c&jobId=j"
	servers := map[string]func(http.Handler) *httptest.Server{"HTTP": httptest.NewServer, "HTTPS": httptest.NewTLSServer}
	for name, newServer := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(Options{}, Job{ClusterID: "c", ID: "j"})
			server := newServer(s)
			defer server.Close()
			s.Inject(Fault{Response: Reset()})
			if status, _, err := get(t, server, target); status != 0 || err == nil || errors.Is(err, io.EOF) {
				t.Errorf("Reset: HTTP status = %d, error = %v, want a reset connection", status, err)
			}
			s.Inject(Fault{Response: ResetMidBody()})
			status, body, err := get(t, server, target)
			if status != 200 || err == nil || errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(body, `{"code":200,"data":{"readyPercentage":1,`) {
				t.Errorf("ResetMidBody: HTTP status = %d, body = %q, error = %v, want 200 and a reset in the body", status, body, err)
			}
		})
	}
}

func TestResetWithoutHijackerReturns501(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	s.Inject(Fault{Times: -1, Response: ResetMidBody()})
	if w := send(s, v1ProgressPath, ""); w.Code != http.StatusNotImplemented {
		t.Errorf("HTTP status = %d, want 501", w.Code)
	}
}

func TestCutOffTruncatesBody(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	server := httptest.NewServer(s)
	defer server.Close()
	s.Inject(Fault{Response: CutOff()})
	status, body, err := get(t, server, v1ProgressPath+"?jobId=j")
	if status != 200 || err != nil {
		t.Fatalf("HTTP status = %d, error = %v, want a complete response", status, err)
	}
	if json.Valid([]byte(body)) || !strings.Contains(body, `"jobId":"j"`) {
		t.Errorf("body = %s, want truncated JSON with the job ID", body)
	}
}

func TestSlowResponsesStopWhenClientDisconnects(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]http.HandlerFunc{"Hang": Hang(), "Trickle": Trickle()} {
		synctest.Test(t, func(t *testing.T) {
			s := newSim(Options{})
			s.Inject(Fault{Response: response})
			ctx, cancel := context.WithTimeout(t.Context(), 1050*time.Millisecond)
			defer cancel()
			w, start := httptest.NewRecorder(), time.Now()
			s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, v1ProgressPath, nil))
			if took := time.Since(start); took != 1050*time.Millisecond {
				t.Errorf("%s took %v, want 1.05s", name, took)
			}
			if want := map[string]int{"Hang": 0, "Trickle": 10}[name]; w.Body.Len() != want {
				t.Errorf("%s sent %q, want %d bytes", name, w.Body, want)
			}
		})
	}
}

func TestTrickleSendsFullBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSim(Options{})
		s.Inject(Fault{Response: Trickle()})
		start := time.Now()
		w := send(s, v2ProgressPath, `{"jobId":"j"}`)
		if took := time.Since(start); took < time.Minute {
			t.Errorf("took %v, want at least 1m", took)
		}
		if codeOf(t, w) != 0 || !strings.Contains(w.Body.String(), `"state":"Completed"`) {
			t.Errorf("body = %s, want a completed job", w.Body)
		}
	})
}
