package zillizsim

import (
	"cmp"
	"slices"
	"time"
)

// defaultDatabase is the database of a job that names none (documented for Milvus).
const defaultDatabase = "default"

// AddCluster adds a cluster without jobs. A cluster that exists keeps its jobs.
func (s *Server) AddCluster(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addCluster(id)
}

func (s *Server) addCluster(id string) {
	if s.clusters[id] == nil {
		s.clusters[id] = map[string]Job{}
	}
}

// AddJob adds a job, and its cluster if need be. It replaces a job with the same IDs.
func (s *Server) AddJob(j Job) {
	if j.Start.IsZero() {
		j.Start = s.options.Clock()
	}
	j.DBName = cmp.Or(j.DBName, defaultDatabase)
	j.Steps, j.Files = slices.Clone(j.Steps), slices.Clone(j.Files)
	if s.options.Milvus {
		j.ClusterID = "" // there is only one
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.addCluster(j.ClusterID)
	s.clusters[j.ClusterID][j.ID] = j
}

// checkCluster returns why a request is refused, or nil. The problem is the error
// in the other parameters, or nil: they are checked before the cluster is
// looked up (inferred).
func (s *Server) checkCluster(clusterID string, problem *refusal) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case clusterID == "":
		return refuse(codeNoClusterID)
	case s.refused[clusterID] != 0:
		return refuse(s.refused[clusterID])
	case problem != nil:
		return problem
	case s.clusters[clusterID] == nil:
		return refuse(codeUnknownCluster)
	}
	return nil
}

// readableJob returns a job of a cluster that the request may read.
func (s *Server) readableJob(clusterID, jobID string, now time.Time) (Job, *refusal) {
	var problem *refusal
	if jobID == "" {
		problem = refuse(codeBadParameter)
	}
	if refused := s.checkCluster(clusterID, problem); refused != nil {
		return Job{}, refused
	}
	job, found := s.findJob(clusterID, jobID, now)
	if !found {
		return Job{}, refuse(codeUnknownJob)
	}
	return job, nil
}

// findJob returns a job whose record has not expired.
func (s *Server) findJob(clusterID, jobID string, now time.Time) (Job, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	job, found := s.clusters[clusterID][jobID]
	return job, found && !job.expired(now)
}

// jobs returns the jobs of a cluster whose records have not expired, newest
// first (recorded). An empty database or collection means all.
func (s *Server) jobs(clusterID, database, collection string, now time.Time) []Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	var jobs []Job
	for _, j := range s.clusters[clusterID] {
		if !j.expired(now) && matchesFilter(database, j.DBName) && matchesFilter(collection, j.CollectionName) {
			jobs = append(jobs, j)
		}
	}
	slices.SortFunc(jobs, func(a, b Job) int {
		return cmp.Or(b.Start.Compare(a.Start), cmp.Compare(b.started, a.started), cmp.Compare(a.ID, b.ID))
	})
	return jobs
}

func matchesFilter(filter, name string) bool { return filter == "" || filter == name }
