package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// noRequests is a plan check that fails if any request was sent.
type noRequests struct{ sim *zillizsim.Server }

func (c noRequests) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = expectRequests(c.sim, 0)
}

// sameRequests is a plan check that fails if requests were sent since count was set.
type sameRequests struct {
	sim   *zillizsim.Server
	count *int
}

func (c sameRequests) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = expectRequests(c.sim, *c.count)
}

// stateRequests is the state check that corresponds to sameRequests.
type stateRequests sameRequests

func (c stateRequests) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = expectRequests(c.sim, *c.count)
}

func expectRequests(sim *zillizsim.Server, want int) error {
	if n := len(sim.Requests()); n != want {
		return fmt.Errorf("%d requests were sent, want %d", n, want)
	}
	return nil
}
