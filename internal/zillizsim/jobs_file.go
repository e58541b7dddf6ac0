package zillizsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// JobsFile is the contents of a jobs file, which has the form
//
//	{
//		"clusters": ["in01-2"],
//		"jobs": [{
//			"cluster_id": "in01-1", "job_id": "job-1", "collection_name": "articles", "db_name": "default",
//			"files": [{"name": "folder/1/", "size": 26571700}],
//			"duration": "10s", "profile": "milvus",
//			"expires_after": "1h", "percent": false, "five_fields": false, "total_rows": 0
//		}],
//		"start": {"duration": "30s"}
//	}
//
// A job needs cluster_id, job_id, and either duration or steps. The profile is
// linear (the default) or milvus. A linear job can fail: fail_at is its progress when
// it fails, at least 0 and less than 1, and reason is why. Instead of these four
// fields, a job can have steps, a list of objects with after, progress and optional
// state and reason, in order of after. Durations have the form of
// [time.ParseDuration].
//
// clusters and start are optional. clusters lists clusters without jobs. start
// describes the jobs that requests start. It has the fields of a job except its ids,
// collection and database, which come from the request.
type JobsFile struct {
	Clusters []string
	Jobs     []Job
	Start    *Job // nil: the default of [Server.OnStart]
}

// LoadJobsFile reads a jobs file. An error names the job and the field.
func LoadJobsFile(r io.Reader) (JobsFile, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return JobsFile{}, err
	}
	var file JobsFile
	var jobs []json.RawMessage
	var start *jobSpec
	err = decodeStrict(data, fields{"clusters": &file.Clusters, "jobs": &jobs, "start": &start})
	if err != nil {
		return JobsFile{}, err
	}
	if slices.Contains(file.Clusters, "") {
		return JobsFile{}, errors.New("clusters: an id is empty")
	}
	if start != nil {
		file.Start = &start.Job
	}
	file.Jobs, err = buildJobs(jobs)
	return file, err
}

// AddJobsFile adds the clusters and jobs of a jobs file, and calls OnStart if the
// file has a Start.
func (s *Server) AddJobsFile(file JobsFile) {
	for _, id := range file.Clusters {
		s.AddCluster(id)
	}
	for _, job := range file.Jobs {
		s.AddJob(job)
	}
	if file.Start != nil {
		s.OnStart(func(StartRequest) Job { return *file.Start })
	}
}

func buildJobs(raw []json.RawMessage) ([]Job, error) {
	var jobs []Job
	for i, data := range raw {
		var j jobSpec
		err := j.buildWithIDs(data)
		if err == nil && slices.ContainsFunc(jobs, j.hasSameIDs) {
			err = errors.New("job_id: duplicate")
		}
		if err != nil {
			return nil, fmt.Errorf("job %d (%q): %w", i+1, j.ID, err)
		}
		jobs = append(jobs, j.Job)
	}
	return jobs, nil
}

// jobSpec is a job in a jobs file.
type jobSpec struct {
	Job
	files    []fileSpec
	steps    []stepSpec
	duration durationSpec
	profile  string
	failAt   *float64
	reason   string
}

// commonFields returns the fields that jobs and start have in common.
func (j *jobSpec) commonFields() fields {
	return fields{
		"files": &j.files, "steps": &j.steps,
		"duration": &j.duration, "profile": &j.profile, "fail_at": &j.failAt, "reason": &j.reason,
		"expires_after": (*durationSpec)(&j.ExpiresAfter), "percent": &j.Percent,
		"five_fields": &j.FiveFields, "total_rows": &j.TotalRows,
	}
}

// UnmarshalJSON decodes start.
func (j *jobSpec) UnmarshalJSON(data []byte) error {
	if err := decodeStrict(data, j.commonFields()); err != nil {
		return err
	}
	return j.build()
}

// buildWithIDs decodes an element of jobs.
func (j *jobSpec) buildWithIDs(data []byte) error {
	known := j.commonFields()
	known["cluster_id"], known["job_id"] = &j.ClusterID, &j.ID
	known["collection_name"], known["db_name"] = &j.CollectionName, &j.DBName
	err := decodeStrict(data, known)
	switch {
	case err != nil:
		return err
	case j.ClusterID == "":
		return errors.New("cluster_id: missing")
	case j.ID == "":
		return errors.New("job_id: missing")
	}
	return j.build()
}

func (j *jobSpec) hasSameIDs(other Job) bool {
	return other.ClusterID == j.ClusterID && other.ID == j.ID
}

// build checks the combination of fields and sets the Files and Steps of the Job.
func (j *jobSpec) build() error {
	for _, f := range j.files {
		j.Files = append(j.Files, File(f))
	}
	switch {
	case j.TotalRows < 0:
		return errors.New("total_rows: negative")
	case len(j.steps) > 0:
		return j.buildSteps()
	case j.duration == 0:
		return errors.New("duration: missing, and there are no steps")
	case j.failAt != nil || j.reason != "":
		return j.buildFailure()
	}
	return j.buildProfile()
}

func (j *jobSpec) buildSteps() error {
	if j.duration != 0 || j.profile != "" || j.failAt != nil || j.reason != "" {
		return errors.New("steps: conflicts with duration, profile, fail_at and reason")
	}
	for i, s := range j.steps {
		if i > 0 && s.After < j.steps[i-1].After {
			return errors.New("steps: after: earlier than in the previous step")
		}
		j.Steps = append(j.Steps, Step(s))
	}
	return nil
}

func (j *jobSpec) buildFailure() error {
	switch {
	case j.profile != "" && j.profile != "linear":
		return errors.New("fail_at: only valid with the linear profile")
	case j.failAt == nil:
		return errors.New("reason: only valid with fail_at")
	case j.reason == "":
		return errors.New("fail_at: requires reason")
	case *j.failAt < 0 || *j.failAt >= 1:
		return fmt.Errorf("fail_at: %v is not at least 0 and less than 1", *j.failAt)
	}
	j.Steps = FailAt(time.Duration(j.duration), *j.failAt, j.reason)
	return nil
}

func (j *jobSpec) buildProfile() error {
	switch j.profile {
	case "", "linear":
		j.Steps = Linear(time.Duration(j.duration))
	case "milvus":
		j.Steps = Milvus(time.Duration(j.duration))
	default:
		return fmt.Errorf("profile: %q is not linear or milvus", j.profile)
	}
	return nil
}

// fileSpec is a File in a jobs file.
type fileSpec File

func (f *fileSpec) UnmarshalJSON(data []byte) error {
	err := decodeStrict(data, fields{"name": &f.Name, "size": &f.Size})
	switch {
	case err != nil:
		return err
	case f.Name == "":
		return errors.New("name: missing")
	case f.Size < 0:
		return errors.New("size: negative")
	}
	return nil
}

// stepSpec is a Step in a jobs file. Only known states are valid, because a job with
// a misspelled one would never end.
type stepSpec Step

func (s *stepSpec) UnmarshalJSON(data []byte) error {
	err := decodeStrict(data, fields{
		"after": (*durationSpec)(&s.After), "progress": &s.Progress, "state": &s.State, "reason": &s.Reason,
	})
	states := []string{
		"", statePending, stateImporting, stateInProgress, stateUncommitted, stateCommitting, stateCompleted, stateFailed,
	}
	switch {
	case err != nil:
		return err
	case s.Progress < 0 || s.Progress > 1:
		return fmt.Errorf("progress: %v is not between 0 and 1", s.Progress)
	case !slices.Contains(states, s.State):
		return fmt.Errorf("state: unknown state %q", s.State)
	}
	return nil
}

// durationSpec is a duration in a jobs file, such as "10s".
type durationSpec time.Duration

func (d *durationSpec) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return errors.New(`not a duration such as "10s"`)
	}
	parsed, err := time.ParseDuration(text)
	if err == nil && parsed < 0 {
		err = errors.New("negative")
	}
	*d = durationSpec(parsed)
	return err
}
