package zillizsim

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
)

// Transport returns an [http.RoundTripper] that hands requests to a handler in
// memory, in the caller's goroutine. There is no connection and so nothing that
// takes real time: it is for tests in simulated time. Resets show as they do to a
// client; a trickling answer arrives when it is whole.
func Transport(h http.Handler) http.RoundTripper {
	return transport{h}
}

type transport struct{ handler http.Handler }

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := &memoryWriter{ResponseRecorder: httptest.NewRecorder()}
	t.handler.ServeHTTP(w, r)
	switch {
	case r.Context().Err() != nil:
		return nil, r.Context().Err()
	case w.taken == nil:
		response := w.Result()
		response.Request = r
		return response, nil
	case w.taken.sent.Len() == 0:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	default:
		return http.ReadResponse(bufio.NewReader(&w.taken.sent), r)
	}
}

// memoryWriter is a recorder whose connection can be taken over.
type memoryWriter struct {
	*httptest.ResponseRecorder
	taken *takenConn
}

// Hijack implements [http.Hijacker].
func (w *memoryWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.taken = &takenConn{}
	return w.taken, nil, nil
}

// takenConn keeps what is sent on it.
type takenConn struct {
	net.Conn
	sent bytes.Buffer
}

func (c *takenConn) Read([]byte) (int, error)    { return 0, io.EOF }
func (c *takenConn) Write(b []byte) (int, error) { return c.sent.Write(b) }
func (c *takenConn) Close() error                { return nil }
