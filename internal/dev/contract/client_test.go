package contract

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// replay is a transport that responds to every request with one answer.
type replay struct{ answer }

func (r replay) RoundTrip(request *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: r.status, Header: r.header, Body: io.NopCloser(bytes.NewReader(r.text)), Request: request,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// feed gives the answer to a request to the client of the provider, and sets rejected if
// that does not decode it. Calls that the client does not have are left out.
func (s service) feed(request *http.Request, body map[string]any, a *answer) {
	version := zilliz.V1
	if strings.HasPrefix(request.URL.Path, "/v2/") {
		version = zilliz.V2
	}
	client, err := zilliz.New(zilliz.Config{
		APIVersion: version, Endpoint: "https://replay.example.com", APIKey: s.key,
		RequestTimeout: time.Minute, MaxRequestsPerSecond: 10, Transport: replay{*a},
	})
	query := request.URL.Query()
	if err == nil {
		ctx := context.Background()
		switch path.Base(request.URL.Path) {
		case "get":
			_, err = client.ReadJob(ctx, importjob.ID{ClusterID: s.cluster, JobID: query.Get("jobId")})
		case "describe":
			_, err = client.ReadJob(ctx, importjob.ID{ClusterID: s.cluster, JobID: text(body["jobId"])})
		case "list":
			page, _ := body["currentPage"].(int)
			if version == zilliz.V1 {
				page, _ = strconv.Atoi(query.Get("currentPage"))
			}
			_, err = client.JobPage(ctx, zilliz.JobFilter{ClusterID: s.cluster}, page)
		case "import", "create":
			_, err = client.StartImport(ctx, zilliz.Import{ClusterID: s.cluster, CollectionName: "c", ObjectURLs: []string{"s3://b/a.parquet"}})
		default:
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.rejected = err != nil; a.rejected {
		s.rejected++
	} else {
		s.decoded++
	}
}

// clientDecodes reports whether the client has decoded each response that it was fed.
func clientDecodes(_ context.Context, s service) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.rejected > 0:
		return fmt.Errorf("it rejects %d of %d responses", s.rejected, s.rejected+s.decoded)
	case s.decoded == 0:
		return errNotSeen
	default:
		return nil
	}
}
