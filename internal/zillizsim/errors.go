package zillizsim

import (
	"net/http"
	"strings"
)

// The error codes of Zilliz Cloud (documented), with the names that the client gives
// them. [Server.Refuse] and [ErrorCode] can send any other code too.
const (
	codeClusterNotFound      = 40021
	codeNoClusterAccess      = 40022
	codeClusterNotPermitted  = 80020
	codeClusterNotInRegion   = 90102
	codeClusterIDEmptyInPath = 90103
	codeClusterIDEmpty       = 90104
	codeInvalidDomain        = 90117
	codeJobNotFound          = 90144
	codeIncorrectParameter   = 80000
	codeInvalidToken         = 80001
	codeTokenNotFound        = 80002
	codeIllegalAPIKey        = 21119
	codeNotAuthenticated     = 1800 // Milvus sends it too.

	codePageSizeOutOfRange  = 80003
	codePageOutOfRange      = 80004
	codeInvalidObjectURL    = 10003
	codeNotAvailable        = 40003
	codeCollectionNotFound  = 47005
	codeObjectTooLarge      = 47035
	codeFileCountMismatch   = 47036
	codeConcurrentImports   = 47039
	codeFileCheckFailed     = 47053
	codeClusterImporting    = 47055
	codeNotForServerless    = 80021
	codeNotForDedicated     = 80022
	codeObjectStorageDenied = 83001
	codeAcrossClouds        = 83004
	codeInvalidCollection   = 90011
	codeNothingToImport     = 90142
	codeObjectURLMissing    = 90145
)

// The error codes of Milvus (from its source). The last two are those of Zilliz Cloud too
// (inferred): it documents none for a database without rights, or for a commit or an
// abort at the wrong time.
const (
	codeMilvusNotReady     = 1
	codeMilvusBadParameter = 1100
	codeMilvusBadJSON      = 1801
	codeMilvusMissingField = 1802
	codeImportFailed       = 2100
	codeNoPermission       = 65535
)

// errorMessage returns the service's message for an error code. Those of Zilliz Cloud are
// documented, unless marked, and lack their placeholders. Those of Milvus are from its
// source.
func errorMessage(code int) string {
	messages := map[int]string{
		codeClusterNotFound:      "The cluster ID does not exist.",
		codeNoClusterAccess:      "No access to this cluster. Please request access from your admin.",
		codeClusterNotPermitted:  "Invalid clusterId or you do not have permission to access that Cluster.",
		codeClusterNotInRegion:   "The cluster does not exist in current region.",
		codeClusterIDEmptyInPath: "The clusterId parameter is empty in the request path.",
		codeClusterIDEmpty:       "The clusterId parameter is empty in the request parameter.",
		codeInvalidDomain:        "Invalid domain name used, please check the domain name you're using.",
		codeJobNotFound:          "No jobId record found under this cluster",
		codeIncorrectParameter:   "Incorrect parameter",
		codeInvalidToken: "Invalid token: Your token is not valid. Please double-check your request parameters " +
			"and ensure that you have provided a valid token.",
		codeTokenNotFound: "Token not found or unauthorized: The provided token does not exist in our records, " +
			"or you do not have the necessary permissions to use this token. Please ensure you have the correct token.",
		codeIllegalAPIKey:    "The apikey is illegal", // recorded
		codeNotAuthenticated: "user hasn't authenticated",

		codePageSizeOutOfRange: "The parameter value for 'pageSize' should be between 5 and 100.",
		codePageOutOfRange: "The parameter 'currentPage' should have a value between 1 and the maximum value " +
			"of Int.",
		codeInvalidObjectURL:   "Invalid s3 ObjectUrl.",
		codeNotAvailable:       "Action not available given the current status of the cluster.",
		codeCollectionNotFound: "The specified cluster collection not exists.",
		codeObjectTooLarge:     "The specified object size exceeds limit.",
		codeFileCountMismatch:  "The number of objects not equal to the number of collection fields.",
		codeConcurrentImports:  "The specified cluster do not support multiple imports at the same time.",
		codeFileCheckFailed:    "Failed to checkFiles.",
		codeClusterImporting: "The current cluster is currently importing data. " +
			"To ensure more stable service of your Milvus cluster",
		codeNotForServerless:    "This operation is not supported by Serverless clusters.", // inferred
		codeNotForDedicated:     "This operation is not supported by Dedicated clusters.",  // inferred
		codeObjectStorageDenied: "Failed to getObjectMeta.",
		codeAcrossClouds:        "Importing files across clouds is not currently supported",
		codeInvalidCollection: "Invalid CollectionName. Reason: Name contains only alphanumeric letters " +
			"and underscores",
		codeNothingToImport:  "No import content provided.",
		codeObjectURLMissing: "No ObjectUrl key field.",

		codeMilvusNotReady:     "service not ready",
		codeMilvusBadParameter: "invalid parameter",
		codeMilvusBadJSON:      "can only accept json format request",
		codeMilvusMissingField: "missing required parameters",
		codeImportFailed:       "importing data failed",
		codeNoPermission:       "rpc error: code = PermissionDenied desc = permission deny",
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
