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
	// DBName is the database of the collection. Empty: the default database. V1 ignores
	// it.
	DBName string
	// PartitionName is the partition to import into. Empty: the default partition.
	PartitionName string
	// ObjectURLs are batches of URLs of object storage. V1 uses only the first URL.
	ObjectURLs [][]string
	// VolumeName and DataPaths name files in a volume of Zilliz Cloud, in place of
	// ObjectURLs. V1 ignores them.
	VolumeName string
	DataPaths  [][]string
	// AccessKey, SecretKey and SessionToken are the credentials of the object storage.
	// Empty: none. V1 ignores SessionToken.
	AccessKey    string
	SecretKey    string
	SessionToken string
}

func (i Import) secrets() []string { return []string{i.AccessKey, i.SecretKey, i.SessionToken} }

// firstURL returns the first URL, empty if there is none.
func (i Import) firstURL() string {
	for _, batch := range i.ObjectURLs {
		for _, url := range batch {
			return url
		}
	}
	return ""
}

// startedJob is the response with the job that was started.
type startedJob struct {
	JobID strictText `json:"jobId"`
}

// StartImport starts an import and returns the id of its job. The service does not
// detect duplicates: a second call starts a second job, which adds the rows again.
//
// An [importjob.UnknownOutcomeError] means that a job may have been started. Any other
// error means that none was started. If it is an [importjob.TransientError], a retry may
// succeed.
func (c *Client) StartImport(ctx context.Context, i Import) (string, error) {
	sent := false
	job, err := send(ctx, c, c.api.startCall(i), func() { sent = true }, func(s startedJob) error {
		if s.JobID.value == nil || *s.JobID.value == "" {
			return errors.New("it has no jobId")
		}
		return nil
	})
	switch {
	case err == nil:
		return *job.JobID.value, nil
	case !sent || notStarted(err):
		return "", err
	default:
		return "", &importjob.UnknownOutcomeError{Err: err}
	}
}

// notStarted reports whether it is certain that a failed request has not started a job:
// the service rejected it, or no connection was made.
func notStarted(err error) bool {
	var api *APIError
	if errors.As(err, &api) {
		return isRejection(api)
	}
	var dns *net.DNSError
	op := failedOp(err)
	return errors.As(err, &dns) || isPermanent(err) || op == opDial || op == opProxyConnect
}

// isRejection reports whether an API error means that no job was started. All documented
// codes do (documented). An undocumented code can come from any step of the call, so only
// an HTTP status that rejects the request does (inferred).
func isRejection(e *APIError) bool {
	switch status := e.HTTPStatus; {
	case e.Code.Documented(), status == http.StatusTooManyRequests:
		return true
	case status == http.StatusRequestTimeout:
		return false
	default:
		return status >= 300 && status < 500
	}
}
