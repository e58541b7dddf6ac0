package zilliz

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestConnectAddresses checks where the API key can be sent, with look-alikes of Zilliz's
// domains.
func TestConnectAddresses(t *testing.T) {
	t.Parallel()
	config := testConfig(V2, nil)
	config.Endpoint = "https://gateway.example.com:8443/base"
	client := newClient(t, config)
	for address, valid := range map[string]bool{
		"https://in01-1.aws-us-west-2.vectordb.zillizcloud.com:19530": true, "https://in01-1.x.zillizcloud.com/": true,
		"HTTPS://IN01-1.ZILLIZCLOUD.COM": true, "https://a.zilliz.com": true, "https://a.cloud.zilliz.com.cn:443": true,
		"https://gateway.example.com": true, "https://GATEWAY.example.com:19530": true,
		"https://127.0.0.1:8080": true, "http://localhost:8080": true, "http://[::1]:1": true,

		"https://zillizcloud.com": false, "https://a.zillizcloud.com.evil.example": false, "https://evilzillizcloud.com": false,
		"https://a.zillizcloud.com.": false, "https://a.zillizclоud.com": false, "https://a.zillizcloud.co": false,
		"https://a.zillizcloud.com@evil.example": false, "https://evil.example/a.zillizcloud.com": false,
		"https://evil.example?a.zillizcloud.com": false, "https://evil.example#a.zillizcloud.com": false,
		"https://evil.example\\.zillizcloud.com": false, "https://10.0.0.1:19530": false, "https://a.gateway.example.com": false,
		"http://a.zillizcloud.com": false, "http://gateway.example.com": false, "a.zillizcloud.com:19530": false, "": false,
		"https://user:secret@a.zillizcloud.com": false, "https://a.zillizcloud.com?x=1": false,
		"https://a.zillizcloud.com/v2": false, " https://a.zillizcloud.com": false, "https://a.zillizcloud.com:0": false,
	} {
		_, err := client.Collection(Collection{ConnectAddress: address})
		if (err == nil) != valid || err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("Collection at %q: %v, want valid: %t", address, err, valid)
		}
	}
	if _, err := clientOf(t, V2, nil).Collection(Collection{ConnectAddress: "https://gateway.example.com"}); err == nil {
		t.Error("the host of an endpoint that is not configured is valid")
	}
}

const testAddress = "https://in01-1.vectordb.zillizcloud.com:19530"

// TestCollectionRequests checks the requests about a collection, which are the same with both
// versions of the API.
func TestCollectionRequests(t *testing.T) {
	t.Parallel()
	const names = `{"dbName":"library","collectionName":"articles"`
	tests := map[string]struct {
		data       string
		do         func(context.Context, importjob.CollectionSource) error
		path, body string
	}{
		"state": {`{"loadState":"LoadStateLoaded","loadProgress":100}`, func(ctx context.Context, s importjob.CollectionSource) error {
			_, err := s.LoadState(ctx)
			return err
		}, "collections/get_load_state", names + "}"},
		"load":    {"{}", func(ctx context.Context, s importjob.CollectionSource) error { return s.Load(ctx) }, "collections/load", names + "}"},
		"refresh": {"{}", func(ctx context.Context, s importjob.CollectionSource) error { return s.Refresh(ctx) }, "collections/refresh_load", names + "}"},
		"count": {`[{"count(*)":1}]`, func(ctx context.Context, s importjob.CollectionSource) error {
			_, err := s.Count(ctx)
			return err
		}, "entities/query", names + `,"filter":"","outputFields":["count(*)"],"limit":0,"consistencyLevel":"Strong"}`},
	}
	for name, test := range tests {
		eachVersion(t, func(t *testing.T, version APIVersion) {
			var got sentRequest
			client := clientOf(t, version, recorderOf(&got, success(V2, test.data)))
			source, err := client.Collection(Collection{testAddress + "/", "library", "articles"})
			if err == nil {
				err = test.do(t.Context(), source)
			}
			want := testAddress + "/v2/vectordb/" + test.path
			if err != nil || got.Method != http.MethodPost || got.URL.String() != want || got.body != test.body ||
				got.Header.Get("Db-Name") != "library" || got.Header.Get("Authorization") != "Bearer "+testKey {
				t.Errorf("%s: request is %s %s %s %v (%v)", name, got.Method, got.URL, got.body, got.Header, err)
			}
		})
	}
	if _, err := clientOf(t, V1, nil).Collection(Collection{ConnectAddress: "https://evil.example"}); err == nil {
		t.Error("a host that is not Zilliz's is valid")
	}
}

func TestCollectionResponses(t *testing.T) {
	t.Parallel()
	source := func(status int, body string) importjob.CollectionSource {
		client := clientOf(t, V1, memory(zillizsim.Body(status, "application/json", body)))
		source, err := client.Collection(Collection{ConnectAddress: testAddress, Name: "articles"})
		if err != nil {
			t.Fatal(err)
		}
		return source
	}
	for body, want := range map[string]kind{
		`{"code":100,"message":"collection not found"}`: permanent, `{"code":700,"message":"index not found"}`: permanent,
		`{"code":800}`: permanent, `{"code":101}`: unavailable, `{"code":103}`: unavailable, `{"code":65535}`: unknownCode,
		`{"code":1800}`: permanent, `{"code":1}`: unknownCode, `{"code":200,"data":{}}`: permanent, `{"code":0}`: none, `{}`: unavailable,
	} {
		if err := source(200, body).Load(t.Context()); kindOf(err) != want {
			t.Errorf("%s: the error is %s, want %s: %v", body, kindOf(err), want, err)
		}
	}
	for status, want := range map[int]kind{403: unknownStatus, 404: unknownStatus, 429: rateLimited, 503: unavailable} {
		if err := source(status, "<html>").Refresh(t.Context()); kindOf(err) != want {
			t.Errorf("HTTP %d: the error is %s, want %s", status, kindOf(err), want)
		}
	}
	_, err := source(200, `{"code":100}`).Count(t.Context())
	checkError(t, err, permanent, "code 100")
	for data, want := range map[string]int64{
		`[{"count(*)":1000}]`: 1000, `[{"count(*)":"7"}]`: 7, `[{"count(*)":0}]`: 0,
		`[]`: -1, `[{}]`: -1, `{"count(*)":7}`: -1, `[{"count(*)":1.5}]`: -1, `[{"count(*)":7,"count(*)":7}]`: -1, `null`: -1,
	} {
		rows, err := source(200, success(V2, data)).Count(t.Context())
		if want < 0 && !isMalformed(err) || want >= 0 && (err != nil || rows != want) {
			t.Errorf("%s: Count = %d, %v, want %d", data, rows, err, want)
		}
	}
	for data, want := range map[string]string{
		`{"loadState":"LoadStateNotLoad"}`:                                         `{"State":"LoadStateNotLoad","Percent":null,"Message":"","Rows":null}`,
		`{"loadState":"LoadStateLoading","loadProgress":-1,"message":"no memory"}`: `{"State":"LoadStateLoading","Percent":-1,"Message":"no memory","Rows":null}`,
		`{"loadState":"LoadStateLoaded","loadProgress":"100","message":7}`:         `{"State":"LoadStateLoaded","Percent":100,"Message":"7","Rows":null}`,
		`{"loadState":"LoadStateLoaded","loadProgress":"full"}`:                    "", `{"loadProgress":100}`: "", `[]`: "",
	} {
		got, err := source(200, success(V2, data)).LoadState(t.Context())
		if want == "" && !isMalformed(err) || want != "" && (err != nil || toJSON(got) != want) {
			t.Errorf("%s: LoadState = %s, %v, want %s", data, toJSON(got), err, want)
		}
	}
}
