package contract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/dev/tfcli"
)

const (
	// maxWait limits what has no polls, such as an apply, maxPolls each wait for a job, to
	// half an hour too, and maxSilence how long it can't be read: it is not on record yet, or
	// the service is not there for a moment.
	maxWait    = 30 * time.Minute
	maxPolls   = 360
	maxSilence = 2 * time.Minute
)

// writingChecks returns the checks that import into the collection of the service. An
// import that completes leaves its rows there.
func writingChecks() []check {
	with := func(v api, f func(context.Context, service, api) error) func(context.Context, service) error {
		return func(ctx context.Context, s service) error { return f(ctx, s, v) }
	}
	return []check{
		{"v2: a job is on record at once, names its file by the path in the bucket, and looks unfinished until it has completed", with(v2, importFile)},
		onCluster("a collection that is loaded after an import shows its rows once it is LoadStateLoaded and 100", load),
		onCluster("a count shows the rows of a completed import after a refresh", refresh),
		{"v1: a job is on record at once, names its file by the path in the bucket, and looks unfinished until it has completed", with(v1, importFile)},
		{"a second start of the same files is another job, which comes first in the lists, or is refused as busy (47039, 47055)", startTwice},
		{"auto_commit = false stops in Uncommitted, which looks unfinished with v1, and a commit completes it", commit},
		{"an abort of an uncommitted job makes it Failed, and its rows are gone", abort},
		{"v1: an import of a file that does not exist is refused, or fails with a message", with(v1, fail)},
		{"v2: an import of a file that does not exist is refused, or fails with a message", with(v2, fail)},
		{"v1: the provider imports, waits and reads", with(v1, apply)},
		{"v2: the provider imports, waits and reads", with(v2, apply)},
	}
}

// start starts an import of a URL and returns the ID of its job, empty if the service has
// refused it. The error is errStop if nobody knows whether a job was started.
func (s service) start(ctx context.Context, v api, location string, more fields) (string, answer, error) {
	if ctx.Err() != nil {
		return "", answer{}, ctx.Err()
	}
	if v == v1 && s.token != "" {
		return "", answer{}, errNotSeen // v1 has no field for it
	}
	// Once it is sent, a start is not abandoned: its answer has the ID.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 75*time.Second)
	defer cancel()
	body := fields{"clusterId": s.cluster, "collectionName": s.collection}
	for field, value := range map[string]string{"accessKey": s.accessKey, "secretKey": s.secretKey, "token": s.token} {
		if value != "" {
			body[field] = value
		}
	}
	maps.Copy(body, more)
	var a answer
	if v == v1 {
		body["objectUrl"] = location
		a = s.send(ctx, http.MethodPost, "v1", "/v1/vector/collections/import", body)
	} else {
		body["objectUrls"] = [][]string{{location}}
		a = s.call(ctx, v2, "create", body)
	}
	if a.err == nil && a.status < 500 && a.code > 0 && !a.succeeded() {
		return "", a, nil
	}
	s.started++
	id := text(a.data()["jobId"])
	if id == "" {
		return "", a, fmt.Errorf("%w: %v", errStop, a)
	}
	s.left = append(s.left, id)
	return id, a, a.fault()
}

// mustStart is like start for the file that exists. A refusal stops the run too.
func (s service) mustStart(ctx context.Context, v api, more fields) (string, error) {
	id, a, err := s.start(ctx, v, s.objectURL, more)
	if err == nil && id == "" {
		err = fmt.Errorf("%w: %v", errStop, a)
	}
	return id, err
}

// state reads a job and its state. With v1, the list shows the state, and is read later:
// if it shows an import that goes on, the answer is of one too.
func (s service) state(ctx context.Context, v api, id string) (answer, string) {
	a := s.read(ctx, v, id)
	state := stateOf(a.data())
	if v == v1 {
		list := s.list(ctx, v1)
		if i := slices.Index(idsOf(list), id); i >= 0 {
			state = stateOf(list.jobs()[i])
		}
		if ended(state) {
			a = s.read(ctx, v, id)
		}
	}
	return a, state
}

func ended(state string) bool { return state == "Completed" || state == "Failed" }

func idsOf(list answer) []string {
	var ids []string
	for _, job := range list.jobs() {
		ids = append(ids, text(job["jobId"]))
	}
	return ids
}

// await polls a job until it is in a state, and lets look at each answer. It returns an
// error if the job ends in another state. What look finds is returned once the wait is
// over, so that the next check does not find the cluster busy.
func (s service) await(ctx context.Context, v api, id, want string, look func(a answer, state string) error) (a answer, err error) {
	var finding error
	read := time.Now()
	s.poll(ctx, maxPolls, func() bool {
		var state string
		if a, state = s.state(ctx, v, id); a.fault() != nil || state == "" {
			err = fmt.Errorf("%v, and no state", a)
			return time.Since(read) > maxSilence
		}
		read = time.Now()
		if look != nil && finding == nil {
			finding = look(a, state)
		}
		if ended(state) {
			s.left = slices.DeleteFunc(s.left, func(left string) bool { return left == id })
		}
		if rows, ok := number(a.data()["totalRows"]); ok && state == "Completed" {
			s.rows += int64(rows)
		}
		if err = finding; state != want {
			err = fmt.Errorf("the job is %s, want %s", publicValue("state", state), want)
		}
		return state == want || ended(state)
	})
	return a, err
}

func importFile(ctx context.Context, s service, v api) error {
	id, err := s.mustStart(ctx, v, nil)
	if err != nil {
		return err
	}
	late := s.read(ctx, v, id).fault()
	var states []string
	a, err := s.await(ctx, v, id, "Completed", func(a answer, state string) error {
		if public := fmt.Sprint(publicValue("state", state)); !slices.Contains(states, public) {
			states = append(states, public)
		}
		if ended(state) {
			return namesFile(a, s.objectURL)
		}
		return errors.Join(namesFile(a, s.objectURL), unfinished(a, v))
	})
	s.note("%s", strings.Join(states, ", "))
	switch {
	case err != nil:
		return err
	case late != nil:
		return fmt.Errorf("at once: %w", late)
	case len(states) < 2:
		return errNotSeen
	default:
		return completed(a, v)
	}
}

// namesFile returns an error unless a job and its files are named by the path of a URL in
// its bucket, or below it. The path of an http URL can begin with the bucket, and Milvus
// writes the name in brackets.
func namesFile(a answer, location string) error {
	scheme, rest, _ := strings.Cut(location, "://")
	_, path, _ := strings.Cut(rest, "/")
	_, inBucket, found := strings.Cut(path, "/")
	named := 0
	for _, o := range append(objects(a.data()["details"]), a.data()) {
		name := strings.TrimLeft(text(o["fileName"]), "[/")
		switch {
		case name == "":
		case strings.HasPrefix(name, path), found && strings.HasPrefix(scheme, "http") && strings.HasPrefix(name, inBucket):
			named++
		default:
			return errors.New("a file name is not the path in the bucket")
		}
	}
	if named == 0 {
		return errors.New("no file name")
	}
	return nil
}

// unfinished returns an error if an answer looks like that of a completed import.
func unfinished(a answer, v api) error {
	percent, ok := number(a.data()[v.percent])
	if at := text(a.data()["completeTime"]); !ok || percent >= v.full || at != "" {
		return fmt.Errorf("percentage %v, completion time: %v", percent, at != "")
	}
	return nil
}

// startTwice compares the order of two starts, which only it knows, with that of the lists.
func startTwice(ctx context.Context, s service) error {
	first, err := s.mustStart(ctx, v2, nil)
	if err != nil {
		return err
	}
	second, a, err := s.start(ctx, v2, s.objectURL, nil)
	if err != nil {
		return err
	}
	ids, finding := []string{second, first}, error(nil)
	switch second {
	case first:
		finding = errors.New("the second start answers the first job")
	case "":
		ids = ids[1:]
		s.note("refused: %v", a)
		if a.code != 47039 && a.code != 47055 {
			finding = errors.New(a.String())
		}
	}
	for _, v := range []api{v1, v2} {
		listed := slices.DeleteFunc(idsOf(s.list(ctx, v)), func(id string) bool { return !slices.Contains(ids, id) })
		if !slices.Equal(listed, ids) {
			finding = fmt.Errorf("%d of %d jobs in the list of %s, or not the newest first", len(listed), len(ids), v.name)
		}
	}
	for _, id := range ids { // in any case, so that the next check does not find the cluster busy
		_, err := s.await(ctx, v2, id, "Completed", nil)
		finding = errors.Join(finding, err)
	}
	return finding
}

// end starts an import whose rows stay invisible, lets look at it in Uncommitted, and ends
// it with a call.
func (s service) end(ctx context.Context, call, state string, look func(id string)) error {
	id, err := s.mustStart(ctx, v2, fields{"options": map[string]string{"auto_commit": "false"}})
	if err != nil {
		return err
	}
	if _, err = s.await(ctx, v2, id, "Uncommitted", nil); err != nil {
		return err
	}
	look(id)
	if a := s.call(ctx, v2, call, fields{"jobId": id}); a.fault() != nil {
		return fmt.Errorf("%s: %v", call, a)
	}
	_, err = s.await(ctx, v2, id, state, nil)
	return err
}

func commit(ctx context.Context, s service) error {
	var shown error
	err := s.end(ctx, "commit", "Completed", func(id string) {
		a := s.read(ctx, v1, id)
		if shown = a.fault(); shown == nil {
			shown = unfinished(a, v1)
		}
	})
	if err == nil && shown != nil {
		err = fmt.Errorf("v1 shows the uncommitted job so: %w", shown)
	}
	return err
}

func abort(ctx context.Context, s service) error {
	before, countable := s.settled(ctx)
	err := s.end(ctx, "abort", "Failed", func(string) {})
	if err != nil || !countable {
		return err
	}
	if after, _ := s.settled(ctx); after != before {
		return fmt.Errorf("%d rows more", after-before)
	}
	s.note("counted")
	return nil
}

func fail(ctx context.Context, s service, v api) error {
	folder := strings.LastIndex(strings.TrimRight(s.objectURL, "/"), "/") + 1
	id, a, err := s.start(ctx, v, s.objectURL[:folder]+"no-such-"+s.objectURL[folder:], nil)
	if err != nil {
		return err
	}
	if id == "" {
		s.note("refused: %v", a)
		return nil
	}
	if a, err = s.await(ctx, v, id, "Failed", nil); err == nil && !hasReason(a, v) {
		err = errors.New("no message")
	}
	return err
}

// load loads the collection, unless it is loaded.
func load(ctx context.Context, s service) error {
	if state, _, a := s.loadState(ctx); state != "LoadStateNotLoad" {
		s.note("before: %v, %v", publicValue("loadState", state), a)
		return errNotSeen
	}
	began := time.Now()
	if a := s.ask(ctx, "collections/load", nil); a.code != 0 {
		return fmt.Errorf("load: %v", a) // 700: it has no index
	}
	loaded := s.poll(ctx, maxPolls, func() bool {
		state, progress, _ := s.loadState(ctx)
		return state == "LoadStateLoaded" && progress == 100
	})
	s.note("loaded: %v, after %s", loaded, time.Since(began).Round(time.Second/10))
	if rows, a := s.rowCount(ctx); !loaded || rows < max(s.rows, 1) {
		return fmt.Errorf("loaded: %v, %v, %d of %d rows", loaded, a, rows, s.rows)
	}
	return nil
}

// counted counts rows for up to five minutes until f accepts their number, and reports
// whether it has.
func (s service) counted(ctx context.Context, f func(rows int64) bool) bool {
	return s.poll(ctx, 60, func() bool {
		rows, _ := s.rowCount(ctx)
		return rows >= 0 && f(rows)
	})
}

// settled refreshes the collection and returns its number of rows once two counts agree. It
// reports whether there is such a number.
func (s service) settled(ctx context.Context) (rows int64, ok bool) {
	if s.base["cluster"] == "" {
		return 0, false
	}
	if a := s.ask(ctx, "collections/refresh_load", nil); a.code != 0 || s.sleep(ctx) != nil {
		s.note("refresh_load: %v", a)
		return 0, false
	}
	rows = -1
	ok = s.counted(ctx, func(n int64) bool {
		last := rows
		rows = n
		return n == last
	})
	return rows, ok
}

// refresh measures how long it takes until a count shows the rows of a completed import,
// first without a refresh, and then with one.
func refresh(ctx context.Context, s service) error {
	for _, refreshes := range []bool{false, true} {
		before, ok := s.settled(ctx)
		if !ok {
			return errNotSeen
		}
		id, err := s.mustStart(ctx, v2, nil)
		if err != nil {
			return err
		}
		a, err := s.await(ctx, v2, id, "Completed", nil)
		if err != nil {
			return err
		}
		began := time.Now()
		if refreshes {
			if a := s.ask(ctx, "collections/refresh_load", nil); a.code != 0 {
				return fmt.Errorf("refresh_load: %v", a)
			}
		}
		imported, _ := number(a.data()["totalRows"])
		shown := s.counted(ctx, func(rows int64) bool { return rows >= before+max(int64(imported), 1) })
		s.note("refresh: %v, shown: %v, %s after Completed", refreshes, shown, time.Since(began).Round(time.Second/10))
		if refreshes && !shown {
			return errors.New("not shown")
		}
	}
	return nil
}

const configuration = tfcli.RequiredProviders + `
variable "credentials" {
  type      = list(string)
  ephemeral = true
}

resource "zilliz_import_job" "test" {
  cluster_id       = %[1]q
  collection_name  = %[2]q
  object_urls      = [%[3]q]
  access_key_wo    = var.credentials[0] == "" ? null : var.credentials[0]
  secret_key_wo    = var.credentials[1] == "" ? null : var.credentials[1]
  session_token_wo = var.credentials[2] == "" ? null : var.credentials[2]
}

resource "zilliz_import_completion" "test" {
  cluster_id = %[1]q
  job_id     = zilliz_import_job.test.job_id
}

data "zilliz_import_progress" "test" {
  cluster_id = %[1]q
  job_id     = zilliz_import_job.test.job_id
  depends_on = [zilliz_import_completion.test]

  lifecycle {
    postcondition {
      condition     = self.state == "completed" && self.progress_percent == 100
      error_message = "not completed"
    }
  }
}
`

var (
	errorTitle = regexp.MustCompile(`(?m)^\W*Error: [A-Za-z ,.()'-]+$`)
	jobInState = regexp.MustCompile(`"job_id": "([^"]+)"`)
)

// apply applies a configuration with real Terraform and the provider of this checkout, as
// a user would. A second plan has no changes.
func apply(ctx context.Context, s service, v api) error {
	if _, err := exec.LookPath(tfcli.Terraform()); err != nil || v == v1 && s.token != "" {
		s.note("terraform found: %v", err == nil)
		return errNotSeen
	}
	// A terminal interrupts Terraform too. A second interrupt would make it lose its state.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxWait)
	defer cancel()
	environment := []string{
		"ZILLIZ_API_KEY=" + s.key, "ZILLIZ_API_VERSION=" + v.name, "ZILLIZ_REGION_ID=" + s.region, "ZILLIZ_ENDPOINT=",
		fmt.Sprintf("TF_VAR_credentials=[%q, %q, %q]", s.accessKey, s.secretKey, s.token),
	}
	if s.region == "" || v == v1 && strings.HasSuffix(s.base["v1"], ".cn") { // not the provider's default
		environment[3] += s.base[v.name]
	}
	sandbox, err := tfcli.NewSandbox(ctx, nil, tfcli.Options{Handler: http.NotFoundHandler(), Environment: environment})
	if err != nil {
		return errors.New("the provider can't be built") // the cause names paths of this machine
	}
	defer func() { _ = sandbox.Close() }()
	directory, err := sandbox.Directory(ctx, fmt.Sprintf(configuration, s.cluster, s.collection, s.objectURL))
	if err != nil {
		return errors.New("terraform init fails")
	}
	out, err := sandbox.CLI.Run(ctx, directory, "apply", "-auto-approve")
	if err == nil {
		s.started++
		if out, err = sandbox.CLI.Run(ctx, directory, "plan", "-detailed-exitcode"); err != nil {
			return fmt.Errorf("the second plan has changes, or fails: %s", titles(out))
		}
		return nil
	}
	state, _ := os.ReadFile(filepath.Join(directory, "terraform.tfstate")) // absent if nothing was applied
	if id := jobInState.FindSubmatch(state); id != nil {
		s.started++
		s.left = append(s.left, string(id[1]))
	}
	return fmt.Errorf("apply: %s", titles(out))
}

// titles returns the titles of Terraform's errors. Their texts are private.
func titles(output string) string {
	return strings.Join(strings.Fields(strings.Join(errorTitle.FindAllString(output, -1), " ")), " ")
}
