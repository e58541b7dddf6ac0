package contract

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// service is Zilliz Cloud or a simulator of it, as one user sees it.
type service struct {
	client *http.Client
	// base has the base URLs of v1, of v2, of v1 in another region, and of the cluster
	// itself, by their names. That of the cluster is empty if it is not known.
	base map[string]string
	// region is empty for a simulator.
	region, key, cluster string
	// Without a collection and a URL to import from, the writing checks are left out.
	collection, objectURL       string
	accessKey, secretKey, token string // of the bucket, empty if it is public
	// pause is the time between two polls, and gap that before any request, which keeps
	// below the rate limit of the service.
	pause, gap time.Duration
	*visit
}

// visit records what a run has done so far. All copies of a service share it.
type visit struct {
	recorder
	fact              string   // that the present check is about
	notes             []string // of the present check
	decoded, rejected int      // by the provider's client
	started           int
	left              []string // IDs of started jobs that have not been seen to end
	rows              int64    // of the imports that have completed
}

func (v *visit) note(format string, values ...any) {
	v.notes = append(v.notes, fmt.Sprintf(format, values...))
}

// newService returns the service of the environment's variables. It returns an error that
// names the variable to fix, without its value.
func newService(getenv func(string) string) (service, error) {
	cluster, wrong := strings.TrimSuffix(getenv("ZILLIZ_TEST_CONNECT_ADDRESS"), "/"), "aws-us-east-2"
	s := service{
		region: getenv("ZILLIZ_REGION_ID"), key: getenv("ZILLIZ_API_KEY"), cluster: getenv("ZILLIZ_TEST_CLUSTER_ID"),
		collection: getenv("ZILLIZ_TEST_COLLECTION"), objectURL: getenv("ZILLIZ_TEST_OBJECT_URL"),
		accessKey: getenv("ZILLIZ_TEST_ACCESS_KEY"), secretKey: getenv("ZILLIZ_TEST_SECRET_KEY"), token: getenv("ZILLIZ_TEST_TOKEN"),
		pause: 5 * time.Second, gap: time.Second / 10, visit: &visit{},
	}
	if s.region == wrong {
		wrong = "aws-us-west-2"
	}
	host := func(region string) string { return "https://controller.api." + region + ".zillizcloud.com" }
	s.base = map[string]string{"v1": host(s.region), "v2": "https://api.cloud.zilliz.com", "another region": host(wrong), "cluster": cluster}
	if s.inChina() {
		s.base["v2"] += ".cn"
	}
	var problem string
	switch badRegion, badAddress := zilliz.CheckRegion(s.region), checkAddress(cluster); {
	case s.key == "", s.cluster == "":
		problem = "ZILLIZ_API_KEY and ZILLIZ_TEST_CLUSTER_ID must not be empty"
	case badRegion != nil:
		problem = "ZILLIZ_REGION_ID " + badRegion.Error()
	case cluster != "" && badAddress != nil:
		problem = "ZILLIZ_TEST_CONNECT_ADDRESS: " + badAddress.Error()
	case strings.ContainsAny(s.objectURL, "?#"):
		problem = "ZILLIZ_TEST_OBJECT_URL must not have a query: set ZILLIZ_TEST_ACCESS_KEY and ZILLIZ_TEST_SECRET_KEY, or ZILLIZ_TEST_TOKEN"
	case s.objectURL != "" && s.collection == "":
		problem = "ZILLIZ_TEST_OBJECT_URL needs ZILLIZ_TEST_COLLECTION"
	case (s.accessKey == "") != (s.secretKey == ""):
		problem = "ZILLIZ_TEST_ACCESS_KEY and ZILLIZ_TEST_SECRET_KEY need each other"
	default:
		return s, nil
	}
	return s, errors.New(problem + `. See "Help with an account" in CONTRIBUTING.md`)
}

// checkAddress returns an error unless the provider sends its key to the endpoint of a cluster.
func checkAddress(address string) error {
	client, err := zilliz.New(zilliz.Config{APIVersion: zilliz.V2, APIKey: "any key that has the right form"})
	if err == nil {
		_, err = client.Collection(zilliz.Collection{ConnectAddress: address})
	}
	return err
}

func (s service) inChina() bool {
	return strings.HasPrefix(s.region, "ali-") || strings.HasPrefix(s.region, "tc-")
}

// checkAccount returns an error that names the variable to fix if the service accepts the
// account with neither API version, or if API v1 does not know the region. If a host that
// other documentation names serves API v1, that is used from now on.
func (s service) checkAccount(ctx context.Context) error {
	first, second := s.list(ctx, v1), s.list(ctx, v2)
	for _, domain := range []string{".cloud.zilliz.com.cn", ".zilliz.com.cn", ".zillizcloud.com"} {
		if s.inChina() && !first.succeeded() {
			s.base["v1"] = "https://controller.api." + s.region + domain
			first = s.list(ctx, v1)
		}
	}
	fix := blame(first)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case first.succeeded(), second.succeeded() && !strings.HasPrefix(fix, "ZILLIZ_REGION_ID"):
		return nil
	default:
		return fmt.Errorf("nothing was checked. Fix %s (API v1: %v, API v2: %v)", cmp.Or(fix, blame(second), "what the service says"), first, second)
	}
}

// blame returns what an answer says is wrong with the settings, empty if nothing.
func blame(a answer) string {
	switch {
	case a.err != nil:
		return "ZILLIZ_REGION_ID, or the network: a host does not respond"
	case a.status == http.StatusUnauthorized:
		return "ZILLIZ_API_KEY"
	case a.code < 0:
		return "ZILLIZ_REGION_ID. If it is right, the region does not serve API v1 any more, which is worth an issue"
	}
	return map[int]string{
		90117: "ZILLIZ_REGION_ID", 90102: "ZILLIZ_REGION_ID or ZILLIZ_TEST_CLUSTER_ID",
		40021: "ZILLIZ_TEST_CLUSTER_ID", 80020: "ZILLIZ_TEST_CLUSTER_ID, or the rights of the key", 40022: "the rights of ZILLIZ_API_KEY on the cluster",
		80001: "ZILLIZ_API_KEY", 80002: "ZILLIZ_API_KEY", 1800: "ZILLIZ_API_KEY", 21119: "ZILLIZ_API_KEY",
	}[a.code]
}

// sleep waits for the next poll.
func (s service) sleep(ctx context.Context) error { return wait(ctx, s.pause) }

// poll calls done until that returns true, at most n times, and reports whether it has.
func (s service) poll(ctx context.Context, n int, done func() bool) bool {
	for range n {
		if done() {
			return true
		}
		if s.sleep(ctx) != nil {
			return false
		}
	}
	return false
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answer is a response of the service, or the error of a request without one.
type answer struct {
	status int
	header http.Header
	text   []byte
	body   map[string]any
	code   int // -1 if the body has none
	err    error
	// rejected reports whether the provider's client can't decode what the service calls
	// a success.
	rejected bool
}

func (a answer) String() string {
	if a.err != nil {
		return fmt.Sprintf("no response (%T)", a.err) // whose text has the address
	}
	line := fmt.Sprintf("HTTP %d, code %d", a.status, a.code)
	if a.rejected {
		line += ", and the provider rejects the response"
	}
	return line
}

// succeeded reports whether the service reports success.
func (a answer) succeeded() bool {
	return a.err == nil && a.status == http.StatusOK && (a.code == 0 || a.code == 200)
}

// fault returns an error unless the service reports success and the provider agrees.
func (a answer) fault() error {
	if a.succeeded() && !a.rejected {
		return nil
	}
	return errors.New(a.String())
}

// data returns the data of the response, or the one object in it. It can be nil.
func (a answer) data() map[string]any {
	if array := objects(a.body["data"]); len(array) == 1 {
		return array[0]
	}
	data, _ := a.body["data"].(map[string]any)
	return data
}

// jobs returns the entries of a list of jobs.
func (a answer) jobs() []map[string]any {
	return append(objects(a.data()["tasks"]), objects(a.data()["records"])...)
}

func objects(array any) []map[string]any {
	elements, _ := array.([]any)
	var all []map[string]any
	for _, element := range elements {
		if o, ok := element.(map[string]any); ok {
			all = append(all, o)
		}
	}
	return all
}

// text returns a text or the digits of a number, as the provider reads IDs.
func text(value any) string {
	if n, ok := value.(json.Number); ok {
		return n.String()
	}
	s, _ := value.(string)
	return s
}

// number returns a number, or that in a text.
func number(value any) (n float64, ok bool) {
	n, err := strconv.ParseFloat(text(value), 64)
	return n, err == nil
}

// api has the differences between the versions of the API.
type api struct {
	name, read, percent, reason string
	full                        float64 // percent of a completed job
}

var (
	v1 = api{"v1", "get", "readyPercentage", "errorMessage", 1}
	v2 = api{"v2", "describe", "progress", "reason", 100}
)

type fields map[string]any

// call sends a call about the cluster.
func (s service) call(ctx context.Context, v api, name string, f fields) answer {
	all := fields{"clusterId": s.cluster}
	maps.Copy(all, f)
	if v == v2 {
		return s.send(ctx, http.MethodPost, "v2", "/v2/vectordb/jobs/import/"+name, all)
	}
	return s.send(ctx, http.MethodGet, "v1", "/v1/vector/collections/import/"+name, all)
}

// list reads the first page of the list of jobs.
func (s service) list(ctx context.Context, v api) answer {
	return s.call(ctx, v, "list", fields{"pageSize": 100, "currentPage": 1})
}

func (s service) read(ctx context.Context, v api, id string) answer {
	return s.call(ctx, v, v.read, fields{"jobId": id})
}

// send sends a request and records the exchange. The fields are the query of a GET, and
// otherwise the body.
func (s service) send(ctx context.Context, method, base, call string, f fields) answer {
	sent, query := []byte(nil), url.Values{}
	if method == http.MethodGet {
		for name, value := range f {
			query.Set(name, fmt.Sprint(value))
		}
	} else {
		sent, _ = json.Marshal(f) // can't fail for texts and numbers
	}
	request, err := http.NewRequestWithContext(ctx, method, s.base[base]+call, bytes.NewReader(sent))
	if err != nil {
		return answer{err: err}
	}
	request.URL.RawQuery = query.Encode()
	request.Header.Set("Authorization", "Bearer "+s.key)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	if err := wait(ctx, s.gap); err != nil {
		return answer{err: err}
	}
	began := time.Now()
	a := s.receive(request)
	e := s.exchange(method, base, call, f, a, time.Since(began))
	if a.succeeded() {
		s.feed(context.WithoutCancel(ctx), call, f, &a)
	}
	s.record(func(r *recording) { r.Exchanges = append(r.Exchanges, e) })
	return a
}

func (s service) receive(request *http.Request) answer {
	resp, err := s.client.Do(request)
	if err != nil {
		return answer{err: errors.Unwrap(err)} // without the URL
	}
	defer func() { _ = resp.Body.Close() }()
	a := answer{status: resp.StatusCode, header: resp.Header, code: -1}
	a.text, a.err = io.ReadAll(resp.Body)
	decoder := json.NewDecoder(bytes.NewReader(a.text))
	decoder.UseNumber() // an ID can be a number
	if decoder.Decode(&a.body) == nil {
		if code, ok := number(a.body["code"]); ok {
			a.code = int(code)
		}
	}
	return a
}

// feed gives the answer to a request to the client of the provider, and sets rejected if
// that does not decode it. Calls that the client does not have are left out.
func (s service) feed(ctx context.Context, call string, f fields, a *answer) {
	version := zilliz.V2
	if strings.HasPrefix(call, "/v1/") {
		version = zilliz.V1
	}
	client, err := zilliz.New(zilliz.Config{
		APIVersion: version, Endpoint: "https://replay.example.com", APIKey: s.key, RequestTimeout: time.Minute, MaxRequestsPerSecond: 10,
		Transport: zillizsim.Transport(zillizsim.Body(a.status, "application/json", string(a.text))),
	})
	if err == nil {
		switch path.Base(call) {
		case "get", "describe":
			_, err = client.ReadJob(ctx, importjob.ID{ClusterID: s.cluster, JobID: text(f["jobId"])})
		case "list":
			page, _ := f["currentPage"].(int)
			_, err = client.JobPage(ctx, zilliz.JobFilter{ClusterID: s.cluster}, page)
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
