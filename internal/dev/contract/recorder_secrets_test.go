package contract

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecordingHasNoSecrets sends made-up secrets in every place of a request and of a
// response, and looks for them in the recording.
func TestRecordingHasNoSecrets(t *testing.T) {
	t.Parallel()
	secrets := 0
	secret := func() string { secrets++; return fmt.Sprintf("SECRET%dsecret", secrets) }
	fields := []string{
		"code", "message", "jobId", "clusterId", "collectionName", "fileName", "state", "progress", "readyPercentage", "completeTime",
		"errorMessage", "reason", "count", "pageSize", "dbName", "objectUrls", "accessKey", "secretKey", "token", "requestId", "unknownField",
	}
	object := func() map[string]any {
		o := map[string]any{}
		for _, field := range fields {
			o[field] = secret()
			o[field+"s"] = []any{secret(), map[string]any{field: secret()}}
		}
		o[secret()+"!"] = secret()
		return o
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, name := range []string{"Date", "Retry-After", "Content-Type", "Requestid", "Location", "Server"} {
			w.Header().Set(name, secret())
		}
		body := object()
		body["data"] = object()
		_ = json.NewEncoder(w).Encode(body)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "recording.json")
	r := &recorder{next: server.Client().Transport, file: file}
	for _, method := range []string{http.MethodGet, http.MethodPost, "closed"} {
		if method == "closed" {
			server.Close()
		}
		body, _ := json.Marshal(object())
		target := server.URL + "/" + secret() + "?jobId=" + secret() + "&" + secret() + "=x"
		request, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+secret())
		resp, err := r.RoundTrip(request)
		if (err != nil) != (method == "closed") {
			t.Fatal(err)
		}
		if err != nil {
			break
		}
		if received, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(received), "SECRET") {
			t.Errorf("the client does not get the response: %q, %v", received, err)
		}
		_ = resp.Body.Close()
	}
	recording, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(string(recording)), "secret1") || strings.Contains(string(recording), "SECRET") {
		t.Errorf("the recording has a secret:\n%s", recording)
	}
	if err := r.err(); err != nil {
		t.Error(err)
	}
	for _, want := range []string{`"Authorization"`, `"jobId"`, `string(14)`, `"another host"`, `"error": "*net.OpError"`, `"xxxxxx99xxxxxx"`} {
		if !strings.Contains(string(recording), want) {
			t.Errorf("the recording lacks %s:\n%s", want, recording)
		}
	}
}

// TestRecordingKeepsFacts records a response as the service sends it.
func TestRecordingKeepsFacts(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`{"code":200,"data":{"completeTime":"2023-11-03T10:41:32Z","details":[{"fileSize":26571700}],"errorMessage":null,"jobId":"0f7fe853"}}`: "" +
			`{"code":200,"data":{"completeTime":"2023-11-03T10:41:32Z","details":[{"fileSize":26571700}],"errorMessage":null,"jobId":"string(8)"}}`,
		// What would be news: another state, another form of a time, another message.
		`{"state":"ImportPaused","completeTime":"2023-11-03 10:41:32 PM"}`:    `{"completeTime":"9999-99-99 99:99:99 xx","state":"ImportPaused"}`,
		`{"state":"my state 1","completeTime":31000}`:                         `{"completeTime":31000,"state":"string(10)"}`,
		`{"code":90144,"message":"No jobId record found under this cluster"}`: `{"code":90144,"message":"No jobId record found under this cluster"}`,
		`{"code":90144,"message":"No such job"}`:                              `{"code":90144,"message":"string(11)"}`,
		`{"code":0,"data":[{"count(*)":31}]}`:                                 `{"code":0,"data":[{"count(*)":"number"}]}`,
		`{"data":{"loadState":"LoadStateLoaded","loadProgress":100}}`:         `{"data":{"loadProgress":100,"loadState":"LoadStateLoaded"}}`,
	}
	for body, want := range tests {
		text, err := json.Marshal(publicJSON([]byte(body)))
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != want {
			t.Errorf("recorded %s\nwant     %s", text, want)
		}
	}
}
