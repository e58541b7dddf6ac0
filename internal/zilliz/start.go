package zilliz

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

const (
	// minStartTimeout is the shortest timeout of a start. Zilliz Cloud ends requests after a minute (documented).
	minStartTimeout = 75 * time.Second

	// interruptedStartTimeout limits the wait for the response of a written start whose context is canceled.
	interruptedStartTimeout = 10 * time.Second
)

// Import describes an import to start.
type Import struct {
	ClusterID      string
	CollectionName string
	DBName         string // if empty, the default database; V1 ignores it
	PartitionName  string // if empty, the default partition
	// ObjectURLs are URLs of object storage. V1 needs one, and uses only the first.
	ObjectURLs []string
	// VolumeName and DataPaths name files in a volume, instead of ObjectURLs. V1 ignores them.
	VolumeName string
	DataPaths  []string
	// KeepUncommitted reports whether the imported rows stay invisible until the job is committed, see
	// [Client.CommitJob]. V1 ignores it.
	KeepUncommitted bool
	// AccessKey, SecretKey and SessionToken are the credentials of the object storage. They can be
	// empty. V1 ignores SessionToken.
	AccessKey, SecretKey, SessionToken string
}

// Files returns, for each URL or path of the import, the paths that its files can have in a job. Those
// of http and https URLs begin with the bucket in some forms.
func (i Import) Files() [][]string {
	files := [][]string{}
	for _, location := range i.ObjectURLs {
		_, rest, _ := strings.Cut(location, "://")
		_, path, _ := strings.Cut(rest, "/") // as it is: s3 and gs have no escapes
		paths := []string{strings.Trim(path, "/")}
		if u, err := url.Parse(location); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
			paths = []string{strings.Trim(u.Path, "/")}
			if _, inBucket, found := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/"); found {
				paths = append(paths, strings.Trim(inBucket, "/"))
			}
		}
		files = append(files, paths)
	}
	for _, path := range i.DataPaths {
		files = append(files, []string{strings.Trim(path, "/")})
	}
	return files
}

// StartImport starts an import and returns the ID of its job. The service does not detect duplicates: a
// second call starts a second job, which adds the rows again.
//
// It puts at most one request on the wire. An error with [importjob.UnknownOutcome] means that a job may
// have been started. Any other error means that none was started.
//
// Once it is written, the request is not abandoned: it ends with its response, after 75 s or
// RequestTimeout if that is longer, or 10 s after ctx is canceled. The deadline of ctx does not end it.
func (c *Client) StartImport(ctx context.Context, i Import) (string, error) {
	c.AddSecrets(i.AccessKey, i.SecretKey, i.SessionToken)
	call := c.api.startCall(i)
	jobID, sent, err := c.sendOnce(ctx, call)
	switch {
	case err == nil:
		return jobID, nil
	case !sent && ctx.Err() != nil:
		return "", context.Cause(ctx)
	}
	failed := c.classify(err, call)
	switch {
	case sent && !isRejection(err):
		return "", &importjob.RequestError{Err: failed, Failure: importjob.UnknownOutcome}
	case sent && failed.Failure == importjob.UnknownCode: // a code that has a meaning here
		failed.Failure = importjob.Permanent
	}
	return "", failed
}

// sendOnce sends a request that is not abandoned once it is written. It reports whether a connection
// was handed to the request. If not, nothing was sent.
func (c *Client) sendOnce(ctx context.Context, call apiCall) (jobID string, sent bool, err error) {
	if ctx.Err() != nil {
		return "", false, context.Cause(ctx)
	}
	own, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	var connected atomic.Bool
	unlessConnected := func(cause error) {
		if !connected.Load() {
			cancel(cause)
		}
	}
	connecting := time.AfterFunc(c.requestTimeout, func() {
		unlessConnected(fmt.Errorf("no connection to %s within %s (request_timeout)", c.base.Host, c.requestTimeout))
	})
	defer connecting.Stop()
	timeout := max(c.requestTimeout, minStartTimeout)
	responding := time.AfterFunc(timeout, func() {
		cancel(fmt.Errorf("no complete response from %s within %s", c.base.Host, timeout))
	})
	defer responding.Stop()
	stop := context.AfterFunc(ctx, func() {
		unlessConnected(context.Cause(ctx))
		if errors.Is(ctx.Err(), context.Canceled) {
			time.AfterFunc(interruptedStartTimeout, func() { cancel(context.Cause(ctx)) })
		}
	})
	defer stop()
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	jobID, err = roundTrip(httptrace.WithClientTrace(own, trace), c, call, c.decodeStart)
	return jobID, connected.Load(), err
}

// decodeStart returns the ID of the job that was started. The data is an object, or an array with
// exactly one (documented). With API v2, a message without data is an error: Milvus returns it if the
// partition does not exist (known from its code).
func (c *Client) decodeStart(resp response) (string, error) {
	data, err := resp.data()
	if err != nil {
		return "", err
	}
	if data == nil {
		o, _ := resp.parse()
		if e := resp.apiError(o); c.version == V2 && e.Message != "" {
			return "", e
		}
		return "", errors.New("missing data")
	}
	if data[0] != '[' { // as if it were in an array
		data = slices.Concat(json.RawMessage("["), data, json.RawMessage("]"))
	}
	objects, err := asObjects(data)
	if err != nil || len(objects) != 1 {
		return "", errors.New("data: must be an object, or an array with one")
	}
	jobID := required(objects[0], "jobId", resp.masker.asJobID)
	if jobID == nil {
		return "", objects[0].err
	}
	return *jobID, nil
}
