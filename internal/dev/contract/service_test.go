package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// service is Zilliz Cloud or a simulator of it, as one user sees it.
type service struct {
	client *http.Client
	// v1 and v2 are the base URLs of the API versions. wrongRegion is that of v1 in
	// another region, and dataPlane the cluster's own endpoint. The last two are empty if
	// they are not known.
	v1, v2, wrongRegion, dataPlane string
	// otherV1 are hosts that documentation names instead of v1.
	otherV1 []string
	// region is empty for a simulator.
	region, key, cluster string
	// collection and objectURL are what the writing checks import into and from. If
	// either is empty, they are left out.
	collection, objectURL string
	// The credentials of the bucket are empty if it is public.
	accessKey, secretKey, token string
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
	rows              int64    // of the imports that were seen to complete with v2
}

// note adds a text to the finding of the present check.
func (v *visit) note(format string, values ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
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
	// code is -1 if the body has none.
	code int
	err  error
	// rejected reports whether the service reports success, but the provider's client
	// can't decode the response.
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

// fault returns an error unless the service reports success, and the provider's client
// decodes the response.
func (a answer) fault() error {
	if a.succeeded() && !a.rejected {
		return nil
	}
	return errors.New(a.String())
}

// refused reports whether the service has answered with an error code of the API.
func (a answer) refused() bool { return a.err == nil && a.code > 0 && !a.succeeded() && a.status < 500 }

// data returns the data of the response, nil unless it is an object.
func (a answer) data() map[string]any {
	data, _ := a.body["data"].(map[string]any)
	return data
}

// jobs returns the entries of a list of jobs, or files those of a job.
func (a answer) jobs() []map[string]any {
	return append(objects(a.data()["tasks"]), objects(a.data()["records"])...)
}
func (a answer) files() []map[string]any { return objects(a.data()["details"]) }

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

// text returns a text or the digits of a number, as the provider reads IDs and states. It
// is empty if the value is neither.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	default:
		return ""
	}
}

// number returns a number or that in a text.
func number(value any) (n float64, ok bool) {
	n, err := strconv.ParseFloat(text(value), 64)
	return n, err == nil
}

// get sends a call of API v1 to a base URL.
func (s service) get(ctx context.Context, base, path string, query ...string) answer {
	values := url.Values{"clusterId": {s.cluster}}
	for i := 0; i+1 < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	return s.send(ctx, http.MethodGet, base+"/v1/vector/collections/import/"+path+"?"+values.Encode(), nil)
}

// post sends a call of API v2.
func (s service) post(ctx context.Context, path string, body map[string]any) answer {
	if _, found := body["clusterId"]; !found {
		body["clusterId"] = s.cluster
	}
	return s.send(ctx, http.MethodPost, s.v2+"/v2/vectordb/jobs/import/"+path, body)
}

func (s service) send(ctx context.Context, method, target string, body map[string]any) (a answer) {
	sent, err := json.Marshal(body)
	if err != nil {
		return answer{err: err}
	}
	if body == nil {
		sent = nil
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
	a = answer{status: resp.StatusCode, header: resp.Header, code: -1}
	if a.text, a.err = io.ReadAll(resp.Body); a.err != nil {
		return a
	}
	decoder := json.NewDecoder(bytes.NewReader(a.text))
	decoder.UseNumber() // an ID can be a number
	if decoder.Decode(&a.body) == nil {
		if code, ok := number(a.body["code"]); ok {
			a.code = int(code)
		}
	}
	if a.succeeded() {
		s.feed(request, body, &a)
	}
	return a
}

// list reads the first page of the list of jobs with API v1.
func (s service) list(ctx context.Context) answer {
	return s.get(ctx, s.v1, "list", "pageSize", "100", "currentPage", "1")
}

// listV2 reads the first page of the list of jobs with API v2. If the collection is empty,
// it is that of the whole cluster.
func (s service) listV2(ctx context.Context, collection string) answer {
	body := map[string]any{"pageSize": 100, "currentPage": 1}
	if collection != "" {
		body["collectionName"] = collection
	}
	return s.post(ctx, "list", body)
}

// progress reads a job with API v1, and describe with API v2.
func (s service) progress(ctx context.Context, jobID string) answer {
	return s.get(ctx, s.v1, "get", "jobId", jobID)
}

func (s service) describe(ctx context.Context, jobID string) answer {
	return s.post(ctx, "describe", map[string]any{"jobId": jobID})
}
