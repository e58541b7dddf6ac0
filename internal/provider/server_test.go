package provider

import (
	"context"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestStopWaitsForActions checks that StopProvider returns after the error of a canceled
// action has been sent, but does not wait for long.
func TestStopWaitsForActions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ sending, want time.Duration }{
		"short": {500 * time.Millisecond, 500 * time.Millisecond},
		"long":  {time.Minute, maxStopDelay},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := newProvider(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(time.Hour)}))
				ended := make(chan []*tfprotov6.Diagnostic, 1)
				p.sending = test.sending
				go func() {
					_, d := p.invoke(t.Context(), jobArguments(nil))
					ended <- d
				}()
				<-time.After(90 * time.Second)
				stopped := time.Now()
				if _, err := p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(stopped); took != test.want {
					t.Errorf("StopProvider returned after %s, want %s", took, test.want)
				}
				expectError(t, <-ended, "", "Waiting for the import job was canceled")
			})
		})
	}
}

// TestServerInterfaces checks that the wrapper has the calls that the framework's server
// has, no more and no fewer: the library that serves it looks for optional interfaces.
func TestServerInterfaces(t *testing.T) {
	t.Parallel()
	framework := calls(providerserver.NewProtocol6(&zillizProvider{})())
	wrapper := NewServer("test", nil)()
	if _, ok := wrapper.(*stoppableServer); !ok {
		t.Errorf("NewServer returns a %T", wrapper)
	}
	wrapped := calls(wrapper)
	for name := range framework {
		if !wrapped[name] {
			t.Errorf("the wrapper lacks %s", name)
		}
	}
	for name := range wrapped {
		if !framework[name] {
			t.Errorf("the framework's server has no %s", name)
		}
	}
	for _, name := range []string{"InvokeAction", "ListResource", "GetStates", "GenerateResourceConfig"} {
		if !framework[name] {
			t.Errorf("%s is not recognized as a call", name)
		}
	}
}

// calls returns the methods of a server that are calls of the protocol.
func calls(server tfprotov6.ProviderServer) map[string]bool {
	ctx, err := reflect.TypeFor[context.Context](), reflect.TypeFor[error]()
	names := map[string]bool{}
	for method := range reflect.TypeOf(server).Methods() {
		m := method.Type // its first parameter is the receiver
		if m.NumIn() == 3 && m.In(1) == ctx && m.NumOut() == 2 && m.Out(1) == err {
			names[method.Name] = true
		}
	}
	return names
}
