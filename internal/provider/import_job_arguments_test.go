package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// startArguments returns the arguments of an import that both API versions can start,
// with changes.
func startArguments(changes values) values {
	return values{"cluster_id": testCluster, "collection_name": "articles", "object_urls": oneURL()}.with(changes)
}

// oneURL is the value of object_urls.
func oneURL() []string { return []string{"s3://bucket/articles/"} }

// TestImportJobArguments covers the values that are refused before anything is sent. An error
// about a value that can hold a credential has no attribute path.
func TestImportJobArguments(t *testing.T) {
	t.Parallel()
	const twice, conflict, incomplete = "Data would be imported twice", "Conflicting sources of data", "Incomplete source of data"
	urls := func(urls ...string) values { return values{"object_urls": urls} }
	paths := []string{"articles/"}
	tests := []struct {
		arguments               values
		attribute, title, about string
	}{
		{values{"collection_name": nil}, "collection_name", "Missing collection_name", "Set collection_name"},
		{values{"object_urls": nil}, "object_urls", "Missing source of data", "object_urls, or volume_name and data_paths"},
		{values{"object_urls": nil, "volume_name": "v"}, "data_paths", incomplete, "together"},
		{values{"object_urls": nil, "data_paths": paths}, "volume_name", incomplete, "together"},
		{values{"volume_name": "v"}, "volume_name", conflict, "either object_urls, or volume_name"},
		{values{"data_paths": paths}, "data_paths", conflict, "either object_urls, or volume_name"},
		{values{"partition_name": " p"}, "partition_name", "Invalid partition_name", "trimspace()"},
		{values{"cluster_id": "in 01"}, "cluster_id", "Invalid cluster_id", "must not contain white space"},

		{urls(), "", "Invalid object_urls", "at least one element"},
		{values{"object_urls": []tftypes.Value{tftypes.NewValue(tftypes.String, nil)}}, "", "Invalid object_urls[0]", "must not be null"},
		{urls(""), "", "Invalid object_urls[0]", "must not be empty"},
		{urls("s3://b/1\n"), "", "Invalid object_urls[0]", "must not begin or end with white space"},
		{urls("s3://b/1?X-Amz-Signature=s3cr3t-value"), "", "Invalid object_urls[0]", "must not have a query"},
		{urls("https://user:s3cr3t-value@host/1"), "", "Invalid object_urls[0]", "must not have a user name, key or signature"},
		{urls("s3://b/1", "s3://b/2", "s3://b/1"), "", twice, "object_urls[2] repeats or is below element 0"},
		{urls("s3://b/1/a.parquet", "s3://b/1/"), "", twice, "object_urls[0] repeats or is below element 1"},
		{values{"object_urls": nil, "volume_name": "v", "data_paths": []string{"a/", "a/"}}, "", twice, "data_paths[1]"},
		{values{"access_key_wo": "s3cr3t-value"}, "", "Incomplete credentials", "access_key_wo and secret_key_wo"},
		{values{"secret_key_wo": "s3cr3t-value", "session_token_wo": "s3cr3t-value"}, "", "Incomplete credentials", "Set both, or none"},
		{values{"session_token_wo": "s3cr3t-value\n"}, "", "Invalid session_token_wo", "must not begin or end with white space"},
		{values{"access_key_wo": "", "secret_key_wo": "s3cr3t-value"}, "", "Invalid access_key_wo", "must not be empty"},
	}
	sim := newSim()
	p := newProvider(t, sim, api("v2"))
	for _, test := range tests {
		arguments := startArguments(test.arguments)
		d := p.validateResource(importJob, arguments)
		if len(d) == 0 {
			d = newManaged(p, importJob).plan(p, arguments).Diagnostics
		}
		expectError(t, d, test.attribute, test.title, test.about)
		expectAbsent(t, d, "s3cr3t-value")
	}
	for _, valid := range []values{
		nil,
		{"object_urls": nil, "volume_name": "v", "data_paths": paths},
		{"volume_name": unknown},
		{"object_urls": unknown, "volume_name": "v"},
		{"object_urls": []tftypes.Value{tftypes.NewValue(tftypes.String, unknown)}},
		{"access_key_wo": unknown, "secret_key_wo": "s3cr3t-value"},
		// What is missing is an error of a plan that starts an import, since a job that was
		// imported into the state needs none of it.
		{"object_urls": nil},
		{"object_urls": nil, "volume_name": "v"},
	} {
		if d := p.validateResource(importJob, startArguments(valid)); len(d) > 0 {
			t.Errorf("%v: %s", valid, diagnosticText(d))
		}
	}
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests were sent, want 0", n)
	}
}

// TestCredentialsInURLs has URLs with credentials in unusual places. None may reach the state.
func TestCredentialsInURLs(t *testing.T) {
	t.Parallel()
	p := newProvider(t, newSim(), api("v2"))
	for url, valid := range map[string]bool{
		"s3://bucket/articles/":                                            true,
		"s3://bucket/user@example.com/":                                    true,
		"https://minio.example.com:9000/bucket/a.parquet":                  true,
		"https://minio.example.com:9000/bucket/team@v2/a.parquet":          true,
		"s3://bucket/model/sig=1/a.parquet":                                true,
		"s3://bucket/ASIAPACIFIC20240115/a.parquet":                        true,
		"s3://AKIAIOSFODNN7EXAMPLE:abc/def+ghi@bucket/articles/":           false,
		"AKIAIOSFODNN7EXAMPLE:secret@bucket.s3.amazonaws.com/articles/":    false,
		"https://acct.blob.core.windows.net/c/f.parquet%3Fsv=2022&sig=abc": false,
		"https://acct.blob.core.windows.net/c/f.parquet&sig=abc":           false,
		"https://acct.blob.core.windows.net/c/f.parquet#sv=2022&sig=abc":   false,
		"AKIAIOSFODNN7EXAMPLE:wJalr/XUtnSECRET@bucket.s3.amazonaws.com/x":  false,
		"https://minio.example.com:9000/b/a,s3://AKIA1:SECRET@bucket/x":    false,
		"s3:/user:pass@bucket/x":                                           false,
		"s3://user:pa'ss@bucket/x":                                         false,
		"s3://user:pa ss@bucket/x":                                         false,
		"s3://bucket/a.parquet\x1b[31m":                                    false,
		"s3://bucket/a\nb":                                                 false,
	} {
		d := p.validateResource(importJob, startArguments(values{"object_urls": []string{url}}))
		if hasError(d) == valid {
			t.Errorf("%q: valid %t, want %t: %s", url, !valid, valid, diagnosticText(d))
		}
		for _, one := range d {
			if one.Attribute != nil {
				t.Errorf("%q: the error points at %s", url, pathText(one.Attribute))
			}
		}
	}
}

// TestAccCredentialsAreNotPrinted checks that the CLI does not print the line of a value that
// can hold a credential.
func TestAccCredentialsAreNotPrinted(t *testing.T) {
	t.Parallel()
	requireCLI(t, 1011)
	const secret = "s3cr3t-of-the-bucket"
	job := func(arguments string) string {
		return fmt.Sprintf("resource \"zilliz_import_job\" \"a\" {\n  cluster_id = %q\n  collection_name = \"articles\"\n  %s\n}\n", testCluster, arguments)
	}
	const url = `object_urls = ["s3://bucket/articles/"]`
	run := newTerraformRun(t, newSim(), "")
	for name, test := range map[string]struct{ configuration, title string }{
		"signed URL":    {job(`object_urls = ["https://host/f.parquet?sv=2022&sig=` + secret + `"]`), "Invalid object_urls[0]"},
		"user info":     {job(`object_urls = ["https://user:` + secret + `@host/"]`), "Invalid object_urls[0]"},
		"same URL":      {job(`object_urls = ["s3://` + secret + `/", "s3://` + secret + `/"]`), "Data would be imported twice"},
		"access key":    {job(url + "\n  access_key_wo = \"" + secret + "\""), "Incomplete credentials"},
		"session token": {job(url + "\n  session_token_wo = \"" + secret + "\\n\""), "Invalid session_token_wo"},
		"v1 and token":  {job(url + "\n  session_token_wo = \"" + secret + "\""), "session_token_wo requires API v2"},
		"API key":       {"provider \"zilliz\" {\n  api_key = \"" + secret + "\\n\"\n}\n" + job(url), "Invalid api_key"},
		"endpoint":      {"provider \"zilliz\" {\n  endpoint = \"https://u:" + secret + "@host\"\n}\n" + job(url), "Invalid endpoint"},
	} {
		printed := run.configured(test.configuration).fail("plan")
		if !strings.Contains(printed, "Error: "+test.title) || strings.Contains(printed, secret) {
			t.Errorf("%s: want %q without the credential:\n%s", name, test.title, printed)
		}
	}
}

// TestStartCredentials checks that the service receives the credentials, and that neither the
// state nor an error has them.
func TestStartCredentials(t *testing.T) {
	t.Parallel()
	keys := values{"access_key_wo": `AK"IA/&x`, "secret_key_wo": "s3cr3t+key/%="}
	token := values{"session_token_wo": "tok<en>'-of-the-session"}
	for _, arguments := range []values{nil, keys, token, keys.with(token)} {
		sim := newSim()
		p := newProvider(t, sim, api("v2"))
		state, d := p.create(t.Context(), importJob, startArguments(arguments))
		text := func(name string) string { return fmt.Sprint(arguments[name]) }
		want := []string{"", "", ""}
		for i, name := range []string{"access_key_wo", "secret_key_wo", "session_token_wo"} {
			if arguments[name] != nil {
				want[i] = text(name)
			}
			if !state[name].IsNull() {
				t.Errorf("%s is in the state", name)
			}
		}
		if len(d) > 0 || !sim.Started()[0].HasCredentials(want[0], want[1], want[2]) {
			t.Errorf("%v: the service received other credentials: %s", arguments, diagnosticText(d))
		}
		sim.Inject(zillizsim.Fault{Times: -1, StartOnly: true, Response: echoMessage()})
		_, d = newProvider(t, sim, api("v2")).create(t.Context(), importJob, startArguments(arguments))
		if !hasError(d) {
			t.Error("no error of a service that returns the credentials")
		}
		for name := range arguments {
			expectAbsent(t, d, text(name))
		}
	}
}

// TestPlannedCredentialsAreMasked reads a job whose reason quotes credentials that only the
// configuration of another block has.
func TestPlannedCredentialsAreMasked(t *testing.T) {
	t.Parallel()
	const accessKey, secretKey = "ACCESSKEY12345", "SECRETKEY12345"
	p := newProvider(t, newSim(zillizsim.Job{Steps: zillizsim.FailAt(0, 0.4, "denied for "+accessKey+" and "+secretKey)}))
	newManaged(p, importJob).plan(p, startArguments(values{"access_key_wo": accessKey, "secret_key_wo": secretKey}))
	state, d := p.read(t.Context(), progress, jobArguments(nil))
	if len(d) > 0 {
		t.Fatal(diagnosticText(d))
	}
	if got := stringValue(t, state["error_message"]); got != "denied for *** and ***" {
		t.Errorf("error_message = %q", got)
	}
}
