package contract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"
)

// ask sends a call about a collection to the cluster's own endpoint.
func (s service) ask(ctx context.Context, call string, more fields) answer {
	body := fields{"collectionName": s.collection}
	maps.Copy(body, more)
	return s.send(ctx, http.MethodPost, s.base["cluster"]+"/v2/vectordb/"+call, body)
}

// loadState returns the state of the collection, and its progress if there is one.
func (s service) loadState(ctx context.Context) (state string, progress float64, a answer) {
	a = s.ask(ctx, "collections/get_load_state", nil)
	progress, _ = number(a.data()["loadProgress"])
	return text(a.data()["loadState"]), progress, a
}

// rowCount returns the number of rows that a query finds, -1 if it returns none.
func (s service) rowCount(ctx context.Context) (int64, answer) {
	a := s.ask(ctx, "entities/query", fields{"filter": "", "outputFields": []string{"count(*)"}, "limit": 0, "consistencyLevel": "Strong"})
	if rows, ok := number(a.data()["count(*)"]); ok && a.code == 0 {
		return int64(rows), a
	}
	return -1, a
}

// clusterChecks returns the checks that only read from the cluster's own endpoint.
func clusterChecks() []check {
	checks := []check{
		{"get_load_state is LoadStateNotLoad, LoadStateLoading, or LoadStateLoaded with the progress 100", func(ctx context.Context, s service) error {
			state, progress, a := s.loadState(ctx)
			if a.code != 0 || state != "LoadStateNotLoad" && state != "LoadStateLoading" && (state != "LoadStateLoaded" || progress != 100) {
				return fmt.Errorf("%v, %v, progress %v", a, publicValue("loadState", state), progress)
			}
			s.note("%s", state)
			return nil
		}},
		{"a count with limit 0 is one number", func(ctx context.Context, s service) error {
			rows, a := s.rowCount(ctx)
			if state, _, _ := s.loadState(ctx); rows < 0 && state != "LoadStateLoaded" {
				s.note("not loaded: %v", a)
				return errNotSeen
			}
			if rows < 0 {
				return fmt.Errorf("%v, and no number", a)
			}
			return nil
		}},
		{"a collection that does not exist is code 100", func(ctx context.Context, s service) error {
			s.collection = "no_such_collection"
			_, counted := s.rowCount(ctx)
			if _, _, a := s.loadState(ctx); a.code != 100 || counted.code != 100 {
				return fmt.Errorf("get_load_state: %v, query: %v", a, counted)
			}
			return nil
		}},
	}
	for i, c := range checks {
		checks[i].run = func(ctx context.Context, s service) error {
			if s.base["cluster"] == "" || s.collection == "" {
				return errNotSeen
			}
			return c.run(ctx, s)
		}
	}
	return checks
}

// load loads the collection, unless it is loaded.
func load(ctx context.Context, s service) error {
	if s.base["cluster"] == "" {
		return errNotSeen
	}
	if state, _, a := s.loadState(ctx); state != "LoadStateNotLoad" {
		s.note("before: %v, %v", publicValue("loadState", state), a)
		return errNotSeen
	}
	began := time.Now()
	if a := s.ask(ctx, "collections/load", nil); a.code != 0 {
		return fmt.Errorf("load: %v", a) // 700: it has no index
	}
	for time.Since(began) < maxWait {
		if state, progress, _ := s.loadState(ctx); state == "LoadStateLoaded" && progress == 100 {
			s.note("loaded after %s", time.Since(began).Round(time.Second/10))
			if rows, a := s.rowCount(ctx); rows < max(s.rows, 1) {
				return fmt.Errorf("%v, %d of %d rows", a, rows, s.rows)
			}
			return nil
		}
		if err := s.sleep(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("not loaded after %s", maxWait)
}

// maxCounts is how often rows are counted before a check gives up: for five minutes.
const maxCounts = 60

// counted counts rows until f accepts their number, and reports whether it has.
func (s service) counted(ctx context.Context, f func(rows int64) bool) bool {
	for range maxCounts {
		if rows, _ := s.rowCount(ctx); rows >= 0 && f(rows) {
			return true
		}
		if s.sleep(ctx) != nil {
			return false
		}
	}
	return false
}

// settled refreshes the collection and returns its number of rows once two counts agree. It
// reports whether there is such a number.
func (s service) settled(ctx context.Context) (rows int64, ok bool) {
	if s.base["cluster"] == "" {
		return 0, false
	}
	if a := s.ask(ctx, "collections/refresh_load", nil); a.code != 0 || s.sleep(ctx) != nil {
		s.note("refresh_load: %v", a)
		return 0, false
	}
	rows = -1
	ok = s.counted(ctx, func(n int64) bool {
		last := rows
		rows = n
		return n == last
	})
	return rows, ok
}

// refresh measures how long it takes until a count shows the rows of a completed import,
// first without a refresh, and then with one.
func refresh(ctx context.Context, s service) error {
	for _, refreshes := range []bool{false, true} {
		before, ok := s.settled(ctx)
		if !ok {
			return errNotSeen
		}
		id, err := s.mustStart(ctx, v2, nil)
		if err != nil {
			return err
		}
		a, err := s.await(ctx, v2, id, "Completed", nil)
		if err != nil {
			return err
		}
		began := time.Now()
		if refreshes {
			if a := s.ask(ctx, "collections/refresh_load", nil); a.code != 0 {
				return fmt.Errorf("refresh_load: %v", a)
			}
		}
		imported, _ := number(a.data()["totalRows"])
		shown := s.counted(ctx, func(rows int64) bool { return rows >= before+max(int64(imported), 1) })
		s.note("refresh: %v, shown: %v, %s after Completed", refreshes, shown, time.Since(began).Round(time.Second/10))
		if refreshes && !shown {
			return errors.New("not shown")
		}
	}
	return nil
}
