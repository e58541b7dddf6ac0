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

// advice is what an error says besides what happened.
type advice struct {
	// title is the outcome.
	title string
	// argument is the one to change, empty if it is none of the block's.
	argument string
	// next is what to do.
	next string
}

const (
	// timeoutArgument stands for the block's own key of timeouts.
	timeoutArgument = "timeouts"

	importContinues = "The import is not affected: it continues in Zilliz Cloud."
	checkHost       = "Check the provider's region_id and endpoint, or ZILLIZ_REGION_ID and ZILLIZ_ENDPOINT if they are not set there."
	seeMessage      = "See the service's message above."
	reportRequest   = "report the request id to Zilliz's support"
)

// adviceFor returns the advice for the way in which a call has ended.
func adviceFor(b block, e *importjob.Error) advice {
	var unknown *importjob.UnknownOutcomeError
	if errors.As(e.Err, &unknown) {
		return unknownOutcomeAdvice()
	}
	switch e.Outcome {
	case importjob.ImportFailed:
		return advice{"Import job failed", "job_id",
			"A failed import does not recover. Fix the cause, start a new import, and set job_id to the new job."}
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
		return advice{title: "Starting the import was cancelled", next: "No import was started. Run Terraform again."}
	case b.jobID == "":
		return advice{title: "Reading the import jobs was cancelled"}
	default:
		return advice{title: "Waiting for the import job was cancelled",
			next: importContinues + " Run Terraform again to wait for it."}
	}
}

func timeoutAdvice(b block, e *importjob.Error) advice {
	if e.Last == nil && e.Err != nil {
		return errorAdvice(b, e.Err)
	}
	if e.Last == nil {
		return advice{fmt.Sprintf("No response from Zilliz Cloud within %s", e.Timeout), timeoutArgument,
			"Check that Zilliz Cloud can be reached from here" + orMoreTime(b) + "."}
	}
	next := importContinues + " Run Terraform again to continue waiting" + orMoreTime(b) +
		". A long time at the same percentage is normal while the index is built."
	switch {
	case e.Last.Unconfirmed:
		next += "\n\nThe API returns a percentage of 1 without a completion time, which can be 1 % or 100 %. The wait takes it for 100 % once it has stayed the same for 30 s: allow more time than that."
	case e.Last.State == importjob.StateUncommitted:
		next += "\n\nThe data is imported but not committed: the import does not complete until it is committed."
	case !e.Last.State.Known():
		next += fmt.Sprintf("\n\nThe provider does not know the state %q and treats it as in progress.", string(e.Last.State))
	}
	return advice{fmt.Sprintf("Import job did not finish within %s", e.Timeout), timeoutArgument, next}
}

// orMoreTime names the argument that holds the time limit, if there is one.
func orMoreTime(b block) string {
	p, found := b.attributePath(timeoutArgument)
	if !found {
		return ""
	}
	return ", or allow more time with " + p.String()
}

// requestAdvice adds to the advice for an error what only the wait knows.
func requestAdvice(b block, e *importjob.Error) advice {
	a := errorAdvice(b, e.Err)
	if e.Last == nil {
		return a
	}
	if isJobNotFound(e.Err) {
		return advice{"Import job disappeared", "job_id",
			"The job was on record earlier in this wait, and is not any more. Whether the import has completed is not known. Check the collection in Zilliz Cloud."}
	}
	a.next += "\n\n" + importContinues
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
		return endpointAdvice(endpoint)
	case errors.As(err, &api):
		return apiAdvice(b, api)
	case errors.As(err, &malformed):
		return advice{title: "Malformed response from Zilliz Cloud",
			next: "The import does not count as completed. If there is a proxy or gateway between here and Zilliz Cloud, check whether it changes the response. Otherwise run Terraform again, and " + reportRequest + " if it happens again."}
	case errors.As(err, &limit), errors.Is(err, importjob.ErrQueued):
		return advice{title: "Rate limit leaves no time for a request",
			next: "All requests of this provider configuration share max_requests_per_second. Allow more time, raise the limit if nobody else uses the API key (Zilliz Cloud allows 20 requests a second), or lower -parallelism."}
	case errors.As(err, &incomplete):
		return advice{title: "List of import jobs is incomplete",
			next: "The provider does not return a part of the list. Run Terraform again, and report this to Zilliz's support if it happens again."}
	case errors.As(err, &transport):
		return advice{title: "Zilliz Cloud could not be reached",
			next: "Check the network: DNS, firewall, proxy (HTTPS_PROXY), certificates. " + checkHost + " A slow service may need a longer request_timeout."}
	default:
		return advice{title: "Request to Zilliz Cloud failed", next: "Run Terraform again. If it happens again, report the error above to Zilliz's support."}
	}
}

// endpointAdvice is for a host or a path that does not exist.
func endpointAdvice(e *zilliz.EndpointNotFoundError) advice {
	a := advice{title: "Import API not found at this host", next: "The host " + e.Host + " responds, but does not know the import API. " + checkHost}
	if e.Unresolved() {
		a = advice{title: "Host name not found",
			next: "The name " + e.Host + " does not resolve. Check the network first: DNS, VPN, proxy (HTTPS_PROXY). Then check the region: region ids begin with the cloud, such as aws-us-west-2, gcp-us-west1 or az-eastus. " + checkHost}
	}
	if len(e.OtherHosts) > 0 {
		a.next += "\n\nZilliz's documentation names several hosts for the regions of China: set endpoint to https://" +
			strings.Join(e.OtherHosts, " or https://") + " to try the others."
	}
	if e.Deprecated {
		a.next += "\n\nIt can also mean that Zilliz has shut down version 1 of the API, whose end is announced. " +
			"If so, set api_version = \"v2\" in the provider's configuration, or ZILLIZ_API_VERSION=v2."
	}
	return a
}

// apiAdvice is for a refusal by the service, first by code, then by status.
func apiAdvice(b block, e *zilliz.APIError) advice {
	a, known := codeAdvice()[e.Code]
	if !known {
		return statusAdvice(e)
	}
	if b.jobID == "" && e.Code == zilliz.CodeJobNotFound {
		return advice{title: a.title, next: seeMessage}
	}
	if a.argument == "cluster_id" || a.argument == "job_id" {
		a.next += swappedIDs(b)
	}
	return a
}

// codeAdvice returns the advice for each documented code. The table in the guide
// "Error codes" says the same.
func codeAdvice() map[zilliz.Code]advice {
	keyRefused := keyRefusedAdvice()
	clusterIDEmpty := advice{"Cluster id is empty", "cluster_id",
		"The service received no cluster id. Check cluster_id, and whether something between here and Zilliz Cloud drops the query of the URL."}
	refused := advice{"Request refused by Zilliz Cloud", "", seeMessage}
	return map[zilliz.Code]advice{
		zilliz.CodeClusterNotFound: {"Cluster not found", "cluster_id",
			"No cluster has this id. Check cluster_id."},
		zilliz.CodeNoClusterAccess: {"No access to the cluster", "",
			"The API key is valid, but has no access to this cluster. Ask the administrator of the Zilliz Cloud project for access, or use another key in the provider's api_key."},
		zilliz.CodeClusterNotPermitted: {"Cluster not found, or no access to it", "cluster_id",
			"Either cluster_id is wrong, or the API key in the provider's api_key has no access to the cluster. Zilliz Cloud does not say which."},
		zilliz.CodeClusterNotInRegion: {"Cluster not in this region", "cluster_id",
			"The cluster is in another region, or does not exist. Set the provider's region_id (ZILLIZ_REGION_ID) to the region of the cluster. A cluster in a second region needs a second provider configuration with an alias."},
		zilliz.CodeClusterIDEmptyInPath: clusterIDEmpty,
		zilliz.CodeClusterIDEmpty:       clusterIDEmpty,
		zilliz.CodeInvalidDomain:        {"Host refused by Zilliz Cloud", "", "This is not the right host for the cluster. " + checkHost},
		zilliz.CodeJobNotFound: {"Import job not found", "job_id",
			"The job id is wrong or belongs to another cluster, the job is not on record yet, or its record has expired: the service forgets a job hours to about two days after its end. Terraform can't tell which, or whether the import completed." +
				"\n\nIf you know that it completed, you can remove the gate. In the data source zilliz_import_progress, ignore_not_found = true accepts a missing record: see its documentation for what that costs."},
		zilliz.CodeIncorrectParameter: {"Request refused by Zilliz Cloud", "cluster_id", "Check the arguments. " + seeMessage},
		zilliz.CodeInvalidToken:       keyRefused,
		zilliz.CodeTokenNotFound:      keyRefused,
		zilliz.CodeIllegalAPIKey:      keyRefused,

		zilliz.CodePageSizeOutOfRange: refused,
		zilliz.CodePageOutOfRange:     refused,
		zilliz.CodeInvalidObjectURL: {"Object URL not accepted", "object_urls",
			"Check the form of object_urls: the bucket's URL as Zilliz Cloud documents it for this cloud."},
		zilliz.CodeNotAvailable: {"Action not available", "",
			"The state of the cluster does not allow this, or the API key has no right to import into it. Check that the cluster is running, and the key's permissions."},
		zilliz.CodeCollectionNotFound: {"Collection not found", "collection_name",
			"The cluster has no such collection. Check collection_name and db_name. If Terraform creates the collection, refer to its resource, so that it exists first."},
		zilliz.CodeObjectTooLarge: {"Object too large to import", "object_urls",
			"An object is over the limit of an import: 10 GB a file and 1 TB in all (1 GB on Free clusters). Split the data into smaller files."},
		zilliz.CodeFileCountMismatch: {"Number of files does not match", "object_urls",
			"The number of files does not match the fields of the collection. Check object_urls or data_paths."},
		zilliz.CodeConcurrentImports: {"Several imports at once are not supported", "",
			"The cluster does not accept another import now. Wait until the running one has completed: let this resource depend on a zilliz_import_completion of it."},
		zilliz.CodeFileCheckFailed: {"Files not accepted", "object_urls", "A check of the files failed. " + seeMessage},
		zilliz.CodeClusterImporting: {"Cluster is busy with an import", "",
			"The cluster accepts no other import until the running one has completed. This is usually temporary: run Terraform again later, or allow more time with timeouts."},
		zilliz.CodeNotForServerless: {"Not supported by Serverless clusters", "", seeMessage},
		zilliz.CodeNotForDedicated:  {"Not supported by Dedicated clusters", "", seeMessage},
		zilliz.CodeObjectStorageDenied: {"Object storage denies access", "object_urls",
			"Zilliz Cloud can't read the objects. Check the URLs, access_key_wo, secret_key_wo and session_token_wo, whether temporary credentials have expired, and the policy of the bucket."},
		zilliz.CodeAcrossClouds: {"Import across clouds not supported", "object_urls",
			"The cluster can't import from the object storage of another cloud. Copy the objects to the cluster's cloud."},
		zilliz.CodeInvalidCollection: {"Invalid collection name", "collection_name", "Check collection_name."},
		zilliz.CodeNothingToImport:   {"Nothing to import", "object_urls", "No files were found. Check object_urls or data_paths."},
		zilliz.CodeObjectURLMissing:  {"No object URL", "object_urls", "Set object_urls, or volume_name and data_paths."},
	}
}

func keyRefusedAdvice() advice {
	return advice{"API key refused", "",
		"Zilliz Cloud does not accept the key. Check the provider's api_key, or ZILLIZ_API_KEY if that is not set: whether it is complete, still valid, and of the account that owns the cluster."}
}

// statusAdvice is for a response without a documented code.
func statusAdvice(e *zilliz.APIError) advice {
	switch status := e.HTTPStatus; {
	case status == http.StatusUnauthorized:
		return keyRefusedAdvice()
	case status == http.StatusForbidden:
		return advice{title: "Access denied", next: "The API key is not allowed to do this, or something between here and Zilliz Cloud denies it. Check the key's permissions and the rules of the network."}
	case status == http.StatusTooManyRequests:
		next := "All who use this API key together send too many requests. Try again later, or lower the provider's max_requests_per_second."
		if e.RetryAfter > 0 {
			next = fmt.Sprintf("The service asks to wait %s. ", e.RetryAfter) + next
		}
		return advice{title: "Too many requests to Zilliz Cloud", next: next}
	case status >= 300 && status < 400:
		return advice{title: "Redirect not followed", next: "The host redirects elsewhere. The provider does not send the API key to a host that is not configured. " + checkHost}
	case status >= 500 || status == http.StatusRequestTimeout:
		return advice{title: "Zilliz Cloud is not available", next: "This is usually temporary. Run Terraform again later. If it happens again, " + reportRequest + "."}
	case status >= 200 && status < 300:
		return advice{title: "Request refused by Zilliz Cloud", next: fmt.Sprintf("Code %d is not documented. ", e.Code) + seeMessage}
	default:
		return advice{title: "Request refused by Zilliz Cloud", next: checkHost}
	}
}

func unknownOutcomeAdvice() advice {
	return advice{title: "Import may have been started",
		next: "The request was sent, but its outcome is not known. Sending it again could import the rows twice, so the provider does not."}
}

var (
	clusterIDForm = regexp.MustCompile(`^in[0-9]{2}-`)
	jobIDForm     = regexp.MustCompile(`^(job-|[0-9a-f]{8}-[0-9a-f]{4}-)`)
)

// swappedIDs says so if the two ids look as if they were swapped.
func swappedIDs(b block) string {
	if !clusterIDForm.MatchString(b.jobID) && !jobIDForm.MatchString(b.clusterID) {
		return ""
	}
	return fmt.Sprintf("\n\nThe two ids may be swapped: job_id is %q and cluster_id is %q.", b.jobID, b.clusterID)
}
