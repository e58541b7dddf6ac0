package zillizsim

import (
	"net/http"
	"strings"
)

// Error codes that the simulator sends. [Server.Refuse] and [ErrorCode] can send
// any other.
const (
	codeInvalidURL        = 10003 // documented
	codeV2BadKey          = 21119 // recorded
	codeUnknownCluster    = 40021 // documented
	codeBadParameter      = 80000 // documented
	codeV1BadKey          = 80001 // recorded
	codeBadPageSize       = 80003 // documented
	codeBadPage           = 80004 // documented
	codeInvalidCollection = 90011 // documented
	codeNoClusterID       = 90104 // documented
	codeNothingToImport   = 90142 // documented
	codeUnknownJob        = 90144 // documented
	codeNoObjectURL       = 90145 // documented

	// From the source of Milvus. The last two are inferred for Zilliz Cloud, which
	// documents no codes for a database without rights or a commit at the wrong time.
	codeMilvusBadParameter = 1100
	codeMilvusBadKey       = 1800
	codeMilvusBadJSON      = 1801
	codeMilvusMissingField = 1802
	codeImportFailed       = 2100
	codeNoPermission       = 65535
)

// errorMessage returns the service's message for an error code. The messages are
// documented unless marked otherwise; those of Milvus are from its source.
// Placeholders in documented messages are left out.
func errorMessage(code int) string {
	messages := map[int]string{
		codeInvalidURL:         "Invalid s3 ObjectUrl.",
		codeV2BadKey:           "The apikey is illegal", // recorded
		40003:                  "Action not available given the current status of the cluster.",
		codeUnknownCluster:     "The cluster ID does not exist.",
		40022:                  "No access to this cluster. Please request access from your admin.",
		47005:                  "The specified cluster collection not exists.",
		47035:                  "The specified object size exceeds limit.",
		47036:                  "The number of objects not equal to the number of collection fields.",
		47039:                  "The specified cluster do not support multiple imports at the same time.",
		47053:                  "Failed to checkFiles.",
		47055:                  "The current cluster is currently importing data. To ensure more stable service of your Milvus cluster",
		codeBadParameter:       "Incorrect parameter",
		codeV1BadKey:           "Invalid token: Your token is not valid. Please double-check your request parameters and ensure that you have provided a valid token.",
		80002:                  "Token not found or unauthorized: The provided token does not exist in our records, or you do not have the necessary permissions to use this token. Please ensure you have the correct token.",
		codeBadPageSize:        "The parameter value for 'pageSize' should be between 5 and 100.",
		codeBadPage:            "The parameter 'currentPage' should have a value between 1 and the maximum value of Int.",
		80020:                  "Invalid clusterId or you do not have permission to access that Cluster.",
		80021:                  "This operation is not supported by Serverless clusters.", // inferred
		80022:                  "This operation is not supported by Dedicated clusters.",  // inferred
		83001:                  "Failed to getObjectMeta.",
		83004:                  "Importing files across clouds is not currently supported",
		codeInvalidCollection:  "Invalid CollectionName. Reason: Name contains only alphanumeric letters and underscores",
		90102:                  "The cluster does not exist in current region.",
		90103:                  "The clusterId parameter is empty in the request path.",
		codeNoClusterID:        "The clusterId parameter is empty in the request parameter.",
		90117:                  "Invalid domain name used, please check the domain name you're using.",
		codeNothingToImport:    "No import content provided.",
		codeUnknownJob:         "No jobId record found under this cluster",
		codeNoObjectURL:        "No ObjectUrl key field.",
		1:                      "service not ready",
		codeMilvusBadParameter: "invalid parameter",
		codeMilvusBadKey:       "user hasn't authenticated",
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

// write sends the error with HTTP 401 for a bad key, 403 for a database without rights
// (from the source of Milvus), else 200 (both recorded).
func (e *apiError) write(w http.ResponseWriter) {
	status := http.StatusOK
	switch e.code {
	case codeV1BadKey, 80002, codeV2BadKey, codeMilvusBadKey:
		status = http.StatusUnauthorized
	case codeNoPermission:
		status = http.StatusForbidden
	}
	writeError(w, status, e.code, e.message)
}
