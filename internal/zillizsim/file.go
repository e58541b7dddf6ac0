package zillizsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// LoadJobs reads jobs from JSON:
//
//	{"jobs": [{
//		"cluster_id": "in01-1", "job_id": "job-1", "collection_name": "articles",
//		"files": [{"name": "folder/1/", "size": 26571700}],
//		"duration": "10s", "profile": "milvus",
//		"expires_after": "1h", "percent": false, "five_fields": false, "total_rows": 0
//	}]}
//
// The profile is linear, unless given, or milvus. A linear one can fail: with
// "fail_at", its progress of 0 to below 1 at the end, and "reason". Instead of
// these, a job can have "steps" of "after", "progress" and optional "state" and
// "reason", in order. Durations are in the form of [time.ParseDuration].
// An error names the job and the field.
func LoadJobs(r io.Reader) ([]Job, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	var raw []json.RawMessage
	if err := object(data, fields{"jobs": &raw}); err != nil {
		return nil, err
	}
	var jobs []Job
	for i, data := range raw {
		var j jobSpec
		err := object(data, j.fields())
		if err == nil {
			err = j.build()
		}
		if err == nil && slices.ContainsFunc(jobs, j.sameIDs) {
			err = errors.New("job_id: given twice")
		}
		if err != nil {
			return nil, fmt.Errorf("job %d (%q): %w", i+1, j.ID, err)
		}
		jobs = append(jobs, j.Job)
	}
	return jobs, nil
}

// jobSpec is a job as written in the file.
type jobSpec struct {
	Job
	files    []fileSpec
	steps    []stepSpec
	duration duration
	profile  string
	failAt   *float64
	reason   string
}

func (j *jobSpec) fields() fields {
	return fields{
		"cluster_id": &j.ClusterID, "job_id": &j.ID, "collection_name": &j.CollectionName,
		"files": &j.files, "steps": &j.steps,
		"duration": &j.duration, "profile": &j.profile, "fail_at": &j.failAt, "reason": &j.reason,
		"expires_after": (*duration)(&j.ExpiresAfter), "percent": &j.Percent,
		"five_fields": &j.FiveFields, "total_rows": &j.TotalRows,
	}
}

func (j *jobSpec) sameIDs(other Job) bool {
	return other.ClusterID == j.ClusterID && other.ID == j.ID
}

// build checks what the values don't check by themselves, and fills the Job.
func (j *jobSpec) build() error {
	for _, f := range j.files {
		j.Files = append(j.Files, File(f))
	}
	switch {
	case j.ClusterID == "":
		return errors.New("cluster_id: missing")
	case j.ID == "":
		return errors.New("job_id: missing")
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
		return errors.New("steps: not together with duration, profile, fail_at or reason")
	}
	for i, s := range j.steps {
		if i > 0 && s.After < j.steps[i-1].After {
			return errors.New("steps: after: earlier than the step before")
		}
		j.Steps = append(j.Steps, Step(s))
	}
	return nil
}

func (j *jobSpec) buildFailure() error {
	switch {
	case j.profile != "" && j.profile != "linear":
		return errors.New("fail_at: only with the linear profile")
	case j.failAt == nil:
		return errors.New("reason: only with fail_at")
	case j.reason == "":
		return errors.New("fail_at: needs a reason")
	case *j.failAt < 0 || *j.failAt >= 1:
		return fmt.Errorf("fail_at: %v is not from 0 to below 1", *j.failAt)
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
		return fmt.Errorf("profile: %q is neither linear nor milvus", j.profile)
	}
	return nil
}

// fileSpec is a File that checks itself.
type fileSpec File

func (f *fileSpec) UnmarshalJSON(data []byte) error {
	err := object(data, fields{"name": &f.Name, "size": &f.Size})
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

// stepSpec is a Step that checks itself. A state that is spelled wrong would
// never end, so only known ones pass.
type stepSpec Step

func (s *stepSpec) UnmarshalJSON(data []byte) error {
	err := object(data, fields{
		"after": (*duration)(&s.After), "progress": &s.Progress, "state": &s.State, "reason": &s.Reason,
	})
	states := []string{
		"", statePending, stateImporting, "InProgress", "Uncommitted", "Committing", stateCompleted, stateFailed,
	}
	switch {
	case err != nil:
		return err
	case s.Progress < 0 || s.Progress > 1:
		return fmt.Errorf("progress: %v is not from 0 to 1", s.Progress)
	case !slices.Contains(states, s.State):
		return fmt.Errorf("state: %q is not known", s.State)
	}
	return nil
}

// duration is written like "10s", and not negative.
type duration time.Duration

func (d *duration) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return errors.New(`not a duration such as "10s"`)
	}
	parsed, err := time.ParseDuration(text)
	if err == nil && parsed < 0 {
		err = errors.New("negative")
	}
	*d = duration(parsed)
	return err
}

// fields maps the names that an object may have to where their values go.
type fields map[string]any

// object reads a JSON object with exact names and no others. The standard
// decoder takes any case of a name, and so would hide a wrong one. It reads all
// that it can, for an error must be able to name the job, and returns the first.
func object(data []byte, into fields) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	var first error
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		to, known := into[name]
		err := errors.New("unknown field")
		if known {
			err = json.Unmarshal(raw[name], to)
		}
		if err != nil && first == nil {
			first = fmt.Errorf("%s: %w", name, err)
		}
	}
	return first
}
