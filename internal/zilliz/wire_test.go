package zilliz

import (
	"bufio"
	"bytes"
	"context"
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
	"testing/synctest"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
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

// realClient returns a client with the transports that [New] makes, which trust the test
// certificate.
func realClient(t *testing.T, version APIVersion, endpoint string) *Client {
	t.Helper()
	config := testConfig(version, nil)
	config.Endpoint, config.RequestTimeout = endpoint, 20*time.Second
	client := newClient(t, config)
	_, pool := testCertificate()
	for _, roundTripper := range []http.RoundTripper{client.transport, client.startTransport} {
		transport := roundTripper.(*http.Transport)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
		t.Cleanup(transport.CloseIdleConnections)
	}
	return client
}

// wireData is the data of a successful response to each call.
const wireData = `{"jobId":"job-1","tasks":[]}`

// http2Conn is the server's side of an HTTP/2 connection.
type http2Conn struct {
	*http2.Framer
	streams int // the number of requests so far
}

// respond sends a successful response.
func (c *http2Conn) respond(stream uint32) {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	_ = encoder.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
	_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndHeaders: true})
	_ = c.WriteData(stream, true, []byte(success(V1, wireData)))
}

// serveHTTP2 starts a server that calls take for each complete request. The connection is
// closed when take returns false.
func serveHTTP2(t *testing.T, take func(c *http2Conn, connection int, stream uint32) bool) *rawServer {
	t.Helper()
	return serve(t, serverTLS("h2"), func(s *rawServer, conn net.Conn, number int) {
		serveHTTP2Conn(s, conn, number, take)
	})
}

func serveHTTP2Conn(s *rawServer, conn net.Conn, number int, take func(c *http2Conn, connection int, stream uint32) bool) {
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(conn, preface); err != nil {
		return
	}
	c := &http2Conn{Framer: http2.NewFramer(conn, conn)}
	_ = c.WriteSettings()
	for {
		frame, err := c.ReadFrame()
		if err != nil {
			return
		}
		ended := false
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = c.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				_ = c.WritePing(true, frame.Data)
			}
		case *http2.HeadersFrame:
			s.requests.Add(1)
			c.streams++
			ended = frame.StreamEnded()
		case *http2.DataFrame:
			ended = frame.StreamEnded()
		}
		if ended && !take(c, number, frame.Header().StreamID) {
			return
		}
	}
}

// TestOneRequestOverHTTP2 checks that a request is sent once to a server that takes it and
// then resets its stream or goes away. Go's transport would send it again, over the same
// or another connection.
func TestOneRequestOverHTTP2(t *testing.T) {
	t.Parallel()
	goAway := func(c *http2Conn, last uint32, code http2.ErrCode) bool {
		_ = c.WriteGoAway(last, code, nil)
		return true
	}
	endings := map[string]func(c *http2Conn, stream uint32) bool{
		"GOAWAY before the stream":         func(c *http2Conn, _ uint32) bool { return goAway(c, 0, http2.ErrCodeNo) },
		"GOAWAY before the stream, closed": func(c *http2Conn, _ uint32) bool { goAway(c, 0, http2.ErrCodeNo); return false },
		"GOAWAY with an error":             func(c *http2Conn, _ uint32) bool { return goAway(c, 0, http2.ErrCodeEnhanceYourCalm) },
		"GOAWAY at the stream, closed":     func(c *http2Conn, stream uint32) bool { goAway(c, stream, http2.ErrCodeNo); return false },
		"GOAWAY after the stream, closed":  func(c *http2Conn, stream uint32) bool { goAway(c, stream+2, http2.ErrCodeNo); return false },
		"GOAWAY for the last stream, reset": func(c *http2Conn, stream uint32) bool {
			goAway(c, 1<<31-1, http2.ErrCodeNo)
			_ = c.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
			return true
		},
		"closed": func(*http2Conn, uint32) bool { return false },
	}
	for code := http2.ErrCodeNo; code <= http2.ErrCodeHTTP11Required+1; code++ {
		endings["RST_STREAM "+code.String()] = func(c *http2Conn, stream uint32) bool {
			_ = c.WriteRSTStream(stream, code)
			return true
		}
	}
	for ending, end := range endings {
		t.Run(ending, func(t *testing.T) {
			t.Parallel()
			for _, version := range []APIVersion{V1, V2} {
				for _, method := range apiMethods() {
					if !strings.Contains(method.versions, string(version)) {
						continue
					}
					for _, used := range []bool{false, true} {
						name := fmt.Sprintf("%s %s, used connection: %t", version, method.name, used)
						server := serveHTTP2(t, func(c *http2Conn, connection int, stream uint32) bool {
							if used && connection == 1 && c.streams == 1 {
								c.respond(stream)
								return true
							}
							return end(c, stream)
						})
						client := realClient(t, version, "https://"+server.addr())
						if used {
							if err := method.do(t.Context(), client); err != nil {
								t.Fatalf("%s: first call: %v", name, err)
							}
						}
						before := server.requests.Load()
						err := method.do(t.Context(), client)
						checkError(t, err, unavailable)
						if requests, connections := server.requests.Load()-before, server.connections.Load(); requests != 1 || connections > 2 {
							t.Errorf("%s: %d requests over %d connections (%v), want 1", name, requests, connections, err)
						}
						if protocol, _ := server.protocols.Load(1); protocol != "h2" {
							t.Fatalf("%s: the protocol is %v, want h2", name, protocol)
						}
						client.transport.(*http.Transport).CloseIdleConnections()
					}
				}
			}
		})
	}
}

// TestNextCallAfterReset checks that a call that ended at its second connection leaves
// connections that the next call can use.
func TestNextCallAfterReset(t *testing.T) {
	t.Parallel()
	server := serveHTTP2(t, func(c *http2Conn, connection int, stream uint32) bool {
		if connection == 1 {
			_ = c.WriteGoAway(0, http2.ErrCodeNo, nil)
			return false
		}
		c.respond(stream)
		return true
	})
	for _, method := range apiMethods()[:2] {
		client := realClient(t, V2, "https://"+server.addr())
		_ = method.do(t.Context(), client)
		checkError(t, method.do(t.Context(), client), none)
	}
}

// TestStartUsesHTTP1 checks that a start uses a fresh HTTP/1.1 connection of its own, even
// if the server prefers HTTP/2.
func TestStartUsesHTTP1(t *testing.T) {
	t.Parallel()
	server := serve(t, serverTLS("h2", "http/1.1"), func(s *rawServer, conn net.Conn, _ int) {
		answerHTTP1(s, conn)
	})
	client := realClient(t, V2, "https://"+server.addr())
	const starts = 3
	for range starts {
		if id, err := client.StartImport(t.Context(), testImport); err != nil || id != "job-1" {
			t.Fatalf("StartImport() = %s, %v", id, err)
		}
	}
	for number := 1; number <= starts; number++ {
		if protocol, _ := server.protocols.Load(number); protocol == "h2" {
			t.Errorf("connection %d uses %v, want HTTP/1.1", number, protocol)
		}
	}
	if got := server.connections.Load(); got != starts {
		t.Errorf("%d starts used %d connections, want %[1]d", starts, got)
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
	start := apiMethod{"start", "v1 v2", func(ctx context.Context, c *Client) error {
		_, err := c.StartImport(ctx, testImport)
		return err
	}}
	for ending, end := range endings {
		t.Run(ending, func(t *testing.T) {
			t.Parallel()
			for _, version := range []APIVersion{V1, V2} {
				for _, method := range append(apiMethods(), start) {
					if !strings.Contains(method.versions, string(version)) {
						continue
					}
					for _, used := range []bool{false, true} {
						name := fmt.Sprintf("%s %s, used connection: %t", version, method.name, used)
						server := serve(t, nil, func(s *rawServer, conn net.Conn, number int) {
							reader := bufio.NewReader(conn)
							if used && number == 1 {
								if !readHTTP1(s, reader) {
									return
								}
								_, _ = io.WriteString(conn, http1Response)
							}
							if !readHTTP1(s, reader) {
								return
							}
							_, _ = io.WriteString(conn, end.written)
							if end.reset {
								_ = conn.(*net.TCPConn).SetLinger(0)
							}
						})
						client := realClient(t, version, "http://"+server.addr())
						want := unavailable
						if method.name == "start" {
							want = unknown
						}
						if used {
							if err := method.do(t.Context(), client); err != nil {
								t.Fatalf("%s: first call: %v", name, err)
							}
						}
						before := server.requests.Load()
						err := method.do(t.Context(), client)
						if got := kindOf(err); got != want {
							t.Errorf("%s: the error is %s, want %s: %v", name, got, want, err)
						}
						waitForRequests()
						if requests, connections := server.requests.Load()-before, server.connections.Load(); requests != 1 || connections > 2 {
							t.Errorf("%s: %d requests over %d connections (%v), want 1", name, requests, connections, err)
						}
					}
				}
			}
		})
	}
}

// waitForRequests waits until a request that was written to a new connection would have
// arrived.
func waitForRequests() { <-time.After(5 * time.Millisecond) }

// TestStartsAfterClosedConnections starts imports right after the server has closed the
// connection of the call before. A start that used it would be lost.
func TestStartsAfterClosedConnections(t *testing.T) {
	t.Parallel()
	const starts = 300
	server := serve(t, nil, func(s *rawServer, conn net.Conn, _ int) {
		if readHTTP1(s, bufio.NewReader(conn)) {
			_, _ = io.WriteString(conn, http1Response)
		}
	})
	client := realClient(t, V2, "http://"+server.addr())
	for i := range starts {
		if _, err := client.StartImport(t.Context(), testImport); err != nil {
			t.Fatalf("start %d: %v", i, err)
		}
	}
	if got := server.requests.Load(); got != starts {
		t.Errorf("the server got %d requests, want %d", got, starts)
	}
}

// TestConnectionsAreReused checks that as many reads at a time as Terraform sends by
// default need no new connections when they are sent again.
func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	const parallelism = 10
	arrived, respond := make(chan struct{}), make(chan struct{})
	server := serve(t, nil, func(s *rawServer, conn net.Conn, _ int) {
		reader := bufio.NewReader(conn)
		for readHTTP1(s, reader) {
			arrived <- struct{}{}
			<-respond
			_, _ = io.WriteString(conn, http1Response)
		}
	})
	client := realClient(t, V2, "http://"+server.addr())
	for range 3 {
		errs := make(chan error)
		for range parallelism {
			go func() {
				_, err := client.ReadJob(t.Context(), testID)
				errs <- err
			}()
		}
		for range parallelism {
			<-arrived
		}
		for range parallelism {
			respond <- struct{}{}
		}
		for range parallelism {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	}
	if got := server.connections.Load(); got != parallelism {
		t.Errorf("the reads used %d connections, want %d", got, parallelism)
	}
}

// TestDeadConnectionIsReplaced checks that a connection that has gone dead without being
// closed, as after a NAT has dropped it, is replaced after one request timeout.
func TestDeadConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	testCertificate() // its server is outside of the bubble
	synctest.Test(t, func(t *testing.T) {
		var (
			server rawServer
			dead   atomic.Int32 // connections up to this number are dead
		)
		client := realClient(t, V2, "https://example.com")
		client.requestTimeout = 30 * time.Second
		fresh := newTransport(client.requestTimeout)
		fresh.TLSClientConfig = client.transport.(*http.Transport).TLSClientConfig
		client.transport = fresh
		fresh.DialContext = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			number := server.connections.Add(1)
			go func() {
				queue := make(chan []byte, 100)
				defer func() { _ = far.Close(); close(queue) }()
				go func() {
					for b := range queue {
						_, _ = far.Write(b)
					}
				}()
				conn := tls.Server(&droppingConn{far, queue, func() bool { return number <= dead.Load() }}, serverTLS("h2"))
				if conn.Handshake() == nil {
					serveHTTP2Conn(&server, conn, int(number), func(c *http2Conn, _ int, stream uint32) bool {
						c.respond(stream)
						return true
					})
				}
			}()
			return near, nil
		}
		read := apiMethods()[0].do
		checkError(t, read(t.Context(), client), none)
		dead.Store(1)
		checkError(t, read(t.Context(), client), unavailable)
		died := time.Now()
		for read(t.Context(), client) != nil {
			if time.Since(died) > client.requestTimeout {
				t.Fatalf("the dead connection is still used after %s", time.Since(died))
			}
		}
		if got := server.connections.Load(); got != 2 {
			t.Errorf("the calls used %d connections, want 2", got)
		}
		fresh.CloseIdleConnections()
		synctest.Wait()
	})
}

// droppingConn is a connection whose writes never block. It drops all bytes in both
// directions while drop returns true.
type droppingConn struct {
	net.Conn
	queue chan<- []byte
	drop  func() bool
}

func (c *droppingConn) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err != nil || !c.drop() {
			return n, err
		}
	}
}

func (c *droppingConn) Write(b []byte) (int, error) {
	if !c.drop() {
		c.queue <- bytes.Clone(b)
	}
	return len(b), nil
}
