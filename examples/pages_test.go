package examples_test

import (
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const registryDocs = "https://registry.terraform.io/providers/zilliz-community/zilliz/latest/docs/"

// TestPagesHaveTestedBlocks compares each Terraform block in docs/ and the README with
// the examples.
func TestPagesHaveTestedBlocks(t *testing.T) {
	t.Parallel()
	var examples []string
	walk(t, ".", func(name string) {
		examples = append(examples, strings.TrimSpace(read(t, name)))
	})
	all := pages(t)
	all["README"] = read(t, filepath.Join("..", "README.md"))
	blocks := regexp.MustCompile("(?s)```terraform\n(.*?)\n```")
	for page, content := range all {
		for _, match := range blocks.FindAllStringSubmatch(content, -1) {
			if !slices.Contains(examples, match[1]) {
				t.Errorf("%s: no file in examples/ has this content:\n%s", page, match[1])
			}
		}
	}
}

// pages returns the pages below docs/ by their paths in the registry: "docs" for the
// index, "docs/guides/ci" for a guide.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	walk(t, filepath.Join("..", "docs"), func(name string) {
		page, isPage := strings.CutSuffix(filepath.ToSlash(name), ".md")
		if isPage {
			found[strings.TrimSuffix(strings.TrimPrefix(page, "../"), "/index")] = read(t, name)
		}
	})
	return found
}

// TestLinks resolves each link as GitHub does. The registry removes the suffix .md.
func TestLinks(t *testing.T) {
	t.Parallel()
	all := pages(t)
	links := regexp.MustCompile(`\]\(([^)]+)\)`)
	for page, content := range all {
		for _, match := range links.FindAllStringSubmatch(content, -1) {
			link := match[1]
			// The index has absolute links: no relative link works both on GitHub and in
			// the registry.
			relative, absolute := strings.CutPrefix(link, registryDocs)
			if strings.HasPrefix(link, "https://") && !absolute {
				continue
			}
			name, anchor, _ := strings.Cut(relative, "#")
			target := page
			switch {
			case absolute:
				target = path.Join("docs", name)
			case name != "":
				target = strings.TrimSuffix(strings.TrimSuffix(path.Join(path.Dir(page), name), ".md"), "/index")
			}
			content, found := all[target]
			switch {
			case !found || !absolute && name != "" && path.Ext(name) != ".md":
				t.Errorf("%s: link %s: no such page", page, link)
			case anchor != "" && !slices.Contains(anchors(content), anchor):
				t.Errorf("%s: link %s: no such heading", page, link)
			}
		}
	}
}

// anchors returns the IDs of a page: of its headings and of its anchor elements.
func anchors(content string) []string {
	var all []string
	for _, match := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(content, -1) {
		id := regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(match[1]), "")
		all = append(all, strings.ReplaceAll(id, " ", "-"))
	}
	for _, match := range regexp.MustCompile(`<a id="([^"]+)">`).FindAllStringSubmatch(content, -1) {
		all = append(all, match[1])
	}
	return all
}

// TestSecurityNamesTests looks for the tests that SECURITY.md names.
func TestSecurityNamesTests(t *testing.T) {
	t.Parallel()
	var tests strings.Builder
	walk(t, filepath.Join("..", "internal"), func(name string) {
		if strings.HasSuffix(name, "_test.go") {
			tests.WriteString(read(t, name))
		}
	})
	page := read(t, filepath.Join("..", "SECURITY.md"))
	for _, match := range regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(page, -1) {
		if !strings.Contains(tests.String(), "\nfunc "+match[1]+"(") {
			t.Errorf("no test is named %s", match[1])
		}
	}
}

func walk(t *testing.T, directory string, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(directory, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			visit(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
