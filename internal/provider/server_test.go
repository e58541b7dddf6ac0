package provider

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// TestStopWaitsForActions checks that StopProvider returns after the error of a cancelled
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
				p := configured(t, newSim(zillizsim.Job{Steps: zillizsim.Linear(time.Hour)}))
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
				expectError(t, <-ended, "", "Waiting for the import job was cancelled")
			})
		})
	}
}
