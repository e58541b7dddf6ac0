package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// gateResource is a resource that waits when it is created, and in place when it gets
// something else to wait for. It sends requests only then: a plan or refresh must not fail
// because the service has deleted the record of a job.
type gateResource struct {
	resourceBase
	description string
	attributes  map[string]schema.Attribute
	newModel    func() gateModel
	unsupported string // what API v1 can't do; empty if it can
}

type gateModel interface {
	// target returns what the gate waits for.
	target() []attr.Value
	// check checks a plan whose apply may wait.
	check(*providerData) diag.Diagnostics
	// wait waits, and records the results. The key is that of the timeout.
	wait(ctx context.Context, d *providerData, timeoutKey string) diag.Diagnostics
}

// waitForSame reports whether it is certain that two models wait for the same.
func waitForSame(a, b gateModel) bool {
	return slices.EqualFunc(a.target(), b.target(), attr.Value.Equal)
}

func (g *gateResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: g.description, Attributes: g.attributes}
}

// ModifyPlan keeps the results known if the plan is certain to wait for nothing else. It runs
// again in apply, when all values are known, so Update need not keep them.
func (g *gateResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() {
		return
	}
	plan, state := g.newModel(), g.newModel()
	resp.Diagnostics.Append(req.Plan.Get(ctx, plan)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
		if waitForSame(plan, state) {
			for name, attribute := range g.attributes {
				if attribute.IsComputed() {
					var result attr.Value
					resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(name), &result)...)
					resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(name), result)...)
				}
			}
			return
		}
	}
	if g.unsupported != "" && g.data.isV1() {
		resp.Diagnostics.Append(requiresV2(path.Empty(), "zilliz_"+g.name, g.unsupported))
		return
	}
	resp.Diagnostics.Append(plan.check(g.data)...)
}

// Create leaves no state after an error, so that the next apply waits again.
func (g *gateResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan := g.newModel()
	if resp.Diagnostics.Append(req.Plan.Get(ctx, plan)...); resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(plan.wait(ctx, g.data, createKey)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(setState(ctx, &resp.State, resp.Identity, plan)...)
}

// Update keeps the state as it was after an error.
func (g *gateResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	plan, state := g.newModel(), g.newModel()
	resp.Diagnostics.Append(req.Plan.Get(ctx, plan)...)
	if resp.Diagnostics.Append(req.State.Get(ctx, state)...); resp.Diagnostics.HasError() {
		return
	}
	if !waitForSame(plan, state) {
		resp.Diagnostics.Append(plan.wait(ctx, g.data, updateKey)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(setState(ctx, &resp.State, resp.Identity, plan)...)
}

func (g *gateResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
