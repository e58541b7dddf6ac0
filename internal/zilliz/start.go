package zilliz

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// Import describes an import to start.
type Import struct {
	ClusterID      string
	CollectionName string
	// DBName is the database of the collection, empty for the default one. V2 only.
	DBName string
	// PartitionName is the partition to import into, empty for the default one.
	PartitionName string
	// ObjectURLs are batches of URLs of object storage. V1 takes exactly one URL.
	ObjectURLs [][]string
	// VolumeName and DataPaths name files in a volume of Zilliz Cloud, in place of
	// ObjectURLs. V2 only.
	VolumeName string
	DataPaths  [][]string
	// Credentials of the object storage. The session token is for V2 only.
	AccessKey    string
	SecretKey    string
	SessionToken string
}

func (i Import) secrets() []string { return []string{i.AccessKey, i.SecretKey, i.SessionToken} }

// firstURL returns the only URL, empty if there is none.
func (i Import) firstURL() string {
	for _, batch := range i.ObjectURLs {
		for _, url := range batch {
			return url
		}
	}
	return ""
}

// startedJob is the response to a call that starts an import.
type startedJob struct {
	JobID strictText `json:"jobId"`
}

// StartImport starts an import and returns the id of its job. The service does not
// detect duplicates: each call that succeeds adds the rows again.
//
// An [importjob.TransientError] means that no job was started, and that a retry may
// succeed. An [importjob.UnknownOutcomeError] means that a job may have been started.
// With any other error no job was started.
func (c *Client) StartImport(ctx context.Context, i Import) (string, error) {
	sent := false
	response, err := send(ctx, c, c.api.startCall(i), func() { sent = true }, func(s startedJob) error {
		if s.JobID.value == nil || *s.JobID.value == "" {
			return errors.New("it has no jobId")
		}
		return nil
	})
	switch {
	case err == nil:
		return *response.JobID.value, nil
	case !sent || startedNothing(err):
		return "", err
	default:
		return "", &importjob.UnknownOutcomeError{Err: err}
	}
}

// startedNothing reports whether it is certain that a request that failed has not
// started a job: the service refused it, or the connection was never made.
func startedNothing(err error) bool {
	var api *APIError
	if errors.As(err, &api) {
		return refuses(api)
	}
	var (
		dns     *net.DNSError
		connect *net.OpError
	)
	return errors.As(err, &dns) || isPermanent(err) ||
		errors.As(err, &connect) && (connect.Op == "dial" || connect.Op == "proxyconnect")
}

// refuses reports whether an error of the API means that nothing was done. All
// documented codes do (documented). An undocumented code may come from any step of
// the call, so it counts only with a status that rejects the request itself.
func refuses(e *APIError) bool {
	switch status := e.HTTPStatus; {
	case e.Code.Documented(), status == http.StatusTooManyRequests:
		return true
	case status == http.StatusRequestTimeout:
		return false
	default:
		return status >= 300 && status < 500
	}
}
