package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"time"
)

// data sends a call about a collection to the cluster's own endpoint.
func (s service) data(ctx context.Context, call string, more map[string]any) answer {
	body := map[string]any{"collectionName": s.collection}
	maps.Copy(body, more)
	return s.send(ctx, http.MethodPost, s.dataPlane+"/v2/vectordb/"+call, body)
}

// loadState returns the state of the collection and its progress, -1 if there is none.
func (s service) loadState(ctx context.Context) (state string, progress float64, err error) {
	a := s.data(ctx, "collections/get_load_state", nil)
	progress, found := number(a.data()["loadProgress"])
	if !found {
		progress = -1
	}
	if a.code != 0 || a.fault() != nil {
		return "", progress, errors.New(a.String())
	}
	return text(a.data()["loadState"]), progress, nil
}

// count returns the number of rows that a query finds.
func (s service) count(ctx context.Context) (int64, answer) {
	a := s.data(ctx, "entities/query", map[string]any{
		"filter": "", "outputFields": []string{"count(*)"}, "limit": 0, "consistencyLevel": "Strong",
	})
	if data := objects(a.body["data"]); a.code == 0 && a.fault() == nil && len(data) == 1 {
		if rows, ok := number(data[0]["count(*)"]); ok && rows >= 0 {
			return int64(rows), a
		}
	}
	return -1, a
}

func dataPlaneChecks() []check {
	return []check{
		{"get_load_state is LoadStateNotLoad, LoadStateLoading, or LoadStateLoaded with the progress 100", func(ctx context.Context, s service) error {
			if s.dataPlane == "" || s.collection == "" {
				return errNotSeen
			}
			switch state, progress, err := s.loadState(ctx); {
			case err != nil:
				return err
			case state == "LoadStateNotLoad", state == "LoadStateLoading", state == "LoadStateLoaded" && progress == 100:
				s.note("%s", state)
				return nil
			default:
				return fmt.Errorf("%v, progress %v", publicValue("loadState", state), progress)
			}
		}},
		{"a count with limit 0 is one number", func(ctx context.Context, s service) error {
			if s.dataPlane == "" || s.collection == "" {
				return errNotSeen
			}
			rows, a := s.count(ctx)
			state, _, err := s.loadState(ctx)
			switch {
			case rows >= 0 || err != nil:
				return err
			case state == "LoadStateLoaded":
				return fmt.Errorf("%v, and no count", a)
			default: // which nothing can be searched in
				s.note("not loaded: %v", a)
				return errNotSeen
			}
		}},
		{"a collection that does not exist is code 100", func(ctx context.Context, s service) error {
			if s.dataPlane == "" {
				return errNotSeen
			}
			s.collection = "no_such_collection"
			_, a := s.count(ctx)
			s.note("the count: %v", a)
			return expectCode(s.data(ctx, "collections/get_load_state", nil), 100)
		}},
	}
}

func visibilityChecks() []check {
	return []check{
		{"a collection that was loaded after an import shows its rows once it is LoadStateLoaded and 100", load},
		{"a count shows the rows of a completed import after a refresh", refresh},
	}
}

// load loads the collection unless it is loaded.
func load(ctx context.Context, s service) error {
	if s.dataPlane == "" || s.rows == 0 {
		return errNotSeen
	}
	state, _, err := s.loadState(ctx)
	if err != nil {
		return err
	}
	if state != "LoadStateNotLoad" {
		s.note("%v before", publicValue("loadState", state))
		return errNotSeen
	}
	a := s.data(ctx, "collections/load", nil)
	if a.code == 700 {
		s.note("it has no index")
		return errNotSeen
	}
	for began := time.Now(); a.code == 0; {
		state, progress, err := s.loadState(ctx)
		if err == nil && state == "LoadStateLoaded" && progress == 100 {
			s.note("loaded after %s", time.Since(began).Round(time.Second/10))
			if rows, a := s.count(ctx); rows < s.rows {
				return fmt.Errorf("%v, %d of %d rows", a, rows, s.rows)
			}
			return nil
		}
		if time.Since(began) > maxWait {
			return fmt.Errorf("%v, progress %v after %s", publicValue("loadState", state), progress, maxWait)
		}
		if err := s.sleep(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("load: %v", a)
}

// settled refreshes the collection and returns its number of rows once two counts agree. It
// reports whether there is such a number.
func (s service) settled(ctx context.Context) (rows int64, ok bool) {
	if s.dataPlane == "" || !s.data(ctx, "collections/refresh_load", nil).succeeded() {
		return 0, false
	}
	last := int64(-1)
	for range maxPolls {
		if s.sleep(ctx) != nil {
			return 0, false
		}
		if rows, _ = s.count(ctx); rows >= 0 && rows == last {
			return rows, true
		}
		last = rows
	}
	return 0, false
}

// maxPolls limits how often a count waits for rows: for five minutes.
const maxPolls = 60

// refresh measures how long it takes until a count shows the rows of a completed import,
// first without a refresh, and then with one.
func refresh(ctx context.Context, s service) error {
	for _, refreshes := range []bool{false, true} {
		before, ok := s.settled(ctx)
		if !ok {
			return errNotSeen
		}
		id, err := s.mustStart(ctx, "v2", nil)
		if err != nil {
			return err
		}
		a, err := s.await(ctx, id, "Completed", nil)
		if err != nil {
			return err
		}
		completed := time.Now()
		if refreshes {
			if a := s.data(ctx, "collections/refresh_load", nil); !a.succeeded() {
				return fmt.Errorf("refresh_load: %v", a)
			}
		}
		imported, _ := number(a.data()["totalRows"])
		shown, err := s.shows(ctx, before+max(int64(imported), 1))
		after := time.Since(completed).Round(time.Second / 10)
		s.note("with a refresh %v: shown %v, %s after Completed", refreshes, shown, after)
		if err != nil || refreshes && !shown {
			return cmp.Or(err, fmt.Errorf("not within %s", after))
		}
	}
	return nil
}

// shows reports whether a count shows a number of rows within a few minutes.
func (s service) shows(ctx context.Context, want int64) (bool, error) {
	for range maxPolls {
		if rows, _ := s.count(ctx); rows >= want {
			return true, nil
		}
		if err := s.sleep(ctx); err != nil {
			return false, err
		}
	}
	return false, nil
}
