package zillizsim

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"syscall"
)

// Transport returns an [http.RoundTripper] that calls a handler in the goroutine of the
// caller, without a connection, for tests with [testing/synctest]. A reset is the same
// error as over a network, and the [httptrace.ClientTrace] of a request is told of a
// connection. RoundTrip returns when the handler does.
func Transport(h http.Handler) http.RoundTripper { return transport{h} }

type transport struct{ handler http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	w := &hijackableRecorder{ResponseRecorder: httptest.NewRecorder()}
	t.handler.ServeHTTP(w, r)
	switch {
	case r.Context().Err() != nil:
		return nil, r.Context().Err()
	case w.hijacked == nil:
		result := w.Result()
		result.Request = r
		return result, nil
	case w.hijacked.sent.Len() == 0:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	default:
		return http.ReadResponse(bufio.NewReader(&w.hijacked.sent), r)
	}
}

// hijackableRecorder is a ResponseRecorder that can be hijacked. If it was, hijacked is
// not nil.
type hijackableRecorder struct {
	*httptest.ResponseRecorder
	hijacked *hijackedConn
}

func (w *hijackableRecorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.hijacked = &hijackedConn{}
	return w.hijacked, nil, nil
}

// hijackedConn keeps the bytes that a handler writes.
type hijackedConn struct {
	net.Conn
	sent bytes.Buffer
}

func (c *hijackedConn) Read([]byte) (int, error)    { return 0, io.EOF }
func (c *hijackedConn) Write(b []byte) (int, error) { return c.sent.Write(b) }
func (c *hijackedConn) Close() error                { return nil }
