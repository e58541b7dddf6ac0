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

func TestFaults(t *testing.T) {
	t.Parallel()
	s := newSim(Options{}, Job{ID: "a"}, Job{ID: "b"}, Job{ID: "c", Steps: Linear(0), TwoPhase: true}, Job{ID: "d", TwoPhase: true})
	s.Inject(
		Fault{JobID: "a", Skip: 1, Times: 2, Response: Status(502)},
		Fault{JobID: "a", Response: StatusRetryAfter(503, "3")},
		Fault{JobID: "b", Skip: 1, Times: -1}, // no Response: 500
		Fault{Call: "commit", JobID: "c", Response: Status(504)},
		Fault{Call: "commit", JobID: "c", After: true, Response: Status(505)},
		Fault{Call: "abort", After: true, Response: HTMLPage(506)},
		Fault{Call: "list", Response: ErrorCode(90102)},
		Fault{StartOnly: true, Times: 2, Response: Status(501)},
	)
	for i, step := range []struct {
		call, jobID string
		status      int
		want        string // a part of the response
	}{
		{"describe", "a", 503, ""}, // the first fault skips it, the second applies
		{"describe", "b", 200, ""}, {"describe", "a", 502, ""}, {"describe", "b", 500, ""}, {"list", "a", 502, ""}, {"describe", "a", 200, ""},
		{"describe", "b", 500, ""}, {"describe", "b", 500, ""},
		{"describe", "c", 200, "Uncommitted"}, {"commit", "c", 504, ""}, {"describe", "c", 200, "Uncommitted"},
		{"commit", "c", 505, ""}, {"describe", "c", 200, "Completed"}, // the response is lost
		{"abort", "d", 506, "nginx"}, {"describe", "d", 200, "Failed"},
		{"list", "d", 200, "90102"}, {"list", "d", 200, `"records"`},
		{"create", "d", 501, ""},
	} {
		w := send(s, v2Prefix+step.call, `{"clusterId":"c","jobId":"`+step.jobID+`"}`)
		retryAfter := w.Header().Get("Retry-After") == "3"
		if w.Code != step.status || !strings.Contains(w.Body.String(), step.want) || retryAfter != (w.Code == 503) {
			t.Errorf("request %d: HTTP status = %d, headers = %v, want %d and %s: %s", i, w.Code, w.Header(), step.status, step.want, w.Body)
		}
	}
	if w := send(s, v1StartPath, validV1Start); w.Code != 501 || len(s.Started()) != 0 {
		t.Errorf("start with v1: HTTP status = %d, %d jobs started, want 501 and none", w.Code, len(s.Started()))
	}
	if c, d, all := s.Count("commit", "c"), s.Count("commit", "d"), s.Count("describe", ""); c != 2 || d != 0 || all != 11 {
		t.Errorf("Count() = %d, %d, %d, want 2, 0, 11", c, d, all)
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
