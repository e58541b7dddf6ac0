package zilliz

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// The calls of the data plane. They are API v2, whatever version the client has. The first
// two and the query are documented by Zilliz, refresh_load by Milvus.
const (
	loadStatePath = "/v2/vectordb/collections/get_load_state"
	loadPath      = "/v2/vectordb/collections/load"
	refreshPath   = "/v2/vectordb/collections/refresh_load"
	queryPath     = "/v2/vectordb/entities/query"
)

// Collection is a collection of a cluster, which serves it at an endpoint of its own.
type Collection struct {
	// ConnectAddress is the endpoint of the cluster, see [CheckConnectAddress].
	ConnectAddress string
	// DBName is the database. If empty, it is the default database.
	DBName string
	Name   string
}

// Collection returns the calls about a collection. It returns an error unless the API key
// can be sent to the address.
func (c *Client) Collection(collection Collection) (importjob.CollectionSource, error) {
	base, err := parseConnectAddress(collection.ConnectAddress, c.endpoint)
	if err != nil {
		return importjob.CollectionSource{}, fmt.Errorf("connect_address %w", err)
	}
	post := func(ctx context.Context, path string) error {
		return sendWithoutResult(ctx, c, collection.call(base, path))
	}
	return importjob.CollectionSource{
		LoadState: func(ctx context.Context) (importjob.Readiness, error) {
			return send(ctx, c, collection.call(base, loadStatePath), decodeData(decodeLoadState))
		},
		Load:    func(ctx context.Context) error { return post(ctx, loadPath) },
		Refresh: func(ctx context.Context) error { return post(ctx, refreshPath) },
		Count: func(ctx context.Context) (int64, error) {
			return send(ctx, c, collection.call(base, queryPath), decodeCount)
		},
	}, nil
}

type collectionBody struct {
	DBName         string `json:"dbName,omitempty"`
	CollectionName string `json:"collectionName"`
}

// call returns a call about the collection. A query counts its rows: limit must be 0 then.
func (c Collection) call(base *url.URL, path string) apiCall {
	call := apiCall{method: http.MethodPost, path: path, dbName: c.DBName, base: base}
	body := collectionBody{c.DBName, c.Name}
	call.body = body
	if path == queryPath {
		call.body = struct {
			collectionBody
			Filter           string   `json:"filter"`
			OutputFields     []string `json:"outputFields"`
			Limit            int      `json:"limit"`
			ConsistencyLevel string   `json:"consistencyLevel"`
		}{body, "", []string{"count(*)"}, 0, "Strong"}
	}
	return call
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

// decodeCount returns the number of rows of a response, whose data is an array with one
// object.
func decodeCount(resp response) (int64, error) {
	data, err := resp.data()
	if err != nil {
		return 0, err
	}
	objects, err := asObjects(data)
	if err != nil || len(objects) != 1 {
		return 0, resp.malformed(errors.New("data: must be an array with one object"))
	}
	rows := required(objects[0], "count(*)", asInteger)
	if objects[0].err != nil {
		return 0, resp.malformed(objects[0].err)
	}
	return *rows, nil
}

// LacksPermission reports whether the key has no right to the call. With another status,
// Milvus returns the same code for errors without one of their own.
func (e *APIError) LacksPermission() bool {
	return MilvusCode(e.Code) == MilvusNoPermission && e.HTTPStatus == http.StatusForbidden
}

// collectionFailure sets how a call about a collection failed, and reports whether the code
// says so. A code can have another meaning in a call about an import.
func collectionFailure(e *APIError, failure *importjob.Failure) bool {
	switch MilvusCode(e.Code) {
	case MilvusCollectionNotFound, MilvusDatabaseNotFound, MilvusIndexNotFound,
		MilvusInvalidParameter, MilvusInvalidBody, MilvusMissingField, MilvusPartitionNotFound:
		*failure = importjob.Permanent
	case MilvusNoPermission:
		*failure = importjob.Permanent
		return e.LacksPermission()
	case MilvusNotLoaded, MilvusNotWhole:
		*failure = importjob.Unavailable
	default:
		return false
	}
	return true
}
