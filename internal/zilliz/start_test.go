package zilliz

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"syscall"
	"testing"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestStartImportReportsUnknownOutcome: the outcome is known only if it is certain that no
// job was started.
func TestStartImportReportsUnknownOutcome(t *testing.T) {
	t.Parallel()
	response := func(h http.HandlerFunc) http.RoundTripper { return zillizsim.Transport(h) }
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	tests := []struct {
		name      string
		transport http.RoundTripper
		unknown   bool
		kind      importjob.TransientKind // if the outcome is known
	}{
		{"busy", response(zillizsim.ErrorCode(47055)), false, importjob.RateLimited},
		{"throttled", response(zillizsim.Status(429)), false, importjob.RateLimited},
		{"documented code", response(zillizsim.ErrorCode(47005)), false, permanent},
		{"documented code with HTTP 500", response(respondStatusJSON(500, `{"code":47005}`)), false, permanent},
		{"bad request", response(zillizsim.Status(400)), false, permanent},
		{"connection refused", errorTransport{refused}, false, importjob.Unavailable},
		{"proxy not reached", errorTransport{&net.OpError{Op: "proxyconnect", Net: "tcp", Err: refused}}, false, importjob.Unavailable},
		{"host not found", errorTransport{unresolved("controller.example.com")}, false, importjob.Unavailable},

		{"undocumented code", response(zillizsim.ErrorCode(12345)), true, permanent},
		{"HTTP 408", response(zillizsim.Status(408)), true, permanent},
		{"HTTP 502", response(zillizsim.HTMLPage(502)), true, permanent},
		{"no job id", response(respondJSON(`{"code":0,"data":{"jobId":""}}`)), true, permanent},
		{"truncated", response(respondJSON(`{"code":0,"data":{"jobId":"j`)), true, permanent},
		{"reset", response(zillizsim.Reset()), true, permanent},
		{"TLS broken after the handshake",
			errorTransport{tls.RecordHeaderError{Msg: "oversized record received with length 40000"}}, true, permanent},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := testClient(t, testConfig(test.transport))
			_, err := client.StartImport(t.Context(), Import{ClusterID: "c", CollectionName: "articles"})
			var unknown *importjob.UnknownOutcomeError
			if err == nil || errors.As(err, &unknown) != test.unknown {
				t.Fatalf("error is %T %v, want an unknown outcome: %t", err, err, test.unknown)
			}
			if kind := transientKind(err); !test.unknown && kind != test.kind {
				t.Errorf("kind is %d, want %d: %v", kind, test.kind, err)
			}
		})
	}
}
