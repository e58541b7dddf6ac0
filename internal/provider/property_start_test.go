package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// The tests in this file and in property_commit_test.go run random scenarios and check what
// must be true in all of them. A failure names the seed of its scenario:
//
//	ZILLIZ_TEST_SEED=<seed> ZILLIZ_TEST_SCENARIOS=1 go test -run '^TestProperty' ./internal/provider
//
// The pauses of the provider have a jitter that does not depend on the seed, so that it can
// take several runs to see the same failure.
const (
	seedVariable      = "ZILLIZ_TEST_SEED"
	scenariosVariable = "ZILLIZ_TEST_SCENARIOS"
	parallelScenarios = 4
)

// testScenarios runs scenarios with the seeds from a random one on, each in a bubble.
func testScenarios(t *testing.T, scenarios int, test func(t *testing.T, seed uint64)) {
	t.Helper()
	first := rand.Uint64() >> 16
	if text, found := os.LookupEnv(seedVariable); found {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		first = seed
	}
	if text, found := os.LookupEnv(scenariosVariable); found {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		scenarios = n
	}
	for part := range parallelScenarios {
		t.Run(fmt.Sprintf("part %d", part), func(t *testing.T) {
			t.Parallel()
			for i := part; i < scenarios && !t.Failed(); i += parallelScenarios {
				synctest.Test(t, func(t *testing.T) { test(t, first+uint64(i)) })
			}
		})
	}
}

// newProcess returns a new process of the provider, like newTestServerOver. It does not
// ask for the schema again, which takes most of the time of a scenario.
func newProcess(t *testing.T, transport http.RoundTripper) *testServer {
	t.Helper()
	schema, err := providerSchema()
	if err != nil {
		t.Fatal(err)
	}
	return &testServer{t: t, server: newServer(&zillizProvider{version: "test", transport: transport}), schema: schema}
}

var providerSchema = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	return newServer(&zillizProvider{version: "test"}).GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// A resourceKey is the key of the context for the number of the resource that sends a
// request.
type resourceKey struct{}

// exchange is a request and what the provider has seen of its answer.
type exchange struct {
	resource int
	at       time.Time
	call     string // "create", "list", "describe", "commit" or "abort"
	jobID    string // the job of the request, or the one that it has started
	faulty   bool   // the answer is not that of the service
	// handled reports whether the service has handled the request, and accepted whether it
	// has done what the request asks for.
	handled, accepted bool
	// rejected reports whether the answer means that the request has changed nothing.
	rejected bool
	// listed are the states of the jobs in the answer of a list, nil if that is lost. ids
	// are their IDs in order.
	listed map[string]string
	ids    []string
	// state is the state in the answer of describe, empty if that is lost.
	state string
}

// wire is the network between the provider and the simulator. It loses requests and
// answers at random, and records what the provider has seen.
type wire struct {
	sim *zillizsim.Server
	// faulty returns the probability that a call fails.
	faulty func(call string) float64
	// passing reports whether all faults are ones that can pass.
	passing bool

	mu        sync.Mutex
	rand      *rand.Rand
	exchanges []exchange
}

// since returns the exchanges of a resource since there were n in all, and the number of
// all.
func (w *wire) since(n, resource int) (exchanges []exchange, all int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.exchanges[n:] {
		if e.resource == resource {
			exchanges = append(exchanges, e)
		}
	}
	return exchanges, len(w.exchanges)
}

// A lostAnswer replaces the answer of the service. The body is that of the service, empty
// if it has not handled the request.
type lostAnswer struct {
	name string
	// onlyBefore reports whether the service can't have handled the request, and rejects
	// whether the answer says so.
	onlyBefore, rejects bool
	// status and body are those of the answer. The status 0 means that there is none.
	status int
	body   func(body string) string
	// cut reports whether the connection breaks within the body.
	cut bool
	// err is the error in place of an answer, and hangs whether there is none at all.
	err   error
	hangs bool
	// unconnected reports whether there is no connection.
	unconnected bool
	// permanent reports whether a read is not repeated after this answer.
	permanent bool
	header    http.Header
}

func lostAnswers() []lostAnswer {
	text := func(s string) func(string) string { return func(string) string { return s } }
	part := func(body string) string { return body[:len(body)*2/3] }
	const page = "<html><body><h1>Bad Gateway</h1></body></html>"
	return []lostAnswer{
		{name: "refused", onlyBefore: true, rejects: true, unconnected: true, err: &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}},
		{name: "throttled", onlyBefore: true, rejects: true, status: 429, body: text(page)},
		{name: "throttled for a while", onlyBefore: true, rejects: true, status: 429, body: text(page), header: http.Header{"Retry-After": {"13"}}},
		{name: "busy", onlyBefore: true, rejects: true, status: 200, body: text(`{"code":47055,"message":"importing"}`)},
		{name: "no access", permanent: true, onlyBefore: true, rejects: true, status: 200, body: text(`{"code":40022,"message":"no access"}`)},
		{name: "not found", permanent: true, onlyBefore: true, rejects: true, status: 404, body: text(page)},
		{name: "reset", err: &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}},
		{name: "hang", hangs: true},
		{name: "request timeout", status: 408, body: text(page)},
		{name: "conflict", permanent: true, status: 409, body: text(page)},
		{name: "client closed", permanent: true, status: 499, body: text(page)},
		{name: "internal error", status: 500, body: text(`{"code":500,"message":"internal"}`)},
		{name: "bad gateway", status: 502, body: text(page)},
		{name: "unavailable", status: 503, body: text(page), header: http.Header{"Retry-After": {"7"}}},
		{name: "gateway timeout", status: 504, body: text(page)},
		{name: "redirect", permanent: true, status: 302, body: text(""), header: http.Header{"Location": {"https://example.com/"}}},
		{name: "page", status: 200, body: text(page)},
		{name: "empty", status: 200, body: text("")},
		{name: "undocumented code", status: 200, body: text(`{"code":1,"message":"service not ready"}`)},
		{name: "no data", status: 200, body: text(`{"code":0}`)},
		{name: "empty data", status: 200, body: text(`{"code":0,"data":{}}`)},
		{name: "empty ID", status: 200, body: text(`{"code":0,"data":{"jobId":"","records":7,"tasks":7,"state":7,"readyPercentage":"x"}}`)},
		{name: "two IDs", status: 200, body: text(`{"code":0,"data":{"jobId":"a","jobId":"b"}}`)},
		{name: "another job", status: 200, body: text(`{"code":0,"data":{"jobId":["x"],"state":"Completed"}}`)},
		{name: "cut off", status: 200, body: part},
		{name: "reset in the body", status: 200, body: part, cut: true},
	}
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	resource, _ := r.Context().Value(resourceKey{}).(int)
	e := exchange{resource: resource, at: time.Now(), call: callOf(r), jobID: jobOf(r)}
	fault, before := w.draw(e.call)
	e.faulty = fault != nil
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && (!e.faulty || !fault.unconnected) {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	var status int
	var header http.Header
	var body string
	if !before {
		status, header, body = w.serve(r)
		e.handled = true
	}
	e.read(body)
	if fault != nil {
		e.rejected = fault.rejects
		e.listed, e.ids, e.state = nil, nil, ""
	}
	w.mu.Lock()
	w.exchanges = append(w.exchanges, e)
	w.mu.Unlock()
	if fault == nil {
		return newResponse(r, status, header, strings.NewReader(body)), nil
	}
	return fault.answer(r, body)
}

// draw returns the fault of a request, nil if there is none, and whether it happens before
// the service handles the request.
func (w *wire) draw(call string) (fault *lostAnswer, before bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.rand.Float64() >= w.faulty(call) {
		return nil, false
	}
	answers := slices.DeleteFunc(lostAnswers(), func(a lostAnswer) bool { return w.passing && a.permanent })
	fault = &answers[w.rand.IntN(len(answers))]
	return fault, fault.onlyBefore || w.rand.IntN(2) == 0
}

// serve lets the service handle a request, even if nobody waits for the answer any more.
func (w *wire) serve(r *http.Request) (status int, header http.Header, body string) {
	response, err := zillizsim.Transport(w.sim).RoundTrip(r.Clone(context.WithoutCancel(r.Context())))
	if err != nil {
		return http.StatusInternalServerError, nil, err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	data, _ := io.ReadAll(response.Body) // It is in memory.
	return response.StatusCode, response.Header, string(data)
}

// answer returns the answer of a fault.
func (a *lostAnswer) answer(r *http.Request, body string) (*http.Response, error) {
	if a.hangs {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	if a.err != nil {
		return nil, a.err
	}
	content := io.Reader(strings.NewReader(a.body(body)))
	if a.cut {
		content = io.MultiReader(content, brokenReader{})
	}
	return newResponse(r, a.status, a.header, content), nil
}

// brokenReader is the rest of the body of a connection that was reset.
type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, syscall.ECONNRESET }

func newResponse(r *http.Request, status int, header http.Header, body io.Reader) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(body), Request: r, ProtoMajor: 1, ProtoMinor: 1}
}

// callOf returns the name that a call has in API v2.
func callOf(r *http.Request) string {
	name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	switch name {
	case "import":
		return "create"
	case "get":
		return "describe"
	}
	return name
}

// jobOf returns the job of a request, empty if it is not about one.
func jobOf(r *http.Request) string {
	if r.Body == nil {
		return r.URL.Query().Get("jobId")
	}
	data, _ := io.ReadAll(r.Body) // It is in memory.
	r.Body = io.NopCloser(bytes.NewReader(data))
	var body struct{ JobID string }
	_ = json.Unmarshal(data, &body) // It is valid.
	return body.JobID
}

// read reads the answer of the service.
func (e *exchange) read(body string) {
	type job struct {
		JobID string
		State string
	}
	var answer struct {
		Code int
		Data struct {
			job
			Records, Tasks []job
		}
	}
	if json.NewDecoder(bytes.NewReader([]byte(body))).Decode(&answer) != nil || answer.Code != 0 && answer.Code != 200 {
		e.rejected = e.handled
		return
	}
	e.accepted, e.state = true, answer.Data.State
	if e.call == "create" {
		e.jobID = answer.Data.JobID
	}
	if e.call != "list" {
		return
	}
	e.listed = map[string]string{}
	for _, job := range slices.Concat(answer.Data.Records, answer.Data.Tasks) {
		e.listed[job.JobID] = job.State
		e.ids = append(e.ids, job.JobID)
	}
}

// naming is how the service names the files of a job.
type naming string

const (
	inBucket   naming = "path in the bucket"
	withSlash  naming = "path in the bucket, with a slash"
	withBucket naming = "path with the bucket"
	baseName   naming = "base name"
	noName     naming = "no name"
)

// name returns the name of a path in a bucket.
func (n naming) name(bucket, path string) string {
	switch n {
	case withBucket:
		return bucket + "/" + path
	case withSlash:
		return "/" + path
	case baseName:
		return path[strings.LastIndex(path, "/")+1:]
	case noName:
		return ""
	case inBucket:
		return path
	}
	return path
}

// simJob is what a scenario knows about a job in the simulator.
type simJob struct {
	zillizsim.Job
	// resource is the number of the resource that has started it, -1 if it is foreign.
	resource int
	// may reports whether the files of the job can be those of each resource by the rules
	// of the design, and mayNot whether they can't. Neither holds where that depends on
	// whether a URL has the bucket in its path. proves reports whether the files can be taken for those of a resource.
	may, mayNot, proves [2]bool
	// ends is when the job ends.
	ends time.Time
}

func (j simJob) recordedAt() time.Time        { return j.Start.Add(j.RecordedAfter) }
func (j simJob) unfinished(at time.Time) bool { return at.Before(j.ends) }

// startScenario is a history of one or two resources of a collection, whose imports are
// started while the network fails, and while others start imports into the collection.
type startScenario struct {
	t       *testing.T
	seed    uint64
	rand    *rand.Rand
	version string
	sim     *zillizsim.Server
	wire    *wire
	naming  naming
	// lag is the longest time until a job is on record.
	lag time.Duration
	// expires is how long the record of a foreign job that has ended is kept, 0 for ever.
	expires time.Duration
	// takes is the longest time of an import.
	takes      time.Duration
	maxRetries int
	resources  []*startedResource
	log        strings.Builder

	mu   sync.Mutex
	jobs map[string]simJob
}

// startedResource is a resource of a scenario.
type startedResource struct {
	number    int
	managed   *managed
	config    values
	buckets   []string
	paths     []string
	partition string
	// first is the job that the resource had before its configuration was changed.
	first string
	// done reports whether the resource has the job that it should have.
	done bool
	// mark is the number of exchanges before the present apply.
	mark int
}

// startStatistics count what scenarios have met, so that a test which checks nothing does
// not pass unnoticed.
type startStatistics struct {
	mu     sync.Mutex
	counts map[string]int
}

func (s *startStatistics) add(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[name]++
}

func (s *startStatistics) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	names := make([]string, 0, len(s.counts))
	for name := range s.counts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%7d %s\n", s.counts[name], name)
	}
	return b.String()
}

// TestPropertyStart runs random histories of starts. See [startScenario] for what happens
// in one, and its method check for what must be true.
func TestPropertyStart(t *testing.T) {
	t.Parallel()
	statistics := &startStatistics{counts: map[string]int{}}
	t.Cleanup(func() { t.Logf("scenarios met:\n%s", statistics) })
	testScenarios(t, 300, func(t *testing.T, seed uint64) {
		t.Helper()
		s := newStartScenario(t, seed)
		s.run(statistics)
		if t.Failed() {
			t.Logf("seed %d:\n%s", seed, s.log.String())
		}
	})
}

func newStartScenario(t *testing.T, seed uint64) *startScenario {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	s := &startScenario{
		t: t, seed: seed, rand: r, version: oneOf(r, "v1", "v2"), jobs: map[string]simJob{},
		naming:     oneOf(r, inBucket, inBucket, inBucket, withSlash, withBucket, baseName, noName),
		lag:        oneOf(r, 0, 0, 5*time.Second, 30*time.Second, 90*time.Second, 10*time.Minute),
		takes:      oneOf(r, 10*time.Second, 3*time.Minute, time.Hour),
		maxRetries: r.IntN(5),
		expires:    oneOf(r, 0, 0, 20*time.Second),
	}
	s.sim = newSim()
	starts, others := oneOf(r, 0.1, 0.5, 0.9), oneOf(r, 0, 0.1, 0.5)
	until := time.Now().Add(oneOf(r, time.Minute, 10*time.Minute, time.Hour))
	s.wire = &wire{
		sim: s.sim, rand: rand.New(rand.NewPCG(seed, 2)), passing: r.IntN(2) == 0,
		faulty: func(call string) float64 {
			switch {
			case time.Now().After(until):
				return 0
			case call == "create":
				return starts
			default:
				return others
			}
		},
	}
	s.logf("API %s, %s, lag %s, imports take %s, %d retries, faults of starts %g, of others %g, until %s",
		s.version, s.naming, s.lag, s.takes, s.maxRetries, starts, others, until.Format(time.TimeOnly))
	s.addResources()
	s.sim.OnStart(s.started)
	for range r.IntN(4) {
		s.addForeign(-between(r, 0, time.Hour))
	}
	if r.IntN(20) == 0 {
		for range 12 {
			s.addForeign(-between(r, 0, time.Minute))
		}
	}
	for range r.IntN(3) {
		s.addForeign(between(r, time.Millisecond, 5*time.Minute))
	}
	return s
}

func oneOf[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)))
}

func (s *startScenario) logf(format string, arguments ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(&s.log, "%s "+format+"\n", append([]any{time.Now().Format("15:04:05.000")}, arguments...)...)
}

func (s *startScenario) errorf(format string, arguments ...any) {
	s.t.Helper()
	s.logf("FAILED: "+format, arguments...)
	s.t.Errorf("seed %d: "+format, append([]any{s.seed}, arguments...)...)
}

// addResources adds one or two resources that import into the same collection.
func (s *startScenario) addResources() {
	for number := range oneOf(s.rand, 1, 1, 2) {
		r := &startedResource{number: number, partition: fmt.Sprintf("partition_%d", number)}
		folder := oneOf(s.rand, "data/v1/", "data/v1/", "data/v1/", "")
		if number == 1 && s.rand.IntN(2) == 0 {
			folder = "elsewhere/v7/"
		}
		files := 1
		if s.version == "v2" {
			files = 1 + s.rand.IntN(3)
		}
		var urls []string
		for i := range files {
			path := fmt.Sprintf("%spart-%d", folder, i)
			r.paths = append(r.paths, path)
			r.buckets = append(r.buckets, "bucket")
			urls = append(urls, oneOf(s.rand, "s3://bucket/"+path, "gs://bucket/"+path+"/", "https://s3.us-west-2.amazonaws.com/bucket/"+path))
		}
		r.config = startArguments(values{
			"partition_name": r.partition, "object_urls": urls,
			"timeouts": values{"create": oneOf(s.rand, "1m", "5m", "1h"), "update": "5m"},
		})
		if s.version == "v2" && s.rand.IntN(4) == 0 {
			r.config["auto_commit"] = false
		}
		s.resources = append(s.resources, r)
		s.logf("resource %d imports %q", number, urls)
	}
}

// job returns a job with the files of a resource, and those facts that do not depend on
// who has started it.
func (s *startScenario) job(r *startedResource, buckets []string) simJob {
	job := simJob{Job: zillizsim.Job{ClusterID: testCluster, CollectionName: "articles"}, resource: -1}
	takes := max(time.Second, time.Duration(s.rand.Int64N(int64(s.takes))))
	job.Steps = zillizsim.Linear(takes)
	if s.rand.IntN(4) == 0 {
		job.Steps = zillizsim.FailAt(takes, 0.5, "no rows")
	}
	if s.lag > 0 {
		job.RecordedAfter = time.Duration(s.rand.Int64N(int64(s.lag)))
	}
	for i, path := range r.paths {
		job.Files = append(job.Files, zillizsim.File{Name: s.naming.name(buckets[i], path), Size: 1})
	}
	for i, other := range s.resources {
		samePaths := slices.Equal(other.paths, r.paths)
		var isEnd, overlap bool // The name of a file is the end of a path, or the reverse holds too.
		for _, path := range r.paths {
			name := strings.Trim(s.naming.name("bucket", path), "/")
			for _, path := range other.paths {
				isEnd = isEnd || strings.HasSuffix("/bucket/"+path, "/"+name)
				overlap = overlap || isEnd || strings.HasSuffix("/"+name, "/"+path)
			}
		}
		otherBucket := s.naming == withBucket && buckets[0] != other.buckets[0]
		job.may[i] = s.naming == noName || isEnd && !otherBucket
		job.mayNot[i] = s.naming != noName && !overlap
		named := s.naming == withBucket || s.naming != baseName && s.naming != noName && strings.Contains(r.paths[0], "/")
		job.proves[i] = samePaths && !otherBucket && named
	}
	return job
}

// started returns the job of a request of a resource.
func (s *startScenario) started(req zillizsim.StartRequest) zillizsim.Job {
	i := slices.IndexFunc(s.resources, func(r *startedResource) bool { return r.partition == req.PartitionName })
	s.wire.mu.Lock() // It also protects the random numbers.
	job := s.job(s.resources[i], s.resources[i].buckets)
	s.wire.mu.Unlock()
	job.resource, job.ID = i, req.JobID
	job.Start = time.Now()
	job.ends = job.Start.Add(job.Steps[len(job.Steps)-1].After)
	if !req.AutoCommit && job.Steps[len(job.Steps)-1].Reason == "" {
		job.ends = job.Start.Add(1000 * time.Hour) // It stays uncommitted.
	}
	s.remember(job)
	s.logf("resource %d starts %s, on record in %s, takes %s", i, job.ID, job.RecordedAfter, job.ends.Sub(job.Start))
	return job.Job
}

func (s *startScenario) remember(job simJob) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jobs[job.ID] = job
}

func (s *startScenario) job1(id string) (simJob, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, found := s.jobs[id]
	return job, found
}

// addForeign adds a job of somebody else, now with a start in the past, or later.
func (s *startScenario) addForeign(when time.Duration) {
	r := oneOf(s.rand, s.resources...)
	other := &startedResource{paths: []string{"other/x1", "other/x2"}, buckets: []string{"bucket", "bucket"}}
	var job simJob
	switch s.rand.IntN(4) {
	case 0: // other files
		job = s.job(other, other.buckets)
	case 1: // the same paths in another bucket
		job = s.job(r, slices.Repeat([]string{"another"}, len(r.paths)))
	default: // another partition, database or version of the files
		job = s.job(r, r.buckets)
		if s.version == "v1" && s.rand.IntN(3) == 0 {
			job.DBName = "another"
		}
	}
	job.Start, job.ExpiresAfter = time.Now().Add(when), s.expires
	s.mu.Lock()
	job.ID = fmt.Sprintf("foreign-%d", len(s.jobs))
	s.mu.Unlock()
	last := &job.Steps[len(job.Steps)-1]
	job.ends = job.Start.Add(last.After)
	if s.version == "v2" && last.Reason == "" && s.rand.IntN(3) == 0 {
		last.Progress, last.State = 0.99, "Uncommitted" // until somebody aborts it
		job.Steps = append(job.Steps, zillizsim.Step{After: last.After + 10*time.Minute, Reason: "aborted"})
		job.ends = job.ends.Add(10 * time.Minute)
	}
	s.remember(job)
	s.logf("foreign job %s starts at %s, on record in %s, takes %s, files %v", job.ID, job.Start.Format("15:04:05.000"), job.RecordedAfter, job.ends.Sub(job.Start), job.Files)
	if when <= 0 {
		s.sim.AddJob(job.Job)
		return
	}
	timer := time.AfterFunc(when, func() { s.sim.AddJob(job.Job) })
	s.t.Cleanup(func() { timer.Stop() })
}

// run applies the configuration until all resources have their job, as a user does who
// reads the errors.
func (s *startScenario) run(statistics *startStatistics) {
	statistics.add("scenarios")
	for _, r := range s.resources {
		r.managed = newManaged(s.server(), importJob)
	}
	if s.rand.IntN(4) == 0 {
		s.createFirst()
	}
	for n := 1; n <= 12 && s.pending() > 0; n++ {
		s.applyAll(n, statistics)
		if s.t.Failed() {
			return
		}
		if s.pending() > 0 {
			pass(between(s.rand, time.Millisecond, oneOf(s.rand, 10*time.Second, 5*time.Minute)))
		}
	}
	for _, r := range s.resources {
		if !r.done {
			statistics.add("resources without a job in the end")
		}
	}
}

// pass lets time pass.
func pass(d time.Duration) { <-time.After(d) }

func (s *startScenario) pending() (n int) {
	for _, r := range s.resources {
		if !r.done {
			n++
		}
	}
	return n
}

// server returns a new process of the provider.
func (s *startScenario) server() *testServer {
	s.t.Helper()
	p := newProcess(s.t, s.wire)
	if d := p.configure(providerArguments(values{"api_version": s.version, "max_retries": s.maxRetries})); len(d) > 0 {
		s.t.Fatal(diagnosticText(d))
	}
	return p
}

// createFirst gives the first resource a job without faults, and a configuration that
// asks for another one with the same files.
func (s *startScenario) createFirst() {
	faulty := s.wire.faulty
	s.wire.faulty = func(string) float64 { return 0 }
	defer func() { s.wire.faulty = faulty }()
	r := s.resources[0]
	if d := r.managed.apply(s.t.Context(), s.server(), r.config); hasError(d) {
		s.logf("creating the first job: %s", diagnosticText(d))
		return
	}
	r.first = r.managed.text("job_id")
	s.logf("resource 0 has job %s", r.first)
	r.config = r.config.with(values{"triggers": values{"version": "2"}})
}

// applyAll applies the configuration of all resources that have no job yet, in one process,
// and checks the result.
func (s *startScenario) applyAll(n int, statistics *startStatistics) {
	p := s.server()
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	var interrupted time.Time
	if s.rand.IntN(6) == 0 {
		after := between(s.rand, time.Millisecond, oneOf(s.rand, time.Second, 2*time.Minute))
		interrupted = time.Now().Add(after)
		timer := time.AfterFunc(after, cancel)
		defer timer.Stop()
	}
	s.logf("apply %d", n)
	var wait sync.WaitGroup
	type outcome struct {
		owned       string
		diagnostics []*tfprotov6.Diagnostic
		ended       time.Time
	}
	outcomes := make([]outcome, len(s.resources))
	for i, r := range s.resources {
		if r.done {
			continue
		}
		_, r.mark = s.wire.since(0, i)
		outcomes[i].owned = r.managed.text("job_id")
		wait.Go(func() {
			outcomes[i].diagnostics = r.managed.apply(context.WithValue(ctx, resourceKey{}, i), p, r.config)
			outcomes[i].ended = time.Now()
		})
	}
	wait.Wait()
	known := map[string]time.Time{} // since when this process knows a job as its own
	var checks []startCheck
	for i, r := range s.resources {
		if r.done {
			continue
		}
		exchanges, _ := s.wire.since(r.mark, i)
		c := startCheck{s: s, r: r, owned: outcomes[i].owned, exchanges: exchanges, diagnostics: outcomes[i].diagnostics}
		if !interrupted.IsZero() && !outcomes[i].ended.Before(interrupted) {
			c.interrupted = true
			if late := outcomes[i].ended.Sub(interrupted); late > 16*time.Second {
				s.errorf("resource %d returns %s after the interrupt", i, late)
			}
		}
		if !hasError(c.diagnostics) {
			known[r.managed.text("job_id")] = outcomes[i].ended
		}
		checks = append(checks, c)
	}
	for _, c := range checks {
		for _, other := range checks {
			c.unresolved = c.unresolved || other.r != c.r && other.find(lostTitle) != nil && c.lost() && other.lastStart().at.Before(c.lastStart().at)
		}
		c.known = known
		c.describe()
		c.check(statistics)
		s.react(c, statistics)
	}
}

// startCheck is the apply of one resource and its result.
type startCheck struct {
	s           *startScenario
	r           *startedResource
	owned       string // the job that the state had before
	exchanges   []exchange
	diagnostics []*tfprotov6.Diagnostic
	interrupted bool
	// known has the jobs that the process knows as its own after the apply, and since when.
	known map[string]time.Time
	// unresolved reports whether the process has started another import before whose
	// outcome is unknown.
	unresolved bool
}

const (
	runningTitle   = "An import of these files is running"
	lostTitle      = "Import may have been started"
	takenOverTitle = "Import found after a lost response"
	uncheckedTitle = "Collection not checked for a running import"
)

func (c startCheck) find(title string) *tfprotov6.Diagnostic {
	for _, d := range c.diagnostics {
		if d.Summary == title {
			return d
		}
	}
	return nil
}

func (c startCheck) errorTitle() string {
	for _, d := range c.diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return d.Summary
		}
	}
	return ""
}

// starts returns the indexes of the requests that start an import.
func (c startCheck) starts() (indexes []int) {
	for i, e := range c.exchanges {
		if e.call == "create" {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

// lost reports whether the outcome of the last start is unknown.
func (c startCheck) lost() bool {
	starts := c.starts()
	return len(starts) > 0 && c.lastStart().faulty && !c.lastStart().rejected
}

func (c startCheck) lastStart() exchange {
	starts := c.starts()
	return c.exchanges[starts[len(starts)-1]]
}

// pageBefore returns the list that was read before an exchange, nil if that failed.
func (c startCheck) pageBefore(i int) *exchange {
	for i--; i >= 0 && c.exchanges[i].call != "create"; i-- {
		if e := &c.exchanges[i]; e.call == "list" {
			if e.listed == nil {
				return nil
			}
			return e
		}
	}
	return nil
}

func (c startCheck) describe() {
	for _, e := range c.exchanges {
		c.s.logf("  %s resource %d: %s %s faulty: %t, handled: %t, rejected: %t, list: %v, state %s",
			e.at.Format("15:04:05.000"), c.r.number, e.call, e.jobID, e.faulty, e.handled, e.rejected, e.ids, e.state)
	}
	c.s.logf("resource %d, interrupted: %t, state %q, diagnostics: %s", c.r.number, c.interrupted, c.r.managed.text("job_id"), diagnosticText(c.diagnostics))
}

// check checks what must be true of every apply.
func (c startCheck) check(statistics *startStatistics) {
	c.checkWire()
	c.checkRunning(statistics)
	if hasError(c.diagnostics) {
		c.checkError(statistics)
	} else {
		c.checkSuccess(statistics)
	}
	c.checkListed(statistics)
}

// checkWire checks that a request is sent again only if its answer means that nothing was
// started.
func (c startCheck) checkWire() {
	starts := c.starts()
	for n, i := range starts {
		if n < len(starts)-1 && !c.exchanges[i].rejected {
			c.s.errorf("resource %d: another start was sent after one whose outcome is unknown", c.r.number)
		}
	}
	if c.lost() && !slices.ContainsFunc(c.exchanges[starts[len(starts)-1]:], func(e exchange) bool { return e.call == "list" }) {
		c.s.errorf("resource %d: the job of a lost answer was not looked up", c.r.number)
	}
}

// checkRunning checks that no start was sent while the list showed an unfinished job that
// can be of the same import.
func (c startCheck) checkRunning(statistics *startStatistics) {
	for _, i := range c.starts() {
		page := c.pageBefore(i)
		c.countSecond(c.exchanges[i], page, statistics)
		if page == nil {
			continue
		}
		unfinished := 0
		for _, id := range page.ids {
			job, _ := c.s.job1(id)
			since, known := c.known[id]
			if id == c.owned || known && !since.After(c.exchanges[i].at) || !job.unfinished(c.exchanges[i].at) {
				continue
			}
			if unfinished++; unfinished <= 10 && job.may[c.r.number] {
				c.s.errorf("resource %d: a start was sent at %s although the list showed the unfinished job %s",
					c.r.number, c.exchanges[i].at.Format("15:04:05.000"), id)
			}
		}
	}
}

// countSecond counts the jobs that are not the first one for the import of the resource, by
// why they could be started.
func (c startCheck) countSecond(start exchange, page *exchange, statistics *startStatistics) {
	if !start.accepted {
		return
	}
	for _, req := range c.s.sim.Started() {
		first, _ := c.s.job1(req.JobID)
		if first.resource != c.r.number || first.ID == c.owned || first.ID == c.r.first || !first.Start.Before(start.at) {
			continue
		}
		switch {
		case page == nil:
			statistics.add("second jobs: the list could not be read")
		case !slices.Contains(page.ids, first.ID):
			statistics.add("second jobs: the list did not show the first")
		default:
			statistics.add("second jobs: the list showed that the first had ended")
		}
	}
}

// startedHere reports whether this process has started a job for another resource.
func (c startCheck) startedHere(id string) bool {
	job, _ := c.s.job1(id)
	return job.resource != c.r.number
}

// checkSuccess checks the job in the state.
func (c startCheck) checkSuccess(statistics *startStatistics) {
	id := c.r.managed.text("job_id")
	job, found := c.s.job1(id)
	starts := c.starts()
	if len(starts) == 0 || !found || id == c.owned {
		c.s.errorf("resource %d: success with the job %q, but %d starts were sent", c.r.number, id, len(starts))
		return
	}
	page := c.pageBefore(starts[len(starts)-1])
	if unchecked := c.find(uncheckedTitle) != nil; unchecked == (page != nil) && c.find(takenOverTitle) == nil {
		c.s.errorf("resource %d: warns that the collection was not checked: %t", c.r.number, unchecked)
	}
	if c.find(takenOverTitle) == nil {
		if c.lost() || id != c.lastStart().jobID || job.resource != c.r.number {
			c.s.errorf("resource %d: the state has job %s without a warning, but the start has started %q", c.r.number, id, c.lastStart().jobID)
		}
		statistics.add("starts with an answer")
		return
	}
	c.checkTakenOver(id, job, page, statistics)
}

// checkTakenOver checks the job that was taken over against the rule of the design.
func (c startCheck) checkTakenOver(id string, job simJob, page *exchange, statistics *startStatistics) {
	starts := c.starts()
	var last *exchange
	for i := range c.exchanges[starts[len(starts)-1]:] {
		if e := &c.exchanges[starts[len(starts)-1]+i]; e.call == "list" && e.listed != nil {
			last = e
		}
	}
	switch {
	case !c.lost():
		c.s.errorf("resource %d: took over %s although the answer was not lost", c.r.number, id)
		return
	case page == nil || last == nil:
		c.s.errorf("resource %d: took over %s without a list from before or from after", c.r.number, id)
		return
	case c.unresolved:
		c.s.errorf("resource %d: took over %s although another start of the process has no outcome", c.r.number, id)
	case slices.Contains(page.ids, id):
		c.s.errorf("resource %d: took over %s, which was there before the start", c.r.number, id)
	case len(page.ids) > 0 && !slices.ContainsFunc(last.ids, func(id string) bool { return slices.Contains(page.ids, id) }):
		c.s.errorf("resource %d: took over %s from a list that has nothing in common with that from before", c.r.number, id)
	case !job.proves[c.r.number]:
		c.s.errorf("resource %d: took over %s, whose files prove nothing", c.r.number, id)
	}
	for _, other := range last.ids {
		candidate, _ := c.s.job1(other)
		if other != id && other != c.owned && !slices.Contains(page.ids, other) && (c.known[other].IsZero() || !c.startedHere(other)) && candidate.proves[c.r.number] {
			c.s.errorf("resource %d: took over %s, although %s can be the job too", c.r.number, id, other)
		}
	}
	switch {
	case job.resource == c.r.number && id == c.lastStart().jobID:
		statistics.add("jobs taken over")
	case job.resource == c.r.number:
		statistics.add("jobs of an earlier apply taken over")
	case !job.recordedAt().After(page.at):
		c.s.errorf("resource %d: took over the foreign job %s, which was on record before the start", c.r.number, id)
	case !c.lastStart().accepted:
		statistics.add("foreign jobs taken over that came after the list: no job of ours")
	default:
		statistics.add("foreign jobs taken over that came after the list: ours is late")
	}
}

// checkError checks that an error tells the truth.
func (c startCheck) checkError(statistics *startStatistics) {
	title := c.errorTitle()
	statistics.add("errors: " + title)
	if c.r.managed.text("job_id") != c.owned {
		c.s.errorf("resource %d: the state has another job after an error", c.r.number)
	}
	started := slices.ContainsFunc(c.exchanges, func(e exchange) bool { return e.call == "create" && e.accepted })
	if title != lostTitle && (started || c.lost()) {
		c.s.errorf("resource %d: the error %q hides that an import may have been started", c.r.number, title)
	}
	if title == lostTitle && !c.lost() {
		c.s.errorf("resource %d: the error claims that an import may have been started", c.r.number)
	}
	if title == runningTitle {
		ids := namedJobs(c.find(runningTitle).Detail)
		last := c.exchanges[len(c.exchanges)-1] // A faulty answer can be one without state and names.
		for _, id := range ids {
			job, _ := c.s.job1(id)
			if id == c.owned || !last.faulty && (job.mayNot[c.r.number] || !job.unfinished(last.at)) {
				c.s.errorf("resource %d: the error names job %s, which can't be the import", c.r.number, id)
			}
		}
		if len(ids) != 1 {
			c.s.errorf("resource %d: the error names the jobs %q, want one", c.r.number, ids)
		}
	}
	faulty := slices.ContainsFunc(c.exchanges, func(e exchange) bool { return e.faulty })
	if !faulty && !c.interrupted && title != runningTitle && title != "Import not started in time" {
		c.s.errorf("resource %d: the error %q without a fault", c.r.number, title)
	}
}

// importIDs matches the ID in an import block, and those of listed jobs.
var importIDs = regexp.MustCompile(`(?m)(?:id = "|^  - )` + regexp.QuoteMeta(testCluster) + `/([\w-]+)`)

// namedJobs returns the jobs that an error names with their import ID.
func namedJobs(detail string) (ids []string) {
	for _, match := range importIDs.FindAllStringSubmatch(detail, -1) {
		if match[1] != "JOB_ID" {
			ids = append(ids, match[1])
		}
	}
	return ids
}

// checkListed checks that a job which this apply has started, and which a list has shown,
// is in the state or in an error with an import block.
func (c startCheck) checkListed(statistics *startStatistics) {
	for i, e := range c.exchanges {
		if e.call != "create" || !e.accepted || c.r.managed.text("job_id") == e.jobID {
			continue
		}
		shown := slices.IndexFunc(c.exchanges[i:], func(list exchange) bool { _, found := list.listed[e.jobID]; return found })
		if shown < 0 {
			statistics.add("lost jobs that no list showed")
			continue
		}
		d := c.find(lostTitle)
		switch {
		case d != nil && strings.Contains(d.Detail, "import {") && slices.Contains(namedJobs(d.Detail), e.jobID):
			statistics.add("lost jobs that an error names")
		case d != nil && !c.lastLookShows(e.jobID):
			statistics.add("lost jobs that the last look did not show")
		default:
			c.s.errorf("resource %d: the list showed the job %s, which is neither in the state nor in the error", c.r.number, e.jobID)
		}
	}
}

// lastLookShows reports whether the last list was read and shows a job among the first
// ones.
func (c startCheck) lastLookShows(id string) bool {
	for _, e := range slices.Backward(c.exchanges) {
		if e.call == "list" {
			i := slices.Index(e.ids, id)
			return i >= 0 && i < maxListedJobs
		}
	}
	return false
}

// react does what a user does who knows which job is theirs.
func (s *startScenario) react(c startCheck, statistics *startStatistics) {
	if !hasError(c.diagnostics) {
		c.r.done = true
		return
	}
	d := c.find(runningTitle)
	d = cmp.Or(d, c.find(lostTitle))
	if d == nil {
		return
	}
	for _, id := range namedJobs(d.Detail) {
		job, _ := s.job1(id)
		if job.resource == c.r.number && s.rand.IntN(10) < 7 {
			s.adopt(c.r, id)
			statistics.add("lost jobs adopted")
			return
		}
	}
	if s.rand.IntN(3) == 0 {
		pass(time.Second + s.takes)
	}
}

// adopt imports a job into the state with the ID of the import block, without faults, and
// checks that applying the configuration starts nothing.
func (s *startScenario) adopt(r *startedResource, id string) {
	faulty := s.wire.faulty
	s.wire.faulty = func(string) float64 { return 0 }
	defer func() { s.wire.faulty = faulty }()
	r.done = true
	before := len(s.sim.Started())
	r.managed = importManaged(s.server(), importJob, testCluster+"/"+id)
	if d := r.managed.apply(s.t.Context(), s.server(), r.config); len(d) > 0 || r.managed.text("job_id") != id || len(s.sim.Started()) > before {
		s.errorf("resource %d: adopting job %s: state %s, %s", r.number, id, r.managed.text("job_id"), diagnosticText(d))
	}
}
