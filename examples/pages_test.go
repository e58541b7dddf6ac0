package examples_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPagesHaveTestedBlocks compares each Terraform block in docs/ and the README with
// the examples.
func TestPagesHaveTestedBlocks(t *testing.T) {
	t.Parallel()
	var examples []string
	walk(t, ".", func(name string) {
		examples = append(examples, strings.TrimSpace(read(t, name)))
	})
	pages := []string{filepath.Join("..", "README.md")}
	walk(t, filepath.Join("..", "docs"), func(name string) {
		if filepath.Ext(name) == ".md" {
			pages = append(pages, name)
		}
	})
	blocks := regexp.MustCompile("(?s)```terraform\n(.*?)\n```")
	for _, page := range pages {
		for _, match := range blocks.FindAllStringSubmatch(read(t, page), -1) {
			if !slices.Contains(examples, match[1]) {
				t.Errorf("%s: no file in examples/ has this content:\n%s", page, match[1])
			}
		}
	}
}

func walk(t *testing.T, folder string, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			visit(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
