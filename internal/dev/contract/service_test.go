package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// service is Zilliz Cloud or a simulator of it, as one user sees it.
type service struct {
	client *http.Client
	// base has the base URLs of v1, of v2, of v1 in another region, and of the cluster
	// itself, by their names. That of the cluster is empty if it is not known.
	base map[string]string
	// region is empty for a simulator.
	region, key, cluster string
	// Without a collection and a URL to import from, the writing checks are left out.
	collection, objectURL       string
	accessKey, secretKey, token string // of the bucket, empty if it is public
	// pause is the time between two polls, and gap that before any request, which keeps
	// below the rate limit of the service.
	pause, gap time.Duration
	*visit
}

// visit is what a run has done so far. All copies of a service share it.
type visit struct {
	mu                sync.Mutex
	notes             []string // of the present check
	decoded, rejected int      // by the provider's client
	started           int
	left              []string // IDs of started jobs that have not been seen to end
	rows              int64    // of the imports that have completed
}

func (v *visit) note(format string, values ...any) {
	v.notes = append(v.notes, fmt.Sprintf(format, values...))
}

// sleep waits for the next poll.
func (s service) sleep(ctx context.Context) error { return wait(ctx, s.pause) }

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer is a response of the service, or the error of a request without one.
type answer struct {
	status int
	header http.Header
	text   []byte
	body   map[string]any
	code   int // -1 if the body has none
	err    error
	// rejected reports whether the provider's client can't decode what the service calls
	// a success.
	rejected bool
}

func (a answer) String() string {
	switch {
	case a.err != nil:
		return fmt.Sprintf("no response (%T)", a.err) // whose text has the address
	case a.rejected:
		return fmt.Sprintf("HTTP %d, code %d, and the provider rejects the response", a.status, a.code)
	default:
		return fmt.Sprintf("HTTP %d, code %d", a.status, a.code)
	}
}

// succeeded reports whether the service reports success.
func (a answer) succeeded() bool {
	return a.err == nil && a.status == http.StatusOK && (a.code == 0 || a.code == 200)
}

// fault returns an error unless the service reports success and the provider agrees.
func (a answer) fault() error {
	if a.succeeded() && !a.rejected {
		return nil
	}
	return errors.New(a.String())
}

// data returns the data of the response, or the one object in it, nil if there is none.
func (a answer) data() map[string]any {
	if array := objects(a.body["data"]); len(array) == 1 {
		return array[0]
	}
	data, _ := a.body["data"].(map[string]any)
	return data
}

// jobs returns the entries of a list of jobs.
func (a answer) jobs() []map[string]any {
	return append(objects(a.data()["tasks"]), objects(a.data()["records"])...)
}

func objects(array any) []map[string]any {
	elements, _ := array.([]any)
	var all []map[string]any
	for _, element := range elements {
		if o, ok := element.(map[string]any); ok {
			all = append(all, o)
		}
	}
	return all
}

// text returns a text or the digits of a number, as the provider reads IDs.
func text(value any) string {
	if n, ok := value.(json.Number); ok {
		return n.String()
	}
	s, _ := value.(string)
	return s
}

// number returns a number, or that in a text.
func number(value any) (n float64, ok bool) {
	n, err := strconv.ParseFloat(text(value), 64)
	return n, err == nil
}

// api is what differs between the versions of the API.
type api struct {
	name, list, read, percent, reason string
	full                              float64 // percent of a completed job
}

var (
	v1 = api{"v1", "tasks", "get", "readyPercentage", "errorMessage", 1}
	v2 = api{"v2", "records", "describe", "progress", "reason", 100}
)

type fields map[string]any

// call sends a call of an API version. With v1, its fields are the query of a GET.
func (s service) call(ctx context.Context, v api, name string, f fields) answer {
	all := fields{"clusterId": s.cluster}
	maps.Copy(all, f)
	if v == v2 {
		return s.send(ctx, http.MethodPost, s.base["v2"]+"/v2/vectordb/jobs/import/"+name, all)
	}
	query := url.Values{}
	for field, value := range all {
		query.Set(field, fmt.Sprint(value))
	}
	return s.send(ctx, http.MethodGet, s.base["v1"]+"/v1/vector/collections/import/"+name+"?"+query.Encode(), nil)
}

// list reads the first page of the list of jobs.
func (s service) list(ctx context.Context, v api) answer {
	return s.call(ctx, v, "list", fields{"pageSize": 100, "currentPage": 1})
}

func (s service) read(ctx context.Context, v api, id string) answer {
	return s.call(ctx, v, v.read, fields{"jobId": id})
}

func (s service) send(ctx context.Context, method, target string, body fields) answer {
	var sent []byte
	if body != nil {
		sent, _ = json.Marshal(body) // can't fail for texts and numbers
	}
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(sent))
	if err != nil {
		return answer{err: err}
	}
	request.Header.Set("Authorization", "Bearer "+s.key)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	if err := wait(ctx, s.gap); err != nil {
		return answer{err: err}
	}
	resp, err := s.client.Do(request)
	if err != nil {
		return answer{err: errors.Unwrap(err)} // without the URL
	}
	defer func() { _ = resp.Body.Close() }()
	a := answer{status: resp.StatusCode, header: resp.Header, code: -1}
	a.text, a.err = io.ReadAll(resp.Body)
	decoder := json.NewDecoder(bytes.NewReader(a.text))
	decoder.UseNumber() // an ID can be a number
	if decoder.Decode(&a.body) == nil {
		if code, ok := number(a.body["code"]); ok {
			a.code = int(code)
		}
	}
	if a.succeeded() {
		s.feed(context.WithoutCancel(ctx), request, body, &a)
	}
	return a
}
