package zilliz

import (
	"context"
	"errors"
	"net/http"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// The calls of the second phase of an import that was started with KeepUncommitted
// (documented by the references of Zilliz's SDKs, not by the pages of the REST API).
const (
	commitPathV2 = "/v2/vectordb/jobs/import/commit"
	abortPathV2  = "/v2/vectordb/jobs/import/abort"
)

// errRequiresV2 is the error of a call that V1 does not have.
var errRequiresV2 = errors.New("API v1 does not have this call")

// CommitJob commits a job, which makes all of its rows visible at once. V2 only.
func (c *Client) CommitJob(ctx context.Context, id importjob.ID) error {
	return c.endJob(ctx, commitPathV2, id)
}

// AbortJob aborts a job, which discards what it has imported. V2 only.
func (c *Client) AbortJob(ctx context.Context, id importjob.ID) error {
	return c.endJob(ctx, abortPathV2, id)
}

func (c *Client) endJob(ctx context.Context, path string, id importjob.ID) error {
	if _, ok := c.api.(apiV2); !ok {
		return errRequiresV2
	}
	call := apiCall{method: http.MethodPost, path: path, dbName: id.DBName, body: newJobBodyV2(id)}
	_, err := send(ctx, c, call, func(resp response) (struct{}, error) {
		_, err := resp.data() // which is not documented, and can be missing
		return struct{}{}, err
	})
	return err
}
