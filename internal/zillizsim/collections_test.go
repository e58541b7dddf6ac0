package zillizsim

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const countBody = `"filter":"","outputFields":["count(*)"],"limit":0,"consistencyLevel":"Strong"`

// ask sends a request of the data plane for a collection, and returns the response.
func ask(s *Server, call, collection string) string {
	path, body := "collections/"+call, `{"collectionName":"`+collection+`"}`
	if call == "query" {
		path, body = "entities/query", `{"collectionName":"`+collection+`",`+countBody+`}`
	}
	return send(s, "/v2/vectordb/"+path, body).Body.String()
}

// TestRowsAreFoundAfterALoadOrRefresh follows a collection that is not loaded, and one that
// is, while an import into each completes after 60 s.
func TestRowsAreFoundAfterALoadOrRefresh(t *testing.T) {
	t.Parallel()
	const (
		success   = `{"code":0,"data":{}}`
		notLoaded = `{"code":101,"message":"collection not loaded[collection=new]"}`
		loaded    = `{"code":0,"data":{"loadProgress":100,"loadState":"LoadStateLoaded","message":""}}`
	)
	for _, milvus := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newSim(Options{Milvus: milvus})
			for _, name := range []string{"new", "old", "slow"} {
				s.AddJob(Job{ClusterID: "c", ID: name, CollectionName: name, Steps: Linear(time.Minute), TotalRows: 7, ExpiresAfter: 1})
				s.AddJob(Job{ClusterID: "c", ID: name + "-failed", CollectionName: name, Steps: FailAt(0, 0.5, "no"), TotalRows: 7})
				s.AddJob(Job{ClusterID: "c", ID: name + "-elsewhere", CollectionName: name, DBName: "db", Steps: Linear(0), TotalRows: 7})
			}
			s.AddCollection(Collection{Name: "new", LoadTime: 20 * time.Second})
			s.AddCollection(Collection{Name: "old", Loaded: true, LoadError: "not of this load", Rows: 3, RefreshTime: 5 * time.Second})
			s.AddCollection(Collection{Name: "slow", Loaded: true, VisibleAfter: time.Minute})
			s.AddCollection(Collection{Name: "large", LoadTime: 40 * time.Second, LoadError: "out of memory"})
			for i, step := range []struct {
				wait                   time.Duration
				call, collection, want string
			}{
				{0, "get_load_state", "new", `{"code":0,"data":{"loadState":"LoadStateNotLoad"}}`},
				{0, "query", "new", notLoaded},
				{0, "refresh_load", "new", notLoaded},
				{0, "query", "old", `{"code":0,"data":[{"count(*)":3}]}`},
				{58 * time.Second, "refresh_load", "old", success}, // before the import has completed
				{2 * time.Second, "load", "new", success},          // when it has
				{5 * time.Second, "get_load_state", "new", `{"code":0,"data":{"loadProgress":25,"loadState":"LoadStateLoading","message":""}}`},
				{0, "load", "new", success}, // changes nothing
				{0, "refresh_load", "new", notLoaded},
				{0, "query", "new", `{"code":103,"message":"collection not fully loaded[collection=new]"}`},
				{0, "query", "old", `{"code":0,"data":[{"count(*)":3}]}`},
				{0, "refresh_load", "old", success},
				{0, "get_load_state", "old", loaded}, // not the progress of the refresh
				{5*time.Second - 1, "query", "old", `{"code":0,"data":[{"count(*)":3}]}`},
				{1, "query", "old", `{"code":0,"data":[{"count(*)":10}]}`},
				{10 * time.Second, "get_load_state", "new", loaded},
				{0, "query", "new", `{"code":0,"data":[{"count(*)":7}]}`},
				{0, "load", "large", success},
				{40*time.Second - 1, "get_load_state", "large", `{"code":0,"data":{"loadProgress":99,"loadState":"LoadStateLoading","message":""}}`},
				{0, "query", "slow", `{"code":0,"data":[{"count(*)":0}]}`},
				{1, "query", "slow", `{"code":0,"data":[{"count(*)":7}]}`},
				{0, "get_load_state", "large", `{"code":0,"data":{"loadProgress":-1,"loadState":"LoadStateLoading","message":"out of memory"}}`},
				{0, "query", "large", `{"code":103,"message":"collection not fully loaded[collection=large]"}`},
			} {
				pauseFor(step.wait)
				if got := ask(s, step.call, step.collection); got != step.want {
					t.Errorf("Milvus: %t, step %d: %s of %s = %s, want %s", milvus, i, step.call, step.collection, got, step.want)
				}
			}
			if got := s.Mistakes(); len(got) != 0 {
				t.Errorf("Mistakes() = %q, want none", got)
			}
			if ask(s, "load", "old") != success || len(s.Mistakes()) != 1 || s.Count("load", "") != 4 {
				t.Errorf("Mistakes() = %q, %d loads, want one mistake in four loads", s.Mistakes(), s.Count("load", ""))
			}
		})
	}
}

func TestCollectionRequestValidation(t *testing.T) {
	t.Parallel()
	const load, query = "collections/load", "entities/query"
	for _, test := range []struct {
		key, path, body string
		status, code    int
	}{
		{"key", load, `{"collectionName":"a","clusterId":"c"}`, 200, 0},
		{"key", load, `{"collectionName":"a","dbName":"db"}`, 200, 100},
		{"key", load, `{"collectionName":"b"}`, 200, 100},
		{"key", load, `{"collectionName":"unindexed"}`, 200, 700},
		{"key", load, `{"collectionname":"a"}`, 200, 1802},
		{"key", load, `{"collectionName":1}`, 200, 1801},
		{"kez", load, `{"collectionName":"a"}`, 401, 1800},
		{"key", load, "", 405, 405},
		{"key", query, `{"collectionName":"loaded",` + countBody + `}`, 200, 0},
		{"key", query, `{"collectionName":"loaded",` + strings.Replace(countBody, `,"limit":0`, "", 1) + `}`, 200, 1100},
		{"key", query, `{"collectionName":"loaded",` + strings.Replace(countBody, "0", "1", 1) + `}`, 200, 1100},
		{"key", query, `{"collectionName":"loaded",` + strings.Replace(countBody, "Strong", "Bounded", 1) + `}`, 200, 1100},
		{"key", query, `{"collectionName":"loaded",` + strings.Replace(countBody, "count(*)", "id", 1) + `}`, 200, 1100},
		{"key", query, `{"collectionName":"loaded",` + strings.Replace(countBody, `:""`, `:"id>0"`, 1) + `}`, 200, 1100},
	} {
		s := newSim(Options{})
		s.AddCollection(Collection{Name: "a"})
		s.AddCollection(Collection{Name: "unindexed", NoIndex: true})
		s.AddCollection(Collection{Name: "loaded", Loaded: true})
		w := sendWith(s, "Bearer "+test.key, "", "/v2/vectordb/"+test.path, test.body)
		if w.Code != test.status || codeOf(t, w) != test.code {
			t.Errorf("%+v: HTTP status = %d, body = %s", test, w.Code, w.Body)
		}
	}
}
