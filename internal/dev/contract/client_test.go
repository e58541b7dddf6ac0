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
	body := io.NopCloser(bytes.NewReader(r.text))
	return &http.Response{StatusCode: r.status, Header: r.header, Body: body, Request: request, ProtoMajor: 1, ProtoMinor: 1}, nil
}

// feed gives the answer to a request to the client of the provider, and sets rejected if
// that does not decode it. Calls that the client does not have are left out.
func (s service) feed(ctx context.Context, request *http.Request, body fields, a *answer) {
	version, query := zilliz.V2, request.URL.Query()
	job, page := text(body["jobId"]), fmt.Sprint(body["currentPage"])
	if strings.HasPrefix(request.URL.Path, "/v1/") {
		version, job, page = zilliz.V1, query.Get("jobId"), query.Get("currentPage")
	}
	client, err := zilliz.New(zilliz.Config{
		APIVersion: version, Endpoint: "https://replay.example.com", APIKey: s.key,
		RequestTimeout: time.Minute, MaxRequestsPerSecond: 10, Transport: replay{*a},
	})
	if err == nil {
		switch path.Base(request.URL.Path) {
		case "get", "describe":
			_, err = client.ReadJob(ctx, importjob.ID{ClusterID: s.cluster, JobID: job})
		case "list":
			n, _ := strconv.Atoi(page)
			_, err = client.JobPage(ctx, zilliz.JobFilter{ClusterID: s.cluster}, n)
		case "import", "create":
			_, err = client.StartImport(ctx, zilliz.Import{ClusterID: s.cluster, ObjectURLs: []string{"s3://b/a.parquet"}})
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

// clientDecodes checks whether the client has decoded each response that it was fed.
func clientDecodes(_ context.Context, s service) error {
	if s.rejected > 0 {
		return fmt.Errorf("it rejects %d of %d responses", s.rejected, s.rejected+s.decoded)
	}
	s.note("%d", s.decoded)
	return nil
}
