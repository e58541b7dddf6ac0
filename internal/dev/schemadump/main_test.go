package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestSchemasMatchTerraform compares the output with that of the installed Terraform, for
// the kinds of schemas that it supports.
func TestSchemasMatchTerraform(t *testing.T) {
	t.Parallel()
	sandbox, err := tfcli.NewSandbox(t.Context(), zillizsim.New(zillizsim.Options{}), tfcli.Options{})
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
