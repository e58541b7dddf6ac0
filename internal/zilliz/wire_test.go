package zilliz

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// rawServer accepts connections and counts what arrives on them.
type rawServer struct {
	listener    net.Listener
	wg          sync.WaitGroup
	connections atomic.Int32
	requests    atomic.Int32
	protocols   sync.Map // by the number of the connection
}

// serve starts a server on the loopback interface that handles each connection in a
// goroutine of its own. Connections are numbered from 1.
func serve(t *testing.T, tlsConfig *tls.Config, handle func(s *rawServer, conn net.Conn, number int)) *rawServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{listener: listener}
	var (
		mu   sync.Mutex
		open []net.Conn
	)
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		s.wg.Wait()
	})
	s.wg.Go(func() {
		for {
			tcp, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, tcp)
			mu.Unlock()
			number := int(s.connections.Add(1))
			s.wg.Go(func() {
				defer func() { _ = tcp.Close() }()
				conn := tcp
				if tlsConfig != nil {
					server := tls.Server(tcp, tlsConfig)
					if server.Handshake() != nil {
						return
					}
					s.protocols.Store(number, server.ConnectionState().NegotiatedProtocol)
					conn = server
				}
				handle(s, conn, number)
			})
		}
	})
	return s
}

func (s *rawServer) addr() string { return s.listener.Addr().String() }

// testCertificate returns a certificate for the loopback interface and example.com, and the
// pool that trusts it.
var testCertificate = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return server.TLS.Certificates[0], pool
})

// serverTLS returns the configuration of a TLS server that offers the protocols.
func serverTLS(protocols ...string) *tls.Config {
	certificate, _ := testCertificate()
	return &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: protocols, MinVersion: tls.VersionTLS12}
}

// realClient returns a client with the transport that [New] makes, which trusts the test certificate.
func realClient(t *testing.T, version APIVersion, endpoint string) *Client {
	t.Helper()
	config := testConfig(version, nil)
	config.Endpoint, config.RequestTimeout = endpoint, 20*time.Second
	client := newClient(t, config)
	_, pool := testCertificate()
	transport := client.transport.(*http.Transport)
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	t.Cleanup(transport.CloseIdleConnections) // ends pending dials, as their timeout does
	return client
}

// wireData is the data of a successful response to each call.
const wireData = `{"jobId":"job-1","tasks":[]}`

// TestEachRequestHasItsOwnConnection checks that reads and starts use a fresh HTTP/1.1
// connection each, even if the server prefers HTTP/2 and keeps connections open.
func TestEachRequestHasItsOwnConnection(t *testing.T) {
	t.Parallel()
	server := serve(t, serverTLS("h2", "http/1.1"), func(s *rawServer, conn net.Conn, _ int) { answerHTTP1(s, conn) })
	client := realClient(t, V2, "https://"+server.addr())
	const rounds = 3
	for range rounds {
		if id, err := client.StartImport(t.Context(), testImport); err != nil || id != "job-1" {
			t.Fatalf("StartImport() = %s, %v", id, err)
		}
		if _, err := client.ReadJob(t.Context(), testID); err != nil {
			t.Fatal(err)
		}
	}
	for number := 1; number <= 2*rounds; number++ {
		if protocol, _ := server.protocols.Load(number); protocol == "h2" {
			t.Errorf("connection %d uses %v, want HTTP/1.1", number, protocol)
		}
	}
	if got := server.connections.Load(); got != 2*rounds {
		t.Errorf("%d requests used %d connections, want %[1]d", 2*rounds, got)
	}
}

// answerHTTP1 answers each request on a connection with success.
func answerHTTP1(s *rawServer, conn net.Conn) {
	reader := bufio.NewReader(conn)
	for readHTTP1(s, reader) {
		_, _ = io.WriteString(conn, http1Response)
	}
}

var http1Response = fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(success(V1, wireData)), success(V1, wireData))

// readHTTP1 reads a request and its body, and counts it.
func readHTTP1(s *rawServer, reader *bufio.Reader) bool {
	request, err := http.ReadRequest(reader)
	if err != nil {
		return false
	}
	s.requests.Add(1)
	_, err = io.Copy(io.Discard, request.Body)
	return err == nil
}

// TestOneRequestOverHTTP1 checks that a request is sent once to a server that takes it and
// then breaks the connection, at different points of the response, and that a start then
// has an unknown outcome.
func TestOneRequestOverHTTP1(t *testing.T) {
	t.Parallel()
	endings := map[string]struct {
		written string
		reset   bool
	}{
		"closed":                  {"", false},
		"reset":                   {"", true},
		"closed in the status":    {"HTTP/1.", false},
		"reset in the status":     {"HTTP/1.1 200", true},
		"closed in the header":    {http1Response[:30], false},
		"closed after the header": {http1Response[:strings.Index(http1Response, "{")], false},
		"reset after the header":  {http1Response[:strings.Index(http1Response, "{")], true},
		"closed in the body":      {http1Response[:len(http1Response)-10], false},
		"garbage":                 {"SSH-2.0-OpenSSH_9.6\r\n", false},
		"no header":               {"\r\n\r\n", false},
		"HTTP/0.9":                {success(V1, wireData), false},
		"informational only":      {"HTTP/1.1 100 Continue\r\n\r\n", false},
	}
	for ending, end := range endings {
		t.Run(ending, func(t *testing.T) {
			t.Parallel()
			for _, version := range []APIVersion{V1, V2} {
				methods := apiMethods(version)
				methods["start"] = start
				for name, do := range methods {
					server := serve(t, nil, func(s *rawServer, conn net.Conn, _ int) {
						if !readHTTP1(s, bufio.NewReader(conn)) {
							return
						}
						_, _ = io.WriteString(conn, end.written)
						if end.reset {
							_ = conn.(*net.TCPConn).SetLinger(0)
						}
					})
					client := realClient(t, version, "http://"+server.addr())
					want := unavailable
					if name == "start" {
						want = unknown
					}
					err := do(t.Context(), client)
					if got := kindOf(err); got != want {
						t.Errorf("%s %s: the error is %s, want %s: %v", version, name, got, want, err)
					}
					waitForRequests()
					if requests, connections := server.requests.Load(), server.connections.Load(); requests != 1 || connections != 1 {
						t.Errorf("%s %s: %d requests over %d connections (%v), want 1", version, name, requests, connections, err)
					}
				}
			}
		})
	}
}

// waitForRequests waits until a request that was written to a new connection would have
// arrived.
func waitForRequests() { <-time.After(5 * time.Millisecond) }
