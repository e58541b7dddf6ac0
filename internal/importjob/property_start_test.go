package importjob

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// world is a service with the jobs of a collection. Several processes start imports there
// while requests fail, and so do clients that are not ours.
type world struct {
	t        *testing.T
	naming   naming
	pageSize int
	lag      time.Duration // the longest time until a job is on record
	faults   float64       // the probability that a request fails
	lost     float64       // the probability that the response to a start is lost
	mu       sync.Mutex
	jobs     []*worldJob
	met      map[string]int // how often starts have ended in each way
}

// worldJob is a job in a [world]. It is on record from recorded on, until it expires.
type worldJob struct {
	id                               string
	paths                            []string
	elsewhere                        bool // in another collection of the cluster
	started, recorded, ends, expires time.Time
	unfinished, ended                State
}

func (j *worldJob) state() State {
	if time.Now().Before(j.ends) {
		return j.unfinished
	}
	return j.ended
}

func (j *worldJob) onRecord() bool {
	return !time.Now().Before(j.recorded) && time.Now().Before(j.expires)
}

// resource is a resource that imports files. Its state has the job that it has now.
type resource struct {
	number  int
	files   [][]string // as in [StartOptions]
	paths   []string   // what the service names
	keepOff bool       // TakeOver is false
	state   string
}

// process is a process of the provider. It starts one import after the other.
type process struct {
	rand           *rand.Rand
	started        map[string]bool
	outcomeUnknown bool
}

func newWorld(t *testing.T, r *rand.Rand, met map[string]int) *world {
	t.Helper()
	return &world{t: t, naming: oneOf(r, inBucket, inBucket, inBucket, slashes, brackets, joined, baseName, noName), met: met, pageSize: oneOf(r, 4, 100),
		lag: oneOf(r, 1, 1, 5*second, 2*minute), faults: oneOf(r, 0, 0.1, 0.4), lost: oneOf(r, 0, 0.3, 0.7)}
}

// naming is the way in which a service names the files of a job. The first four prove which files it has.
type naming int

const (
	inBucket naming = iota
	slashes
	brackets // as Milvus, each file
	joined   // as Milvus, all files together
	baseName
	noName
)

func (n naming) proves() bool { return n <= joined }

func (n naming) names(paths []string) (files []Progress) {
	for _, p := range paths {
		name := []string{p, "/" + p + "/", "[" + p + "]", "[" + strings.Join(paths, " ") + "]", path.Base(p), ""}[n]
		files = append(files, Progress{RawFileName: &name})
	}
	if n == joined {
		return files[:1]
	}
	return files
}

// add adds a job that starts at a time.
func (w *world) add(r *rand.Rand, started time.Time, paths []string) *worldJob {
	j := &worldJob{paths: paths, started: started, recorded: started.Add(between(r, 0, w.lag)),
		unfinished: oneOf(r, StatePending, StateImporting, StateUncommitted, "sorting"), ended: oneOf(r, StateCompleted, StateFailed)}
	j.ends = j.recorded.Add(between(r, second, oneOf(r, minute, time.Hour)))
	j.expires = j.ends.Add(oneOf(r, 2*minute, 24*time.Hour))
	w.mu.Lock()
	defer w.mu.Unlock()
	j.id = fmt.Sprintf("job-%d", len(w.jobs))
	w.jobs = append(w.jobs, j)
	return j
}

// listed returns the jobs on the first page of the list, newest first.
func (w *world) listed() (jobs []*worldJob) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.jobs {
		if j.onRecord() {
			jobs = append(jobs, j)
		}
	}
	slices.SortStableFunc(jobs, func(a, b *worldJob) int { return b.started.Compare(a.started) })
	return jobs[:min(len(jobs), w.pageSize)]
}

func (w *world) read(id string) (Job, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.jobs, func(j *worldJob) bool { return j.id == id })
	if j := w.jobs[i]; j.onRecord() {
		return jobIn(j.state(), w.naming.names(j.paths)), nil
	}
	return Job{}, notFound.err
}

// startCall is one call of [Start], with what the process has seen of the service.
type startCall struct {
	*world
	*process
	*resource
	before, after []*worldJob // the last pages before and after the request. If nil, they were not read.
	created       *worldJob
	sent, unknown bool // whether a request was sent, and may have started a job
	faulty        bool // whether a request has failed
}

func (c *startCall) errorf(format string, arguments ...any) {
	c.t.Errorf("resource %d: %s", c.number, fmt.Sprintf(format, arguments...))
}

// request lets a request take some time, and returns its error if it fails.
func (c *startCall) request(ctx context.Context) error {
	if err := sleep(ctx, between(c.rand, 1, 2*second)); err != nil {
		return err
	}
	if c.rand.Float64() >= c.faults {
		return nil
	}
	c.faulty = true
	return oneOf(c.rand, unavailable, throttled(0), throttled(13*second), unknownCode, unknownStatus, denied).err
}

func (c *startCall) page(ctx context.Context) (page Page, err error) {
	seen := &c.before
	if c.sent {
		seen = &c.after
	}
	*seen = nil
	if err := c.request(ctx); err != nil {
		return Page{}, err
	}
	*seen = append([]*worldJob{}, c.listed()...)
	for _, j := range *seen {
		page.IDs = append(page.IDs, j.id)
		if !j.elsewhere {
			page.Jobs = append(page.Jobs, ListedJob{JobID: j.id, State: j.state()})
		}
	}
	return page, nil
}

// send starts a job. Once it is sent, only its response or some time after ctx ends it.
func (c *startCall) send(ctx context.Context) (string, error) {
	if c.unknown {
		c.errorf("a second request was sent after one that may have started a job")
	}
	c.checkNothingRuns()
	if err := c.request(ctx); err != nil {
		return "", err
	}
	c.sent = true
	late := between(c.rand, 1, 10*second) // the response, also after ctx is canceled
	if c.unknown = c.rand.Float64() < c.lost/2; !c.unknown {
		c.created = c.add(c.rand, time.Now(), c.paths)
		c.unknown = c.rand.Float64() < c.lost
	}
	if c.unknown {
		_ = sleep(context.WithoutCancel(ctx), late)
		return "", unknownOutcome.err
	}
	return c.created.id, nil
}

// owned reports whether a resource has the job, as far as the process knows.
func (c *startCall) owned(id string) bool { return id == c.state || c.started[id] }

// overlaps reports whether a job imports files of the resource.
func (c *startCall) overlaps(j *worldJob) bool {
	return slices.ContainsFunc(j.paths, func(p string) bool { return slices.Contains(c.paths, p) || slices.Contains(c.files[0], path.Dir(p)) })
}

// mayBe reports whether a job can be that of the resource, by its names.
func (c *startCall) mayBe(j *worldJob) bool {
	return !j.elsewhere && !c.owned(j.id) && (c.naming == noName || slices.Equal(j.paths, c.paths))
}

// checkNothingRuns checks that a request is not sent while the page shows that the files are
// being imported, among the first ten jobs that have not ended.
func (c *startCall) checkNothingRuns() {
	unfinished := 0
	for _, j := range c.before {
		if j.elsewhere || j.state().HasEnded() || c.owned(j.id) {
			continue
		}
		if unfinished++; unfinished <= 10 && c.overlaps(j) {
			c.errorf("a request was sent although %s imports the same files", j.id)
		}
	}
}

// run starts the import, checks the result and keeps it as the provider does.
func (c *startCall) run(ctx context.Context) {
	o := StartOptions{Limits: Limits{Timeout: time.Hour, MaxRetries: c.rand.IntN(4), jitter: c.rand.Float64}, Files: c.files, Owned: c.owned,
		TakeOver: !c.keepOff && !c.outcomeUnknown}
	started, err := Start(ctx, StartSource{Send: c.send, Page: c.page, Read: func(ctx context.Context, id string) (Job, error) {
		if err := c.request(ctx); err != nil {
			return Job{}, err
		}
		return c.read(id)
	}}, o)
	var (
		lost    *LostError
		running *RunningError
		end     string
	)
	switch {
	case err == nil && started.TakenOver:
		end = "taken over"
		c.checkTakenOver(started.JobID, o.TakeOver)
	case err == nil:
		end = "started"
		if c.unknown || c.created == nil || started.JobID != c.created.id || (started.CheckErr == nil) != (c.before != nil) && len(c.before) < 10 {
			c.errorf("started %+v, but created %+v", started, c.created)
		}
	case errors.As(err, &lost):
		end, c.outcomeUnknown = "lost", true
		if !c.unknown || (lost.ListErr == nil) != (c.after != nil) {
			c.errorf("error %v, although no request may have started a job (%t), list %v", err, c.unknown, lost.ListErr)
		}
	case c.created != nil || c.unknown:
		c.errorf("error %v, although a request may have started a job", err)
	case errors.As(err, &running):
		end = "running"
		c.checkRunning(running)
	case !c.faulty && ctx.Err() == nil:
		c.errorf("error %v without a fault", err)
	default:
		end = "failed"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.met[end]++
	if err != nil {
		return
	}
	if c.owned(started.JobID) {
		c.errorf("%s has an owner in the process", started.JobID)
	}
	c.state, c.started[started.JobID] = started.JobID, true
}

// checkTakenOver checks that it is certain that a job is the one of the request.
func (c *startCall) checkTakenOver(id string, allowed bool) {
	known := func(j *worldJob) bool { return slices.Contains(c.before, j) }
	var candidates []string
	for _, j := range c.after {
		if !known(j) && c.mayBe(j) {
			candidates = append(candidates, j.id)
		}
	}
	switch {
	case !allowed || !c.unknown || c.before == nil:
		c.errorf("%s taken over: allowed %t, lost %t, pages %v and %v", id, allowed, c.unknown, c.before, c.after)
	case !c.naming.proves() || !strings.Contains(c.paths[0], "/") || !slices.Equal(candidates, []string{id}):
		c.errorf("%s taken over, candidates %q", id, candidates)
	case len(c.before) > 0 && !slices.ContainsFunc(c.after, known):
		c.errorf("%s taken over from a page without a job from before", id)
	}
}

func (c *startCall) checkRunning(e *RunningError) {
	i := slices.IndexFunc(c.before, func(j *worldJob) bool { return j.id == e.JobID })
	if i < 0 || c.owned(e.JobID) || c.before[i].elsewhere || c.naming.proves() && c.before[i].paths[0] == "other/a.parquet" {
		c.errorf("error %v, page %v", e, c.before)
	}
}

// newResource returns a resource that imports files, or a folder.
func newResource(r *rand.Rand, number int) *resource {
	c := &resource{number: number, keepOff: r.IntN(5) == 0}
	folder := oneOf(r, "data/v1", "data/v1", "data/v2", "")
	for i := range 1 + r.IntN(3) {
		p := path.Join(folder, fmt.Sprintf("%d.parquet", i))
		c.paths, c.files = append(c.paths, p), append(c.files, oneOf(r, []string{p}, []string{"bucket/" + p, p}))
	}
	if folder != "" && r.IntN(5) == 0 {
		c.files = [][]string{{folder}}
	}
	return c
}

// TestPropertyStart runs random histories of starts by several processes: in each round, a
// process of each configuration applies those of its resources that have no job yet, or
// want another one.
func TestPropertyStart(t *testing.T) {
	t.Parallel()
	met := map[string]int{}
	eachSeed(t, 1500, func(t *testing.T, r *rand.Rand) {
		t.Helper()
		w := newWorld(t, r, met)
		var resources []*resource
		for number := range 1 + r.IntN(4) {
			resources = append(resources, newResource(r, number))
		}
		for range oneOf(r, 0, 2, 4, 14) {
			// It is of another client: of other files, or of these in another partition or bucket.
			paths := oneOf(r, oneOf(r, resources...).paths, []string{"other/a.parquet", "other/b.parquet"})
			w.add(r, time.Now().Add(between(r, -time.Hour, 10*minute)), paths).elsewhere = r.IntN(6) == 0
		}
		configurations := 1 + r.IntN(2)
		for range 1 + r.IntN(4) {
			var wg sync.WaitGroup
			for configuration := range configurations {
				p := &process{rand: rand.New(rand.NewPCG(r.Uint64(), 2)), started: map[string]bool{}}
				ctx, cancel := context.WithCancel(t.Context())
				interrupt := oneOf(r, 24*time.Hour, 24*time.Hour, between(r, 1, 3*minute))
				timer := time.AfterFunc(interrupt, cancel)
				wg.Go(func() {
					defer timer.Stop()
					defer cancel()
					began := time.Now()
					for _, resource := range resources {
						if resource.number%configurations != configuration || resource.state != "" && p.rand.IntN(3) > 0 || ctx.Err() != nil {
							continue
						}
						(&startCall{world: w, process: p, resource: resource}).run(ctx)
					}
					if took := time.Since(began); took > interrupt+15*second {
						t.Errorf("ended %s after the interrupt", took-interrupt)
					}
				})
			}
			wg.Wait()
			_ = sleep(t.Context(), between(r, 1, oneOf(r, second, 5*minute, time.Hour)))
		}
	})
	for _, end := range []string{"started", "taken over", "lost", "running", "failed"} {
		if met[end] == 0 && !t.Failed() && os.Getenv("ZILLIZ_TEST_SEED") == "" {
			t.Errorf("no start has ended as %q: %v", end, met)
		}
	}
	t.Log(met)
}
