package zillizsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// JobsFile is the content of a jobs file, which has the form
//
//	{
//		"clusters": ["in01-2"],
//		"jobs": [{
//			"cluster_id": "in01-1", "job_id": "job-1", "collection_name": "articles", "db_name": "default",
//			"files": [{"name": "folder/1/", "size": 26571700}],
//			"duration": "10s", "profile": "milvus", "two_phase": false, "commit_time": "1s",
//			"recorded_after": "2s", "expires_after": "1h", "percent": false, "five_fields": false, "total_rows": 0
//		}],
//		"start": {"duration": "30s"},
//		"failing_urls": {"broken": "the file is not valid"},
//		"collections": [{
//			"name": "articles", "db_name": "default", "no_index": false, "loaded": false, "rows": 0,
//			"load_time": "5s", "load_error": "", "refresh_time": "2s", "visible_after": "1m"
//		}],
//		"faults": [{
//			"call": "describe", "job_id": "job-1", "after": false, "skip": 0, "times": 1, "response": "503"
//		}]
//	}
//
// A job needs cluster_id, job_id, and either duration or steps: objects with after,
// progress, and optionally state and reason, in order of after. With duration, the
// profile is linear (the default) or milvus. A linear job with a reason fails, at
// progress fail_at (default 0). The other fields are those of [Job]. Durations have the
// form of [time.ParseDuration]. A job starts with the first request for it.
//
// The other fields of the file are optional. The clusters are the IDs of clusters without
// jobs. The start describes the jobs that requests start, which have the IDs, names and
// two_phase of the request. Those with a text of failing_urls in a URL or path fail, at 40%
// and for the reason of that text. The collections have the fields of [Collection], and
// need a name. The faults have the fields of [Fault], and a response: an HTTP status from
// 400 to 599, with an optional retry_after, a known error code of the API, "hang" or
// "reset".
type JobsFile struct {
	Clusters []string
	Jobs     []Job
	// Start describes the jobs that requests start.
	Start Job
	// FailingURLs maps texts in the URLs of started jobs to the reasons why these fail.
	FailingURLs map[string]string
	Collections []Collection
	Faults      []Fault
}

// LoadJobsFile reads a jobs file. An unknown field is an error.
func LoadJobsFile(r io.Reader) (JobsFile, error) {
	var spec struct {
		Clusters    []string          `json:"clusters"`
		Jobs        []jobSpec         `json:"jobs"`
		Start       *jobSpec          `json:"start"`
		FailingURLs map[string]string `json:"failing_urls"`
		Collections []collectionSpec  `json:"collections"`
		Faults      []faultSpec       `json:"faults"`
	}
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&spec); err != nil {
		return JobsFile{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return JobsFile{}, errors.New("more than one JSON value")
	}
	file := JobsFile{
		Clusters: spec.Clusters, Start: Job{Steps: Linear(defaultDuration)}, FailingURLs: spec.FailingURLs,
	}
	if slices.Contains(file.Clusters, "") {
		return JobsFile{}, errors.New("clusters: an ID is empty")
	}
	for i, s := range spec.Jobs {
		job, err := s.build()
		sameIDs := func(other Job) bool { return other.ClusterID == job.ClusterID && other.ID == job.ID }
		switch {
		case err != nil:
		case job.ClusterID == "":
			err = errors.New("cluster_id: missing")
		case job.ID == "":
			err = errors.New("job_id: missing")
		case slices.ContainsFunc(file.Jobs, sameIDs):
			err = errors.New("job_id: duplicate")
		}
		if err != nil {
			return JobsFile{}, fmt.Errorf("job %d (%q): %w", i+1, job.ID, err)
		}
		file.Jobs = append(file.Jobs, job)
	}
	if spec.Start != nil {
		start, err := spec.Start.build()
		if err != nil {
			return JobsFile{}, fmt.Errorf("start: %w", err)
		}
		file.Start = start
	}
	for i, s := range spec.Collections {
		c := s.Collection
		c.LoadTime, c.RefreshTime = time.Duration(s.LoadTime), time.Duration(s.RefreshTime)
		c.VisibleAfter = time.Duration(s.VisibleAfter)
		if c.Name == "" {
			return JobsFile{}, fmt.Errorf("collection %d: name: missing", i+1)
		}
		file.Collections = append(file.Collections, c)
	}
	for i, s := range spec.Faults {
		fault, err := s.build()
		if err != nil {
			return JobsFile{}, fmt.Errorf("fault %d: %w", i+1, err)
		}
		file.Faults = append(file.Faults, fault)
	}
	return file, nil
}

// AddJobsFile adds the content of a jobs file, and calls OnStart.
func (s *Server) AddJobsFile(file JobsFile) {
	for _, id := range file.Clusters {
		s.AddCluster(id)
	}
	for _, job := range file.Jobs {
		job.StartOnRequest = true
		s.AddJob(job)
	}
	for _, c := range file.Collections {
		s.AddCollection(c)
	}
	s.Inject(file.Faults...)
	s.OnStart(func(req StartRequest) Job {
		job, urls := file.Start, strings.Join(slices.Concat(req.URLs...), "\n")
		for _, text := range slices.Sorted(maps.Keys(file.FailingURLs)) {
			if strings.Contains(urls, text) {
				job.Steps = FailAt(file.Start.Steps[len(file.Start.Steps)-1].After*2/5, 0.4, file.FailingURLs[text])
			}
		}
		return job
	})
}

// jobSpec is a job in a jobs file.
type jobSpec struct {
	Job
	Steps         []stepSpec    `json:"steps"`
	Duration      *durationSpec `json:"duration"`
	Profile       string        `json:"profile"`
	FailAt        float64       `json:"fail_at"`
	Reason        string        `json:"reason"`
	CommitTime    durationSpec  `json:"commit_time"`
	RecordedAfter durationSpec  `json:"recorded_after"`
	ExpiresAfter  durationSpec  `json:"expires_after"`
}

// collectionSpec is a collection in a jobs file.
type collectionSpec struct {
	Collection
	LoadTime     durationSpec `json:"load_time"`
	RefreshTime  durationSpec `json:"refresh_time"`
	VisibleAfter durationSpec `json:"visible_after"`
}

// faultSpec is a fault in a jobs file.
type faultSpec struct {
	Fault
	Response   string `json:"response"`
	RetryAfter string `json:"retry_after"`
}

// build returns the [Fault]. A call must have a known name, because a misspelled one would
// never match.
func (s faultSpec) build() (Fault, error) {
	fault := s.Fault
	status, err := strconv.Atoi(s.Response)
	paths := slices.Collect(maps.Keys(New(Options{}).routes))
	switch {
	case s.Call != "" && !slices.ContainsFunc(paths, func(p string) bool { return path.Base(p) == s.Call }):
		return fault, fmt.Errorf("call: unknown call %q", s.Call)
	case err == nil && status >= 400 && status <= 599:
		fault.Response = StatusRetryAfter(status, s.RetryAfter)
	case s.RetryAfter != "":
		return fault, errors.New("retry_after: requires an HTTP status as response")
	case err == nil && errorMessage(status) != errorMessage(0):
		fault.Response = ErrorCode(status)
	case s.Response == "hang":
		fault.Response = Hang()
	case s.Response == "reset":
		fault.Response = Reset()
	default:
		return fault, fmt.Errorf("response: %q is not an HTTP status from 400 to 599, a code, hang or reset", s.Response)
	}
	return fault, nil
}

type stepSpec struct {
	Step
	After durationSpec `json:"after"`
}

// build returns the [Job], which has its IDs even if there is an error.
func (s jobSpec) build() (Job, error) {
	job := s.Job
	job.CommitTime, job.RecordedAfter = time.Duration(s.CommitTime), time.Duration(s.RecordedAfter)
	job.ExpiresAfter = time.Duration(s.ExpiresAfter)
	switch {
	case len(s.Steps) > 0 && (s.Duration != nil || s.Profile != "" || s.FailAt != 0 || s.Reason != ""):
		return job, errors.New("steps: conflicts with duration, profile, fail_at and reason")
	case len(s.Steps) > 0:
		return job.withSteps(s.Steps)
	case s.Duration == nil:
		return job, errors.New("duration: missing, and there are no steps")
	case s.FailAt < 0 || s.FailAt >= 1 || s.FailAt > 0 && s.Reason == "":
		return job, fmt.Errorf("fail_at: %v is not at least 0 and less than 1, or reason is missing", s.FailAt)
	case s.Profile == "milvus" && s.Reason == "":
		job.Steps = Milvus(time.Duration(*s.Duration))
	case s.Profile != "" && s.Profile != "linear":
		return job, fmt.Errorf("profile: %q is not linear, or milvus without a reason", s.Profile)
	case s.Reason != "":
		job.Steps = FailAt(time.Duration(*s.Duration), s.FailAt, s.Reason)
	default:
		job.Steps = Linear(time.Duration(*s.Duration))
	}
	return job, nil
}

// withSteps returns the job with steps. Only the known states are valid, because a job
// with a misspelled one would never end.
func (j Job) withSteps(specs []stepSpec) (Job, error) {
	states := []string{
		"", statePending, stateImporting, stateInProgress, stateUncommitted, stateCommitting, stateCompleted,
		stateFailed,
	}
	for i, spec := range specs {
		step := spec.Step
		step.After = time.Duration(spec.After)
		switch {
		case i > 0 && spec.After < specs[i-1].After:
			return j, errors.New("steps: after: earlier than in the previous step")
		case step.Progress < 0 || step.Progress > 1:
			return j, fmt.Errorf("steps: progress: %v is not between 0 and 1", step.Progress)
		case !slices.Contains(states, step.State):
			return j, fmt.Errorf("steps: state: unknown state %q", step.State)
		}
		j.Steps = append(j.Steps, step)
	}
	return j, nil
}

// durationSpec is a duration in a jobs file, such as "10s".
type durationSpec time.Duration

func (d *durationSpec) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err == nil && parsed < 0 {
		err = fmt.Errorf("duration %s is negative", text)
	}
	*d = durationSpec(parsed)
	return err
}
