package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// errorDiagnostic describes the error of a call. It ends with more, which are paragraphs.
func errorDiagnostic(b block, err error, more ...string) diag.Diagnostic {
	ended, ok := errors.AsType[*importjob.Error](err)
	if !ok {
		ended = &importjob.Error{Outcome: importjob.RequestFailed, Err: err}
	}
	r := remedyFor(b, ended)
	known := []string{lastState(ended), cause(ended), sentBefore(ended)}
	return newError(b, r.title, r.argument, slices.Concat(known, []string{r.nextStep}, more)...)
}

// newError returns an error that names the job or jobs. If the block does not have the
// argument, it has no attribute path, so that Terraform shows the line of the block.
func newError(b block, title, argument string, paragraphs ...string) diag.Diagnostic {
	detail := joinParagraphs(append([]string{b.String()}, paragraphs...)...)
	switch {
	case argument == timeoutsArgument && b.timeoutKey != "":
		return diag.NewAttributeErrorDiagnostic(timeoutPath(b.timeoutKey), title, detail)
	case slices.Contains(b.arguments, argument):
		return diag.NewAttributeErrorDiagnostic(path.Root(argument), title, detail)
	default:
		return diag.NewErrorDiagnostic(title, detail)
	}
}

// lastState describes the last result of a wait. It is empty if there was none.
func lastState(e *importjob.Error) string {
	if e.Last == nil {
		return ""
	}
	polls := "polls"
	if e.Polls == 1 {
		polls = "poll"
	}
	text := fmt.Sprintf("Last state: %s (%d %s in %s", stateText(*e.Last), e.Polls, polls,
		shortDuration(e.Elapsed.Round(time.Second/10)))
	if e.LastAge > recentAge {
		text += fmt.Sprintf("; read %s ago", shortDuration(e.LastAge.Round(time.Second)))
	}
	return text + ")."
}

// cause uses the API's own words if it has returned any.
func cause(e *importjob.Error) string {
	unknown := importjob.FailureOf(e.Err) == importjob.UnknownOutcome
	switch {
	case unknown && e.Outcome == importjob.Canceled && errors.Is(e.Err, context.Canceled):
		return "Cause: canceled before the response."
	case unknown || e.Outcome == importjob.RequestFailed || e.Outcome == importjob.RowsOutOfBounds:
		if wraps[*zilliz.APIError](e.Err) {
			return "Zilliz Cloud: " + sentence(e.Err)
		}
		return "Cause: " + sentence(e.Err)
	case e.Outcome == importjob.ImportFailed:
		return cmp.Or(reasons(*e.Last), "Zilliz Cloud gives no reason. The job may have been aborted.")
	default: // timed out or canceled
		var said, last string
		if e.Last != nil {
			said = reasons(*e.Last)
		}
		if e.Err != nil {
			last = "Last error: " + sentence(e.Err)
		}
		return joinParagraphs(said, last)
	}
}

// sentBefore says that a call which failed has sent a commit or an abort.
func sentBefore(e *importjob.Error) string {
	switch {
	case e.AbortSent:
		return "An abort was sent to the job, so it may have been aborted."
	case e.Commits == 0:
		return ""
	case e.CommitRefused:
		return "Zilliz Cloud has refused to commit the job, which was uncommitted when it was last read."
	case e.Outcome == importjob.ImportFailed:
		return "A commit was sent to the job, which then failed or was aborted."
	default:
		return "A commit was sent to the job, so its rows may be visible, or become visible."
	}
}

// refusal says that the service has refused to abort a job. It quotes the service unless the
// error of the call does.
func refusal(a importjob.Aborted, err error) string {
	if a.Refusal == nil {
		return ""
	}
	quoted := "."
	if !errors.Is(err, a.Refusal) {
		quoted = ": " + sentence(a.Refusal)
	}
	return "Zilliz Cloud has refused to abort the job" + quoted +
		"\n\nAborting is documented for jobs that were started with auto_commit = false."
}

// newWarning returns a warning that names the job or jobs.
func newWarning(b block, title string, paragraphs ...string) diag.Diagnostic {
	return diag.NewWarningDiagnostic(title, joinParagraphs(append([]string{b.String()}, paragraphs...)...))
}

func sentence(err error) string {
	return strings.TrimSuffix(err.Error(), ".") + "."
}

// joinParagraphs joins the paragraphs that are not empty.
func joinParagraphs(paragraphs ...string) string {
	return strings.Join(slices.DeleteFunc(paragraphs, func(p string) bool { return p == "" }), "\n\n")
}

// resultWarnings returns the warnings about a result that is not an error: a completed
// import that lacks files or rows, or a job that may have completed.
func resultWarnings(b block, r importjob.Reading) (diagnostics diag.Diagnostics) {
	job, listError, rows := r.Job, "", ""
	switch {
	case job.Ambiguous:
		if r.ListErr != nil {
			listError = "Last error: " + sentence(r.ListErr)
		}
		diagnostics.Append(newWarning(b, "Import job may have completed", listError,
			ambiguousPercentage+". Until the API tells which, the job counts as importing."))
	case isCompleted(job) && (len(failedFiles(job)) > 0 || lacksRows(job)):
		if lacksRows(job) {
			rows = "Rows: " + rowsText(job) + "."
		}
		diagnostics.Append(newWarning(b, "Import job completed without some of its data", rows, reasons(job),
			"Zilliz Cloud says that the import has completed, so it counts as completed. Check the collection, and "+
				"import what is missing."))
	}
	return diagnostics
}

// remedy is the part of a diagnostic that depends on the kind of error.
type remedy struct {
	title string
	// argument is the argument to change. It can be empty, and the block may not have it.
	argument string
	nextStep string
}

const (
	requestRejected = "Request rejected by Zilliz Cloud"
	oneSource       = "Set either object_urls, or volume_name and data_paths."
	seeMessage      = "See the message from Zilliz Cloud above."
	reportRequest   = "report the request ID to Zilliz's support"
	doesNotStop     = "This does not stop the import in Zilliz Cloud."

	useV2 = "set " + apiVersionSetting + " to \"v2\" in the provider configuration"

	// rateLimitStep is about a request that was not sent because of the rate limit.
	rateLimitStep = "The last request was still waiting for the rate limit, which all requests of this provider " +
		"configuration share. Allow more time, raise max_requests_per_second if no one else uses the API key (Zilliz Cloud " +
		"allows 20 requests per second), or lower -parallelism."

	// ambiguousPercentage explains a job that is ambiguous.
	ambiguousPercentage = "The API returns a full percentage that does not prove the end: 1 can mean 1% or 100% " +
		"without a completion time, or a file is not complete. The list of jobs does not say that the import has " +
		"completed. API v2 reports states: " + useV2

	// startAnother says how to start another import after one that has failed.
	startAnother = "Fix the cause, and change triggers of the zilliz_import_job that has started it: apply then starts " +
		"a new import, and the blocks that refer to its job_id wait for that. If the import was started elsewhere, start a " +
		"new one there, and set job_id to the new job."

	// indexPercent is the lowest progress at which the index is built (known from Milvus' code).
	indexPercent = 60

	// recentAge is the age up to which a result is taken for the current state.
	recentAge = time.Minute
)

func remedyFor(b block, e *importjob.Error) remedy {
	timeout, notFound := shortDuration(e.Timeout), importjob.FailureOf(e.Err) == importjob.NotFound
	switch {
	case importjob.FailureOf(e.Err) == importjob.UnknownOutcome:
		return remedy{"Import may have been started", "",
			"The request was sent, but its outcome is unknown, so it is not sent again."}
	case e.Outcome == importjob.ImportFailed:
		return remedy{"Import job failed", "job_id", "A failed import can't be resumed. " + startAnother}
	case e.Outcome == importjob.Canceled:
		return canceledRemedy(b.verb)
	case e.Outcome == importjob.RowsOutOfBounds:
		return rowsRemedy(e)
	case errors.Is(e.Err, importjob.ErrNotAborted):
		return remedy{"Import job not aborted within " + timeout, "", "Look up the job in Zilliz Cloud. If it has not " +
			"ended, abort it again" + b.orMoreTime() + "."}
	case e.Last == nil && e.Queued:
		return remedy{"Timed out waiting for the rate limit", "", rateLimitStep}
	case e.Last == nil && e.Err == nil:
		return remedy{"No response from Zilliz Cloud within " + timeout, timeoutsArgument,
			"Check whether Zilliz Cloud can be reached from this machine" + b.orMoreTime() + "."}
	case e.Last == nil:
		return errorRemedy(b, e.Err)
	case e.Outcome == importjob.TimedOut:
		return remedy{"Import job did not finish within " + timeout, timeoutsArgument, unfinishedStep(b, e)}
	case notFound && e.LastAge >= time.Second: // otherwise a commit was not found
		return remedy{"Import job disappeared", "job_id", "Zilliz Cloud had a record of the job earlier in this wait and " +
			"has none now, so it is not known whether the import has completed. Check the collection in Zilliz Cloud."}
	default:
		r := errorRemedy(b, e.Err)
		r.nextStep += "\n\n" + doesNotStop
		return r
	}
}

// rowsRemedy is for a number of imported rows that is not within the bounds of the block.
func rowsRemedy(e *importjob.Error) remedy {
	r := remedy{title: "Number of imported rows out of bounds", argument: "max_rows"}
	outside, ok := errors.AsType[*importjob.RowsError](e.Err)
	if ok && (outside.TooFew() || outside.Bounds.Max == nil) {
		r.argument = "min_rows"
	}
	change := "If the number is right, change " + r.argument + ", and run terraform apply again."
	if ok && outside.Rows == nil {
		change = "To go on without the number, remove min_rows and max_rows, and run terraform apply again."
	}
	if isCompleted(*e.Last) {
		r.nextStep = "The job has been committed, so its rows are in the collection. " + change
		return r
	}
	if e.Commits == 0 {
		r.nextStep = "Nothing was committed. "
	}
	r.nextStep += change + " Otherwise abort the job, for example with the action zilliz_import_abort. " + startAnother
	return r
}

func canceledRemedy(v verb) remedy {
	waiting := remedy{"Waiting for the import job was canceled", "", doesNotStop + " Run Terraform again to wait for it."}
	return map[verb]remedy{
		verbRead:   {"Reading the import job was canceled", "", ""},
		verbList:   {"Reading the import jobs was canceled", "", ""},
		verbWait:   waiting,
		verbCommit: waiting,
		verbAbort:  {"Aborting the import job was canceled", "", "Look up the job in Zilliz Cloud, or run Terraform again."},
		verbStart:  {"Starting the import was canceled", "", "No import was started. Run Terraform again to start it."},
	}[v]
}

// unfinishedStep says what to do about a job that has not ended in time. It says that the
// import continues only if the service has just said so.
func unfinishedStep(b block, e *importjob.Error) string {
	again := "Run Terraform again to continue waiting" + b.orMoreTime() + "."
	switch {
	case e.Queued:
		return rateLimitStep + "\n\n" + doesNotStop
	case e.LastAge > recentAge:
		return "What has become of the import since then is not known. " + again
	case e.Last.Ambiguous:
		return ambiguousPercentage + ".\n\n" + again
	}
	switch e.Last.State {
	case importjob.StateUncommitted:
		if b.verb == verbCommit {
			return "Run Terraform again, which commits the job if it is still uncommitted" + b.orMoreTime() + "."
		}
		return "The rows are imported, but stay invisible until the job is committed, for example by a " +
			"zilliz_import_commit that this block depends on. Waiting does not end before that."
	case importjob.StatePending, importjob.StateImporting, importjob.StateCommitting:
		continues := "The import continues in Zilliz Cloud. " + again
		if percent := e.Last.ProgressPercent; len(failedFiles(*e.Last)) == 0 && percent != nil && *percent >= indexPercent {
			continues += " A long time at the same percentage is normal while the index is built."
		}
		return continues
	case importjob.StateCompleted, importjob.StateFailed: // impossible, because each of them ends any wait
		return again
	default:
		return unknownState(*e.Last) + ", so the job does not count as completed. Look up the job in Zilliz Cloud. " + again
	}
}

// errorRemedy is for an error of the client.
func errorRemedy(b block, err error) remedy {
	var (
		endpoint *zilliz.EndpointNotFoundError
		api      *zilliz.APIError
	)
	switch {
	case errors.As(err, &endpoint):
		return endpointRemedy(b, endpoint)
	case errors.As(err, &api):
		return apiRemedy(b, api)
	case wraps[*zilliz.MalformedResponseError](err):
		return remedy{"Malformed response from Zilliz Cloud", "", "If there is a proxy or gateway between this machine and " +
			"Zilliz Cloud, check whether it changes the response. Otherwise run Terraform again, and " + reportRequest +
			" if it happens again."}
	case errors.Is(err, errStartQueued):
		return remedy{"Import not started in time", timeoutsArgument, "Run Terraform again" + b.orMoreTime() + "."}
	case errors.Is(err, zilliz.ErrNoCollectionName):
		return remedy{"List of import jobs can't be filtered", "collection_name",
			"Remove collection_name, or " + useV2 + ": API v2 filters the list itself."}
	case wraps[*importjob.IncompleteListError](err):
		return remedy{"List of import jobs is incomplete", "",
			"Run Terraform again, and report this to Zilliz's support if it happens again."}
	case wraps[*zilliz.ProxyError](err):
		return remedy{"Proxy refused the connection", "", "Nothing was sent to Zilliz Cloud. Check HTTPS_PROXY, the user " +
			"name and password in it, and the rules of the proxy."}
	case wraps[*zilliz.TransportError](err):
		return remedy{"No complete response from Zilliz Cloud", "", "Check the network: DNS, firewall, proxy " +
			"(HTTPS_PROXY), certificates. " + b.checkHost() + " If Zilliz Cloud is slow, raise request_timeout."}
	default:
		return remedy{"Request to Zilliz Cloud failed", "",
			"Run Terraform again. If it happens again, report the error above to Zilliz's support."}
	}
}

func endpointRemedy(b block, e *zilliz.EndpointNotFoundError) remedy {
	r := remedy{"Import API not found at this host", "",
		"The host " + e.Host + " responds, but has no " + e.Method + " " + e.Path + ". " + b.checkHost()}
	if e.HostNotFound() {
		r = remedy{"Host name not found", "", "The host name " + e.Host + " does not resolve. Check the network first: " +
			"DNS, VPN, proxy (HTTPS_PROXY). " + b.checkHost()}
	}
	if e.Deprecated {
		r.nextStep += "\n\nZilliz has announced the end of API v1, and may have shut it down. If so, " + useV2 + "."
	}
	return r
}

// apiRemedy is for an error that the service returned, first by code, then by status.
func apiRemedy(b block, e *zilliz.APIError) remedy {
	r, known := codeRemedies()[e.Code]
	switch {
	case !known && (b.verb == verbStart || b.address != ""):
		return milvusRemedy(b, e)
	case !known:
		return statusRemedy(b, e)
	case e.Code == zilliz.CodeJobNotFound && b.id.JobID == "":
		return remedy{r.title, "", seeMessage}
	case e.Code == zilliz.CodeJobNotFound && b.notFoundStep != "":
		r.nextStep += "\n\n" + b.notFoundStep
	case e.Code == zilliz.CodeIncorrectParameter && b.verb == verbStart:
		r.argument = "" // it can be any argument
	}
	if r.argument == "cluster_id" || r.argument == "job_id" {
		r.nextStep += swappedIDs(b)
	}
	return r
}

// codeRemedies returns the remedy for each documented code.
func codeRemedies() map[zilliz.Code]remedy {
	keyRejected := remedy{"API key rejected", "", "Check " + keySetting + ": the key must be complete, still valid, and " +
		"belong to the account that owns the cluster."}
	clusterIDEmpty := remedy{"Cluster ID is empty", "cluster_id",
		"Zilliz Cloud received no cluster ID. Check cluster_id, and whether a proxy drops the query of the URL."}
	busy := remedy{"Cluster is busy with another import", "", "The cluster accepts no other import until the running " +
		"one has ended. Run Terraform again later, or allow more time with timeouts."}
	rejected := remedy{requestRejected, "", seeMessage}
	return map[zilliz.Code]remedy{
		zilliz.CodeClusterNotFound: {"Cluster not found", "cluster_id", "No cluster has this ID. Check cluster_id."},
		zilliz.CodeNoClusterAccess: {"No access to the cluster", "", "The API key is valid, but has no access to this " +
			"cluster. Ask the administrator of the Zilliz Cloud project for access, or use another key."},
		zilliz.CodeClusterNotPermitted: {"Cluster not found, or no access to it", "cluster_id",
			"Either cluster_id is wrong, or the API key has no access to the cluster. Zilliz Cloud does not say which."},
		zilliz.CodeClusterNotInRegion: {"Cluster not in this region", "cluster_id",
			"The cluster is in another region, or does not exist. Set " + regionSetting + " to the region of the cluster. A " +
				"cluster in a second region needs a second provider configuration with an alias."},
		zilliz.CodeClusterIDEmptyInPath: clusterIDEmpty,
		zilliz.CodeClusterIDEmpty:       clusterIDEmpty,
		zilliz.CodeInvalidDomain: {"Wrong host for this cluster", "",
			"Zilliz Cloud does not serve the cluster at this host. " + block{}.checkHost()},
		zilliz.CodeJobNotFound: {"Import job not found", "job_id", "The job ID is wrong or belongs to another cluster, the " +
			"job is not on record yet, or its record has expired: Zilliz Cloud deletes the record of a job some time after " +
			"its end. Terraform can't tell which, or whether the import completed."},
		zilliz.CodeIncorrectParameter: {requestRejected, "cluster_id", "Check the arguments. " + seeMessage},
		zilliz.CodeInvalidToken:       keyRejected,
		zilliz.CodeTokenNotFound:      keyRejected,
		zilliz.CodeIllegalAPIKey:      keyRejected,
		zilliz.CodeNotAuthenticated:   keyRejected,
		zilliz.CodePageSizeOutOfRange: rejected,
		zilliz.CodePageOutOfRange:     rejected,
		zilliz.CodeInvalidObjectURL: {"Invalid object URL", "object_urls",
			"Check object_urls: a URL must have the form that Zilliz Cloud documents for the object storage of this cloud."},
		zilliz.CodeNotAvailable: {"Action not available", "", "The state of the cluster does not allow an import, or the " +
			"API key lacks the permission to import into it. Check that the cluster is running, and the key's permissions."},
		zilliz.CodeCollectionNotFound: {"Collection not found", "collection_name",
			"The cluster has no such collection. Check collection_name and db_name. If Terraform creates the collection, " +
				"refer to its resource, so that it is created first."},
		zilliz.CodeObjectTooLarge: {"Object too large", "object_urls", "The objects exceed the limit of an import: 10 GB " +
			"per file and 1 TB in total (1 GB for Free clusters). Split the data."},
		zilliz.CodeFileCountMismatch: {"Number of files does not match", "object_urls",
			"The number of files does not match the number of fields of the collection. Check object_urls or data_paths."},
		zilliz.CodeConcurrentImports: busy,
		zilliz.CodeFileCheckFailed:   {"Invalid files", "object_urls", "The files failed a check. " + seeMessage},
		zilliz.CodeClusterImporting:  busy,
		zilliz.CodeNotForServerless:  {"Not supported by Serverless clusters", "", seeMessage},
		zilliz.CodeNotForDedicated:   {"Not supported by Dedicated clusters", "", seeMessage},
		zilliz.CodeObjectStorageDenied: {"Access to object storage denied", "object_urls",
			"Zilliz Cloud can't read the objects. Check the URLs, access_key_wo, secret_key_wo and session_token_wo, " +
				"whether temporary credentials have expired, and the bucket policy."},
		zilliz.CodeAcrossClouds: {"Import across clouds not supported", "object_urls",
			"The cluster can't import from another cloud's object storage. Copy the objects to the cluster's cloud."},
		zilliz.CodeInvalidCollection: {"Invalid collection name", "collection_name", "Check collection_name."},
		zilliz.CodeNothingToImport:   {"Nothing to import", "object_urls", "Check object_urls or data_paths."},
		zilliz.CodeObjectURLMissing:  {"Missing object URL", "object_urls", oneSource},
	}
}

// milvusRemedy is for a call that Milvus may have rejected.
func milvusRemedy(b block, e *zilliz.APIError) remedy {
	switch zilliz.MilvusCode(e.Code) {
	case zilliz.MilvusCollectionNotFound:
		return codeRemedies()[zilliz.CodeCollectionNotFound]
	case zilliz.MilvusDatabaseNotFound:
		return remedy{"Database not found", "db_name", "Check db_name."}
	case zilliz.MilvusPartitionNotFound, zilliz.MilvusInvalidParameter, zilliz.MilvusInvalidBody,
		zilliz.MilvusMissingField, zilliz.MilvusNotLoaded, zilliz.MilvusNotWhole, zilliz.MilvusIndexNotFound,
		zilliz.MilvusNoPermission:
		return remedy{requestRejected, "", seeMessage}
	default:
		return statusRemedy(b, e)
	}
}

// statusRemedy is for a response without a documented code.
func statusRemedy(b block, e *zilliz.APIError) remedy {
	switch status := e.HTTPStatus; {
	case status == http.StatusUnauthorized:
		return codeRemedies()[zilliz.CodeInvalidToken]
	case status == http.StatusForbidden:
		return remedy{"Access denied", "", "Either the API key lacks a permission, or a proxy or firewall denies the " +
			"request. Check the key's permissions and the network's rules."}
	case status == http.StatusTooManyRequests:
		pause := ""
		if e.RetryAfter > 0 {
			pause = fmt.Sprintf("Zilliz Cloud requests a pause of %s. ", shortDuration(e.RetryAfter))
		}
		return remedy{"Too many requests to Zilliz Cloud", "", pause + "The clients that share this API key send too many " +
			"requests. Try again later, or lower the provider's max_requests_per_second."}
	case status >= 300 && status < 400:
		return remedy{"Redirect not followed", "",
			"The provider does not send the API key to a host that is not configured. " + b.checkHost()}
	case status >= 500 || status == http.StatusRequestTimeout:
		return remedy{"Zilliz Cloud is not available", "",
			"This is usually temporary. Run Terraform again later. If it happens again, " + reportRequest + "."}
	case e.Code != 0:
		return remedy{requestRejected, "", seeMessage + fmt.Sprintf(" Zilliz does not document the code %d.", e.Code)}
	default:
		return remedy{requestRejected, "", b.checkHost()}
	}
}

func wraps[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

var (
	clusterIDForm = regexp.MustCompile(`^in[0-9]{2}-`)
	jobIDForm     = regexp.MustCompile(`^(job-|[0-9a-f]{8}-[0-9a-f]{4}-)`)
)

// swappedIDs returns a hint if cluster_id looks like a job ID, or job_id like a cluster ID.
func swappedIDs(b block) string {
	if b.id.JobID == "" || !clusterIDForm.MatchString(b.id.JobID) && !jobIDForm.MatchString(b.id.ClusterID) {
		return ""
	}
	return fmt.Sprintf("\n\nThe IDs may be swapped: job_id is %q and cluster_id is %q.", b.id.JobID, b.id.ClusterID)
}
