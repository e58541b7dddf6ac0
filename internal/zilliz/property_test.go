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

// meaning is what a made-up response means.
type meaning int

const (
	running     meaning = iota
	complete            // well-formed, and completed
	atOne               // API v1, a percentage of 1: complete unless it is 1 of 100
	overOnes            // API v1, a running percentage that proves the scale of 100
	broken              // failed imports
	refused             // a retry does not help
	unavailable         // a retry may help
	throttled           // HTTP 429
	unknownCode
)

type madeUp struct {
	answer http.HandlerFunc
	means  meaning
}

func ok(body string) http.HandlerFunc {
	return zillizsim.Body(http.StatusOK, "application/json", body)
}

// answerV1 makes up an answer of API v1.
func answerV1(r *rand.Rand) madeUp {
	data := func(format string, a ...any) http.HandlerFunc {
		extra := []string{"", `,"collectionName":null`, `,"details":[]`, `,"x":{"readyPercentage":1}`, `,"completeTime":""`}
		return ok(fmt.Sprintf(`{"code":%d,"data":{`+fmt.Sprintf(format, a...)+extra[r.IntN(len(extra))]+`}}`, 200*r.IntN(2)))
	}
	switch r.IntN(16) {
	case 0:
		return madeUp{ok(fmt.Sprintf(`{"code":200,"data":{"readyPercentage":%s,"completeTime":"2024-04-01T06:17:55Z"}}`, pick(r, "1", "1.0", `"1"`, "1.0000000000000002", "10E-1", `1,"errorMessage":""`))), atOne}
	case 1:
		return madeUp{data(`"readyPercentage":%s`, pick(r, "100", "100.0", `"100"`, "1e2")), complete}
	case 2:
		return madeUp{data(`"readyPercentage":%s`, pick(r, "1.02", "37", `"99.99"`, "101", "1e300")), overOnes}
	case 3:
		return madeUp{data(`"readyPercentage":%s`, pick(r, "1", "100", "0.5", "null")+`,"errorMessage":"bad"`), broken}
	case 4:
		return madeUp{ok(`{"code":200,"data":{"readyPercentage":1,"details":[{"readyPercentage":1},{"errorMessage":"bad"}]}}`), broken}
	case 5:
		return madeUp{data(`"readyPercentage":%s,"state":"Completed","progress":100`, pick(r, "0.99", "0", "-1", "null", `""`)), running}
	case 6:
		return madeUp{ok(`{"code":200,"data":{"readyPercentage":0.9,"completeTime":"2024-04-01T06:17:55Z","details":[{"readyPercentage":1}]}}`), running}
	case 7, 8, 9:
		return madeUp{data(`"readyPercentage":%g`, r.Float64()*0.99), running}
	case 10:
		return madeUp{data(`"fileSize":1`), running}
	default:
		return oddAnswer(r, `"readyPercentage":1`)
	}
}

// answerV2 makes up an answer of API v2.
func answerV2(r *rand.Rand) madeUp {
	switch r.IntN(10) {
	case 0:
		return madeUp{ok(fmt.Sprintf(`{"code":0,"data":{"state":"Completed","progress":%s}}`, pick(r, "100", "0", "null", "-3"))), complete}
	case 1:
		return madeUp{ok(`{"code":0,"data":{"state":"Failed","progress":100,"reason":"bad"}}`), broken}
	case 2, 3, 4:
		return madeUp{ok(fmt.Sprintf(`{"code":0,"data":{"state":%s,"progress":%d,"readyPercentage":1}}`,
			pick(r, `"Importing"`, `"Pending"`, `"InProgress"`, `"Uncommitted"`, `"Committing"`, `"Complete"`, `"Completing"`, `""`, `null`), r.IntN(120)-10)), running}
	case 5:
		return madeUp{ok(`{"code":0,"data":{"state":"Importing","details":[{"state":"Completed","progress":100}]}}`), running}
	default:
		return oddAnswer(r, `"state":"Completed","progress":100`)
	}
}

// oddAnswer makes up what is no good answer, although it says completed wherever it can.
func oddAnswer(r *rand.Rand, completed string) madeUp {
	switch r.IntN(4) {
	case 0:
		status, means := []int{408, 429, 500, 502, 503, 504}[r.IntN(6)], unavailable
		if status == 429 {
			means = throttled
		}
		return madeUp{zillizsim.Body(status, "application/json", `{"code":200,"data":{`+completed+`}}`), means}
	case 1:
		return madeUp{ok(pick(r, ``, `{`, `null`, `[]`, `"ok"`, `{"code":200}`, `{"code":0,"data":null}`, `{"code":200,"data":[{`+completed+`}]}`,
			`{"data":{`+completed+`}}`, `{"code":200,"data":{`+completed, `{"code":200,"data":{`+completed+`}}x`, `{"code":"x","data":{`+completed+`}}`, `{"code":200,"data":{"jobId":"another",`+completed+`}}`)), unavailable}
	case 2:
		return madeUp{pickAnswer(r, zillizsim.Reset(), zillizsim.ResetMidBody(), zillizsim.CutOff(), zillizsim.HTMLPage(200), zillizsim.HTMLPage(502)), unavailable}
	default:
		if r.IntN(4) > 0 {
			return madeUp{zillizsim.Status(503), unavailable}
		}
		if r.IntN(2) == 0 {
			return madeUp{ok(`{"code":12345,"data":{` + completed + `}}`), unknownCode}
		}
		return madeUp{pickAnswer(r, ok(`{"code":90144,"data":{`+completed+`}}`),
			zillizsim.Body(401, "application/json", `{"code":200,"data":{`+completed+`}}`), zillizsim.HTMLPage(403), zillizsim.Redirect("https://x.example.com/")), refused}
	}
}

func pick(r *rand.Rand, choices ...string) string { return choices[r.IntN(len(choices))] }

func pickAnswer(r *rand.Rand, choices ...http.HandlerFunc) http.HandlerFunc {
	return choices[r.IntN(len(choices))]
}

// verdict is the plain model: what a wait has to make of a sequence of answers, the
// last of which goes on for ever. 0 is completed.
func verdict(answers []madeUp, retries int) (o importjob.Outcome, asked int) {
	hundred, answered, failures, unknownCodes := false, false, 0, 0
	for i, a := range answers {
		means := a.means
		hundred = hundred || means == overOnes
		if means == atOne {
			means = complete
			if hundred {
				means = running
			}
		}
		switch means {
		case complete:
			return 0, i + 1
		case broken:
			return importjob.ImportFailed, i + 1
		case refused:
			return importjob.RequestFailed, i + 1
		case throttled:
		case unknownCode:
			if unknownCodes++; !answered || unknownCodes > 10 {
				return importjob.RequestFailed, i + 1
			}
		case unavailable:
			if failures++; !answered && failures > retries {
				return importjob.RequestFailed, i + 1
			}
		case running, overOnes, atOne:
			answered, failures, unknownCodes = true, 0, 0
		}
	}
	return importjob.TimedOut, 0
}

// TestGateNeverOpensWrongly holds waits against the model over thousands of made-up
// sequences of answers: valid, odd and broken.
func TestGateNeverOpensWrongly(t *testing.T) {
	t.Parallel()
	const seed, sequences = 20261123, 4000
	t.Logf("seed %d", seed)
	outcomes := make(map[importjob.Outcome]int)
	for n := range uint64(sequences) {
		r := rand.New(rand.NewPCG(seed, n))
		version, makeUp := V1, answerV1
		if n%2 == 1 {
			version, makeUp = V2, answerV2
		}
		var answers []madeUp
		for range 1 + r.IntN(30) {
			answers = append(answers, makeUp(r))
		}
		answers = append(answers, madeUp{ok(`{"code":0,"data":{}}`), running})
		synctest.Test(t, func(t *testing.T) {
			outcomes[expectVerdict(t, fmt.Sprintf("seed %d, sequence %d", seed, n), version, answers)]++
		})
	}
	for _, o := range []importjob.Outcome{0, importjob.ImportFailed, importjob.RequestFailed, importjob.TimedOut} {
		if outcomes[o] < sequences/50 {
			t.Errorf("only %d of %d sequences end in outcome %d: the test has lost its teeth", outcomes[o], sequences, o)
		}
	}
}

func expectVerdict(t *testing.T, where string, version APIVersion, answers []madeUp) importjob.Outcome {
	t.Helper()
	asked := 0
	config := testConfig(zillizsim.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := answers[min(asked, len(answers)-1)]
		asked++
		answer.answer(w, r)
	})))
	config.APIVersion = version
	const maxRetries = 4
	want, wantAsked := verdict(answers, maxRetries)

	job, err := importjob.NewPoller(testClient(t, config).JobReader, maxRetries).Wait(t.Context(), testID, importjob.WaitOptions{Timeout: 20 * time.Minute})
	var e *importjob.Error
	var got importjob.Outcome
	if errors.As(err, &e) {
		got = e.Outcome
	}
	if got != want || wantAsked > 0 && asked != wantAsked {
		t.Fatalf("%s: outcome %d after %d requests, want %d after %d (%v)", where, got, asked, want, wantAsked, err)
	}
	if (err == nil) != (job.State == importjob.StateCompleted) || err != nil && strings.Contains(err.Error(), testKey) {
		t.Fatalf("%s: %s, %v", where, show(job), err)
	}
	return got
}
