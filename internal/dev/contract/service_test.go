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
	"time"
)

// service is Zilliz Cloud or a simulator of it, as one user sees it.
type service struct {
	client *http.Client
	// v1 and v2 are the base URLs of the API versions. wrongRegion is that of v1 in
	// another region, empty if it is not known.
	v1, v2, wrongRegion string
	key, cluster        string
	// collection and objectURL are what the writing checks import into and from. If
	// empty, those are left out.
	collection, objectURL string
	// pause is the time between two polls.
	pause time.Duration
}

// sleep waits for the next poll.
func (s service) sleep(ctx context.Context) error {
	select {
	case <-time.After(s.pause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer is a response of the service, or the error of a request without one.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	// code is -1 if the body has none.
	code int
	err  error
}

func (a answer) String() string {
	if a.err != nil {
		return a.err.Error()
	}
	return fmt.Sprintf("HTTP %d, code %d", a.status, a.code)
}

func (a answer) ok() bool {
	return a.err == nil && a.status == http.StatusOK && (a.code == 0 || a.code == 200)
}

// data returns the data of the response, nil unless it is an object.
func (a answer) data() map[string]any {
	data, _ := a.body["data"].(map[string]any)
	return data
}

// jobs returns the entries of a list of jobs.
func (a answer) jobs() []map[string]any {
	entries, ok := a.data()["tasks"].([]any)
	if !ok {
		entries, _ = a.data()["records"].([]any)
	}
	var jobs []map[string]any
	for _, entry := range entries {
		if job, ok := entry.(map[string]any); ok {
			jobs = append(jobs, job)
		}
	}
	return jobs
}

// get sends a call of API v1 to a base URL.
func (s service) get(ctx context.Context, base, path, key string, query map[string]string) answer {
	values := url.Values{}
	for name, value := range query {
		values.Set(name, value)
	}
	return s.send(ctx, http.MethodGet, base+"/v1/vector/collections/import/"+path+"?"+values.Encode(), key, nil)
}

// post sends a call of API v2.
func (s service) post(ctx context.Context, path string, body map[string]any) answer {
	if _, ok := body["clusterId"]; !ok {
		body["clusterId"] = s.cluster
	}
	text, err := json.Marshal(body)
	if err != nil {
		return answer{err: err}
	}
	return s.send(ctx, http.MethodPost, s.v2+"/v2/vectordb/jobs/import/"+path, s.key, text)
}

func (s service) send(ctx context.Context, method, target, key string, body []byte) answer {
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(request)
	if err != nil {
		return answer{err: errors.Unwrap(err)} // without the URL
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	a := answer{status: resp.StatusCode, header: resp.Header, code: -1, err: err}
	if json.Unmarshal(text, &a.body) == nil {
		if code, ok := a.body["code"].(float64); ok {
			a.code = int(code)
		}
	}
	return a
}

// list reads the first page of the list of jobs with API v1.
func (s service) list(ctx context.Context) answer {
	return s.get(ctx, s.v1, "list", s.key, map[string]string{"clusterId": s.cluster, "pageSize": "100", "currentPage": "1"})
}

// progress reads a job with API v1.
func (s service) progress(ctx context.Context, jobID string) answer {
	return s.get(ctx, s.v1, "get", s.key, map[string]string{"clusterId": s.cluster, "jobId": jobID})
}
