package examples_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/provider"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

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
	source := read(t, "../internal/zilliz/codes.go")
	found := map[string]int{}
	for _, match := range regexp.MustCompile(`(?m)^\t(Code\w+) .*= (.*)$`).FindAllStringSubmatch(source, -1) {
		code, err := strconv.Atoi(match[2])
		if err != nil {
			t.Fatalf("%s: %v", match[1], err)
		}
		found[match[1]] = code
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
	files, err := filepath.Glob("../internal/provider/*.go")
	if err != nil {
		t.Fatal(err)
	}
	title := regexp.MustCompile(`(?:remedy\{(?:title: )?|fmt\.Sprintf\(|Add(?:Attribute)?(?:Error|Warning)\((?:path\.Root\([^()]*\), |timeoutPath\([^()]*\), )?|New(?:Attribute)?ErrorDiagnostic\(|newError\(s, |c\.addMissing\()"([A-Z][^"%]+)`)
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, match := range title.FindAllStringSubmatch(read(t, name), -1) {
			title := strings.TrimSpace(match[1])
			if strings.HasSuffix(match[1], "v2") || strings.HasPrefix(title, "Invalid") || strings.Contains(match[0], "Sprintf") && !strings.HasSuffix(match[1], "within ") {
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
