package zillizsim

import "slices"

const defaultPageSize = 10 // documented

// listEntry is a job in a list of v1 or v2.
type listEntry struct {
	CollectionName *string `json:"collectionName,omitempty"`
	JobID          string  `json:"jobId"`
	State          string  `json:"state"`
}

func (s *Server) newListEntry(j Job, state string) listEntry {
	entry := listEntry{JobID: j.ID, State: state}
	if !s.options.ListOmitsCollection {
		entry.CollectionName = &j.CollectionName
	}
	return entry
}

// checkPage checks page size and page number against the documented bounds.
func checkPage(size, page int) *apiError {
	switch {
	case size < 5 || size > 100:
		return newError(codeBadPageSize)
	case page < 1:
		return newError(codeBadPage)
	}
	return nil
}

// listPage returns a page of a list of v1 or v2. The entries are in the field named
// key; count is the total of all pages (recorded).
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
