package zillizsim

import "slices"

const defaultPageSize = 10 // documented

// listEntry is a job in the list of either version.
type listEntry struct {
	CollectionName *string `json:"collectionName,omitempty"`
	JobID          string  `json:"jobId"`
	State          string  `json:"state"`
}

func (s *Server) listEntry(j Job, state string) listEntry {
	entry := listEntry{JobID: j.ID, State: state}
	if !s.options.ListOmitsCollection {
		entry.CollectionName = &j.CollectionName
	}
	return entry
}

// checkPage checks the documented bounds.
func checkPage(size, page int) *refusal {
	switch {
	case size < 5 || size > 100:
		return refuse(codeBadPageSize)
	case page < 1:
		return refuse(codeBadPage)
	}
	return nil
}

// listPage returns a page of either version's list. The key is the name of the
// field that holds the entries. count is the total of all pages (recorded).
func (s *Server) listPage(all []listEntry, size, page int, key string) map[string]any {
	data := map[string]any{"count": len(all), "currentPage": page, "pageSize": size}
	if limit := s.options.ListPageLimit; limit > 0 {
		size = min(size, limit)
		delete(data, "pageSize")
	}
	entries := []listEntry{}
	if pages := slices.Collect(slices.Chunk(all, size)); page <= len(pages) {
		entries = pages[page-1]
	}
	data[key] = entries
	return data
}
