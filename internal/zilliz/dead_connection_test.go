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

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// forwarder passes connections on to a server, until it swallows all bytes of those
// that are open: they stay open, and dead.
type forwarder struct {
	target  string
	swallow atomic.Int32 // connections up to this number are dead
	opened  atomic.Int32
}

// dial returns a connection to the target, through the forwarder.
func (f *forwarder) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	var d net.Dialer
	server, err := d.DialContext(ctx, "tcp", f.target)
	if err != nil {
		return nil, err
	}
	number := f.opened.Add(1)
	near, far := net.Pipe()
	pass := func(to io.Writer, from io.Reader) {
		buffer := make([]byte, 32<<10)
		for {
			n, err := from.Read(buffer)
			if err != nil {
				_, _ = near.Close(), server.Close()
				return
			}
			if number > f.swallow.Load() {
				_, _ = to.Write(buffer[:n])
			}
		}
	}
	go pass(server, far)
	go pass(far, server)
	return near, nil
}

// TestDeadConnectionIsLeft: a connection that has gone dead without being closed, as
// behind a NAT that has forgotten it, must not be used for long.
func TestDeadConnectionIsLeft(t *testing.T) {
	t.Parallel()
	const requestTimeout = 2 * time.Second
	server := httptest.NewUnstartedServer(zillizsim.Body(200, "application/json", `{"code":200,"data":{}}`))
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
	f.swallow.Store(f.opened.Load())
	var once sync.Once
	for died := time.Now(); ; {
		_, err := reader.Read(t.Context(), noop)
		if err == nil {
			return
		}
		once.Do(func() { t.Logf("first error: %v", err) })
		if took := time.Since(died); took > 3*requestTimeout {
			t.Fatalf("still on the dead connection after %s: %v", took, err)
		}
	}
}
