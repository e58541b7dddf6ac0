package provider

import (
	"math/big"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	readiness      = "zilliz_collection_readiness"
	clusterAddress = "https://in01-0123456789abcde.aws-us-west-2.vectordb.zillizcloud.com:19530"
)

func readinessArguments(changes values) values {
	return values{"connect_address": clusterAddress, "collection_name": "articles", "import_id": testCluster + "/job-1"}.with(changes)
}

// simWithCollection returns a simulator whose job has completed, with a collection.
func simWithCollection(c zillizsim.Collection) *zillizsim.Server {
	sim := newSim(zillizsim.Job{CollectionName: "articles", Steps: zillizsim.Linear(0), TotalRows: 7})
	c.Name = "articles"
	sim.AddCollection(c)
	return sim
}

// TestCollectionReadiness checks how the wait for a collection ends, with both versions of
// the API.
func TestCollectionReadiness(t *testing.T) {
	t.Parallel()
	notServed := zillizsim.Fault{Call: "refresh_load", Response: zillizsim.HTMLPage(http.StatusNotFound)}
	denied := zillizsim.Fault{Call: "get_load_state", Response: zillizsim.Body(403, "application/json", `{"code":65535,"message":"permission deny"}`)}
	tests := map[string]struct {
		collection zillizsim.Collection
		arguments  values
		faults     []zillizsim.Fault
		rows       int64  // row_count, -1 if it is null
		title      string // of the error, empty if the collection is ready
		attribute  string
		parts      []string
		calls      string
		after      time.Duration
	}{
		"loaded by the resource": {
			collection: zillizsim.Collection{LoadTime: 5 * time.Second}, rows: -1,
			calls: "get_load_state load get_load_state get_load_state get_load_state get_load_state get_load_state", after: 5 * time.Second,
		},
		"loaded by the resource, and counted": {
			collection: zillizsim.Collection{Rows: 3}, arguments: values{"min_rows": 10}, rows: 10,
			calls: "get_load_state load get_load_state query", after: 2 * time.Second,
		},
		"loaded before": {
			collection: zillizsim.Collection{Loaded: true}, title: "min_rows is required", attribute: "min_rows", calls: "get_load_state",
			parts: []string{"This resource has not loaded the collection", "Nothing was sent but the request for the state."},
		},
		"loaded before, and refreshed": {
			collection: zillizsim.Collection{Loaded: true, Rows: 3, RefreshTime: 15 * time.Second}, arguments: values{"min_rows": 10}, rows: 10,
			calls: "get_load_state refresh_load query query query", after: 21 * time.Second,
		},
		"a service that refreshes by itself": {
			collection: zillizsim.Collection{Loaded: true, VisibleAfter: time.Minute}, arguments: values{"min_rows": 7}, rows: 7,
			faults: []zillizsim.Fault{notServed},
			calls:  "get_load_state refresh_load query query query query query query query", after: 61 * time.Second,
		},
		"too few rows": {
			collection: zillizsim.Collection{Loaded: true, Rows: 2}, arguments: values{"min_rows": 10, "timeouts": values{"update": "25s"}},
			title: "Rows not found within 25s", attribute: "min_rows", after: 31 * time.Second,
			calls: "get_load_state refresh_load query query query query",
			parts: []string{"a query finds 9 rows", "min_rows is 10", "deleted and expired rows do not count", "timeouts.update"},
		},
		"never counted": {
			collection: zillizsim.Collection{Loaded: true}, arguments: values{"min_rows": 10, "timeouts": values{"create": "5s"}},
			faults: []zillizsim.Fault{{Call: "query", Times: -1, Response: zillizsim.Status(503)}}, title: "Rows not counted within 5s",
			attribute: "timeouts.create", parts: []string{"Last state: loaded", "HTTP 503"},
			calls: "get_load_state refresh_load query query", after: 11 * time.Second,
		},
		"an error that is not one of a right": {
			collection: zillizsim.Collection{Loaded: true, Rows: 3}, arguments: values{"min_rows": 10}, rows: 10,
			faults: []zillizsim.Fault{{Call: "query", Response: zillizsim.Body(200, "application/json", `{"code":65535,"message":"unexpected"}`)}},
			calls:  "get_load_state refresh_load query query", after: 11 * time.Second,
		},
		"no index": {
			collection: zillizsim.Collection{NoIndex: true}, title: "Collection has no index", attribute: "collection_name",
			calls: "get_load_state load", parts: []string{"code 700", "Create the index before the import"},
		},
		"out of memory": {
			collection: zillizsim.Collection{LoadError: "insufficient memory"}, arguments: values{"timeouts": values{"create": "3s"}},
			title: "Collection not loaded within 3s", attribute: "timeouts.create", after: 3 * time.Second,
			parts: []string{"Last state: loading (3s)", "Zilliz Cloud: insufficient memory", "timeouts.create"},
			calls: "get_load_state load get_load_state get_load_state get_load_state",
		},
		"no such collection": {
			collection: zillizsim.Collection{}, arguments: values{"collection_name": "books"}, title: "Collection not found",
			attribute: "collection_name", calls: "get_load_state", parts: []string{"code 100", "Collection books, " + clusterAddress},
		},
		"no role": {
			faults: []zillizsim.Fault{denied}, title: "No access to the collection", calls: "get_load_state",
			parts: []string{"permission deny", "needs a role on the cluster"},
		},
	}
	for name, test := range tests {
		for _, version := range []string{"v1", "v2"} {
			t.Run(name+"/"+version, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					sim := simWithCollection(test.collection)
					sim.Inject(test.faults...)
					began := time.Now()
					state, d := newProvider(t, sim, api(version)).create(t.Context(), readiness, readinessArguments(test.arguments))
					var calls []string
					for _, r := range sim.Requests() {
						calls = append(calls, r.Path[strings.LastIndex(r.Path, "/")+1:])
					}
					if got := strings.Join(calls, " "); got != test.calls || time.Since(began) != test.after || len(sim.Mistakes()) > 0 {
						t.Errorf("calls %s in %s, want %s in %s (mistakes: %q)", got, time.Since(began), test.calls, test.after, sim.Mistakes())
					}
					if test.title != "" {
						expectError(t, d, test.attribute, test.title, test.parts...)
						return
					}
					if len(d) > 0 || stringValue(t, state["id"]) != testCluster+"/job-1" || rowCount(t, state["row_count"]) != test.rows {
						t.Errorf("state %v, diagnostics:\n%s", state, diagnosticText(d))
					}
				})
			})
		}
	}
}

// rowCount returns a number of rows, -1 if it is null.
func rowCount(t *testing.T, v tftypes.Value) int64 {
	t.Helper()
	if v.IsNull() {
		return -1
	}
	var rows big.Float
	if err := v.As(&rows); err != nil {
		t.Fatal(err)
	}
	n, _ := rows.Int64()
	return n
}

// TestReadinessInPlace checks what a collection that is ready waits for again.
func TestReadinessInPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := simWithCollection(zillizsim.Collection{Rows: 3})
		p := newProvider(t, sim, api("v1"))
		m := newManaged(p, readiness)
		apply := func(what string, changes values, requests int) {
			t.Helper()
			before := len(sim.Requests())
			if d := m.apply(t.Context(), p, readinessArguments(values{"min_rows": 10}).with(changes)); hasError(d) || len(sim.Requests())-before != requests {
				t.Errorf("%s: %d requests, want %d\n%s", what, len(sim.Requests())-before, requests, diagnosticText(d))
			}
		}
		apply("create", nil, 4)
		apply("other bounds and timeouts", values{"min_rows": 20, "db_name": "default", "timeouts": values{"create": "1h"}}, 0)
		apply("another import", values{"import_id": testCluster + "/job-2"}, 3)
		sim.AddCollection(zillizsim.Collection{Name: "books", Rows: 10})
		apply("another collection", values{"import_id": testCluster + "/job-2", "collection_name": "books"}, 4)
	})
}

// TestReadinessAddress checks that the key is sent to no other host than Zilliz's, and that
// the error shows nothing of the address.
func TestReadinessAddress(t *testing.T) {
	t.Parallel()
	for address, reason := range map[string]string{
		"https://in01-1.zillizcloud.com.evil.example":  "must have a host below zillizcloud.com",
		"https://10.0.0.1:19530":                       "must have a host below zillizcloud.com",
		"https://db:hunter2@in01-1.zillizcloud.com":    "must not contain a user name or password",
		"http://in01-1.zillizcloud.com":                "must use https",
		"https://in01-1.zillizcloud.com/v2/vectordb":   "must not contain a path",
		"https://in01-1.zillizcloud.com?token=hunter2": "must not contain a query",
	} {
		sim := simWithCollection(zillizsim.Collection{})
		p := newProvider(t, sim, api("v2"))
		d := newManaged(p, readiness).plan(p, readinessArguments(values{"connect_address": address})).Diagnostics
		expectError(t, d, "", "Invalid connect_address", reason)
		expectAbsent(t, d, "hunter2")
		if _, d := p.create(t.Context(), readiness, readinessArguments(values{"connect_address": address})); !hasError(d) || len(sim.Requests()) > 0 {
			t.Errorf("%s: %d requests\n%s", address, len(sim.Requests()), diagnosticText(d))
		}
	}
	sim := simWithCollection(zillizsim.Collection{})
	p := newProvider(t, sim, api("v1"), with(values{"endpoint": "https://gateway.example.com"}))
	if _, d := p.create(t.Context(), readiness, readinessArguments(values{"connect_address": "https://gateway.example.com:19530"})); len(d) > 0 {
		t.Errorf("the host of endpoint: %s", diagnosticText(d))
	}
}
