package importjob

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// fileNames returns the names of the files of a job, without surrounding slashes. It
// returns none unless the API names all of them.
func fileNames(job Job) []string {
	files := job.Files
	if len(files) == 0 {
		files = []Progress{{RawFileName: job.RawFileName}}
	}
	var names []string
	for _, file := range files {
		name := trimName(file.RawFileName)
		if name == "" {
			return nil
		}
		names = append(names, name)
	}
	return names
}

// allNames returns the names of a job and of its files.
func allNames(job Job) []string {
	names := []string{trimName(job.RawFileName)}
	for _, file := range job.Files {
		names = append(names, trimName(file.RawFileName))
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// trimName returns a name without surrounding slashes, and without the brackets in which
// Milvus writes a list of paths. It is empty if the API does not return the name.
func trimName(name *string) string {
	if name == nil {
		return ""
	}
	trimmed := *name
	if list, found := strings.CutPrefix(trimmed, "["); found && strings.HasSuffix(list, "]") {
		trimmed = strings.TrimSuffix(list, "]")
	}
	return strings.Trim(trimmed, "/")
}

// sameFiles reports whether the names of a job's files are one to one those of an import. A
// base name proves nothing.
func sameFiles(names []string, files [][]string) bool {
	rest := slices.Clone(files)
	take := func(name string) bool {
		i := slices.IndexFunc(rest, func(paths []string) bool { return slices.Contains(paths, name) })
		if i < 0 || !strings.Contains(name, "/") {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
		return true
	}
	for _, name := range names {
		if take(name) {
			continue
		}
		for _, part := range strings.Fields(name) { // Milvus separates the names in a list by spaces
			if !take(part) {
				return false
			}
		}
	}
	return len(rest) == 0
}

// mayOverlap reports whether a job may import one of the files of an import. A job without
// the names of all its files may. Otherwise a name must contain the path of a file, as the
// name of a file below an imported folder does, or be the end of that path, or be the base
// name of a file, which can be below any folder.
func mayOverlap(job Job, files [][]string) bool {
	if fileNames(job) == nil {
		return true
	}
	for _, list := range allNames(job) {
		for _, name := range append(strings.Fields(list), list) {
			for _, location := range slices.Concat(files...) {
				if overlaps(normalized(name), normalized(location)) {
					return true
				}
			}
		}
	}
	return false
}

func overlaps(name, location string) bool {
	return location == "/" || strings.HasSuffix(location, name) || strings.Contains(name+"/", location+"/") ||
		!strings.Contains(name[1:], "/") && !isFolder(name) && isFolder(location)
}

// isFolder reports whether a path may be that of a folder: it has none of the extensions of
// the files that can be imported (documented).
func isFolder(location string) bool {
	switch strings.ToLower(path.Ext(location)) {
	case ".parquet", ".json", ".jsonl", ".ndjson", ".npy", ".csv":
		return false
	default:
		return true
	}
}

// normalized returns a name or path with a leading slash, without escapes, and with
// repeated slashes as one.
func normalized(name string) string {
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return path.Join("/", name)
}
