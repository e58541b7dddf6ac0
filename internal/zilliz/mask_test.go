package zilliz

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestMaskingOfManyEscapesIsFast checks texts whose escapes could be decoded in many ways.
func TestMaskingOfManyEscapesIsFast(t *testing.T) {
	t.Parallel()
	m := newMasker(testKey)
	for _, unit := range []string{"&", "&amp;", "%26", "&#x26;", `\u0026`, "%25", `\`, "+", "&amp%3B"} {
		began := time.Now()
		text := strings.Repeat(unit, 16<<10/len(unit))
		if got := m.mask(text); got != text {
			t.Errorf("%q repeated: masked", unit)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%q repeated: masking 16 KiB took %s, want at most 5s", unit, took)
		}
	}
}

func TestKeyIsMaskedInResponses(t *testing.T) {
	t.Parallel()
	key := `k"e\y/%20<&'é`
	if CheckAPIKey(key) == nil {
		t.Fatalf("CheckAPIKey(%q) = nil, want an error", key)
	}
	key = `k"e\y/%20<&'>+ =~`
	if err := CheckAPIKey(key); err != nil {
		t.Fatal(err)
	}
	quoted, _ := json.Marshal("bad " + key)
	message := string(quoted)
	responses := map[string]http.HandlerFunc{
		"page":    zillizsim.EchoAuthorization(502),
		"message": respondJSON(`{"code":1,"message":` + message + `}`),
		"import":  respondJSON(`{"code":200,"data":{"errorMessage":` + message + `,"fileName":` + message + `}}`),
		"redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere/"+key)
			w.Header().Set("requestid", key)
			w.WriteHeader(http.StatusFound)
		},
	}
	for name, response := range responses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := testConfig(zillizsim.Transport(response))
			config.APIKey = key
			client := testClient(t, config)
			job, err := read(t, client)
			var text string
			if err != nil {
				text = err.Error()
			} else {
				text = *job.ErrorMessage + *job.FileName
			}
			escapedKey := message[5 : len(message)-1]
			if html.UnescapeString(text) != text || strings.Contains(text, key) || strings.Contains(text, escapedKey) {
				t.Errorf("%q contains the key", text)
			}
			if !strings.Contains(text, maskText) {
				t.Errorf("%q does not contain %q", text, maskText)
			}
			if dump := fmt.Sprintf("%v %+v %#v", client, client, *client); strings.Contains(dump, key) {
				t.Error("a dump of the client contains the key")
			}
		})
	}
}

func TestTerminalSequencesAreRemoved(t *testing.T) {
	t.Parallel()
	_, err := read(t, bodyClient(t, `{"code":1,"message":"a\u001b[2Jb\nc\u202ed"}`))
	if err == nil || !strings.HasSuffix(err.Error(), "a [2Jb c d") {
		t.Errorf("error is %q, want it without control characters", err)
	}
}
