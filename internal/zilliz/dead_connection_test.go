package zilliz

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// forwarder forwards connections to a server. It can make them dead: they stay open, but
// it drops all their bytes.
type forwarder struct {
	target string
	opened atomic.Int32 // the number of connections so far
	dead   atomic.Int32 // connections up to this number are dead
}

// dial opens a connection to the target, through the forwarder.
func (f *forwarder) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var d net.Dialer
	server, err := d.DialContext(ctx, "tcp", f.target)
	if err != nil {
		return nil, err
	}
	number := f.opened.Add(1)
	client, forwarded := net.Pipe()
	forward := func(to io.Writer, from io.Reader) {
		buffer := make([]byte, 32<<10)
		for {
			n, err := from.Read(buffer)
			if err != nil {
				_, _ = client.Close(), server.Close()
				return
			}
			if number > f.dead.Load() {
				_, _ = to.Write(buffer[:n])
			}
		}
	}
	go forward(server, forwarded)
	go forward(forwarded, server)
	return client, nil
}

// TestDeadConnectionIsReplaced: a connection that has gone dead without being closed, as
// after a NAT has dropped it, must be replaced within a few request timeouts.
func TestDeadConnectionIsReplaced(t *testing.T) {
	t.Parallel()
	const requestTimeout = 2 * time.Second
	server := httptest.NewUnstartedServer(respondJSON(`{"code":200,"data":{}}`))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	f := &forwarder{target: server.Listener.Addr().String()}
	transport := newTransport(requestTimeout)
	transport.DialContext = f.dial
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	t.Cleanup(transport.CloseIdleConnections)
	config := testConfig(transport)
	config.Endpoint, config.RequestTimeout = server.URL, requestTimeout
	reader := testClient(t, config).JobReader(testID)

	if _, err := reader.Read(t.Context(), noop); err != nil {
		t.Fatal(err)
	}
	f.dead.Store(f.opened.Load())
	var once sync.Once
	for died := time.Now(); ; {
		_, err := reader.Read(t.Context(), noop)
		if err == nil {
			return
		}
		once.Do(func() { t.Logf("first error: %v", err) })
		if took := time.Since(died); took > 3*requestTimeout {
			t.Fatalf("the dead connection is still used after %s: %v", took, err)
		}
	}
}
