package provider

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zilliz"
)

// advice is the part of a diagnostic that depends on the kind of error.
type advice struct {
	// title is the outcome.
	title string
	// argument is the argument to change, empty if it is not one of the block's.
	argument string
	// nextStep is what to do.
	nextStep string
}

const (
	importContinues  = "The import is not affected: it continues in Zilliz Cloud."
	seeMessage       = "See the service's message above."
	usuallyTemporary = "This is usually temporary. Run Terraform again later."
	reportRequest    = "report the request id to Zilliz's support"

	// ambiguousPercentage explains a job whose completion is not confirmed.
	ambiguousPercentage = "The API returns a percentage of 1 without a completion time, which can mean 1 % or 100 %"
)

// adviceFor returns the advice for the error of a read, a wait or another call.
func adviceFor(b block, e *importjob.Error) advice {
	if isUnknownOutcome(e.Err) {
		return unknownOutcomeAdvice()
	}
	switch e.Outcome {
	case importjob.ImportFailed:
		return advice{"Import job failed", "job_id",
			"A failed import can't be resumed. Fix the cause, start a new import, and set job_id to the new job."}
	case importjob.TimedOut:
		return timeoutAdvice(b, e)
	case importjob.Canceled:
		return canceledAdvice(b)
	case importjob.RequestFailed:
		return requestAdvice(b, e)
	default:
		return advice{title: "Request to Zilliz Cloud failed"}
	}
}

func canceledAdvice(b block) advice {
	switch {
	case b.collection != "":
		return advice{title: "Starting the import was cancelled", nextStep: "No import was started. Run Terraform again to start it."}
	case b.jobID == "":
		return advice{title: "Reading the import jobs was cancelled"}
	case !b.waits:
		return advice{title: "Reading the import job was cancelled"}
	default:
		return advice{title: "Waiting for the import job was cancelled",
			nextStep: importContinues + " Run Terraform again to wait for it."}
	}
}

func timeoutAdvice(b block, e *importjob.Error) advice {
	if e.Last == nil && e.Err != nil {
		return errorAdvice(b, e.Err)
	}
	if e.Last == nil {
		return advice{fmt.Sprintf("No response from Zilliz Cloud within %s", e.Timeout), timeoutsArgument,
			"Check whether Zilliz Cloud can be reached from this machine" + orMoreTime(b) + "."}
	}
	nextStep := importContinues + " Run Terraform again to continue waiting" + orMoreTime(b) +
		". A long time at the same percentage is normal while the index is built."
	switch {
	case e.Last.Unconfirmed:
		nextStep += "\n\n" + ambiguousPercentage + ". It counts as 100 % once it has stayed the same for 30 s: allow more time than that."
	case e.Last.State == importjob.StateUncommitted:
		nextStep += "\n\nThe data is imported but not committed: the import does not complete until it is committed."
	case !e.Last.State.Known():
		nextStep += fmt.Sprintf("\n\nThe provider does not know the state %q and treats it as in progress.", string(e.Last.State))
	}
	return advice{fmt.Sprintf("Import job did not finish within %s", e.Timeout), timeoutsArgument, nextStep}
}

// orMoreTime names the argument that holds the timeout, if there is one.
func orMoreTime(b block) string {
	if b.timeout == "" {
		return ""
	}
	return ", or allow more time with " + timeoutName(b.timeout)
}

// requestAdvice returns the advice for a failed request. It depends on whether the job
// has been read before.
func requestAdvice(b block, e *importjob.Error) advice {
	a := errorAdvice(b, e.Err)
	if e.Last == nil {
		return a
	}
	if isJobNotFound(e.Err) {
		return advice{"Import job disappeared", "job_id",
			"The service had a record of the job earlier in this wait and has none now, so it is not known whether the import has completed. Check the collection in Zilliz Cloud."}
	}
	a.nextStep += "\n\n" + importContinues
	return a
}

// isJobNotFound reports whether an error is code 90144.
func isJobNotFound(err error) bool {
	var api *zilliz.APIError
	return errors.As(err, &api) && api.Code == zilliz.CodeJobNotFound
}

// errorAdvice returns the advice for an error of the client.
func errorAdvice(b block, err error) advice {
	var (
		endpoint   *zilliz.EndpointNotFoundError
		api        *zilliz.APIError
		malformed  *zilliz.MalformedResponseError
		transport  *zilliz.TransportError
		limit      *zilliz.RateLimitError
		incomplete *importjob.IncompleteListError
	)
	switch {
	case errors.As(err, &endpoint):
		return endpointAdvice(b, endpoint)
	case errors.As(err, &api):
		return apiAdvice(b, api)
	case errors.As(err, &malformed):
		return advice{title: "Malformed response from Zilliz Cloud",
			nextStep: "A malformed response never counts as a completed import. If there is a proxy or gateway between this machine and Zilliz Cloud, check whether it changes the response. Otherwise run Terraform again, and " + reportRequest + " if it happens again."}
	case errors.As(err, &limit), errors.Is(err, importjob.ErrQueued):
		return advice{title: "Rate limit leaves no time for a request",
			nextStep: "All requests of this provider configuration share max_requests_per_second. Allow more time, raise the limit if nobody else uses the API key (Zilliz Cloud allows 20 requests per second), or lower -parallelism."}
	case errors.Is(err, zilliz.ErrNoCollectionName):
		return advice{"List of import jobs can't be filtered", "collection_name",
			"Remove collection_name, or set api_version = \"v2\" in the provider configuration: API v2 filters the list itself."}
	case errors.As(err, &incomplete):
		return advice{title: "List of import jobs is incomplete",
			nextStep: "The provider never returns a partial list. Run Terraform again, and report this to Zilliz's support if it happens again."}
	case errors.As(err, &transport):
		return advice{title: "Zilliz Cloud could not be reached",
			nextStep: "Check the network: DNS, firewall, proxy (HTTPS_PROXY), certificates. " + b.origin.checkHost() + " If the service is slow, raise request_timeout."}
	default:
		return advice{title: "Request to Zilliz Cloud failed", nextStep: "Run Terraform again. If it happens again, report the error above to Zilliz's support."}
	}
}

// endpointAdvice is for a host or a path that does not exist.
func endpointAdvice(b block, e *zilliz.EndpointNotFoundError) advice {
	a := advice{title: "Import API not found at this host",
		nextStep: "The host " + e.Host + " responds, but does not serve the import API. " + b.origin.checkHost()}
	if e.Unresolved() {
		a = advice{title: "Host name not found",
			nextStep: "The host name " + e.Host + " does not resolve. Check the network first: DNS, VPN, proxy (HTTPS_PROXY). Then check " + b.origin.host() + "." + b.origin.checkCloud()}
	}
	if len(e.OtherHosts) > 0 {
		a.nextStep += "\n\nZilliz's documentation names several hosts for the regions of China. To try another, set endpoint to https://" +
			strings.Join(e.OtherHosts, " or https://") + "."
	}
	if e.Deprecated && (!e.Unresolved() || !b.origin.endpoint) {
		a.nextStep += "\n\nZilliz has announced the end of API v1, and may have shut it down. " +
			"If so, set api_version = \"v2\" in the provider configuration, or ZILLIZ_API_VERSION=v2."
	}
	return a
}

// apiAdvice is for an error that the service returned, first by code, then by status.
func apiAdvice(b block, e *zilliz.APIError) advice {
	a, known := codeAdvice(b.origin)[e.Code]
	if !known {
		return statusAdvice(b, e)
	}
	switch {
	case b.jobID == "" && e.Code == zilliz.CodeJobNotFound:
		return advice{title: a.title, nextStep: seeMessage}
	case b.collection != "" && e.Code == zilliz.CodeIncorrectParameter:
		a.argument = "" // it can be any argument
	}
	if a.argument == "cluster_id" || a.argument == "job_id" {
		a.nextStep += swappedIDs(b)
	}
	return a
}

// codeAdvice returns the advice for each documented code. The guide "Error codes" has
// the same titles.
func codeAdvice(o configOrigin) map[zilliz.Code]advice {
	keyRejected := keyRejectedAdvice(o)
	clusterIDEmpty := advice{"Cluster id is empty", "cluster_id",
		"The service received no cluster id. Check cluster_id, and whether a proxy drops the query of the URL."}
	rejected := advice{"Request rejected by Zilliz Cloud", "", seeMessage}
	return map[zilliz.Code]advice{
		zilliz.CodeClusterNotFound: {"Cluster not found", "cluster_id",
			"No cluster has this id. Check cluster_id."},
		zilliz.CodeNoClusterAccess: {"No access to the cluster", "",
			"The API key is valid, but has no access to this cluster. Ask the administrator of the Zilliz Cloud project for access, or use another key."},
		zilliz.CodeClusterNotPermitted: {"Cluster not found, or no access to it", "cluster_id",
			"Either cluster_id is wrong, or the API key has no access to the cluster. Zilliz Cloud does not say which."},
		zilliz.CodeClusterNotInRegion: {"Cluster not in this region", "cluster_id",
			"The cluster is in another region, or does not exist. " + o.chooseRegion() + " A cluster in a second region needs a second provider configuration with an alias."},
		zilliz.CodeClusterIDEmptyInPath: clusterIDEmpty,
		zilliz.CodeClusterIDEmpty:       clusterIDEmpty,
		zilliz.CodeInvalidDomain:        {"Wrong host for this cluster", "", "Zilliz Cloud does not serve the cluster at this host. " + o.checkHost()},
		zilliz.CodeJobNotFound: {"Import job not found", "job_id",
			"The job id is wrong or belongs to another cluster, the job is not on record yet, or its record has expired: the service deletes the record of a job hours to about two days after its end. Terraform can't tell which, or whether the import completed." +
				"\n\nIf you know that it completed, you can remove the gate. In the data source zilliz_import_progress, ignore_not_found = true accepts a missing record: see its documentation for the risk."},
		zilliz.CodeIncorrectParameter: {"Request rejected by Zilliz Cloud", "cluster_id", "Check the arguments. " + seeMessage},
		zilliz.CodeInvalidToken:       keyRejected,
		zilliz.CodeTokenNotFound:      keyRejected,
		zilliz.CodeIllegalAPIKey:      keyRejected,

		zilliz.CodePageSizeOutOfRange: rejected,
		zilliz.CodePageOutOfRange:     rejected,
		zilliz.CodeInvalidObjectURL: {"Invalid object URL", "object_urls",
			"Check object_urls: a URL must have the form that Zilliz Cloud documents for the object storage of this cloud."},
		zilliz.CodeNotAvailable: {"Action not available", "",
			"The state of the cluster does not allow an import, or the API key lacks the permission to import into it. Check that the cluster is running, and the key's permissions."},
		zilliz.CodeCollectionNotFound: {"Collection not found", "collection_name",
			"The cluster has no such collection. Check collection_name and db_name. If Terraform creates the collection, refer to its resource, so that it is created first."},
		zilliz.CodeObjectTooLarge: {"Object too large", "object_urls",
			"The objects exceed the limit of an import: 10 GB per file and 1 TB in total (1 GB for Free clusters). Split the data."},
		zilliz.CodeFileCountMismatch: {"Number of files does not match", "object_urls",
			"The number of files does not match the number of fields of the collection. Check object_urls or data_paths."},
		zilliz.CodeConcurrentImports: {"Concurrent imports not supported", "",
			"The cluster can't run another import now. Start imports one after the other: add depends_on with a zilliz_import_completion of the running import."},
		zilliz.CodeFileCheckFailed: {"Invalid files", "object_urls", "The files failed a check of the service. " + seeMessage},
		zilliz.CodeClusterImporting: {"Cluster is busy with another import", "",
			"The cluster accepts no other import until the running one has completed. Run Terraform again later, or allow more time with timeouts.create."},
		zilliz.CodeNotForServerless: {"Not supported by Serverless clusters", "", seeMessage},
		zilliz.CodeNotForDedicated:  {"Not supported by Dedicated clusters", "", seeMessage},
		zilliz.CodeObjectStorageDenied: {"Access to object storage denied", "object_urls",
			"Zilliz Cloud can't read the objects. Check the URLs, access_key_wo, secret_key_wo and session_token_wo, whether temporary credentials have expired, and the bucket policy."},
		zilliz.CodeAcrossClouds: {"Import across clouds not supported", "object_urls",
			"The cluster can't import from another cloud's object storage. Copy the objects to the cluster's cloud."},
		zilliz.CodeInvalidCollection: {"Invalid collection name", "collection_name", "Check collection_name."},
		zilliz.CodeNothingToImport:   {"Nothing to import", "object_urls", "No files were found. Check object_urls or data_paths."},
		zilliz.CodeObjectURLMissing:  {"Missing object URL", "object_urls", "Set object_urls, or volume_name and data_paths."},
	}
}

func keyRejectedAdvice(o configOrigin) advice {
	return advice{"API key rejected", "",
		"Check " + o.of("api_key") + ": the key must be complete, still valid, and belong to the account that owns the cluster."}
}

// statusAdvice is for a response without a documented code.
func statusAdvice(b block, e *zilliz.APIError) advice {
	switch status := e.HTTPStatus; {
	case status == http.StatusUnauthorized:
		return keyRejectedAdvice(b.origin)
	case status == http.StatusForbidden:
		return advice{title: "Access denied", nextStep: "Either the API key lacks a permission, or a proxy or firewall denies the request. Check the key's permissions and the network's rules."}
	case status == http.StatusTooManyRequests:
		nextStep := "The clients that share this API key send too many requests. Try again later, or lower the provider's max_requests_per_second."
		if e.RetryAfter > 0 {
			nextStep = fmt.Sprintf("The service requests a pause of %s. ", e.RetryAfter) + nextStep
		}
		return advice{title: "Too many requests to Zilliz Cloud", nextStep: nextStep}
	case status >= 300 && status < 400:
		return advice{title: "Redirect not followed", nextStep: "The provider does not send the API key to a host that is not configured. " + b.origin.checkHost()}
	case status >= 500 || status == http.StatusRequestTimeout:
		return advice{title: "Zilliz Cloud is not available", nextStep: usuallyTemporary + " If it happens again, " + reportRequest + "."}
	case e.Code != 0:
		return advice{title: "Request rejected by Zilliz Cloud", nextStep: fmt.Sprintf("Code %d is not documented. ", e.Code) + seeMessage}
	default:
		return advice{title: "Request rejected by Zilliz Cloud", nextStep: b.origin.checkHost()}
	}
}

// isUnknownOutcome reports whether an error means that an import may have been started.
func isUnknownOutcome(err error) bool {
	var unknown *importjob.UnknownOutcomeError
	return errors.As(err, &unknown)
}

// unknownOutcomeAdvice is for a request that may have started an import.
func unknownOutcomeAdvice() advice {
	return advice{title: "Import may have been started",
		nextStep: "The request was sent, but its outcome is unknown. Sending it again could import the rows twice, so the provider does not retry it."}
}

var (
	clusterIDForm = regexp.MustCompile(`^in[0-9]{2}-`)
	jobIDForm     = regexp.MustCompile(`^(job-|[0-9a-f]{8}-[0-9a-f]{4}-)`)
)

// swappedIDs returns a hint if cluster_id looks like a job id, or job_id like a
// cluster id, and otherwise an empty string.
func swappedIDs(b block) string {
	if b.jobID == "" || !clusterIDForm.MatchString(b.jobID) && !jobIDForm.MatchString(b.clusterID) {
		return ""
	}
	return fmt.Sprintf("\n\nThe ids may be swapped: job_id is %q and cluster_id is %q.", b.jobID, b.clusterID)
}
