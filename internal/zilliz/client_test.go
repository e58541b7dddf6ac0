package zilliz

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

const testKey = "0123456789abcdef-key"

var testID = importjob.ID{ClusterID: "in01-1", JobID: "job-1"}

func testConfig(transport http.RoundTripper) Config {
	return Config{
		APIVersion:           V1,
		RegionID:             "aws-us-west-2",
		APIKey:               testKey,
		RequestTimeout:       30 * time.Second,
		MaxRequestsPerSecond: 1000,
		UserAgent:            "Terraform/1.11.4 terraform-provider-zilliz/test",
		Transport:            transport,
	}
}

func testClient(t *testing.T, c Config) *Client {
	t.Helper()
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// handlerClient returns a client whose requests are handled in memory.
func handlerClient(t *testing.T, h http.Handler) *Client {
	t.Helper()
	return testClient(t, testConfig(zillizsim.Transport(h)))
}

// bodyClient returns a client whose requests all get the same JSON body.
func bodyClient(t *testing.T, body string) *Client {
	t.Helper()
	return handlerClient(t, respondJSON(body))
}

// respondJSON responds with HTTP 200 and a JSON body.
func respondJSON(body string) http.HandlerFunc { return respondStatusJSON(http.StatusOK, body) }

// respondStatusJSON responds with a status and a JSON body.
func respondStatusJSON(status int, body string) http.HandlerFunc {
	return zillizsim.Body(status, "application/json", body)
}

// read reads the job testID.
func read(t *testing.T, c *Client) (importjob.Job, error) {
	t.Helper()
	return c.JobReader(testID).Read(t.Context(), noop)
}

// noop is a callback that does nothing.
func noop() {}

// toJSON formats a value with pointers for a message.
func toJSON(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

// pointer returns a pointer to a value, for the optional fields in tables.
func pointer[T any](v T) *T { return &v }

func TestRequestTimeout(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]http.HandlerFunc{"hangs": zillizsim.Hang(), "trickles": zillizsim.Trickle()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(response)
			t.Cleanup(server.Close)
			config := testConfig(nil)
			config.Endpoint, config.RequestTimeout = server.URL, 50*time.Millisecond
			_, err := read(t, testClient(t, config))
			var transport *TransportError
			if !errors.As(err, &transport) || transientKind(err) != importjob.Unavailable ||
				!strings.Contains(err.Error(), "within 50ms (request_timeout)") {
				t.Errorf("error is %T %v, want a transient TransportError that names request_timeout", err, err)
			}
		})
	}
}

// TestRateLimitIsShared also checks that in any second, bursts included, there are at
// most twice max_requests_per_second requests. The limit of the service is twice the
// default (documented).
func TestRateLimitIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sent []time.Time
		config := testConfig(zillizsim.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sent = append(sent, time.Now())
			respondJSON(`{"code":200,"data":{}}`)(w, r)
		})))
		config.MaxRequestsPerSecond = 10
		client := testClient(t, config)
		began := time.Now()
		for range 50 {
			if _, err := read(t, client); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began).Round(time.Millisecond); took != 4*time.Second {
			t.Errorf("50 requests took %s, want 4s", took)
		}
		for i := 20; i < len(sent); i++ {
			if sent[i].Sub(sent[i-20]) < time.Second {
				t.Errorf("requests %d to %d were sent within %s, want at least 1s", i-20, i, sent[i].Sub(sent[i-20]))
			}
		}
	})
}

func TestRateLimitDoesNotUseUpRequestTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := testConfig(zillizsim.Transport(respondJSON(`{"code":200,"data":{}}`)))
		config.MaxRequestsPerSecond, config.RequestTimeout = 1, 2*time.Second
		client := testClient(t, config)
		errs := make(chan error)
		for range 10 {
			go func() {
				_, err := read(t, client)
				errs <- err
			}()
		}
		for range 10 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRateLimitBeyondDeadlineFailsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := testConfig(zillizsim.Transport(respondJSON(`{"code":200,"data":{}}`)))
		config.MaxRequestsPerSecond = 1
		client := testClient(t, config)
		_, _ = read(t, client)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := client.JobReader(testID).Read(ctx, noop)
		if transientKind(err) != importjob.Unavailable || !strings.Contains(err.Error(), "max_requests_per_second") {
			t.Errorf("error is %v, want a transient one that names max_requests_per_second", err)
		}
	})
}

func TestCheckAPIKey(t *testing.T) {
	t.Parallel()
	for key, valid := range map[string]bool{
		"": false, " a": false, "a\n": false, "a\nb": false, "a\x00b": false, "a\x7fb": false, "ä": false,
		"a": true, "a b": true, `!"#$%&'()*+,-./:;<=>?@[\]^_{|}~`: true,
	} {
		if err := CheckAPIKey(key); (err == nil) != valid {
			t.Errorf("CheckAPIKey(%q) = %v, want valid: %t", key, err, valid)
		} else if err != nil && len(key) > 2 && strings.Contains(err.Error(), key) {
			t.Errorf("CheckAPIKey(%q) = %v, want an error without the key", key, err)
		}
	}
}

func TestNewRejectsInvalidConfig(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Config){
		"region":   func(c *Config) { c.RegionID = "evil.com/" },
		"endpoint": func(c *Config) { c.Endpoint = "http://evil.com" },
		"key":      func(c *Config) { c.APIKey = "a\r\nHost: evil.com" },
	} {
		config := testConfig(nil)
		change(&config)
		if _, err := New(config); err == nil {
			t.Errorf("invalid %s: New() has no error", name)
		}
	}
}
