package zillizsim

import (
	"net/http"
	"strings"
)

// The error codes of Zilliz Cloud that the simulator sends by itself (documented), named
// as in the client.
const (
	codeInvalidObjectURL   = 10003
	codeIllegalAPIKey      = 21119
	codeClusterNotFound    = 40021
	codeIncorrectParameter = 80000
	codeInvalidToken       = 80001
	codeTokenNotFound      = 80002
	codePageSizeOutOfRange = 80003
	codePageOutOfRange     = 80004
	codeInvalidCollection  = 90011
	codeClusterIDEmpty     = 90104
	codeNothingToImport    = 90142
	codeJobNotFound        = 90144
	codeObjectURLMissing   = 90145
)

// The error codes of Milvus (from its source). The last two are those of Zilliz Cloud too
// (inferred): it documents none for a database without rights, or for a commit or an
// abort at the wrong time. So are those of collections, which the data plane sends.
const (
	codeCollectionNotFound  = 100
	codeCollectionNotLoaded = 101
	codeCollectionNotWhole  = 103
	codeIndexNotFound       = 700
	codeMilvusBadParameter  = 1100
	codeNotAuthenticated    = 1800
	codeMilvusBadJSON       = 1801
	codeMilvusMissingField  = 1802
	codeImportFailed        = 2100
	codeNoPermission        = 65535
)

// errorMessage returns the service's message for an error code, also for those that only
// [Server.Refuse] and [ErrorCode] send. Those of Zilliz Cloud are documented, unless
// marked, and lack their placeholders. Those of Milvus are from its source.
func errorMessage(code int) string {
	messages := map[int]string{ //nolint:gosec // messages about tokens, not tokens
		codeInvalidObjectURL: "Invalid s3 ObjectUrl.",
		codeIllegalAPIKey:    "The apikey is illegal", // recorded
		40003:                "Action not available given the current status of the cluster.",
		codeClusterNotFound:  "The cluster ID does not exist.",
		40022:                "No access to this cluster. Please request access from your admin.",
		47005:                "The specified cluster collection not exists.",
		47035:                "The specified object size exceeds limit.",
		47036:                "The number of objects not equal to the number of collection fields.",
		47039:                "The specified cluster do not support multiple imports at the same time.",
		47053:                "Failed to checkFiles.",
		47055: "The current cluster is currently importing data. " +
			"To ensure more stable service of your Milvus cluster",
		codeIncorrectParameter: "Incorrect parameter",
		codeInvalidToken: "Invalid token: Your token is not valid. Please double-check your request parameters " +
			"and ensure that you have provided a valid token.",
		codeTokenNotFound: "Token not found or unauthorized: The provided token does not exist in our records, " +
			"or you do not have the necessary permissions to use this token. Please ensure you have the correct token.",
		codePageSizeOutOfRange: "The parameter value for 'pageSize' should be between 5 and 100.",
		codePageOutOfRange: "The parameter 'currentPage' should have a value between 1 and the maximum value " +
			"of Int.",
		80020: "Invalid clusterId or you do not have permission to access that Cluster.",
		80021: "This operation is not supported by Serverless clusters.", // inferred
		80022: "This operation is not supported by Dedicated clusters.",  // inferred
		83001: "Failed to getObjectMeta.",
		83004: "Importing files across clouds is not currently supported",
		codeInvalidCollection: "Invalid CollectionName. Reason: Name contains only alphanumeric letters " +
			"and underscores",
		90102:                "The cluster does not exist in current region.",
		90103:                "The clusterId parameter is empty in the request path.",
		codeClusterIDEmpty:   "The clusterId parameter is empty in the request parameter.",
		90117:                "Invalid domain name used, please check the domain name you're using.",
		codeNothingToImport:  "No import content provided.",
		codeJobNotFound:      "No jobId record found under this cluster",
		codeObjectURLMissing: "No ObjectUrl key field.",

		1:                       "service not ready",
		codeCollectionNotFound:  "collection not found",
		codeCollectionNotLoaded: "collection not loaded",
		codeCollectionNotWhole:  "collection not fully loaded",
		200:                     "partition not found",
		codeIndexNotFound:       "index not found",
		800:                     "database not found",
		codeMilvusBadParameter:  "invalid parameter",
		codeNotAuthenticated:    "user hasn't authenticated",
		codeMilvusBadJSON:       "can only accept json format request",
		codeMilvusMissingField:  "missing required parameters",
		codeImportFailed:        "importing data failed",
		codeNoPermission:        "rpc error: code = PermissionDenied desc = permission deny",
	}
	if message, known := messages[code]; known {
		return message
	}
	return "Unknown error" // inferred
}

// apiError is the error in a response of the API.
type apiError struct {
	code    int
	message string
}

func newError(code int, detail ...string) *apiError {
	return &apiError{code, errorMessage(code) + strings.Join(detail, "")}
}

// importFailed returns the error for a job that does not exist or has the wrong state.
func importFailed(reason string) *apiError {
	return &apiError{codeImportFailed, reason + ": " + errorMessage(codeImportFailed)}
}

// write sends the error. The HTTP status is 401 for a bad key (recorded), 403 for a
// database without rights (from the source of Milvus), and otherwise 200 (recorded).
func (e *apiError) write(w http.ResponseWriter) {
	status := http.StatusOK
	switch e.code {
	case codeInvalidToken, codeTokenNotFound, codeIllegalAPIKey, codeNotAuthenticated:
		status = http.StatusUnauthorized
	case codeNoPermission:
		status = http.StatusForbidden
	}
	writeError(w, status, e.code, e.message)
}
