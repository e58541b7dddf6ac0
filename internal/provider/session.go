package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// session is what one configuration of the provider gives to all that it serves.
type session struct {
	client *zilliz.Client
	jobs   *importjob.Watcher
	// unknown names the provider's arguments that are not known yet. There is no
	// client as long as there are any.
	unknown []string
}

// sessionFrom takes the session out of what the framework hands around, which is nil
// before the provider is configured, as in terraform validate.
func sessionFrom(providerData any) (*session, diag.Diagnostics) {
	var diagnostics diag.Diagnostics
	if providerData == nil {
		return &session{unknown: []string{"configuration"}}, diagnostics
	}
	s, ok := providerData.(*session)
	if !ok {
		diagnostics.AddError("Fault in the provider", fmt.Sprintf("The provider handed on a %T in place of its session. Please report this.", providerData))
	}
	return s, diagnostics
}

// ready tells whether requests can be sent.
func (s *session) ready() bool { return len(s.unknown) == 0 }

// notReady says which of the provider's arguments are not known yet, and what helps.
func (s *session) notReady() diag.Diagnostic {
	return diag.NewErrorDiagnostic("Provider configuration not known yet", fmt.Sprintf(
		"This has to ask Zilliz Cloud now, but the value of the provider's %s is known only after apply.\n\n"+
			"If a resource of this configuration makes the value, add that resource to depends_on here, "+
			"so that the question is asked during apply, or apply that resource first with -target.",
		strings.Join(s.unknown, " and ")))
}

// read asks once about an import.
func (s *session) read(ctx context.Context, id importjob.ID, timeout time.Duration) (importjob.Job, error) {
	return s.jobs.Read(ctx, id, timeout)
}

// wait waits until an import has completed, and logs each poll.
func (s *session) wait(ctx context.Context, id importjob.ID, o importjob.Options) (importjob.Job, error) {
	observe := o.Observe
	o.Observe = func(p importjob.Poll) {
		logPoll(ctx, id, p)
		if observe != nil {
			observe(p)
		}
	}
	return s.jobs.Wait(ctx, id, o)
}

// logPoll writes a line for each poll, one that is shown at INFO if there is progress.
func logPoll(ctx context.Context, id importjob.ID, p importjob.Poll) {
	fields := map[string]any{
		"cluster_id": id.ClusterID,
		"job_id":     id.JobID,
		"poll":       p.Number,
		"elapsed":    p.Elapsed.Round(time.Millisecond).String(),
	}
	if p.Job != nil {
		fields["state"] = string(p.Job.State)
		if p.Job.ProgressPercent != nil {
			fields["progress_percent"] = *p.Job.ProgressPercent
		}
	}
	switch {
	case p.Err != nil:
		fields["error"] = p.Err.Error()
		tflog.Debug(ctx, "Import job was asked about without success", fields)
	case p.Changed:
		tflog.Info(ctx, "Import job has progressed", fields)
	default:
		tflog.Debug(ctx, "Import job is as it was", fields)
	}
}
