package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// fraction returns the JSON of the percentage of an import, as API v1 sends it.
type fraction func(elapsed time.Duration) string

// longImport is the duration of the import of an ambiguousService.
const longImport = 55 * time.Minute

// ambiguousService is API v1 with one import, which takes longImport and whose percentage
// stays at 1 for long.
type ambiguousService struct {
	ready fraction
	// completeTime returns the JSON of completeTime until the import has completed. If nil,
	// it is null, always.
	completeTime func(now time.Time) string
	// listed returns the states of the import in the list. If nil, it is ImportRunning
	// until the import has completed, and then ImportCompleted.
	listed func(elapsed time.Duration) []string
	// noDate reports whether responses have no Date.
	noDate bool
	// files are the JSON of the details.
	files string

	began time.Time
	lists int
}

func (s *ambiguousService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	elapsed := time.Since(s.began)
	if !s.noDate {
		w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	var data string
	if strings.HasSuffix(r.URL.Path, "/list") {
		s.lists++
		states := []string{"ImportRunning"}
		if s.listed != nil {
			states = s.listed(elapsed)
		} else if elapsed >= longImport {
			states = []string{"ImportCompleted"}
		}
		tasks := []string{`{"jobId":"another","state":"ImportCompleted"}`}
		for _, state := range states {
			tasks = append(tasks, fmt.Sprintf(`{"jobId":"job-1","state":%q}`, state))
		}
		data = `{"tasks":[` + strings.Join(tasks, ",") + `],"pageSize":100}`
	} else {
		completeTime := "null"
		if s.completeTime != nil {
			completeTime = s.completeTime(time.Now())
		}
		data = fmt.Sprintf(`{"jobId":"job-1","fileName":"a/","readyPercentage":%s,"completeTime":%s,"errorMessage":null,"details":[%s]}`,
			s.ready(elapsed), completeTime, s.files)
	}
	zillizsim.Body(http.StatusOK, "application/json", `{"code":200,"data":`+data+`}`)(w, r)
}

// steps returns a percentage that has the given values, each for the same time, stays at
// hold from 5 to 50 minutes, and is full after longImport.
func steps(values []string, hold, full string) fraction {
	return func(elapsed time.Duration) string {
		switch {
		case elapsed >= longImport:
			return full
		case elapsed >= 5*time.Minute && elapsed < 50*time.Minute:
			return hold
		case elapsed >= 50*time.Minute:
			return values[len(values)-1]
		default:
			return values[int(elapsed)*(len(values)-1)/int(5*time.Minute)]
		}
	}
}

func constant(text string) func(time.Time) string { return func(time.Time) string { return text } }

// TestGateNeverOpensEarly covers the known meanings of a percentage of 1 in API v1. None opens
// a gate before the import has completed, whatever the time. Packages zilliz and importjob have
// the whole tables.
func TestGateNeverOpensEarly(t *testing.T) {
	t.Parallel()
	whole := steps([]string{"0", "1", "40", "99"}, "1", "100")
	ending := steps([]string{"0", "1", "0.99"}, "1", "1")
	always := func(states ...string) func(time.Duration) []string {
		return func(time.Duration) []string { return states }
	}
	tests := map[string]struct {
		service ambiguousService
		// never reports whether the responses never say that the import has completed.
		never bool
		// byList reports whether only the list says that, which is asked once a minute.
		byList bool
	}{
		"whole percents":         {service: ambiguousService{ready: whole}},
		"1 as text":              {service: ambiguousService{ready: steps([]string{`"0"`, `"1"`, `"99"`}, `"1.0"`, `"100"`)}},
		"estimated milliseconds": {service: ambiguousService{ready: whole, completeTime: constant("3300000")}},
		"zero time":              {service: ambiguousService{ready: whole, completeTime: constant(`"0001-01-01T00:00:00Z"`)}},
		"estimated time": {service: ambiguousService{ready: whole, completeTime: func(now time.Time) string {
			return now.Add(time.Minute).Format(`"` + time.RFC3339 + `"`)
		}}},
		"time in a response without Date": {service: ambiguousService{ready: whole, noDate: true, completeTime: constant(`"1999-12-31T00:00:00Z"`)}},
		"a file at 30%": {service: ambiguousService{ready: whole, completeTime: constant(`"1999-12-31T00:00:00Z"`),
			files: `{"fileName":"a/1","readyPercentage":0.3}`}},
		"half of the entries completed": {service: ambiguousService{ready: whole, listed: always("ImportCompleted", "ImportRunning")}},
		"not in the list":               {service: ambiguousService{ready: whole, listed: always()}},

		"the list says so": {service: ambiguousService{ready: ending}, byList: true},
		"all entries of the list say so": {service: ambiguousService{ready: ending, listed: func(elapsed time.Duration) []string {
			if elapsed < longImport {
				return []string{"ImportRunning", "ImportPending"}
			}
			return []string{"ImportCompleted", "ImportCompleted"}
		}}, byList: true},
		"the list says so, without Date": {service: ambiguousService{ready: ending, noDate: true, completeTime: constant(`"1999-12-31T00:00:00Z"`)}, byList: true},
		"nothing but 1":                  {service: ambiguousService{ready: ending, listed: always("ImportRunning")}, never: true},
		"1 for two hours and no list":    {service: ambiguousService{ready: func(time.Duration) string { return "1" }, listed: always()}, never: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				service := test.service
				service.began = time.Now()
				_, d := newProvider(t, &service).create(t.Context(), completion, jobArguments(values{"timeouts": values{"create": "2h"}}))
				took := time.Since(service.began)
				if test.never {
					if took != 2*time.Hour || !hasError(d) || !strings.Contains(diagnosticText(d), "1% or 100%") {
						t.Errorf("the wait ended after %s: %s", took, diagnosticText(d))
					}
					return
				}
				late := 30 * time.Second
				if test.byList {
					late += time.Minute
				}
				if len(d) > 0 || took < longImport || took > longImport+late {
					t.Errorf("the gate opened after %s, want %s to %s later: %s", took, longImport, late, diagnosticText(d))
				}
				if service.lists > 130 {
					t.Errorf("the list was read %d times, want at most once a minute", service.lists)
				}
			})
		})
	}
}

// TestPlainReadOfAmbiguousPercentage checks that a plain read follows the rule of a wait.
func TestPlainReadOfAmbiguousPercentage(t *testing.T) {
	t.Parallel()
	one := func(time.Duration) string { return "1" }
	state := func(state string) func(time.Duration) []string {
		return func(time.Duration) []string { return []string{state} }
	}
	tests := map[string]struct {
		service   ambiguousService
		completed bool
		lists     int
	}{
		"the list says running":   {ambiguousService{ready: one, listed: state("ImportRunning")}, false, 1},
		"the list says completed": {ambiguousService{ready: one, listed: state("ImportCompleted")}, true, 1},
		"not in the list":         {ambiguousService{ready: one, listed: func(time.Duration) []string { return nil }}, false, 1},
		"estimated milliseconds":  {ambiguousService{ready: one, completeTime: constant("3300000"), listed: state("ImportRunning")}, false, 1},
		"estimated time":          {ambiguousService{ready: one, completeTime: constant(`"2999-01-01T00:00:00Z"`), listed: state("ImportRunning")}, false, 1},
		"time of completion":      {ambiguousService{ready: one, completeTime: constant(`"1999-12-31T00:00:00Z"`)}, true, 0},
		"time of completion, no Date": {ambiguousService{
			ready: one, completeTime: constant(`"1999-12-31T00:00:00Z"`), noDate: true, listed: state("ImportRunning"),
		}, false, 1},
		"100": {ambiguousService{ready: func(time.Duration) string { return "100" }}, true, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				service := test.service
				service.began = time.Now()
				p := newProvider(t, &service)
				state, d := p.read(t.Context(), progress, jobArguments(nil))
				if !state["completed"].Equal(tftypes.NewValue(tftypes.Bool, test.completed)) || service.lists != test.lists {
					t.Errorf("%v, the list was read %d times, want %d", state, service.lists, test.lists)
				}
				want := map[bool]string{true: "completed", false: "importing"}[test.completed]
				if stringValue(t, state["state"]) != want || state["progress_percent"].IsNull() == test.completed {
					t.Errorf("state %v, progress_percent %v", state["state"], state["progress_percent"])
				}
				_, imported := p.importResource(completion, testCluster+"/job-1")
				if test.completed {
					if len(d)+len(imported) > 0 {
						t.Error(diagnosticText(append(d, imported...)))
					}
					return
				}
				expectOneWarning(t, d, "Import job may have completed", "can mean 1% or 100%", `to "v2" in the provider configuration`)
				expectError(t, imported, "", "Import job can't be imported into the state", "can mean 1% or 100%")
			})
		})
	}
}

// TestAmbiguousReadNamesTheErrorOfTheList reads an ambiguous job once while the list can't
// be read.
func TestAmbiguousReadNamesTheErrorOfTheList(t *testing.T) {
	t.Parallel()
	sim := newSim(zillizsim.Job{Steps: zillizsim.Linear(0), NoCompleteTime: true})
	sim.Inject(zillizsim.Fault{Call: "list", Times: -1, Response: zillizsim.HTMLPage(403)})
	_, d := newProvider(t, sim).read(t.Context(), progress, jobArguments(nil))
	expectOneWarning(t, d, "Import job may have completed", "HTTP 403")
}
