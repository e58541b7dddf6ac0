package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// runLogged runs everything and returns what it logs, without jobs. Nothing of it may be
// private.
func runLogged(ctx context.Context, t *testing.T, s service, r *recorder) (lines []string, err error) {
	t.Helper()
	err = run(ctx, s, r, func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) })
	public := fmt.Sprint(err)
	for _, line := range lines {
		if !strings.HasPrefix(line, "The job ") {
			public += line
		}
	}
	facts, _ := json.Marshal(r.recording)
	public += string(facts)
	for _, private := range []string{s.key, s.cluster, s.collection, s.objectURL, "parquet", "127.0.0.1", os.TempDir()} {
		if private != "" && strings.Contains(public, private) {
			t.Errorf("%q is public: %s", private, public)
		}
	}
	return lines, err
}

// intercept returns a handler that calls f first, and next only if that returns false.
func intercept(next http.Handler, f func(w http.ResponseWriter, r *http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f(w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

// TestWrongSettings checks that nothing is sent before the settings are right.
func TestWrongSettings(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, value, want string }{
		{"ZILLIZ_API_KEY", "", "needs an account"},
		{"ZILLIZ_REGION_ID", "x@evil.example/", "ZILLIZ_REGION_ID"},
		{"ZILLIZ_REGION_ID", "evil.example", "ZILLIZ_REGION_ID"},
		{"ZILLIZ_REGION_ID", "ali-cn-hangzhou", ""},
		{"ZILLIZ_TEST_OBJECT_URL", "https://bucket.s3.amazonaws.com/a?X-Amz-Signature=secret", "ZILLIZ_TEST_OBJECT_URL"},
		{"ZILLIZ_TEST_COLLECTION", "", "ZILLIZ_TEST_COLLECTION"},
		{"ZILLIZ_TEST_ACCESS_KEY", "secret", "ZILLIZ_TEST_SECRET_KEY"},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "https://in01-1.aws-us-west-2.vectordb.zillizcloud.com:19530", ""},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "http://127.0.0.1:8080/", ""},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "http://in01-1.aws-us-west-2.vectordb.zillizcloud.com", "ZILLIZ_TEST_CONNECT_ADDRESS"},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "https://zillizcloud.com.evil.example", "ZILLIZ_TEST_CONNECT_ADDRESS"},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "https://evilzillizcloud.com", "ZILLIZ_TEST_CONNECT_ADDRESS"},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "https://a.zillizcloud.com@evil.example", "ZILLIZ_TEST_CONNECT_ADDRESS"},
	}
	for _, test := range tests {
		_, err := newService(func(name string) string {
			switch name {
			case test.name:
				return test.value
			case "ZILLIZ_TEST_CONNECT_ADDRESS", "ZILLIZ_TEST_ACCESS_KEY", "ZILLIZ_TEST_SECRET_KEY", "ZILLIZ_TEST_TOKEN":
				return ""
			case "ZILLIZ_REGION_ID":
				return "aws-us-west-2"
			case "ZILLIZ_TEST_OBJECT_URL":
				return "s3://bucket/a.parquet"
			default:
				return "something"
			}
		})
		if (err == nil) != (test.want == "") || err != nil && (!strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "evil")) {
			t.Errorf("%s=%q: %v", test.name, test.value, err)
		}
	}
}

// TestWrongAccount checks that a wrong key, cluster or region is named, and that then
// nothing is said about the service.
func TestWrongAccount(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*service, *zillizsim.Server){
		"ZILLIZ_API_KEY":                              func(s *service, _ *zillizsim.Server) { s.key = wrongKey },
		"ZILLIZ_TEST_CLUSTER_ID,":                     func(s *service, _ *zillizsim.Server) { s.cluster = "in01-ffffffffffffffff" },
		"ZILLIZ_REGION_ID, or ZILLIZ_TEST_CLUSTER_ID": func(_ *service, sim *zillizsim.Server) { sim.Refuse(simCluster, 90102) },
		"ZILLIZ_REGION_ID: the service": func(_ *service, sim *zillizsim.Server) {
			sim.Inject(zillizsim.Fault{Response: zillizsim.ErrorCode(90117)})
		},
		"ZILLIZ_REGION_ID. If it is right": func(_ *service, sim *zillizsim.Server) {
			sim.Inject(zillizsim.Fault{Response: zillizsim.HTMLPage(404)})
		},
		"ZILLIZ_REGION_ID, or the network": func(s *service, _ *zillizsim.Server) { s.v1 = "http://127.0.0.1:1" },
		"API v1 HTTP 503": func(_ *service, sim *zillizsim.Server) {
			sim.Inject(zillizsim.Fault{Times: -1, Response: zillizsim.Status(503)})
		},
	}
	for want, change := range tests {
		sim := newSimulator(0, zillizsim.Options{})
		s, r := simulated(t, sim)
		change(&s, sim)
		if lines, err := runLogged(t.Context(), t, s, r); len(lines) > 0 || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", want, lines, err)
		}
		if n := len(sim.Started()); n > 0 {
			t.Errorf("%s: %d starts", want, n)
		}
	}
}

// TestRejectedResponses changes responses into ones that the provider rejects, which are
// not facts that were not seen.
func TestRejectedResponses(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"code":200,"data":{"count":0}}`, `{"code":200,"data":[]}`, `{"code":200}`, `{"code":200,"data":{"tasks":{}}}`} {
		s, r := simulated(t, intercept(newSimulator(0, zillizsim.Options{}), func(w http.ResponseWriter, r *http.Request) bool {
			list := strings.HasPrefix(r.URL.Path, "/v1/") && strings.HasSuffix(r.URL.Path, "/list") && r.Header.Get("Authorization") == "Bearer "+simKey
			if list {
				zillizsim.Body(http.StatusOK, "application/json", body)(w, r)
			}
			return list
		}))
		s.objectURL = ""
		lines, err := runLogged(t.Context(), t, s, r)
		if err == nil {
			t.Errorf("%s: no error", body)
		}
		for _, line := range lines {
			if aboutV1 := strings.Contains(line, "v1 list") || strings.Contains(line, "v1 job has") || strings.Contains(line, "the provider's client"); aboutV1 && !strings.HasPrefix(line, "differs") {
				t.Errorf("%s: %s", body, line)
			}
		}
	}
}

// numericIDs returns a handler that has numbers in place of the IDs of the jobs that the
// next one starts.
func numericIDs(next http.Handler) http.Handler {
	var mu sync.Mutex
	numbers, ids := map[string]string{}, map[string]string{}
	field := regexp.MustCompile(`"jobId":"([^"]*)"`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		sent, _ := io.ReadAll(r.Body)
		sent = field.ReplaceAllFunc(sent, func(f []byte) []byte {
			if id, found := ids[string(field.FindSubmatch(f)[1])]; found {
				return []byte(`"jobId":"` + id + `"`)
			}
			return f
		})
		r.Body = io.NopCloser(bytes.NewReader(sent))
		if query := r.URL.Query(); ids[query.Get("jobId")] != "" {
			query.Set("jobId", ids[query.Get("jobId")])
			r.URL.RawQuery = query.Encode()
		}
		original := httptest.NewRecorder()
		next.ServeHTTP(original, r)
		zillizsim.Body(original.Code, "application/json", field.ReplaceAllStringFunc(original.Body.String(), func(f string) string {
			id := field.FindStringSubmatch(f)[1]
			if numbers[id] == "" {
				numbers[id] = strconv.Itoa(450000000000000000 + len(numbers))
				ids[numbers[id]] = id
			}
			return `"jobId":` + numbers[id]
		}))(w, r)
	})
}

func TestNumericIDs(t *testing.T) {
	t.Parallel()
	sim := newSimulator(50*time.Millisecond, zillizsim.Options{})
	s, _ := simulated(t, numericIDs(sim))
	checks := []check{{"import", importV2}, {"twice", startTwice}, {"commit", commit}, {"abort", abort}, {"v2 job", jobChecks()[3].run}}
	err := runChecks(t.Context(), s, checks, func(found result) {
		if found.Finding != "holds" {
			t.Error(found)
		}
	})
	if n := len(sim.Started()); err != nil || n != 5 {
		t.Errorf("%v after %d starts", err, n)
	}
}

// TestStartWithoutID checks that nothing is started after an answer without an ID.
func TestStartWithoutID(t *testing.T) {
	t.Parallel()
	for _, fault := range []http.HandlerFunc{
		zillizsim.Body(http.StatusOK, "application/json", `{"code":0,"data":{}}`), zillizsim.Status(http.StatusBadGateway), zillizsim.Reset(),
		zillizsim.ErrorCode(47005),
	} {
		sim := newSimulator(0, zillizsim.Options{})
		starts := 0
		s, r := simulated(t, intercept(sim, func(w http.ResponseWriter, r *http.Request) bool {
			start := strings.HasSuffix(r.URL.Path, "/create") || r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/import")
			if start {
				starts++
				fault(w, r)
			}
			return start
		}))
		if lines, err := runLogged(t.Context(), t, s, r); starts != 1 || !errors.Is(err, errStop) {
			t.Errorf("%d starts, %v: %q", starts, err, lines)
		}
	}
}

// TestInterrupted cancels a run in the middle, as Ctrl-C does: at the first start, while
// its job runs, and when a job is uncommitted.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		at     string
		moment time.Duration
		want   string
	}{
		{"/create", time.Hour, "has not ended"}, {"/describe", time.Hour, "has not ended"}, {"/commit", 50 * time.Millisecond, "has been aborted"},
	}
	for _, test := range tests {
		ctx, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		sim := newSimulator(test.moment, zillizsim.Options{})
		file := filepath.Join(t.TempDir(), "live.json")
		s, r := simulated(t, intercept(sim, func(w http.ResponseWriter, request *http.Request) bool {
			if !strings.HasSuffix(request.URL.Path, test.at) || test.at == "/describe" && len(sim.Started()) == 0 || ctx.Err() != nil {
				return false
			}
			recorded, err := os.ReadFile(file)
			if err != nil || !json.Valid(recorded) || test.at != "/create" && !strings.Contains(string(recorded), "/import/create") {
				t.Errorf("%s: recorded before: %v", test.at, err)
			}
			interrupt()
			return test.at == "/commit"
		}))
		r.file, s.dataPlane = file, ""
		lines, err := runLogged(ctx, t, s, r)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", test.at, err)
		}
		last := sim.Started()[len(sim.Started())-1].JobID
		if all := strings.Join(lines, "\n"); !strings.Contains(all, last+" ") || !strings.Contains(all, test.want) || strings.Contains(all, "differs") {
			t.Errorf("%s: %s", test.at, all)
		}
		var complete recording
		if text, err := os.ReadFile(file); err != nil || json.Unmarshal(text, &complete) != nil || complete.Exchanges[len(complete.Exchanges)-1].Source != "recorded: the end" {
			t.Errorf("%s: the recording is not complete: %v", test.at, err)
		}
	}
}
