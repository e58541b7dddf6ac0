package contract

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// runLogged runs everything against a handler, and returns what was logged. What is not
// about a job that is left has nothing private.
func runLogged(ctx context.Context, t *testing.T, s service, r *recorder, file string) (log string, err error) {
	t.Helper()
	public := strings.Builder{}
	err = run(ctx, s, r, file, func(format string, values ...any) {
		line := fmt.Sprintf(format+"\n", values...)
		log += line
		if !strings.HasPrefix(line, "The job ") {
			public.WriteString(line)
		}
	})
	recorded, _ := json.Marshal(r.recording)
	for _, private := range []string{s.key, s.cluster, `"` + s.collection + `"`, "//bucket", "parquet", "127.0.0.1", os.TempDir()} {
		if all := fmt.Sprint(public.String(), err, string(recorded)); strings.Contains(all, private) {
			t.Errorf("%s is public: %s", private, all)
		}
	}
	return log, err
}

// intercept returns a handler that calls next only if f returns false.
func intercept(next http.Handler, f func(w http.ResponseWriter, r *http.Request) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !f(w, r) {
			next.ServeHTTP(w, r)
		}
	})
}

func TestSettings(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, value, want string }{
		{"ZILLIZ_API_KEY", "", "ZILLIZ_API_KEY"},
		{"ZILLIZ_REGION_ID", "x@evil.example/", "ZILLIZ_REGION_ID"},
		{"ZILLIZ_REGION_ID", "evil.example", "ZILLIZ_REGION_ID"},
		{"ZILLIZ_REGION_ID", "ali-cn-hangzhou", ""},
		{"ZILLIZ_TEST_OBJECT_URL", "https://bucket.s3.amazonaws.com/a?X-Amz-Signature=evil", "ZILLIZ_TEST_OBJECT_URL"},
		{"ZILLIZ_TEST_COLLECTION", "", "ZILLIZ_TEST_COLLECTION"},
		{"ZILLIZ_TEST_ACCESS_KEY", "evil", "ZILLIZ_TEST_SECRET_KEY"},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "https://in01-1.aws-us-west-2.vectordb.zillizcloud.com:19530", ""},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "http://127.0.0.1:8080/", ""},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "http://in01-1.aws-us-west-2.vectordb.zillizcloud.com", "ZILLIZ_TEST_CONNECT_ADDRESS"},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "https://zillizcloud.com.evil.example", "ZILLIZ_TEST_CONNECT_ADDRESS"},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "https://evilzillizcloud.com", "ZILLIZ_TEST_CONNECT_ADDRESS"},
		{"ZILLIZ_TEST_CONNECT_ADDRESS", "https://a.zillizcloud.com@evil.example", "ZILLIZ_TEST_CONNECT_ADDRESS"},
	}
	for _, test := range tests {
		values := map[string]string{
			"ZILLIZ_API_KEY": "key", "ZILLIZ_REGION_ID": "aws-us-west-2", "ZILLIZ_TEST_CLUSTER_ID": "in01-1",
			"ZILLIZ_TEST_COLLECTION": "c", "ZILLIZ_TEST_OBJECT_URL": "s3://bucket/a.parquet",
		}
		values[test.name] = test.value
		_, err := newService(func(name string) string { return values[name] })
		if got := fmt.Sprint(err); (err == nil) != (test.want == "") || !strings.Contains(got, test.want) || strings.Contains(got, "evil") {
			t.Errorf("%s=%q: %v", test.name, test.value, err)
		}
	}
}

// TestWrongAccount checks that a wrong key, cluster or region is named, and that then
// nothing is said about the service.
func TestWrongAccount(t *testing.T) {
	t.Parallel()
	respond := func(times int, response http.HandlerFunc) func(*service, *zillizsim.Server) {
		return func(_ *service, sim *zillizsim.Server) { sim.Inject(zillizsim.Fault{Times: times, Response: response}) }
	}
	tests := map[string]func(*service, *zillizsim.Server){
		"Fix ZILLIZ_API_KEY (":                            func(s *service, _ *zillizsim.Server) { s.key = wrongKey },
		"Fix ZILLIZ_TEST_CLUSTER_ID (":                    func(s *service, _ *zillizsim.Server) { s.cluster = "in01-ffffffffffffffff" },
		"Fix ZILLIZ_REGION_ID, or the network":            func(s *service, _ *zillizsim.Server) { s.base["v1"] = "http://127.0.0.1:1" },
		"Fix ZILLIZ_REGION_ID or ZILLIZ_TEST_CLUSTER_ID ": respond(1, zillizsim.ErrorCode(90102)),
		"Fix ZILLIZ_REGION_ID (":                          respond(1, zillizsim.ErrorCode(90117)),
		"Fix ZILLIZ_REGION_ID. If it is right":            respond(1, zillizsim.HTMLPage(http.StatusNotFound)),
		"Fix what the service says (API v1: HTTP 503":     respond(2, zillizsim.Status(http.StatusServiceUnavailable)),
	}
	for want, change := range tests {
		sim := newSimulator(0, zillizsim.Options{})
		s, r := simulated(t, sim)
		change(&s, sim)
		if log, err := runLogged(t.Context(), t, s, r, ""); log != "" || err == nil || !strings.Contains(err.Error(), want) || len(sim.Started()) > 0 {
			t.Errorf("%s: %q, %v, %d starts", want, log, err, len(sim.Started()))
		}
	}
}

// TestNumericIDs imports from a service whose job IDs are numbers.
func TestNumericIDs(t *testing.T) {
	t.Parallel()
	var starts, reads atomic.Int32
	s, _ := simulated(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		more := `,"state":"Completed","progress":100,"completeTime":"2026-01-02T03:04:05Z"`
		if strings.HasSuffix(r.URL.Path, "/create") {
			starts.Add(1)
		} else if reads.Add(1) < 4 {
			more = `,"state":"Importing","progress":50,"completeTime":""`
		}
		zillizsim.Body(http.StatusOK, "application/json", `{"code":0,"data":{"jobId":450000000000000001,"fileName":"folder/1.parquet"`+more+`}}`)(w, r)
	}))
	if err := importFile(t.Context(), s, v2); err != nil || starts.Load() != 1 || len(s.left) > 0 {
		t.Errorf("%v after %d starts, left: %v", err, starts.Load(), s.left)
	}
}

// TestStartWithoutID checks that nothing is started after a start without an ID.
func TestStartWithoutID(t *testing.T) {
	t.Parallel()
	for _, response := range []http.HandlerFunc{
		zillizsim.Body(http.StatusOK, "application/json", `{"code":0,"data":{}}`),
		zillizsim.Status(http.StatusBadGateway), zillizsim.Reset(), zillizsim.ErrorCode(47005),
	} {
		var starts atomic.Int32
		s, r := simulated(t, intercept(newSimulator(0, zillizsim.Options{}), func(w http.ResponseWriter, r *http.Request) bool {
			start := regexp.MustCompile(`^POST .*/(create|import)$`).MatchString(r.Method + " " + r.URL.Path)
			if start {
				starts.Add(1)
				response(w, r)
			}
			return start
		}))
		if log, err := runLogged(t.Context(), t, s, r, ""); starts.Load() != 1 || !errors.Is(err, errStop) {
			t.Errorf("%d starts, %v: %s", starts.Load(), err, log)
		}
	}
}

// TestInterrupted cancels a run in the middle, as Ctrl-C does: at the first start, while
// its job runs, and when a job is uncommitted.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		at, want string
		moment   time.Duration
	}{{"/create", "has not ended", time.Hour}, {"/describe", "has not ended", time.Hour}, {"/commit", "has been aborted", 50 * time.Millisecond}}
	for _, test := range tests {
		ctx, interrupt := context.WithCancel(t.Context())
		defer interrupt()
		sim, file := newSimulator(test.moment, zillizsim.Options{}), filepath.Join(t.TempDir(), "live.json")
		read := func() (r recording) {
			text, err := os.ReadFile(file)
			if err = errors.Join(err, json.Unmarshal(text, &r)); err != nil {
				t.Error(err)
			}
			return r
		}
		s, r := simulated(t, intercept(sim, func(_ http.ResponseWriter, request *http.Request) bool {
			if !strings.HasSuffix(request.URL.Path, test.at) || test.at == "/describe" && len(sim.Started()) == 0 || ctx.Err() != nil {
				return false
			}
			if n := len(read().Exchanges); n != len(sim.Requests())+1 { // one of which went to another region
				t.Errorf("%s: %d exchanges are recorded of %d", test.at, n, len(sim.Requests())+1)
			}
			interrupt()
			return test.at == "/commit"
		}))
		s.base["cluster"] = ""
		log, err := runLogged(ctx, t, s, r, file)
		left := sim.Started()[len(sim.Started())-1].JobID
		if !errors.Is(err, context.Canceled) || !regexp.MustCompile("The job "+left+" .*"+test.want).MatchString(log) || strings.Contains(log, "differs") {
			t.Errorf("%s: %v\n%s", test.at, err, log)
		}
		if all := read().Exchanges; all[len(all)-1].Source != "recorded: the end" {
			t.Errorf("%s: the last exchange is missing", test.at)
		}
	}
}
