package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

const (
	goesOn = "The import itself is not affected: it goes on in Zilliz Cloud."

	// maxFileReasons is how many failed files an error names.
	maxFileReasons = 5
	// maxReason and maxName limit a reason and a file's name in an error, in characters.
	maxReason = 2000
	maxName   = 300
)

// advice is what an error says beside what was seen: its title, the argument that
// it points at, if one of this block can be the cause, and what to do next.
type advice struct {
	title    string
	argument path.Path
	next     string
}

// importDiagnostic turns the error of a read or a wait into what Terraform shows.
// The job id is empty where the question was about all jobs of the cluster. timeout
// is the argument that holds the time limit.
func importDiagnostic(id importjob.ID, timeout path.Path, err error) diag.Diagnostic {
	var ended *importjob.Error
	if !errors.As(err, &ended) {
		ended = &importjob.Error{Outcome: importjob.ReadFailed, Err: err}
	}
	a := outcomeAdvice(id, timeout, ended)
	paragraphs := []string{
		subject(id),
		seen(ended),
		said(ended),
		a.next,
	}
	detail := strings.Join(nonEmpty(paragraphs), "\n\n")
	if a.argument.Equal(path.Empty()) {
		return diag.NewErrorDiagnostic(a.title, detail)
	}
	return diag.NewAttributeErrorDiagnostic(a.argument, a.title, detail)
}

func subject(id importjob.ID) string {
	if id.JobID == "" {
		return fmt.Sprintf("Import jobs of cluster %s.", id.ClusterID)
	}
	return fmt.Sprintf("Import job %s, cluster %s.", id.JobID, id.ClusterID)
}

func nonEmpty(paragraphs []string) []string {
	var kept []string
	for _, p := range paragraphs {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// seen tells what the service had answered until the end, and in how much time.
func seen(e *importjob.Error) string {
	if e.Last == nil {
		return ""
	}
	state := "none"
	if e.Last.State != "" {
		state = string(e.Last.State)
	}
	if p := e.Last.ProgressPercent; p != nil {
		state += ", " + strconv.FormatFloat(*p, 'f', -1, 64) + " %"
	}
	polls := "polls"
	if e.Polls == 1 {
		polls = "poll"
	}
	return fmt.Sprintf("Last state: %s (%d %s in %s).", state, e.Polls, polls, e.Elapsed.Round(time.Second/10))
}

// said repeats the reason in the service's own words.
func said(e *importjob.Error) string {
	switch e.Outcome {
	case importjob.ImportFailed:
		return failureReasons(e.Last)
	case importjob.TimedOut, importjob.Canceled:
		if e.Err == nil || errors.Is(e.Err, context.Canceled) {
			return ""
		}
		return "Last error: " + e.Err.Error() + "."
	case importjob.ReadFailed:
		return "Zilliz Cloud: " + e.Err.Error() + "."
	default:
		return e.Error()
	}
}

// failureReasons lists the error messages of the import and of its files.
func failureReasons(job *importjob.Job) string {
	if job.State.Phase() != importjob.Failed {
		return ""
	}
	var b strings.Builder
	if job.ErrorMessage != nil {
		fmt.Fprintf(&b, "Zilliz Cloud: %s", zilliz.Printable(*job.ErrorMessage, maxReason))
	}
	named := 0
	for _, file := range job.Files {
		if file.ErrorMessage == nil {
			continue
		}
		reason := zilliz.Printable(*file.ErrorMessage, maxReason)
		if strings.Contains(b.String(), reason) {
			continue
		}
		if named++; named <= maxFileReasons {
			fmt.Fprintf(&b, "\n  - %s: %s", nameOf(file), reason)
		}
	}
	if named > maxFileReasons {
		fmt.Fprintf(&b, "\n  - and %d more files", named-maxFileReasons)
	}
	return b.String()
}

func nameOf(file importjob.File) string {
	if file.FileName == nil {
		return "(no name)"
	}
	return zilliz.Printable(*file.FileName, maxName)
}

func outcomeAdvice(id importjob.ID, timeout path.Path, e *importjob.Error) advice {
	switch e.Outcome {
	case importjob.ImportFailed:
		return advice{
			title:    "Import job failed",
			argument: path.Root("job_id"),
			next:     "A failed import does not recover. Mend its cause, start a new import, and set job_id to the new job.",
		}
	case importjob.TimedOut:
		return timeoutAdvice(timeout, e)
	case importjob.Canceled:
		if id.JobID == "" {
			return advice{title: "Reading the import jobs was cancelled"}
		}
		return advice{
			title: "Waiting for the import job was cancelled",
			next:  goesOn + " Nothing is known of how it ends: run Terraform again to wait for it.",
		}
	case importjob.ReadFailed:
		a := readAdvice(id, e.Err)
		if e.Last != nil {
			a.next += "\n\n" + goesOn
		}
		return a
	default:
		return advice{title: "Import job could not be read"}
	}
}

func timeoutAdvice(timeout path.Path, e *importjob.Error) advice {
	if e.Last == nil {
		return advice{
			title:    fmt.Sprintf("No answer from Zilliz Cloud within %s", e.Timeout),
			argument: timeout,
			next:     "Check that Zilliz Cloud can be reached from here" + orMoreTime(timeout) + ".",
		}
	}
	next := goesOn + " Run Terraform again to go on waiting" + orMoreTime(timeout) + ". A long time at the same percentage is normal while the index is built."
	switch {
	case e.Last.State == importjob.StateUncommitted:
		next += "\n\nThe data is imported but not committed: the import does not complete before somebody commits it."
	case !e.Last.State.Known():
		next += fmt.Sprintf("\n\nThe provider does not know the state %q and took it for an import in progress.", string(e.Last.State))
	}
	return advice{
		title:    fmt.Sprintf("Import job did not finish within %s", e.Timeout),
		argument: timeout,
		next:     next,
	}
}

// orMoreTime names the argument that holds the time limit, if there is one.
func orMoreTime(timeout path.Path) string {
	if timeout.Equal(path.Empty()) {
		return ""
	}
	return ", or allow more time with " + timeout.String()
}

// readAdvice finds the cause of a question that was not answered.
func readAdvice(id importjob.ID, err error) advice {
	var (
		notServed *zilliz.NotServedError
		refusal   *zilliz.APIError
		answer    *zilliz.AnswerError
		transport *zilliz.TransportError
		rate      *zilliz.RateError
	)
	switch {
	case errors.As(err, &notServed):
		return notServedAdvice(notServed)
	case errors.As(err, &refusal):
		if a, known := codeAdvice(id, refusal.Code); known {
			return a
		}
		return statusAdvice(refusal)
	case errors.As(err, &answer):
		return advice{
			title: "Answer of Zilliz Cloud not understood",
			next:  "The import does not count as completed. If something stands between here and Zilliz Cloud, such as a proxy or the provider's endpoint, see whether it changed the answer. Otherwise try again, and report the request id to Zilliz's support if it stays so.",
		}
	case errors.As(err, &rate):
		return advice{
			title: "No room for a request",
			next:  "All that this provider configuration does shares max_requests_per_second. Allow more time, raise the limit if nobody else uses the key (Zilliz Cloud allows 20 a second), or lower -parallelism.",
		}
	case !errors.As(err, &transport):
		return advice{
			title: "Zilliz Cloud could not be read",
			next:  "Try again. If it stays so, report the error above to Zilliz's support.",
		}
	default:
		return advice{
			title: "Zilliz Cloud could not be reached",
			next:  "Check region_id and endpoint in the provider's configuration, and the network: DNS, firewall, proxy (HTTPS_PROXY), certificates. A slow service may need a longer request_timeout.",
		}
	}
}

// notServedAdvice is for a host that is not there, or that does not know the API.
func notServedAdvice(e *zilliz.NotServedError) advice {
	next := "Check region_id and endpoint in the provider's configuration."
	if len(e.OtherHosts) > 0 {
		next += " Which host serves the regions of China is not the same in all of Zilliz's documentation: set endpoint to https://" +
			strings.Join(e.OtherHosts, " or https://") + " to try the others."
	}
	if e.Deprecated {
		next += "\n\nIt can also mean that Zilliz has shut down version 1 of the API, whose end is announced. " +
			"Then set api_version = \"v2\" in the provider's configuration, or ZILLIZ_API_VERSION=v2."
	}
	return advice{title: "Import API not found at this host", next: next}
}

// codeAdvice knows the codes of the API: the table on the guide "Error codes" says
// the same.
func codeAdvice(id importjob.ID, code int64) (advice, bool) {
	switch code {
	case zilliz.CodeClusterNotFound:
		return advice{"Cluster not found", path.Root("cluster_id"),
			"No cluster has this id. Check cluster_id." + swapped(id)}, true
	case zilliz.CodeNoClusterAccess:
		return advice{"No access to the cluster", path.Empty(),
			"The API key is valid, but has no access to this cluster. Ask the administrator of the Zilliz Cloud project for access, or use another key in the provider's api_key."}, true
	case zilliz.CodeClusterNotPermitted:
		return advice{"Cluster not found, or no access to it", path.Root("cluster_id"),
			"Either cluster_id is wrong, or the API key in the provider's api_key has no access to that cluster. Zilliz Cloud does not say which." + swapped(id)}, true
	case zilliz.CodeClusterNotInRegion:
		return advice{"Cluster not in this region", path.Root("cluster_id"),
			"The cluster exists in another region, or not at all. Set the provider's region_id (ZILLIZ_REGION_ID) to the region of the cluster; a cluster in a second region needs a second provider configuration with an alias." + swapped(id)}, true
	case zilliz.CodeClusterIDEmptyInPath, zilliz.CodeClusterIDEmpty:
		return advice{"Cluster id is empty", path.Root("cluster_id"),
			"The service got no cluster id. Check cluster_id, and whether something between here and Zilliz Cloud drops the query of the URL."}, true
	case zilliz.CodeInvalidDomain:
		return advice{"Host refused by Zilliz Cloud", path.Empty(),
			"The host that was asked is not the right one. Check region_id and endpoint in the provider's configuration."}, true
	case zilliz.CodeJobNotFound:
		return advice{"Import job not found", path.Root("job_id"),
			"Either job_id is wrong or belongs to another cluster, or the job ended some hours ago and its record has expired: " +
				"the service forgets jobs 3 to 24 hours after their end. Terraform can't tell which, nor whether the import completed." + swapped(id) +
				"\n\nIf you know that it completed, the gate has done its work and can go. " +
				"In the data source zilliz_import_progress, ignore_not_found = true takes a missing record for a result: its documentation says what is given up."}, true
	case zilliz.CodeIncorrectParameter:
		return advice{"Request refused by Zilliz Cloud", path.Empty(),
			"Check cluster_id and job_id." + swapped(id)}, true
	case zilliz.CodeInvalidToken, zilliz.CodeTokenNotFound, zilliz.CodeIllegalKey:
		return keyRefused(), true
	default:
		return advice{}, false
	}
}

func keyRefused() advice {
	return advice{"API key refused", path.Empty(),
		"Zilliz Cloud does not accept the key. Check the provider's api_key, or ZILLIZ_API_KEY where that is null: whether it is whole, still valid, and of the account that the cluster belongs to."}
}

// statusAdvice is for answers whose code says nothing, or that have none.
func statusAdvice(refusal *zilliz.APIError) advice {
	again := "This passes as a rule. Try again later; if it does not, report the request id to Zilliz's support."
	switch status := refusal.HTTPStatus; {
	case status == http.StatusUnauthorized:
		return keyRefused()
	case status == http.StatusForbidden:
		return advice{title: "Access denied", next: "The API key is not allowed to do this, or something between here and Zilliz Cloud denies it. Check the key's permissions and the network's rules."}
	case status == http.StatusTooManyRequests:
		next := "Too many requests were sent with this key, by all who use it together. Try again later, or lower the provider's max_requests_per_second."
		if refusal.RetryAfter > 0 {
			next = fmt.Sprintf("The service asked to be left alone for %s. ", refusal.RetryAfter) + next
		}
		return advice{title: "Too many requests to Zilliz Cloud", next: next}
	case status >= 300 && status < 400:
		return advice{title: "Redirect not followed", next: "The host that was asked points elsewhere. The provider does not send the API key to a place that nobody configured. Check region_id and endpoint in the provider's configuration."}
	case status >= 500 || status == http.StatusRequestTimeout:
		return advice{title: "Zilliz Cloud is not available", next: again}
	case status >= 200 && status < 300:
		return advice{title: "Request refused by Zilliz Cloud", next: fmt.Sprintf("Code %d is not one that the provider knows. The service's own words above have to do.", refusal.Code)}
	default:
		return advice{title: "Request refused by Zilliz Cloud", next: "Check region_id and endpoint in the provider's configuration."}
	}
}

var (
	clusterIDForm = regexp.MustCompile(`^in[0-9]{2}-`)
	jobIDForm     = regexp.MustCompile(`^(job-|[0-9a-f]{8}-[0-9a-f]{4}-)`)
)

// swapped says so where the two ids look as if they had changed places.
func swapped(id importjob.ID) string {
	if !clusterIDForm.MatchString(id.JobID) && !jobIDForm.MatchString(id.ClusterID) {
		return ""
	}
	return fmt.Sprintf("\n\nThe two ids may be swapped: job_id is %q and cluster_id is %q.", id.JobID, id.ClusterID)
}
