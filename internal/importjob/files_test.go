package importjob

import (
	"slices"
	"strings"
	"testing"
)

// jobNamed returns a job whose own name is the first, and whose files have the others. A
// name of "-" is not returned.
func jobNamed(names ...string) Job {
	named := func(name string) *string {
		if name == "-" {
			return nil
		}
		return &name
	}
	job := Job{Progress: Progress{RawFileName: named(names[0])}}
	for _, name := range names[1:] {
		job.Files = append(job.Files, Progress{RawFileName: named(name)})
	}
	return job
}

// TestNamesOfFiles compares the names of a job with the paths of an import. Each path has
// the forms that are separated by "|".
func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	type names = []string
	one := names{"bucket/data/1.parquet|data/1.parquet"}
	const (
		no   = 0 // other files
		may  = 1 // may import one of the files
		same = 2 // imports the same files, one to one
	)
	tests := map[string]struct {
		job  names // as in jobNamed
		want int
		path names
	}{
		"its path":                             {names{"-", "data/1.parquet"}, same, one},
		"its path with the bucket":             {names{"-", "bucket/data/1.parquet"}, same, one},
		"its path between slashes":             {names{"-", "/data/1.parquet/"}, same, one},
		"another path":                         {names{"-", "data/2.parquet"}, no, one},
		"another folder":                       {names{"-", "other/1.parquet"}, no, one},
		"part of a segment":                    {names{"-", "a/1.parquet"}, no, one},
		"a longer path":                        {names{"-", "host/bucket/data/1.parquet"}, may, one},
		"a longer name":                        {names{"-", "data/1.parquet.gz"}, no, one},
		"a base name":                          {names{"-", "1.parquet"}, may, one},
		"another base name":                    {names{"-", "2.parquet"}, no, one},
		"the base name of a path without one":  {names{"-", "1.parquet"}, may, names{"1.parquet"}},
		"the job's own name":                   {names{"data/1.parquet"}, same, one},
		"another own name":                     {names{"data/2.parquet"}, no, one},
		"no name":                              {names{"-"}, may, one},
		"an empty name":                        {names{"/"}, may, one},
		"a file without a name":                {names{"data/1.parquet", "-"}, may, one},
		"one file without a name":              {names{"-", "data/2.parquet", "-"}, may, one},
		"the own name beside other files":      {names{"data", "2.parquet"}, may, names{"data"}},
		"one more file":                        {names{"-", "data/1.parquet", "data/2.parquet"}, may, one},
		"a file twice":                         {names{"-", "data/1.parquet", "data/1.parquet"}, may, one},
		"one of two files":                     {names{"-", "data/1.parquet"}, may, names{"data/1.parquet", "data/2.parquet"}},
		"both files":                           {names{"-", "data/2.parquet", "data/1.parquet"}, same, names{"data/1.parquet", "data/2.parquet"}},
		"the same path twice":                  {names{"-", "data/1.parquet", "data/1.parquet"}, same, names{"data/1.parquet", "data/1.parquet"}},
		"both forms of one path":               {names{"-", "data/1.parquet", "bucket/data/1.parquet"}, may, one},
		"brackets":                             {names{"-", "[data/1.parquet]"}, same, one},
		"an opening bracket":                   {names{"-", "[data/1.parquet"}, no, one},
		"a closing bracket":                    {names{"-", "data/1.parquet]"}, no, one},
		"brackets and slashes":                 {names{"-", "[/data/1.parquet/]"}, same, one},
		"a list":                               {names{"-", "[data/1.npy data/2.npy]"}, same, names{"data/1.npy", "data/2.npy"}},
		"a list in another order":              {names{"-", "[data/2.npy data/1.npy]"}, same, names{"data/1.npy", "data/2.npy"}},
		"a list with one more":                 {names{"-", "[data/0.parquet data/1.parquet]"}, may, one},
		"a list of others":                     {names{"-", "[data/0.parquet data/2.parquet]"}, no, one},
		"a space in brackets":                  {names{"-", "[data/my 1.parquet]"}, same, names{"data/my 1.parquet"}},
		"an escaped name":                      {names{"-", "data/my%201.parquet"}, may, names{"data/my 1.parquet"}},
		"an escaped path":                      {names{"-", "data/my 1.parquet"}, may, names{"data/my%201.parquet"}},
		"an invalid escape":                    {names{"-", "data/100%.parquet"}, same, names{"data/100%.parquet"}},
		"another invalid escape":               {names{"-", "data/100%.parquet"}, no, names{"data/99%.parquet"}},
		"repeated slashes in the name":         {names{"-", "data/2026//1.parquet"}, may, names{"data/2026/1.parquet"}},
		"repeated slashes in the path":         {names{"-", "data/2026/1.parquet"}, may, names{"data//2026"}},
		"a file below the root of a bucket":    {names{"-", "data/1.parquet"}, may, names{""}},
		"a file below a folder":                {names{"-", "data/1.parquet"}, may, names{"data"}},
		"a file below a deeper folder":         {names{"-", "data/2026/11/1.parquet"}, may, names{"data/2026"}},
		"a file below a folder and the bucket": {names{"-", "bucket/articles/1.parquet"}, may, names{"articles"}},
		"a file below a folder of that prefix": {names{"-", "data2/1.parquet"}, no, names{"data"}},
		"a base name, which may be below":      {names{"-", "1.parquet"}, may, names{"data/2026"}},
		"a folder beside another":              {names{"-", "2025"}, no, names{"data/2026"}},
		"the base name of a folder":            {names{"-", "2026"}, may, names{"data/2026"}},
		"a base name beside a file":            {names{"-", "2.parquet"}, no, names{"data/1.parquet"}},
		"the folder":                           {names{"-", "data/2026"}, same, names{"data/2026"}},
	}
	for _, extension := range []string{"parquet", "json", "jsonl", "ndjson", "npy", "csv", "PARQUET"} {
		tests["a base name beside a "+extension] = struct {
			job  names
			want int
			path names
		}{names{"-", "x"}, no, names{"data/1." + extension}}
	}
	for name, test := range tests {
		var files [][]string
		for _, path := range test.path {
			files = append(files, strings.Split(path, "|"))
		}
		job := jobNamed(test.job...)
		names := fileNames(job)
		got := no
		switch {
		case len(names) > 0 && sameFiles(names, files):
			got = same
		case mayOverlap(job, files):
			got = may
		}
		if got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
		if test.want == same && !mayOverlap(job, files) {
			t.Errorf("%s: the same files, but no overlap", name)
		}
	}
}

func TestAllNames(t *testing.T) {
	t.Parallel()
	job := jobNamed("/data/", "data/2", "[data/1]", "-", "data/2", "")
	if got, want := allNames(job), []string{"data", "data/1", "data/2"}; !slices.Equal(got, want) {
		t.Errorf("allNames = %q, want %q", got, want)
	}
}
