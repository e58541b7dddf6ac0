package zillizsim

import (
	"cmp"
	"fmt"
	"slices"
)

// defaultDatabase is the database of a job without DBName (documented for Milvus).
const defaultDatabase = "default"

// AddCluster adds a cluster without jobs. A cluster that exists keeps its jobs.
func (s *Server) AddCluster(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clusters[id] == nil {
		s.clusters[id] = map[string]Job{}
	}
}

// AddJob adds a job, and its cluster if there is none. It replaces a job with the same
// IDs.
func (s *Server) AddJob(j Job) {
	j.added = cmp.Or(j.Start, s.options.Clock())
	if !j.StartOnRequest {
		j.Start = j.added
	}
	j.DBName = cmp.Or(j.DBName, defaultDatabase)
	j.Steps, j.Files = slices.Clone(j.Steps), slices.Clone(j.Files)
	if s.options.Milvus {
		j.ClusterID = "" // Milvus has no clusters
	}
	s.AddCluster(j.ClusterID)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.clusters[j.ClusterID][j.ID] = j
}

// checkCluster returns the error of a request for a cluster, or nil.
// paramErr is that of its other parameters, which the service reports before it looks up
// the cluster (inferred).
func (s *Server) checkCluster(clusterID string, paramErr *apiError) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case clusterID == "":
		return newError(codeClusterIDEmpty)
	case s.refused[clusterID] != 0:
		return newError(s.refused[clusterID])
	case paramErr != nil:
		return paramErr
	case s.clusters[clusterID] == nil:
		return newError(codeClusterNotFound)
	default:
		return nil
	}
}

// jobInCluster checks the IDs of a request and returns the job.
func (s *Server) jobInCluster(clusterID, database, id string) (Job, *apiError) {
	var paramErr *apiError
	if id == "" {
		paramErr = newError(codeIncorrectParameter)
	}
	if apiErr := s.checkCluster(clusterID, paramErr); apiErr != nil {
		return Job{}, apiErr
	}
	job, found := s.findJob(clusterID, database, id)
	if !found {
		return Job{}, newError(codeJobNotFound)
	}
	return job, nil
}

// findJob returns a job, which starts now if it is to start on a request, and reports
// whether it is on record. If the database is empty, the job can be in any.
func (s *Server) findJob(clusterID, database, id string) (Job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, found := s.clusters[clusterID][id]
	if !found || !matchesFilter(database, job.DBName) {
		return Job{}, false
	}
	now := s.options.Clock()
	job = job.startedBy(now)
	s.clusters[clusterID][id] = job
	return job, job.onRecord(now)
}

// jobs returns the jobs of a cluster that are on record, in random order. If the database
// or the collection is empty, they can be in any.
func (s *Server) jobs(clusterID, database, collection string) []Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var jobs []Job
	for _, j := range s.clusters[clusterID] {
		j = j.startedBy(s.options.Clock())
		matches := matchesFilter(database, j.DBName) && matchesFilter(collection, j.CollectionName)
		if matches && j.onRecord(s.options.Clock()) {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

func matchesFilter(filter, name string) bool { return filter == "" || filter == name }

// endJob commits or aborts a job on record. Only an Uncommitted job can be committed, and
// one that is Committing, has ended or has auto_commit on can't be aborted (from the source
// of Milvus, with its error; inferred for Zilliz Cloud). The data of the response is not
// documented.
func (s *Server) endJob(j Job, commit bool) (any, *apiError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Clock()
	j = s.clusters[j.ClusterID][j.ID] // as it is now
	overall, _ := j.snapshotAt(now)
	tooLate := slices.Contains([]string{stateCommitting, stateCompleted, stateFailed}, overall.state)
	isUncommitted := overall.state == stateUncommitted
	switch {
	case tooLate || commit && !isUncommitted:
		return nil, importFailed(fmt.Sprintf("job %s is in state %s", j.ID, overall.state))
	case !j.TwoPhase && !isUncommitted:
		return nil, importFailed(fmt.Sprintf("job %s has auto_commit true", j.ID))
	case commit:
		j.committedAt = now
	default:
		j.abortedAt = now
	}
	s.clusters[j.ClusterID][j.ID] = j
	return struct{}{}, nil
}

// listEntry is a job in a list of v1 or v2.
type listEntry struct {
	CollectionName string `json:"collectionName"`
	JobID          string `json:"jobId"`
	State          string `json:"state"`
}

// list returns a page of the list of v1 or v2, the newest job first (recorded). The
// entries are in the field named key, with the states that state returns. The count is that of
// the page (the newest documentation), not of all pages (recorded).
func (s *Server) list(
	clusterID, database, collection string, size, page int, key string, state func(string) string,
) (any, *apiError) {
	var pageErr *apiError
	switch {
	case size < 5 || size > 100:
		pageErr = newError(codePageSizeOutOfRange)
	case page < 1:
		pageErr = newError(codePageOutOfRange)
	}
	if apiErr := s.checkCluster(clusterID, pageErr); apiErr != nil {
		return nil, apiErr
	}
	jobs := s.jobs(clusterID, database, collection)
	slices.SortFunc(jobs, func(a, b Job) int {
		return cmp.Or(b.added.Compare(a.added), cmp.Compare(b.startNumber, a.startNumber), cmp.Compare(a.ID, b.ID))
	})
	entries := []listEntry{}
	if pages := slices.Collect(slices.Chunk(jobs, size)); page <= len(pages) {
		for _, j := range pages[page-1] {
			overall, _ := j.snapshotAt(s.options.Clock())
			entries = append(entries, listEntry{j.CollectionName, j.ID, state(overall.state)})
		}
	}
	return map[string]any{"count": len(entries), "currentPage": page, "pageSize": size, key: entries}, nil
}
