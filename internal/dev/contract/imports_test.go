package contract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxWait limits each wait for a job.
const maxWait = 30 * time.Minute

// start starts an import of a URL, and returns the ID of its job, empty if the service has
// refused it. The error is errStop if nobody knows whether a job was started.
func (s service) start(ctx context.Context, version, location string, more map[string]any) (string, answer, error) {
	if ctx.Err() != nil {
		return "", answer{}, ctx.Err()
	}
	if version == "v1" && s.token != "" {
		return "", answer{}, errNotSeen // v1 has no field for it
	}
	// Once it is sent, a start is not abandoned: its answer has the ID.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 75*time.Second)
	defer cancel()
	body := map[string]any{"clusterId": s.cluster, "collectionName": s.collection}
	for field, value := range map[string]string{"accessKey": s.accessKey, "secretKey": s.secretKey, "token": s.token} {
		if value != "" {
			body[field] = value
		}
	}
	var a answer
	if version == "v1" {
		body["objectUrl"] = location
		a = s.send(ctx, http.MethodPost, s.v1+"/v1/vector/collections/import", body)
	} else {
		body["objectUrls"] = [][]string{{location}}
		maps.Copy(body, more)
		a = s.post(ctx, "create", body)
	}
	if a.refused() {
		return "", a, nil
	}
	data := a.data()
	if array := objects(a.body["data"]); len(array) == 1 {
		data = array[0]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started++
	id := text(data["jobId"])
	if id == "" {
		return "", a, fmt.Errorf("%w: %v", errStop, a)
	}
	s.left = append(s.left, id)
	return id, a, a.fault()
}

// mustStart is like start, but stops the run if the service refuses the import.
func (s service) mustStart(ctx context.Context, version string, more map[string]any) (string, error) {
	id, a, err := s.start(ctx, version, s.objectURL, more)
	if err == nil && id == "" {
		err = fmt.Errorf("%w: %v", errStop, a)
	}
	return id, err
}

// ended notes that a job is in a state in which it has ended.
func (s service) ended(id, state string, a answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.left)
	s.left = slices.DeleteFunc(s.left, func(other string) bool { return other == id })
	if rows, ok := number(a.data()["totalRows"]); ok && state == "Completed" && len(s.left) < before {
		s.rows += int64(rows)
	}
}

// maxSilence limits how long a job can't be read: it is not on record yet, or the service
// is not there for a moment.
const maxSilence = 2 * time.Minute

// await polls a job with API v2 until it is in a state, and lets look at each answer, if
// it is not nil. It returns an error if the job ends in another state. What look finds is
// returned once the wait is over, so that the next check does not find the cluster busy.
func (s service) await(ctx context.Context, id, want string, look func(state string, a answer) error) (answer, error) {
	var finding error
	began := time.Now()
	for read := began; time.Since(began) < maxWait; {
		a := s.describe(ctx, id)
		state := text(a.data()["state"])
		over := state == "Completed" || state == "Failed"
		if a.fault() == nil {
			read = time.Now()
			if over {
				s.ended(id, state, a)
			}
			if look != nil && finding == nil {
				finding = look(state, a)
			}
			if state == want {
				return a, finding
			}
			if over {
				return a, fmt.Errorf("the job is %s, want %s", state, want)
			}
		}
		if time.Since(read) > maxSilence {
			return a, a.fault()
		}
		if err := s.sleep(ctx); err != nil {
			return a, err
		}
	}
	return answer{}, fmt.Errorf("the job is not %s after %s", want, maxWait)
}

// awaitV1 is like await, with API v1 only, until the job has completed or failed. The list
// is read after the job: if it shows an import that goes on, the answer before was that of
// one too.
func (s service) awaitV1(ctx context.Context, id string, look func(running bool, a answer) error) (a answer, failed bool, err error) {
	var finding error
	began := time.Now()
	for read := began; time.Since(began) < maxWait; {
		a = s.progress(ctx, id)
		state := ""
		for _, job := range s.list(ctx).jobs() {
			if text(job["jobId"]) == id {
				state = text(job["state"])
			}
		}
		over := state == "ImportCompleted" || state == "ImportFailed"
		if over {
			a = s.progress(ctx, id)
			s.ended(id, state, a)
		}
		if a.fault() == nil && state != "" {
			read = time.Now()
			if look != nil && finding == nil {
				finding = look(!over, a)
			}
			if over {
				return a, state == "ImportFailed", finding
			}
		}
		if time.Since(read) > maxSilence {
			return a, false, fmt.Errorf("%v, state in the list: %v", a, publicValue("state", state))
		}
		if err := s.sleep(ctx); err != nil {
			return a, false, err
		}
	}
	return a, false, fmt.Errorf("the job has not ended after %s", maxWait)
}

// namesFile returns an error unless a job and its files are named by the path of a URL in
// its bucket, or below it. Milvus writes the name in brackets.
func namesFile(a answer, location string) error {
	named := 0
	for _, o := range append(a.files(), a.data()) {
		name := strings.Trim(text(o["fileName"]), "[]/")
		if name == "" {
			continue
		}
		if !slices.ContainsFunc(pathsIn(location), func(path string) bool { return strings.HasPrefix(name, path) }) {
			return errors.New("a file name is not the path in the bucket")
		}
		named++
	}
	if named == 0 {
		return errors.New("no file name")
	}
	return nil
}

// pathsIn returns the paths in a bucket that a URL can mean.
func pathsIn(location string) []string {
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		_, rest, _ := strings.Cut(location, "://")
		_, path, _ := strings.Cut(rest, "/")
		return []string{strings.Trim(path, "/")}
	}
	path := strings.Trim(u.Path, "/")
	_, inBucket, found := strings.Cut(path, "/")
	if !found {
		return []string{path}
	}
	return []string{path, inBucket}
}

// missing returns the URL of a file that does not exist, beside that of one that does.
func missing(location string) string {
	i := strings.LastIndex(strings.TrimRight(location, "/"), "/")
	return location[:i+1] + "no-such-" + location[i+1:]
}
