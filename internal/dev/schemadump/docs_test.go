package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/provider"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const (
	root    = "../../.."
	cluster = "in01-0123456789abcde"
	apiKey  = "key-of-the-docs"

	registryDocs = "https://registry.terraform.io/providers/zilliz-community/zilliz/latest/docs/"
)

// TestSchemasAreTerraforms holds what the command prints against what the installed
// Terraform prints, as far as that one knows the kinds of schemas.
func TestSchemasAreTerraforms(t *testing.T) {
	t.Parallel()
	cli, err := tfcli.New(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	config := `
terraform {
  required_providers {
    zilliz = {
      source = "zilliz-community/zilliz"
    }
  }
}
`
	if err := os.WriteFile(path.Join(work, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := cli.Command(t.Context(), work, "init").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	printed, err := cli.Command(t.Context(), work, "providers", "schema", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	want := schemasOf(t, printed)
	var ours bytes.Buffer
	if err := run(t.Context(), &ours); err != nil {
		t.Fatal(err)
	}
	got := schemasOf(t, ours.Bytes())
	for kind := range want {
		if !reflect.DeepEqual(got[kind], want[kind]) {
			t.Errorf("%s: %v, want %v", kind, got[kind], want[kind])
		}
	}
	for _, kind := range []string{"provider", "resource_schemas", "data_source_schemas"} {
		if want[kind] == nil {
			t.Errorf("Terraform printed no %s", kind)
		}
	}
}

// schemasOf returns the schemas of the only provider in what Terraform prints.
func schemasOf(t *testing.T, printed []byte) map[string]any {
	t.Helper()
	var all struct {
		Providers map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.Unmarshal(printed, &all); err != nil {
		t.Fatal(err)
	}
	for _, schemas := range all.Providers {
		return schemas
	}
	t.Fatalf("no provider in %s", printed)
	return nil
}

// pages returns the pages below docs, by the paths that the registry gives them:
// "docs" for the index, "docs/guides/ci" for a guide.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	files := os.DirFS(root)
	err := fs.WalkDir(files, "docs", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".md" {
			return err
		}
		content, err := fs.ReadFile(files, name)
		found[strings.TrimSuffix(strings.TrimSuffix(name, ".md"), "/index")] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestLinksWork follows each link as GitHub does. The registry drops the suffix .md.
func TestLinksWork(t *testing.T) {
	t.Parallel()
	all := pages(t)
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	for page, content := range all {
		for _, match := range link.FindAllStringSubmatch(content, -1) {
			target := match[1]
			// The index has no relative links: none works on GitHub and in the registry.
			absolute, ours := strings.CutPrefix(target, registryDocs)
			if strings.HasPrefix(target, "https://") && !ours {
				continue
			}
			name, anchor, _ := strings.Cut(absolute, "#")
			to := page
			switch {
			case ours:
				to = path.Join("docs", name)
			case name != "":
				to = strings.TrimSuffix(strings.TrimSuffix(path.Join(path.Dir(page), name), ".md"), "/index")
			}
			there, found := all[to]
			switch {
			case !found || !ours && name != "" && path.Ext(name) != ".md":
				t.Errorf("%s: the link %s leads to no page", page, target)
			case anchor != "" && !slices.Contains(anchors(there), anchor):
				t.Errorf("%s: the link %s leads to no heading", page, target)
			}
		}
	}
}

// anchors returns the ids of a page's headings, and of what it names itself.
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

// errorTitles returns the titles on the page of error codes, by what stands in the
// first column between backquotes.
func errorTitles(t *testing.T) map[string]string {
	t.Helper()
	titles := map[string]string{}
	for line := range strings.Lines(pages(t)["docs/guides/error-codes"]) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		for _, match := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[1], -1) {
			titles[match[1]] = strings.TrimSpace(cells[2])
		}
	}
	return titles
}

// TestEveryCodeIsOnThePage has the provider meet each code that package zilliz names,
// and looks its title up on the page.
func TestEveryCodeIsOnThePage(t *testing.T) {
	t.Parallel()
	titles := errorTitles(t)
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	for name, code := range codes(t) {
		sim.Refuse(cluster, code)
		if got, want := titles[strconv.Itoa(code)], title(t, server.URL); got != want {
			t.Errorf("%s, %d: the page says %q, the provider %q", name, code, got, want)
		}
	}
}

// codes returns the constants of package zilliz that name codes of the API.
func codes(t *testing.T) map[string]int {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path.Join(root, "internal/zilliz/codes.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Code") {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			t.Fatalf("%s is no number", spec.Names[0].Name)
		}
		code, err := strconv.Atoi(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		found[spec.Names[0].Name] = code
		return true
	})
	if len(found) == 0 {
		t.Fatal("no code found")
	}
	return found
}

func TestEveryStatusIsOnThePage(t *testing.T) {
	t.Parallel()
	titles := errorTitles(t)
	status := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(server.Close)
	for row, statuses := range map[string][]int{
		"301": {301}, "302": {302}, "303": {303}, "307": {307}, "308": {308},
		"401": {401}, "403": {403}, "404": {404}, "410": {410}, "408": {408}, "429": {429},
		"500": {500, 502, 503, 504}, "599": {599}, "4xx": {400, 405, 409, 418},
	} {
		for _, status = range statuses {
			if got, want := titles[row], title(t, server.URL); got != want {
				t.Errorf("%d: the page says %q, the provider %q", status, got, want)
			}
		}
	}
}

// title returns the title of the error that the provider gives for a read.
func title(t *testing.T, endpoint string) string {
	t.Helper()
	ctx := context.Background()
	server := providerserver.NewProtocol6(provider.New("test", nil)())()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	configured, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{Config: value(t, schemas.Provider, map[string]any{
		"endpoint": endpoint, "api_key": apiKey, "max_retries": 0, "max_requests_per_second": 1000,
	})})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatal(err, configured.Diagnostics)
	}
	const name = "zilliz_import_progress"
	answer, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: name,
		Config:   value(t, schemas.DataSourceSchemas[name], map[string]any{"cluster_id": cluster, "job_id": "job-1"}),
	})
	if err != nil || len(answer.Diagnostics) != 1 {
		t.Fatal(err, answer)
	}
	return answer.Diagnostics[0].Summary
}

// value returns a configuration with some of its attributes set, and the others null.
func value(t *testing.T, schema *tfprotov6.Schema, set map[string]any) *tfprotov6.DynamicValue {
	t.Helper()
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatal(fmt.Errorf("%T is no object", schema.ValueType()))
	}
	values := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attribute, set[name])
	}
	dynamic, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	return &dynamic
}
