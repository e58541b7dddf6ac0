package zillizsim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// The calls of the data plane are documented, by Zilliz or for Milvus. Their errors, and
// what a refresh does, are from the source of Milvus.

// Collection is a collection that can be loaded and counted. It has the rows of imports
// into all clusters, because the simulator has one address for all.
type Collection struct {
	Name string `json:"name"`
	// DBName is the database of the collection. If empty, it is "default".
	DBName string `json:"db_name"`
	// NoIndex reports whether the collection has no index, so that it can't be loaded.
	NoIndex bool `json:"no_index"`
	// Loaded reports whether the collection is loaded when it is added. It then finds no
	// rows of imports before its first refresh.
	Loaded bool `json:"loaded"`
	// Rows is the number of rows that are not from jobs of the server.
	Rows int64 `json:"rows"`
	// LoadTime is the time that loading the collection takes.
	LoadTime time.Duration `json:"-"`
	// LoadError is the message with which loading fails after LoadTime. The collection
	// stays in LoadStateLoading, with progress -1.
	LoadError string `json:"load_error"`
	// RefreshTime is the time that a refresh takes.
	RefreshTime time.Duration `json:"-"`
	// VisibleAfter is the time from the end of an import until a loaded collection finds
	// its rows without a refresh. If 0, it never does.
	VisibleAfter time.Duration `json:"-"`

	// targets are the loads and refreshes. The first is a load.
	targets []loadTarget
}

// loadTarget is a load or a refresh: when it is ready, the rows of the imports that had
// completed when it was sent are found.
type loadTarget struct{ sent, ready time.Time }

// AddCollection adds a collection. It replaces one with the same name and database.
func (s *Server) AddCollection(c Collection) {
	c.DBName = cmp.Or(c.DBName, defaultDatabase)
	if c.Loaded {
		c.targets = []loadTarget{{}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.collections[[2]string{c.DBName, c.Name}] = &c
}

// Mistakes describes the requests that were accepted and that a client must not send: each
// load of a collection that was loaded, because it can change the number of replicas.
func (s *Server) Mistakes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mistakes)
}

// collectionBody has the fields of all requests for a collection.
type collectionBody struct {
	DBName           string   `json:"dbName"`
	CollectionName   string   `json:"collectionName"`
	Filter           string   `json:"filter"`
	OutputFields     []string `json:"outputFields"`
	Limit            *int     `json:"limit"`
	ConsistencyLevel string   `json:"consistencyLevel"`
}

// collectionHandler handles an authorized request for a collection.
type collectionHandler func(c *Collection, body collectionBody, now time.Time) (data any, apiErr *apiError)

// collectionRoutes returns the endpoints of the data plane.
func (s *Server) collectionRoutes() map[string]route {
	collectionRoute := func(handle collectionHandler) route {
		return route{method: http.MethodPost, badKey: codeNotAuthenticated, handle: s.withCollection(handle)}
	}
	return map[string]route{
		"/v2/vectordb/collections/get_load_state": collectionRoute(s.loadState),
		"/v2/vectordb/collections/load":           collectionRoute(s.load),
		"/v2/vectordb/collections/refresh_load":   collectionRoute(s.refreshLoad),
		"/v2/vectordb/entities/query":             collectionRoute(s.countRows),
	}
}

// withCollection returns a handler of requests for one collection. It calls handle with
// the lock.
func (s *Server) withCollection(handle collectionHandler) handler {
	return func(r *http.Request) (any, *apiError) {
		var body collectionBody
		if err := decode(r, &body, true); err != nil {
			return nil, newError(codeMilvusBadJSON, ", error: ", err.Error())
		}
		if body.CollectionName == "" {
			return nil, newError(codeMilvusMissingField, ", error: CollectionName")
		}
		database := cmp.Or(body.DBName, defaultDatabase)
		s.mu.Lock()
		defer s.mu.Unlock()
		c := s.collections[[2]string{database, body.CollectionName}]
		if c == nil {
			return nil, newError(codeCollectionNotFound, "[database=", database, "][collection=", body.CollectionName, "]")
		}
		return handle(c, body, s.options.Clock())
	}
}

// isLoaded reports whether the collection is loaded.
func (c *Collection) isLoaded(now time.Time) bool {
	return len(c.targets) > 0 && (c.Loaded || c.LoadError == "") && !now.Before(c.targets[0].ready)
}

// loadState returns the state and progress of a load. It does not show those of a refresh.
func (s *Server) loadState(c *Collection, _ collectionBody, now time.Time) (any, *apiError) {
	state, progress, message := "LoadStateLoading", -1, c.LoadError
	switch {
	case len(c.targets) == 0:
		return map[string]any{"loadState": "LoadStateNotLoad"}, nil
	case c.isLoaded(now):
		state, progress, message = "LoadStateLoaded", 100, ""
	case now.Before(c.targets[0].ready):
		progress, message = int(100*now.Sub(c.targets[0].sent)/c.LoadTime), ""
	}
	return map[string]any{"loadState": state, "loadProgress": progress, "message": message}, nil
}

func (s *Server) load(c *Collection, _ collectionBody, now time.Time) (any, *apiError) {
	switch {
	case c.NoIndex:
		return nil, newError(codeIndexNotFound, "[collection=", c.Name, "]")
	case c.isLoaded(now):
		s.mistakes = append(s.mistakes, fmt.Sprintf("collection %s was loaded again", c.Name))
	case len(c.targets) == 0:
		c.targets = []loadTarget{{now, now.Add(c.LoadTime)}}
	}
	return struct{}{}, nil
}

func (s *Server) refreshLoad(c *Collection, _ collectionBody, now time.Time) (any, *apiError) {
	if !c.isLoaded(now) {
		return nil, newError(codeCollectionNotLoaded, "[collection=", c.Name, "]")
	}
	c.targets = append(c.targets, loadTarget{now, now.Add(c.RefreshTime)})
	return struct{}{}, nil
}

// countRows serves the query for the number of rows, and no other.
func (s *Server) countRows(c *Collection, body collectionBody, now time.Time) (any, *apiError) {
	isCount := body.Filter == "" && slices.Equal(body.OutputFields, []string{"count(*)"})
	switch {
	case !isCount || body.Limit == nil || *body.Limit != 0 || body.ConsistencyLevel != "Strong":
		return nil, newError(codeMilvusBadParameter, ": the simulator counts all rows, with limit 0 and Strong consistency")
	case len(c.targets) == 0:
		return nil, newError(codeCollectionNotLoaded, "[collection=", c.Name, "]")
	case !c.isLoaded(now):
		return nil, newError(codeCollectionNotWhole, "[collection=", c.Name, "]")
	}
	var target time.Time
	for _, t := range c.targets {
		if !now.Before(t.ready) && t.sent.After(target) {
			target = t.sent
		}
	}
	rows := c.Rows
	for _, jobs := range s.clusters {
		for _, j := range jobs {
			overall, _ := j.startedBy(now).snapshotAt(now)
			completed := overall.state == stateCompleted && j.CollectionName == c.Name && j.DBName == c.DBName
			byItself := c.VisibleAfter > 0 && !now.Before(overall.since.Add(c.VisibleAfter))
			if completed && (byItself || !overall.since.After(target)) {
				rows += j.TotalRows
			}
		}
	}
	return []map[string]int64{{"count(*)": rows}}, nil
}
