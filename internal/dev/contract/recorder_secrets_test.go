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
	r := &recorder{next: server.Client().Transport}
	body, _ := json.Marshal(object())
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		request, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/"+secret()+"?jobId="+secret()+"&"+secret()+"=x", strings.NewReader(string(body)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+secret())
		resp, err := (&http.Client{Transport: r}).Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if received, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(received), "SECRET") {
			t.Errorf("the client does not get the response: %q, %v", received, err)
		}
		_ = resp.Body.Close()
	}
	server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/"+secret(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := r.RoundTrip(request); err == nil {
		_ = resp.Body.Close()
		t.Error("a closed server has responded")
	}
	file := filepath.Join(t.TempDir(), "recording.json")
	if err := r.write(file); err != nil {
		t.Fatal(err)
	}
	recording, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(string(recording)), "secret1") || strings.Contains(string(recording), "SECRET") {
		t.Errorf("the recording has a secret:\n%s", recording)
	}
	for _, want := range []string{`"Authorization"`, `"jobId"`, `string(14)`, `"another host"`, `"error": "*net.OpError"`} {
		if !strings.Contains(string(recording), want) {
			t.Errorf("the recording lacks %s:\n%s", want, recording)
		}
	}
}

// TestRecordingKeepsFacts records a response as the service sends it.
func TestRecordingKeepsFacts(t *testing.T) {
	t.Parallel()
	got := publicJSON([]byte(`{"code":200,"data":{"readyPercentage":0.5,"completeTime":"2023-11-03T10:41:32Z","errorMessage":null,"jobId":"0f7fe853","state":"ImportRunning","details":[{"fileSize":26571700}]}}`))
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"code":200,"data":{"completeTime":"2023-11-03T10:41:32Z","details":[{"fileSize":26571700}],"errorMessage":null,"jobId":"string(8)","readyPercentage":0.5,"state":"ImportRunning"}}`
	if string(text) != want {
		t.Errorf("recorded %s\nwant     %s", text, want)
	}
}
