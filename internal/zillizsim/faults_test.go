package zillizsim

import (
	"context"
	"encoding/json"
	"errors"
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

func TestFaultOrder(t *testing.T) {
	t.Parallel()
	s := newSim(Options{}, Job{ClusterID: "c", ID: "a"}, Job{ClusterID: "c", ID: "b"})
	s.Inject(
		Fault{JobID: "a", Skip: 1, Times: 2, Answer: Status(502)},
		Fault{JobID: "a", Answer: StatusRetryAfter(503, "3")},
		Fault{JobID: "b", Skip: 1, Times: -1}, // no Answer: 500
	)
	for i, step := range []struct {
		job    string
		status int
	}{
		{"a", 503}, // the first fault lets it pass, the second does not
		{"b", 200}, {"a", 502}, {"b", 500}, {"a", 502}, {"a", 200}, {"b", 500}, {"b", 500},
	} {
		w := send(s, v1Get+"?clusterId=c&jobId="+step.job, "")
		if w.Code != step.status {
			t.Errorf("request %d: HTTP %d, want %d", i, w.Code, step.status)
		}
		if w.Code == 503 && w.Header().Get("Retry-After") != "3" {
			t.Errorf("request %d: headers %v", i, w.Header())
		}
	}
	s.Inject(Fault{JobID: "a", Answer: Status(418)})
	if w := send(s, v2Get, `{"clusterId":"c","jobId":"a"}`); w.Code != 418 {
		t.Errorf("HTTP %d: the job in a v2 body was not found", w.Code)
	}
}

func TestPlainResponses(t *testing.T) {
	t.Parallel()
	const key = "Bearer k&y+\"1/2\"'"
	for _, tt := range []struct {
		name, contentType string
		answer            http.HandlerFunc
		status            int
		contain           []string
	}{
		{"html", "text/html", HTMLPage(504), 504, []string{"<h1>504 Gateway Timeout</h1>"}},
		{"body", "text/x", Body(200, "text/x", "ab"), 200, []string{"ab"}},
		{"redirect", "text/html; charset=utf-8", Redirect("https://example.com/x"), 302, nil},
		{"another job", "application/json", OtherJob("other"), 200, []string{`"jobId":"other"`, `"readyPercentage":1`, `"state":"Completed"`}},
		{"code", "application/json", ErrorCode(90102), 200, []string{`{"code":90102,"message":"The cluster does not exist in current region."}`}},
		{"echo", "text/html", EchoAuthorization(403), 403, []string{
			key, html.EscapeString(key), url.QueryEscape(key),
			`Bearer k&y+\"1\/2\"'`, `Bearer k\u0026y`, `\u006b\u0026`, `Bearer k&amp;y+&quot;1/2&quot;&#x27;`, `&#34;1/2&#34;&#39;`, `%2b%221%2f2`, `%2B%221%2F2`, `%6b%26`,
			`B\u0065&#x61;%72&#101;%72`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSim(Options{})
			s.Inject(Fault{Answer: tt.answer})
			r := httptest.NewRequest(http.MethodGet, v1Get, nil)
			r.Header.Set("Authorization", key)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != tt.status || w.Header().Get("Content-Type") != tt.contentType {
				t.Errorf("HTTP %d, headers %v", w.Code, w.Header())
			}
			if w.Header().Get("requestid") == "" {
				t.Error("no requestid")
			}
			for _, part := range tt.contain {
				if !strings.Contains(w.Body.String(), part) {
					t.Errorf("no %q in %s", part, w.Body)
				}
			}
			if tt.status == 302 && w.Header().Get("Location") != "https://example.com/x" {
				t.Errorf("headers %v", w.Header())
			}
		})
	}
}

// get sends one request to a real server, on a new connection: the client would
// retry by itself on a reused one.
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

func TestResets(t *testing.T) {
	t.Parallel()
	const target = v1Get + "?clusterId=c&jobId=j"
	servers := map[string]func(http.Handler) *httptest.Server{"HTTP": httptest.NewServer, "HTTPS": httptest.NewTLSServer}
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSim(Options{}, Job{ClusterID: "c", ID: "j"})
			server := start(s)
			defer server.Close()
			s.Inject(Fault{Answer: Reset()})
			if status, _, err := get(t, server, target); status != 0 || err == nil || errors.Is(err, io.EOF) {
				t.Errorf("Reset: HTTP %d, %v", status, err)
			}
			if got := s.Requests()[0].Status; got != 0 {
				t.Errorf("status on record: %d", got)
			}
			s.Inject(Fault{Answer: ResetMidBody()})
			status, body, err := get(t, server, target)
			if status != 200 || err == nil || errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(body, `{"code":200,"data":{"readyPercentage":1,`) {
				t.Errorf("ResetMidBody: HTTP %d, %q, %v", status, body, err)
			}
		})
	}
}

func TestResetWithoutConnection(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	s.Inject(Fault{Times: -1, Answer: ResetMidBody()})
	if w := send(s, v1Get, ""); w.Code != http.StatusNotImplemented {
		t.Errorf("HTTP %d", w.Code)
	}
}

func TestCutOff(t *testing.T) {
	t.Parallel()
	s := newSim(Options{})
	server := httptest.NewServer(s)
	defer server.Close()
	s.Inject(Fault{Answer: CutOff()})
	status, body, err := get(t, server, v1Get+"?jobId=j")
	if status != 200 || err != nil {
		t.Fatalf("HTTP %d, %v: not a complete response", status, err)
	}
	if json.Valid([]byte(body)) || !strings.Contains(body, `"jobId":"j"`) {
		t.Errorf("body %s", body)
	}
}

func TestSlowResponsesEndWithTheClient(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{"Hang": Hang(), "Trickle": Trickle()} {
		synctest.Test(t, func(t *testing.T) {
			s := newSim(Options{})
			s.Inject(Fault{Answer: answer})
			ctx, cancel := context.WithTimeout(t.Context(), 1050*time.Millisecond)
			defer cancel()
			w, began := httptest.NewRecorder(), time.Now()
			s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, v1Get, nil))
			if took := time.Since(began); took != 1050*time.Millisecond {
				t.Errorf("%s took %v", name, took)
			}
			if want := map[string]int{"Hang": 0, "Trickle": 10}[name]; w.Body.Len() != want {
				t.Errorf("%s sent %q", name, w.Body)
			}
		})
	}
}

func TestTrickleToTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSim(Options{})
		s.Inject(Fault{Answer: Trickle()})
		began := time.Now()
		w := send(s, v2Get, `{"jobId":"j"}`)
		if took := time.Since(began); took < time.Minute {
			t.Errorf("took %v", took)
		}
		if codeOf(t, w) != 0 || !strings.Contains(w.Body.String(), `"state":"Completed"`) {
			t.Errorf("body %s", w.Body)
		}
	})
}
