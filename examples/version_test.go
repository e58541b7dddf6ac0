package examples_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestVersion compares the first heading of CHANGELOG.md with VERSION in GNUmakefile and
// with the version constraints in the README, docs/ and the examples. Once the heading has
// the date of the release, the pages must be true on that day: a registry renders those of
// the tag, and they never change.
func TestVersion(t *testing.T) {
	t.Parallel()
	_, changes, _ := strings.Cut(read(t, filepath.Join("..", "CHANGELOG.md")), "\n## ")
	heading, _, _ := strings.Cut(changes, "\n")
	parts := regexp.MustCompile(`^((\d+\.\d+)\.\d+) - (unreleased|\d{4}-\d\d-\d\d)\s*$`).FindStringSubmatch(heading)
	if parts == nil {
		t.Fatalf("first heading of CHANGELOG.md = %q, want 1.2.3 - unreleased, or 1.2.3 - 2027-01-31", heading)
	}
	version, constraint, released := parts[1], "~> "+parts[2], parts[3] != "unreleased"

	if !strings.Contains(read(t, filepath.Join("..", "GNUmakefile")), "\nVERSION ?= "+version+"\n") {
		t.Errorf("VERSION in GNUmakefile is not %s, the version in CHANGELOG.md", version)
	}

	published := pages(t)
	walk(t, ".", func(name string) {
		if !strings.HasSuffix(name, ".go") {
			published[filepath.ToSlash(name)] = read(t, name)
		}
	})
	untrue := regexp.MustCompile(`(?m)in a registry|until this provider is there|^ *make\b.*\binstall|make build|simulator@[\w.]*\w`)
	for name, content := range published {
		for _, text := range untrue.FindAllString(content, -1) {
			if released && text != "simulator@v"+version {
				t.Errorf("%s: %q is not true of a release of %s", name, strings.TrimSpace(text), version)
			}
		}
	}

	constrained := maps.Clone(published)
	constrained["README"] = read(t, filepath.Join("..", "README.md"))
	constraints := regexp.MustCompile(`"zilliz-community/zilliz"\s+version\s*=\s*"([^"]*)"`)
	for name, content := range constrained {
		for _, match := range constraints.FindAllStringSubmatch(content, -1) {
			if match[1] != constraint {
				t.Errorf("%s: version = %q, want %q", name, match[1], constraint)
			}
		}
	}
}
