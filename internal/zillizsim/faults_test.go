package zillizsim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestFaultsApplyInOrder(t *testing.T) {
	t.Parallel()
	s := newSim(Options{}, Job{ID: "a"}, Job{ID: "b"})
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
		if w.Code != step.status || (w.Code == 503) != (w.Header().Get("Retry-After") == "3") {
			t.Errorf("request %d: HTTP status = %d, headers = %v, want %d", i, w.Code, w.Header(), step.status)
		}
	}
}

// TestFaultsOfOneCall has faults before and after the server has acted.
func TestFaultsOfOneCall(t *testing.T) {
	t.Parallel()
	s := newSim(Options{}, Job{ID: "a", Steps: Linear(0), TwoPhase: true}, Job{ID: "b", TwoPhase: true})
	s.Inject(
		Fault{Call: "commit", JobID: "a", Response: Status(502)},
		Fault{Call: "commit", JobID: "a", After: true, Response: Status(503)},
		Fault{Call: "abort", After: true, Response: HTMLPage(504)},
		Fault{Call: "list", Response: ErrorCode(90102)},
		Fault{StartOnly: true, Times: 2, Response: Status(501)},
		Fault{StartOnly: true, After: true},
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
		{"list", "b", 200, "Failed"},
	} {
		body := fmt.Sprintf(`{"clusterId":"c","jobId":%q}`, step.jobID)
		w := send(s, v2Prefix+step.call, body)
		if w.Code != step.status || step.call == "list" && codeOf(t, w) != 90102 {
			t.Errorf("request %d: HTTP status = %d, want %d: %s", i, w.Code, step.status, w.Body)
		}
		if got := send(s, v2ProgressPath, body).Body.String(); stateOf(t, got) != step.state {
			t.Errorf("request %d: job = %s, want state %s", i, got, step.state)
		}
	}
	for i, start := range []struct {
		path, body      string
		status, started int
	}{
		{v1StartPath, validV1Start, 501, 0}, {v2StartPath, validV2Start, 501, 0}, {v2StartPath, validV2Start, 500, 1}, {v1StartPath, validV1Start, 200, 2},
	} {
		if w := send(s, start.path, start.body); w.Code != start.status || len(s.Started()) != start.started {
			t.Errorf("start %d: HTTP status = %d, %d jobs started, want %d and %d", i, w.Code, len(s.Started()), start.status, start.started)
		}
	}
	if a, b, all := s.Count("commit", "a"), s.Count("commit", "b"), s.Count("create", ""); a != 3 || b != 0 || all != 2 {
		t.Errorf("Count() = %d, %d, %d, want 3, 0, 2", a, b, all)
	}
}

// TestLostStartResponse starts a job over TCP and without a connection, and loses the
// response before or after it is started. The client can't distinguish the two; Started can.
func TestLostStartResponse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		response http.HandlerFunc
		status   int   // 0 if Do returns an error
		err      error // that of Do, or of reading the body, without a connection
	}{
		{"status", Status(418), 418, nil},
		{"redirect", Redirect("https://example.com/x"), 302, nil},
		{"reset", Reset(), 0, syscall.ECONNRESET},
		{"reset in body", ResetMidBody(), 200, io.ErrUnexpectedEOF},
		{"hang", Hang(), 0, context.DeadlineExceeded},
	} {
		for _, after := range []bool{false, true} {
			lose := func(t *testing.T, tcp bool) {
				t.Helper()
				s := newSim(Options{})
				s.Inject(Fault{StartOnly: true, After: after, Response: test.response})
				client, url := &http.Client{Transport: Transport(s)}, "http://127.0.0.1"
				if tcp {
					server := httptest.NewServer(s)
					defer server.Close()
					client, url = server.Client(), server.URL
				}
				status, body, err := start(t, client, url)
				if status != test.status || (err != nil) != (test.err != nil) || !tcp && !errors.Is(err, test.err) {
					t.Errorf("HTTP status = %d, error = %v, want %d and %v", status, err, test.status, test.err)
				}
				if tcp && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)) {
					t.Errorf("error = %v, want a connection that was reset, not closed", err)
				}
				if got := len(s.Started()); (got == 1) != after {
					t.Errorf("%d jobs started, want one: %t", got, after)
				}
				if begins := strings.HasPrefix(string(body), `{"code":0,"data":{`); begins != (test.status == 200) {
					t.Errorf("body = %s, want the beginning of a response: %t", body, !begins)
				}
			}
			t.Run(fmt.Sprintf("%s, after: %t", test.name, after), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { lose(t, false) })
				if test.name != "hang" { // which would take a minute
					lose(t, true)
				}
			})
		}
	}
}

// start starts a job within a minute, and returns the response, and the error of Do or of
// reading the body.
func start(t *testing.T, client *http.Client, url string) (status int, body []byte, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+v2StartPath, strings.NewReader(validV2Start))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer key")
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}
