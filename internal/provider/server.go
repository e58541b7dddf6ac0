package provider

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// maxStopDelay limits how long StopProvider waits for the actions.
const maxStopDelay = time.Second

// NewServer returns a function that creates a server of the provider. All requests and waits are
// canceled when interrupted is closed, which can be nil.
func NewServer(version string, interrupted <-chan struct{}) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		return newServer(&zillizProvider{version: version, interrupted: interrupted})
	}
}

func newServer(p provider.Provider) tfprotov6.ProviderServer {
	server := providerserver.NewProtocol6(p)()
	if inner, ok := server.(frameworkServer); ok {
		return &stoppableServer{frameworkServer: inner}
	}
	return server
}

// frameworkServer has all optional interfaces, because tf6server looks for them in what wraps it.
type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ActionServer
	tfprotov6.ListResourceServer
	tfprotov6.StateStoreServer
}

// stoppableServer lets canceled actions return their errors: its StopProvider returns
// after them. Once StopProvider has returned, tf6server.InvokeAction ends the stream without
// a Completed event (terraform-plugin-go 0.31), and Terraform takes that for a success
// (actionTriggerApplyInstance, 1.14 to 1.17-dev). No issue was found for it.
type stoppableServer struct {
	frameworkServer
	running sync.Map // of channels that are closed once the result of an action has been sent
}

func (s *stoppableServer) InvokeAction(
	ctx context.Context, req *tfprotov6.InvokeActionRequest,
) (*tfprotov6.InvokeActionServerStream, error) {
	stream, err := s.frameworkServer.InvokeAction(ctx, req)
	if err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	s.running.Store(ended, true)
	return &tfprotov6.InvokeActionServerStream{Events: func(send func(tfprotov6.InvokeActionEvent) bool) {
		stream.Events(send)
		s.running.Delete(ended)
		close(ended)
	}}, nil
}

// StopProvider cancels all calls, and waits for the actions among them.
func (s *stoppableServer) StopProvider(
	ctx context.Context, req *tfprotov6.StopProviderRequest,
) (*tfprotov6.StopProviderResponse, error) {
	resp, err := s.frameworkServer.StopProvider(ctx, req)
	timeout := time.After(maxStopDelay)
	for key := range s.running.Range {
		ended, _ := key.(chan struct{})
		select {
		case <-ended:
		case <-timeout:
			return resp, err
		}
	}
	return resp, err
}
