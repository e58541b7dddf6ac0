package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// noRequests is a plan check: planning must not have asked the service.
type noRequests struct{ sim *zillizsim.Server }

func (c noRequests) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	if n := len(c.sim.Requests()); n > 0 {
		resp.Error = fmt.Errorf("planning sent %d requests", n)
	}
}
