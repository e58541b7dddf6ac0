package zillizsim

import (
	"encoding/json"
	"io"
	"net/http"
)

// The codes that the simulator finds a reason for by itself. Refuse plays any.
const (
	codeV2BadKey       = 21119 // recorded
	codeUnknownCluster = 40021 // documented
	codeBadParameter   = 80000 // documented
	codeV1BadKey       = 80001 // recorded
	codeBadPageSize    = 80003 // documented, message inferred
	codeBadPage        = 80004 // documented, message inferred
	codeNoClusterID    = 90104 // documented
	codeUnknownJob     = 90144 // documented
)

// message is what the service says with a code.
func message(code int) string {
	switch code {
	case codeV2BadKey:
		return "The apikey is illegal"
	case codeUnknownCluster:
		return "The cluster ID does not exist."
	case 40022:
		return "No access to this cluster. Please request access from your admin."
	case codeBadParameter:
		return "Incorrect parameter"
	case codeV1BadKey:
		return "Invalid token: Your token is not valid. Please double-check your request parameters and ensure that you have provided a valid token."
	case 80002:
		return "Token not found or unauthorized: The provided token does not exist in our records, or you do not have the necessary permissions to use this token. Please ensure you have the correct token."
	case codeBadPageSize:
		return "The pageSize parameter must be from 5 to 100."
	case codeBadPage:
		return "The currentPage parameter must be a number from 1."
	case 80020:
		return "Invalid clusterId or you do not have permission to access that Cluster."
	case 90102:
		return "The cluster does not exist in current region."
	case 90103:
		return "The clusterId parameter is empty in the request path."
	case codeNoClusterID:
		return "The clusterId parameter is empty in the request parameter."
	case 90117:
		return "Invalid domain name used, please check the domain name you're using."
	case codeUnknownJob:
		return "No jobId record found under this cluster"
	}
	return "Unknown error"
}

// httpStatus is 401 where the key is at fault and 200 for every other business
// error. Both are recorded.
func httpStatus(code int) int {
	switch code {
	case codeV1BadKey, 80002, codeV2BadKey:
		return http.StatusUnauthorized
	}
	return http.StatusOK
}

func writeCode(w http.ResponseWriter, code int) {
	writeError(w, httpStatus(code), code, message(code))
}

func writeError(w http.ResponseWriter, status, code int, message string) {
	writeJSON(w, status, map[string]any{"code": code, "message": message})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // a Progress that is not a number
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	write(w, status, "application/json", string(body))
}

func write(w http.ResponseWriter, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) //nolint:gosec // bodies are what a test wants; the client may be gone
}
