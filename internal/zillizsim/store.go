package zillizsim

import (
	"cmp"
	"slices"
	"time"
)

// defaultDatabase is the database of a job without DBName (documented for Milvus).
const defaultDatabase = "default"

// AddCluster adds a cluster without jobs. A cluster that exists keeps its jobs.
func (s *Server) AddCluster(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addClusterLocked(id)
}

// addClusterLocked is AddCluster for callers that hold s.mu.
func (s *Server) addClusterLocked(id string) {
	if s.clusters[id] == nil {
		s.clusters[id] = map[string]Job{}
	}
}

// AddJob adds a job, and its cluster if there is none. It replaces a job with the
// same ids.
func (s *Server) AddJob(j Job) {
	if j.Start.IsZero() {
		j.Start = s.options.Clock()
	}
	j.DBName = cmp.Or(j.DBName, defaultDatabase)
	j.Steps, j.Files = slices.Clone(j.Steps), slices.Clone(j.Files)
	if s.options.Milvus {
		j.ClusterID = "" // Milvus has no clusters
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.addClusterLocked(j.ClusterID)
	s.clusters[j.ClusterID][j.ID] = j
}

// checkCluster returns the error for a request to a cluster, or nil. paramErr is the
// error in the other parameters, or nil: the service reports it before it looks up
// the cluster (inferred).
func (s *Server) checkCluster(clusterID string, paramErr *apiError) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case clusterID == "":
		return newError(codeNoClusterID)
	case s.clusterErrors[clusterID] != 0: // set by Refuse
		return newError(s.clusterErrors[clusterID])
	case paramErr != nil:
		return paramErr
	case s.clusters[clusterID] == nil:
		return newError(codeUnknownCluster)
	}
	return nil
}

// jobInCluster checks the ids in a request and returns the job.
func (s *Server) jobInCluster(clusterID, jobID string, now time.Time) (Job, *apiError) {
	var paramErr *apiError
	if jobID == "" {
		paramErr = newError(codeBadParameter)
	}
	if apiErr := s.checkCluster(clusterID, paramErr); apiErr != nil {
		return Job{}, apiErr
	}
	job, found := s.findJob(clusterID, jobID, now)
	if !found {
		return Job{}, newError(codeUnknownJob)
	}
	return job, nil
}

// findJob returns the job and reports whether it exists and has not expired.
func (s *Server) findJob(clusterID, jobID string, now time.Time) (Job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, found := s.clusters[clusterID][jobID]
	return job, found && !job.expired(now)
}

// listJobs returns the jobs of a cluster that have not expired, newest first
// (recorded). An empty database or collection matches all.
func (s *Server) listJobs(clusterID, database, collection string, now time.Time) []Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var jobs []Job
	for _, j := range s.clusters[clusterID] {
		if !j.expired(now) && matchesFilter(database, j.DBName) && matchesFilter(collection, j.CollectionName) {
			jobs = append(jobs, j)
		}
	}
	slices.SortFunc(jobs, func(a, b Job) int {
		return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(b.startNumber, a.startNumber), cmp.Compare(a.ID, b.ID))
	})
	return jobs
}

func matchesFilter(filter, name string) bool { return filter == "" || filter == name }
