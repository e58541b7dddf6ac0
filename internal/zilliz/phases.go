package zilliz

import (
	"context"
	"errors"

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

// CommitJob commits a job. A commit is final, and all or nothing. V2 only.
func (c *Client) CommitJob(ctx context.Context, id importjob.ID) error {
	return c.postJob(ctx, commitPathV2, id)
}

// AbortJob aborts a job, which discards what it has imported. V2 only.
func (c *Client) AbortJob(ctx context.Context, id importjob.ID) error {
	return c.postJob(ctx, abortPathV2, id)
}

// postJob sends a call about a job that returns no data.
func (c *Client) postJob(ctx context.Context, path string, id importjob.ID) error {
	call, err := c.api.phaseCall(path, id)
	if err != nil {
		return err
	}
	return sendWithoutResult(ctx, c, call)
}

func (apiV1) phaseCall(string, importjob.ID) (apiCall, error) { return apiCall{}, errRequiresV2 }

func (apiV2) phaseCall(path string, id importjob.ID) (apiCall, error) {
	return jobCallV2(path, id), nil
}
