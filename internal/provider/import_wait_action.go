package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

func newImportWaitAction() action.Action {
	return &jobAction{
		name:           "import_wait",
		description:    "Waits until a bulk import has completed, with live progress in the terminal.",
		purpose:        "wait",
		defaultTimeout: defaultWaitTimeout,
		invoke:         waitWithProgress,
	}
}

// messageInterval is the time after which a poll without a change sends a message too. Polls
// are at most 30 s apart, so a wait is never silent for much longer.
const messageInterval = 20 * time.Second

func waitWithProgress(
	ctx context.Context, d *providerData, id importjob.ID, timeout time.Duration, send func(string),
) diag.Diagnostics {
	sentAt := -messageInterval
	job, err := d.wait(ctx, id, timeout, importjob.WaitOptions{Observe: func(p importjob.Poll) {
		if p.Changed || p.Elapsed-sentAt >= messageInterval {
			send(progressMessage(p))
			sentAt = p.Elapsed
		}
	}})
	b := jobBlock(verbWait, id, invokeKey)
	if err != nil {
		return diag.Diagnostics{errorDiagnostic(b, err)}
	}
	return resultWarnings(b, importjob.Reading{Job: job})
}

// progressMessage returns a message such as "importing, 42% (1m20s so far)".
func progressMessage(p importjob.Poll) string {
	message := "no result yet"
	if p.Job != nil {
		message = stateText(*p.Job)
		if p.Job.State == importjob.StateUncommitted {
			message += ", waiting for " + missingCommit
		}
	}
	message += fmt.Sprintf(" (%s so far)", shortDuration(p.Elapsed.Round(time.Second)))
	if p.Err != nil {
		message += "; the last poll failed"
	}
	return message
}
