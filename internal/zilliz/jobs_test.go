package zilliz

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

func TestJobPage(t *testing.T) {
	t.Parallel()
	one := []importjob.ListedJob{{JobID: "a"}}
	tests := []struct {
		name, data string
		want       importjob.Page
	}{
		{"tasks", `{"tasks":[{"jobId":"a"}]}`, importjob.Page{Jobs: one, IDs: []string{"a"}, Unordered: true}},
		{"records", `{"records":[{"jobId":"a"}]}`, importjob.Page{Jobs: one, IDs: []string{"a"}, Unordered: true}},
		{"tasks and records", `{"records":[{"jobId":"b"}],"tasks":[{"jobId":"a"}]}`, importjob.Page{Jobs: one, IDs: []string{"a"}, Unordered: true}},
		{"null", `{"tasks":null}`, importjob.Page{Unordered: true}},
		{"null records", `{"records":null,"count":0,"pageSize":100}`, importjob.Page{Count: new(int64(0)), Size: new(int64(100))}},
		{"empty tasks before records", `{"tasks":[],"records":[{"jobId":"a"}]}`, importjob.Page{Jobs: one, IDs: []string{"a"}, Unordered: true}},
		{"null tasks before records", `{"tasks":null,"records":[{"jobId":"a"}]}`, importjob.Page{Jobs: one, IDs: []string{"a"}, Unordered: true}},
		{"empty", `{"tasks":[],"pageSize":"10"}`, importjob.Page{Size: new(int64(10))}},
		{"only a count", `{"tasks":[],"count":0}`, importjob.Page{Count: new(int64(0))}},
		{"count of another type", `{"tasks":[],"count":[],"pageSize":{}}`, importjob.Page{}},
		{"a job twice", `{"tasks":[{"jobId":"a"},{"jobId":"a"}],"count":2}`,
			importjob.Page{Jobs: []importjob.ListedJob{{JobID: "a"}, {JobID: "a"}}, IDs: []string{"a", "a"}, Count: new(int64(2))}},
		{
			"fields of a job", `{"tasks":[{"jobId":7,"collectionName":"c","state":null,"x":[]},{"jobId":"a","collectionName":{},"state":"Failed"}],"count":2}`,
			importjob.Page{Jobs: []importjob.ListedJob{{JobID: "7", CollectionName: new("c")}, {JobID: "a", State: "failed"}},
				IDs: []string{"7", "a"}, Count: new(int64(2))},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, version := range []APIVersion{V1, V2} {
				got, err := listData(t, version, test.data, JobFilter{ClusterID: "c"})
				if err != nil || !reflect.DeepEqual(got, test.want) {
					t.Errorf("%s: page is %s, %v, want %s", version, toJSON(got), err, toJSON(test.want))
				}
			}
		})
	}
}

func TestMalformedJobPage(t *testing.T) {
	t.Parallel()
	for _, data := range []string{
		`{}`, `{"Tasks":[]}`, `{"count":0,"pageSize":100}`, `[]`, `null`, `"x"`,
		`{"tasks":[],"count":7}`, `{"tasks":null,"records":null,"count":"1"}`,
		`{"tasks":{}}`, `{"tasks":"x"}`, `{"tasks":7}`, `{"tasks":false}`, `{"records":{}}`, `{"records":true}`,
		`{"tasks":[],"tasks":[]}`, `{"tasks":null,"t\u0061sks":[]}`, `{"records":[],"records":[]}`,
		`{"tasks":[null]}`, `{"tasks":["a"]}`, `{"tasks":[[]]}`, `{"tasks":[{}]}`, `{"tasks":[{"jobId":"a"},{}]}`,
		`{"tasks":[{"jobId":""}]}`, `{"tasks":[{"jobId":"a\u001b[31m"}]}`,
		`{"tasks":[{"jobId":null}]}`, `{"tasks":[{"JobID":"a"}]}`, `{"tasks":[{"jobId":["a"]}]}`, `{"tasks":[{"jobId":{}}]}`,
		`{"tasks":[{"jobId":true}]}`, `{"tasks":[{"jobId":"a","jobId":"a"}]}`, `{"tasks":[{"jobId":"a","job\u0049d":"b"}]}`,
		`{"tasks":[{"jobId":"a","state":[]}]}`, `{"tasks":[{"jobId":"a","state":{}}]}`, `{"tasks":[{"jobId":"a","state":true}]}`,
		`{"tasks":[{"jobId":"a","state":"ImportCompleted","state":"ImportCompleted"}]}`,
		`{"tasks":[{"jobId":"a","state":"ImportFailed","st\u0061te":"ImportCompleted"}]}`,
	} {
		for _, version := range []APIVersion{V1, V2} {
			if page, err := listData(t, version, data, JobFilter{ClusterID: "c"}); !isMalformed(err) {
				t.Errorf("%s %s: page is %s, %v, want a malformed response", version, data, toJSON(page), err)
			}
		}
	}
}

func TestListStates(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[APIVersion]importjob.State{
		"ImportPending": {V1: "pending", V2: "importpending"}, "ImportUncommitted": {V1: "uncommitted", V2: "importuncommitted"},
		"ImportRunning": {V1: "importing", V2: "importrunning"}, "IMPORTRUNNING": {V1: "importing", V2: "importrunning"},
		"ImportCompleted": {V1: "completed", V2: "importcompleted"}, "ImportFailed": {V1: "failed", V2: "importfailed"},
		"Import": {V1: "import", V2: "import"}, "Importing": {V1: "importing", V2: "importing"}, "Pending": {V1: "pending", V2: "pending"},
		"Running": {V1: "importing", V2: "running"}, "InProgress": {V1: "inprogress", V2: "importing"}, "Completed": {V1: "completed", V2: "completed"},
		"Failed": {V1: "failed", V2: "failed"}, "Rebuilding": {V1: "rebuilding", V2: "rebuilding"}, "": {V1: "", V2: ""},
	} {
		for version, want := range want {
			page, err := listData(t, version, `{"tasks":[{"jobId":"1","state":"`+name+`"}]}`, JobFilter{ClusterID: "c"})
			if err != nil || page.Jobs[0].State != want {
				t.Errorf("%s %q: page is %s, %v, want %q", version, name, toJSON(page), err, want)
			}
		}
	}
}

// TestJobsOfOneCollection checks the filter by collection. With API v2, the service filters
// the list, and resolves aliases. With API v1, a job without a collection name is an error.
func TestJobsOfOneCollection(t *testing.T) {
	t.Parallel()
	const named = `{"jobId":"1","collectionName":"books"},{"jobId":"2","collectionName":"Books"},{"jobId":"3","collectionName":"book\u0073"},` +
		`{"jobId":"4","collectionName":"books "}`
	filter := JobFilter{ClusterID: "c", CollectionName: "books"}
	ids := func(page importjob.Page) string {
		var ids []string
		for _, job := range page.Jobs {
			ids = append(ids, job.JobID)
		}
		return strings.Join(ids, " ") + " of " + strings.Join(page.IDs, " ")
	}
	for version, want := range map[APIVersion]string{V1: "1 3 of 1 2 3 4", V2: "1 2 3 4 of 1 2 3 4"} {
		page, err := listData(t, version, `{"tasks":[`+named+`],"count":4}`, filter)
		if got := ids(page); err != nil || got != want || *page.Count != 4 {
			t.Errorf("%s: jobs %s, %v, want %s", version, got, err, want)
		}
	}
	for _, unnamed := range []string{
		`{"jobId":"5"}`, `{"jobId":"5","collectionName":null}`, `{"jobId":"5","collectionName":""}`, `{"jobId":"5","collectionName":[]}`,
	} {
		data := `{"tasks":[` + named + `,` + unnamed + `]}`
		if page, err := listData(t, V1, data, filter); !errors.Is(err, ErrNoCollectionName) || kindOf(err) != permanent {
			t.Errorf("v1: page is %s, %v, want %v", toJSON(page), err, ErrNoCollectionName)
		}
		page, err := listData(t, V2, data, filter)
		if got, want := ids(page), "1 2 3 4 5 of 1 2 3 4 5"; err != nil || got != want {
			t.Errorf("v2: jobs %s, %v, want %s", got, err, want)
		}
		if page, err := listData(t, V1, data, JobFilter{ClusterID: "c"}); err != nil || len(page.Jobs) != 5 {
			t.Errorf("v1 without a filter: page is %s, %v, want 5 jobs", toJSON(page), err)
		}
	}
}
