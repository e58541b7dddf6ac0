package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
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
	apiKey  = "test-key"

	registryDocs = "https://registry.terraform.io/providers/zilliz-community/zilliz/latest/docs/"
)

// TestSchemasMatchTerraform compares the output with that of the installed Terraform,
// for the kinds of schemas that it supports.
func TestSchemasMatchTerraform(t *testing.T) {
	t.Parallel()
	sandbox, err := tfcli.NewSandbox(t.Context(), zillizsim.New(zillizsim.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sandbox.Close(); err != nil {
			t.Error(err)
		}
	})
	directory, err := sandbox.Directory(t.Context(), tfcli.RequiredProviders)
	if err != nil {
		t.Fatal(err)
	}
	printed, err := sandbox.CLI.Command(t.Context(), directory, "providers", "schema", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var dumped bytes.Buffer
	if err := run(t.Context(), &dumped); err != nil {
		t.Fatal(err)
	}
	got, want := schemasOf(t, dumped.Bytes()), schemasOf(t, printed)
	for kind := range want {
		if !reflect.DeepEqual(got[kind], want[kind]) {
			t.Errorf("%s = %v, want %v", kind, got[kind], want[kind])
		}
	}
	for _, kind := range []string{"provider", "resource_schemas", "data_source_schemas"} {
		if want[kind] == nil {
			t.Errorf("terraform printed no %s", kind)
		}
	}
}

// schemasOf returns the schemas of the only provider in the JSON, by kind.
func schemasOf(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var all struct {
		Providers map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for _, schemas := range all.Providers {
		return schemas
	}
	t.Fatalf("no provider in %s", data)
	return nil
}

// pages returns the pages below docs by their paths in the registry: "docs" for the
// index, "docs/guides/ci" for a guide.
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

// errorTitles returns the titles on the page of error codes, by the codes in the first
// column.
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

// TestErrorCodesAreDocumented compares the titles on the page of error codes with those
// of the provider, for each code in package zilliz.
func TestErrorCodesAreDocumented(t *testing.T) {
	t.Parallel()
	titles := errorTitles(t)
	sim := zillizsim.New(zillizsim.Options{APIKeys: []string{apiKey}})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	for name, code := range codes(t) {
		sim.Refuse(cluster, code)
		if got, want := titles[strconv.Itoa(code)], title(t, server.URL); got != want {
			t.Errorf("%s (%d): title on the page = %q, want %q", name, code, got, want)
		}
	}
}

// codes returns the error codes in package zilliz, by the names of their constants.
func codes(t *testing.T) map[string]int {
	t.Helper()
	source, err := os.ReadFile(path.Join(root, "internal/zilliz/codes.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, match := range regexp.MustCompile(`(?m)^\t(Code\w+) .*= (.*)$`).FindAllStringSubmatch(string(source), -1) {
		if found[match[1]], err = strconv.Atoi(match[2]); err != nil {
			t.Fatalf("%s: %v", match[1], err)
		}
	}
	if len(found) == 0 {
		t.Fatal("no codes")
	}
	return found
}

// TestTitlesAreDocumented looks for the titles of the provider's errors and warnings on the
// page of error codes.
func TestTitlesAreDocumented(t *testing.T) {
	t.Parallel()
	page := pages(t)["docs/guides/error-codes"]
	files, err := filepath.Glob(path.Join(root, "internal/provider/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	title := regexp.MustCompile(`(?:remedy\{(?:title: )?|fmt\.Sprintf\(|Add(?:Attribute)?(?:Error|Warning)\((?:path\.Root\([^()]*\), |timeoutPath\([^()]*\), )?|New(?:Attribute)?ErrorDiagnostic\(|newError\(s, |c\.addMissing\()"([A-Z][^"%]+)`)
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range title.FindAllStringSubmatch(string(source), -1) {
			title := strings.TrimSpace(match[1])
			if strings.HasSuffix(match[1], "v2") || strings.HasPrefix(title, "Invalid") || title == "Bug in the provider" || strings.Contains(match[0], "Sprintf") && !strings.HasSuffix(match[1], "within ") {
				continue
			}
			found++
			if !strings.Contains(page, "| "+title) && !strings.Contains(page, ", "+title) {
				t.Errorf("%s: the page lacks the title %q", filepath.Base(name), title)
			}
		}
	}
	if found < 30 {
		t.Errorf("found only %d titles", found)
	}
}

// TestSecurityNamesTests looks for the tests that SECURITY.md names.
func TestSecurityNamesTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(path.Join(root, "SECURITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path.Join(root, "internal/*/*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(source)
	}
	for _, match := range regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(string(page), -1) {
		if !strings.Contains(sources.String(), "\nfunc "+match[1]+"(") {
			t.Errorf("no test is named %s", match[1])
		}
	}
}

func TestStatusesAreDocumented(t *testing.T) {
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
				t.Errorf("HTTP %d: title on the page = %q, want %q", status, got, want)
			}
		}
	}
}

// title returns the title of the error with which the provider fails to read a job.
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
	response, err := server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: name,
		Config:   value(t, schemas.DataSourceSchemas[name], map[string]any{"cluster_id": cluster, "job_id": "job-1"}),
	})
	if err != nil || len(response.Diagnostics) != 1 {
		t.Fatal(err, response)
	}
	return response.Diagnostics[0].Summary
}

// value returns a configuration in which the attributes that are not in set are null.
func value(t *testing.T, schema *tfprotov6.Schema, set map[string]any) *tfprotov6.DynamicValue {
	t.Helper()
	object, ok := schema.ValueType().(tftypes.Object)
	if !ok {
		t.Fatalf("%T is not an object", schema.ValueType())
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
