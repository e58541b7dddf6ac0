package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// sameRequests is a plan check that fails if requests were sent since count was set.
type sameRequests struct {
	sim   *zillizsim.Server
	count *int
}

func (c sameRequests) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	if n := len(c.sim.Requests()); n != *c.count {
		resp.Error = fmt.Errorf("%d requests were sent, want %d", n, *c.count)
	}
}

// expectError fails the test unless there is exactly one error, which points at an
// attribute ("" for none) and has a title and parts of a text.
func expectError(t *testing.T, diagnostics []*tfprotov6.Diagnostic, attribute, title string, parts ...string) {
	t.Helper()
	if len(diagnostics) != 1 {
		t.Fatalf("%d diagnostics, want 1:\n%s", len(diagnostics), diagnosticText(diagnostics))
	}
	d := diagnostics[0]
	if d.Severity != tfprotov6.DiagnosticSeverityError || d.Summary != title {
		t.Errorf("%s %q, want error %q", d.Severity, d.Summary, title)
	}
	if got := pathText(d.Attribute); got != attribute {
		t.Errorf("attribute = %q, want %q", got, attribute)
	}
	for _, part := range parts {
		if !strings.Contains(d.Detail, part) {
			t.Errorf("the detail lacks %q:\n%s", part, d.Detail)
		}
	}
	if text := diagnosticText(diagnostics); strings.Contains(text, testKey) {
		t.Errorf("the error contains the API key:\n%s", text)
	}
}

// expectAbsent fails the test if the diagnostics contain a text.
func expectAbsent(t *testing.T, diagnostics []*tfprotov6.Diagnostic, absent ...string) {
	t.Helper()
	for _, part := range absent {
		if text := diagnosticText(diagnostics); strings.Contains(text, part) {
			t.Errorf("the diagnostics contain %q:\n%s", part, text)
		}
	}
}

// errorsOf returns the errors among diagnostics.
func errorsOf(diagnostics []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	return slices.DeleteFunc(slices.Clone(diagnostics), func(d *tfprotov6.Diagnostic) bool {
		return d.Severity != tfprotov6.DiagnosticSeverityError
	})
}

// expectWarning fails the test unless there is exactly one warning, which points at an
// attribute and has a detail.
func expectWarning(t *testing.T, diagnostics []*tfprotov6.Diagnostic, attribute, detail string) {
	t.Helper()
	if len(diagnostics) != 1 || diagnostics[0].Severity != tfprotov6.DiagnosticSeverityWarning ||
		pathText(diagnostics[0].Attribute) != attribute || diagnostics[0].Detail != detail {
		t.Errorf("diagnostics:\n%s\nwant one warning at %q:\n%s", diagnosticText(diagnostics), attribute, detail)
	}
}

// expectOneWarning fails the test unless there is exactly one warning, which has a title and
// parts of a text.
func expectOneWarning(t *testing.T, diagnostics []*tfprotov6.Diagnostic, title string, parts ...string) {
	t.Helper()
	if len(diagnostics) != 1 || diagnostics[0].Severity != tfprotov6.DiagnosticSeverityWarning || diagnostics[0].Summary != title {
		t.Errorf("diagnostics:\n%s\nwant one warning %q", diagnosticText(diagnostics), title)
	}
	for _, part := range parts {
		if !strings.Contains(diagnosticText(diagnostics), part) {
			t.Errorf("the warning lacks %q:\n%s", part, diagnosticText(diagnostics))
		}
	}
}

// pathText returns the path of an attribute, such as "timeouts.read", empty if it is nil.
func pathText(path *tftypes.AttributePath) string {
	var steps []string
	for _, step := range path.Steps() {
		switch s := step.(type) {
		case tftypes.AttributeName:
			steps = append(steps, string(s))
		case tftypes.ElementKeyString:
			steps = append(steps, string(s))
		}
	}
	return strings.Join(steps, ".")
}

// diagnosticText returns the text of diagnostics, with the attributes they point at.
func diagnosticText(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		if d.Attribute != nil {
			fmt.Fprintf(&b, "%s: ", pathText(d.Attribute))
		}
		fmt.Fprintf(&b, "%s\n\n%s\n", d.Summary, d.Detail)
	}
	return b.String()
}
