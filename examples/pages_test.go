package examples_test

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// terraformBlocks returns what stands in a page between ```terraform and ```.
func terraformBlocks(page string) []string {
	var blocks []string
	for _, match := range regexp.MustCompile("(?s)```terraform\n(.*?)\n```").FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

// TestEveryBlockIsAnExample holds every block of Terraform's language on a page, and
// in the README, against the examples, which are run.
func TestEveryBlockIsAnExample(t *testing.T) {
	t.Parallel()
	var examples []string
	walk(t, folder, func(name string) {
		examples = append(examples, strings.TrimSpace(read(t, name)))
	})
	check := func(name string) {
		for _, block := range terraformBlocks(read(t, name)) {
			if !slices.Contains(examples, block) {
				t.Errorf("%s: this is the content of no file in examples:\n%s", name, block)
			}
		}
	}
	walk(t, filepath.Join(root, "docs"), func(name string) {
		if filepath.Ext(name) == ".md" {
			check(name)
		}
	})
	check(filepath.Join(root, "README.md"))
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

// laterPlans shows what the guides say of plans, with the gate of the data source.
func laterPlans(s *stage) {
	s.asks(true, func() { s.succeeds(running, "plan", "-out=plan") })
	s.asks(false, func() { s.succeeds(running, "apply", "plan") })
	s.has(gated, true)

	const notFound = 90144
	s.sim.Refuse(cluster, notFound)
	for _, arguments := range [][]string{
		{"plan"},
		{"plan", "-refresh=false"},
		{"plan", "-refresh-only"},
		{"plan", "-destroy"},
		{"plan", "-target=terraform_data.search"},
	} {
		s.fails(running, "Import job not found", arguments...)
	}
	s.asks(false, func() { s.succeeds(running, "plan", "-destroy", "-refresh=false") })
}
