package zilliz

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
	"github.com/zilliz-community/terraform-provider-zilliz/internal/zillizsim"
)

// responseKind is what a response means for a wait.
type responseKind int

const (
	kindInProgress   responseKind = iota
	kindCompleted                 // well-formed, and completed
	kindOne                       // API v1, a percentage of 1: completed, or 1 % on the scale of 0 to 100
	kindScale100                  // API v1, in progress on the scale of 0 to 100
	kindImportFailed              // well-formed, and failed
	kindPermanent                 // an error that a retry can't fix
	kindUnavailable               // an error that a retry may fix
	kindRateLimited               // HTTP 429
	kindUnknownCode               // an undocumented code
)

// randomResponse is a generated response and its kind.
type randomResponse struct {
	handler http.HandlerFunc
	kind    responseKind
}

const (
	completeTime = `"completeTime":"2024-04-01T06:17:55Z"`

	// completedV1 and completedV2 are the fields of a completed import.
	completedV1 = `"readyPercentage":1`
	completedV2 = `"state":"Completed","progress":100`
)

// randomResponseV1 returns a response of API v1.
func randomResponseV1(r *rand.Rand) randomResponse {
	data := func(format string, a ...any) http.HandlerFunc {
		extra := pick(r, "", `,"collectionName":null`, `,"details":[]`, `,"x":{"readyPercentage":1}`, `,"completeTime":""`)
		return respondJSON(fmt.Sprintf(`{"code":%d,"data":{`+fmt.Sprintf(format, a...)+extra+`}}`, 200*r.IntN(2)))
	}
	switch r.IntN(16) {
	case 0:
		ready := pick(r, "1", "1.0", `"1"`, "1.0000000000000002", "10E-1", `1,"errorMessage":""`)
		return randomResponse{respondJSON(`{"code":200,"data":{"readyPercentage":` + ready + `,` + completeTime + `}}`), kindOne}
	case 1:
		return randomResponse{data(`"readyPercentage":%s`, pick(r, "100", "100.0", `"100"`, "1e2")), kindCompleted}
	case 2:
		ready := pick(r, "1.02", "37", `"99.99"`, "101", "1e300")
		return randomResponse{data(`"readyPercentage":%s`, ready), kindScale100}
	case 3:
		ready := pick(r, "1", "100", "0.5", "null")
		return randomResponse{data(`"readyPercentage":%s,"errorMessage":"bad"`, ready), kindImportFailed}
	case 4:
		details := `"details":[{"readyPercentage":1},{"errorMessage":"bad"}]`
		return randomResponse{respondJSON(`{"code":200,"data":{"readyPercentage":1,` + details + `}}`), kindImportFailed}
	case 5:
		ready := pick(r, "0.99", "0", "-1", "null", `""`)
		return randomResponse{data(`"readyPercentage":%s,`+completedV2, ready), kindInProgress}
	case 6:
		details := `"details":[{"readyPercentage":1}]`
		return randomResponse{
			respondJSON(`{"code":200,"data":{"readyPercentage":0.9,` + completeTime + `,` + details + `}}`), kindInProgress,
		}
	case 7, 8, 9:
		return randomResponse{data(`"readyPercentage":%g`, r.Float64()*0.99), kindInProgress}
	case 10:
		return randomResponse{data(`"fileSize":1`), kindInProgress}
	default:
		return randomError(r, completedV1)
	}
}

// randomResponseV2 returns a response of API v2.
func randomResponseV2(r *rand.Rand) randomResponse {
	switch r.IntN(10) {
	case 0:
		progress := pick(r, "100", "0", "null", "-3")
		return randomResponse{
			respondJSON(`{"code":0,"data":{"state":"Completed","progress":` + progress + `}}`), kindCompleted,
		}
	case 1:
		return randomResponse{
			respondJSON(`{"code":0,"data":{"state":"Failed","progress":100,"reason":"bad"}}`), kindImportFailed,
		}
	case 2, 3, 4:
		state := pick(r, `"Importing"`, `"Pending"`, `"InProgress"`, `"Uncommitted"`, `"Committing"`,
			`"Complete"`, `"Completing"`, `""`, `null`)
		return randomResponse{
			respondJSON(fmt.Sprintf(`{"code":0,"data":{"state":%s,"progress":%d,"readyPercentage":1}}`, state, r.IntN(120)-10)),
			kindInProgress,
		}
	case 5:
		return randomResponse{
			respondJSON(`{"code":0,"data":{"state":"Importing","details":[{` + completedV2 + `}]}}`), kindInProgress,
		}
	default:
		return randomError(r, completedV2)
	}
}

// randomError returns a response that must be an error, although it has the data of a
// completed import wherever it can.
func randomError(r *rand.Rand, completed string) randomResponse {
	data := `"data":{` + completed + `}`
	switch r.IntN(4) {
	case 0: // HTTP statuses
		status, kind := pick(r, 408, 429, 500, 502, 503, 504), kindUnavailable
		if status == 429 {
			kind = kindRateLimited
		}
		return randomResponse{respondStatusJSON(status, `{"code":200,`+data+`}`), kind}
	case 1: // malformed responses
		body := pick(r, ``, `{`, `null`, `[]`, `"ok"`, `{"code":200}`, `{"code":0,"data":null}`,
			`{"code":200,"data":[{`+completed+`}]}`, `{`+data+`}`, `{"code":200,`+data, `{"code":200,`+data+`}x`,
			`{"code":"x",`+data+`}`, `{"code":200,"data":{"jobId":"another",`+completed+`}}`)
		return randomResponse{respondJSON(body), kindUnavailable}
	case 2: // broken connections, and pages in place of JSON
		handler := pick(r, zillizsim.Reset(), zillizsim.ResetMidBody(), zillizsim.CutOff(),
			zillizsim.HTMLPage(200), zillizsim.HTMLPage(502))
		return randomResponse{handler, kindUnavailable}
	}
	switch { // the last two can end a wait at once, so they are rarer
	case r.IntN(4) > 0:
		return randomResponse{zillizsim.Status(503), kindUnavailable}
	case r.IntN(2) == 0:
		return randomResponse{respondJSON(`{"code":12345,` + data + `}`), kindUnknownCode}
	default:
		handler := pick(r, respondJSON(`{"code":90144,`+data+`}`), respondStatusJSON(401, `{"code":200,`+data+`}`),
			zillizsim.HTMLPage(403), zillizsim.Redirect("https://x.example.com/"))
		return randomResponse{handler, kindPermanent}
	}
}

// pick returns one of the choices.
func pick[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

// expectedOutcome is a simple model of a wait. It returns how a wait must end after a
// sequence of responses, the last of which is repeated without end, and the number of
// requests until then. The outcome is 0 if the wait succeeds. The number is 0 if the wait
// times out.
func expectedOutcome(responses []randomResponse, maxRetries int) (o importjob.Outcome, requests int) {
	scale100, hasResult, failures, unknownCodes := false, false, 0, 0
	for i, response := range responses {
		kind := response.kind
		scale100 = scale100 || kind == kindScale100
		if kind == kindOne {
			kind = kindCompleted
			if scale100 {
				kind = kindInProgress
			}
		}
		switch kind {
		case kindCompleted:
			return 0, i + 1
		case kindImportFailed:
			return importjob.ImportFailed, i + 1
		case kindPermanent:
			return importjob.RequestFailed, i + 1
		case kindRateLimited:
		case kindUnknownCode:
			if unknownCodes++; !hasResult || unknownCodes > 10 {
				return importjob.RequestFailed, i + 1
			}
		case kindUnavailable:
			if failures++; !hasResult && failures > maxRetries {
				return importjob.RequestFailed, i + 1
			}
		case kindInProgress, kindScale100, kindOne:
			hasResult, failures, unknownCodes = true, 0, 0
		}
	}
	return importjob.TimedOut, 0
}

// TestGateNeverOpensWrongly compares waits with the model of expectedOutcome in thousands
// of random sequences of responses: well-formed, malformed and errors.
func TestGateNeverOpensWrongly(t *testing.T) {
	t.Parallel()
	const seed, sequences = 20261123, 4000
	t.Logf("seed %d", seed)
	outcomes := make(map[importjob.Outcome]int)
	for n := range uint64(sequences) {
		r := rand.New(rand.NewPCG(seed, n))
		version, newResponse := V1, randomResponseV1
		if n%2 == 1 {
			version, newResponse = V2, randomResponseV2
		}
		var responses []randomResponse
		for range 1 + r.IntN(30) {
			responses = append(responses, newResponse(r))
		}
		responses = append(responses, randomResponse{respondJSON(`{"code":0,"data":{}}`), kindInProgress})
		synctest.Test(t, func(t *testing.T) {
			outcomes[checkWait(t, fmt.Sprintf("seed %d, sequence %d", seed, n), version, responses)]++
		})
	}
	for _, o := range []importjob.Outcome{0, importjob.ImportFailed, importjob.RequestFailed, importjob.TimedOut} {
		if outcomes[o] < sequences/50 {
			t.Errorf("%d of %d sequences have outcome %d, want at least %d", outcomes[o], sequences, o, sequences/50)
		}
	}
}

// checkWait waits with a sequence of responses, compares the outcome and the number of
// requests with the model, and returns the outcome.
func checkWait(t *testing.T, name string, version APIVersion, responses []randomResponse) importjob.Outcome {
	t.Helper()
	requests := 0
	config := testConfig(zillizsim.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		response := responses[min(requests, len(responses)-1)]
		requests++
		response.handler(w, r)
	})))
	config.APIVersion = version
	const maxRetries = 4
	want, wantRequests := expectedOutcome(responses, maxRetries)

	poller := importjob.NewPoller(testClient(t, config).JobReader, maxRetries)
	job, err := poller.Wait(t.Context(), testID, importjob.WaitOptions{Timeout: 20 * time.Minute})
	var e *importjob.Error
	var got importjob.Outcome
	if errors.As(err, &e) {
		got = e.Outcome
	}
	if got != want || wantRequests > 0 && requests != wantRequests {
		t.Fatalf("%s: outcome %d after %d requests, want %d after %d (%v)", name, got, requests, want, wantRequests, err)
	}
	if (err == nil) != (job.State == importjob.StateCompleted) || err != nil && strings.Contains(err.Error(), testKey) {
		t.Fatalf("%s: Wait() = %s, %v", name, toJSON(job), err)
	}
	return got
}
