package zilliz

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// The calls of the data plane, which are API v2 for every client. refresh_load is documented by
// Milvus, the others by Zilliz.
const (
	loadStatePath = "/v2/vectordb/collections/get_load_state"
	loadPath      = "/v2/vectordb/collections/load"
	refreshPath   = "/v2/vectordb/collections/refresh_load"
	queryPath     = "/v2/vectordb/entities/query"
)

// Collection is a collection of a cluster, which serves it at an endpoint of its own.
type Collection struct {
	ConnectAddress string // the endpoint of the cluster
	DBName         string // if empty, the default database
	Name           string
}

// Collection returns the calls about a collection. It returns an error unless the API key can be sent
// to the host: one below Zilliz's own domains, that of the endpoint, or a loopback host.
func (c *Client) Collection(collection Collection) (importjob.CollectionSource, error) {
	base, err := parseConnectAddress(collection.ConnectAddress, c.base.Hostname())
	if err != nil {
		return importjob.CollectionSource{}, fmt.Errorf("connect_address %w", err)
	}
	body := collectionBody{collection.DBName, collection.Name}
	call := func(path string, body any) apiCall {
		return apiCall{method: http.MethodPost, path: path, dbName: collection.DBName, body: body, base: base}
	}
	post := func(ctx context.Context, path string) error {
		_, err := send(ctx, c, call(path, body), response.data)
		return err
	}
	return importjob.CollectionSource{
		LoadState: func(ctx context.Context) (importjob.Readiness, error) {
			return send(ctx, c, call(loadStatePath, body), decodeData(decodeLoadState))
		},
		Load:    func(ctx context.Context) error { return post(ctx, loadPath) },
		Refresh: func(ctx context.Context) error { return post(ctx, refreshPath) },
		Count: func(ctx context.Context) (int64, error) {
			query := countBody{collectionBody: body, OutputFields: []string{"count(*)"}, ConsistencyLevel: "Strong"}
			return send(ctx, c, call(queryPath, query), decodeCount)
		},
	}, nil
}

type collectionBody struct {
	DBName         string `json:"dbName,omitempty"`
	CollectionName string `json:"collectionName"`
}

// countBody is a query that counts all rows of a collection, with an empty filter and the limit 0.
type countBody struct {
	collectionBody
	Filter           string   `json:"filter"`
	OutputFields     []string `json:"outputFields"`
	Limit            int      `json:"limit"`
	ConsistencyLevel string   `json:"consistencyLevel"`
}

func decodeLoadState(data responseData) (importjob.Readiness, error) {
	r := importjob.Readiness{Percent: strict(data.object, "loadProgress", asNumber)}
	if state := required(data.object, "loadState", asText); state != nil {
		r.State = importjob.LoadState(data.masker.line(*state, maxExcerpt))
	}
	if message := lenient(data.object, "message", asText); message != nil {
		r.Message = data.masker.line(*message, maxMessage)
	}
	return r, nil
}

// decodeCount returns the number of rows of a response, whose data is an array with one object.
func decodeCount(resp response) (int64, error) {
	data, err := resp.data()
	if err != nil {
		return 0, err
	}
	objects, err := asObjects(data)
	if err != nil || len(objects) != 1 {
		return 0, errors.New("data: must be an array with one object")
	}
	rows := required(objects[0], "count(*)", asInteger)
	if rows == nil {
		return 0, objects[0].err
	}
	return *rows, nil
}

// LacksPermission reports whether the key has no right to the call. With another status, Milvus
// returns the same code for errors without one of their own.
func (e *APIError) LacksPermission() bool {
	return MilvusCode(e.Code) == MilvusNoPermission && e.HTTPStatus == http.StatusForbidden
}

// collectionFailure sets how a call about a collection failed, and reports whether the code says so.
// A code can have another meaning in a call about an import.
func collectionFailure(e *APIError, failure *importjob.Failure) bool {
	*failure = importjob.Permanent
	switch MilvusCode(e.Code) {
	case MilvusCollectionNotFound, MilvusDatabaseNotFound, MilvusIndexNotFound,
		MilvusInvalidParameter, MilvusInvalidBody, MilvusMissingField, MilvusPartitionNotFound:
		return true
	case MilvusNoPermission:
		return e.LacksPermission()
	case MilvusNotLoaded, MilvusNotWhole:
		*failure = importjob.Unavailable
		return true
	default:
		return false
	}
}
