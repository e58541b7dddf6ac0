package zillizsim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// defaultDuration is how long a started job takes, unless OnStart says otherwise.
const defaultDuration = 10 * time.Second

// StartRequest is a request that has started a job. It holds no credentials.
type StartRequest struct {
	JobID string // of the new job

	ClusterID, DBName, CollectionName, PartitionName string // as in the request

	// URLs are what is imported: objectUrls, a single objectUrl, the dataPaths
	// of a volume, or the files of Milvus. Each inner list is one batch.
	URLs [][]string

	VolumeName string            // v2 on Zilliz Cloud only
	Options    map[string]string // Milvus only

	credentials [sha256.Size]byte
}

// HasCredentials reports whether the request had exactly these credentials. An
// empty one means that the request had none.
func (s StartRequest) HasCredentials(accessKey, secretKey, token string) bool {
	return s.credentials == credentials{accessKey, secretKey, token}.digest()
}

// OnStart sets the function that makes the job of each request that starts one.
// Its IDs, database and collection are those of the request, whatever the
// function returns. Without steps, the job stays pending; without files, it has
// those of the request. The default is a job that is completed after 10 seconds.
func (s *Server) OnStart(newJob func(StartRequest) Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onStart = newJob
}

// Started returns the requests that have started a job, in order, each with the
// ID of its job.
func (s *Server) Started() []StartRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.started)
}

// credentials are those for the object storage.
type credentials struct{ AccessKey, SecretKey, Token string }

func (c credentials) digest() [sha256.Size]byte {
	text, _ := json.Marshal([]string{c.AccessKey, c.SecretKey, c.Token}) // strings do not fail
	return sha256.Sum256(text)
}

// complete reports whether there are both keys, or neither and no token.
func (c credentials) complete() bool {
	if c.AccessKey == "" || c.SecretKey == "" {
		return c == credentials{}
	}
	return true
}

// v1Start takes one URL.
func (s *Server) v1Start(r *http.Request) (any, *refusal) {
	var start StartRequest
	var secrets credentials
	var objectURL string
	err := decodeRequest(readBody(r), fields{
		"clusterId": &start.ClusterID, "collectionName": &start.CollectionName, "partitionName": &start.PartitionName,
		"objectUrl": &objectURL, "accessKey": &secrets.AccessKey, "secretKey": &secrets.SecretKey,
	})
	if err != nil {
		return nil, refuse(codeBadParameter)
	}
	start.URLs = [][]string{{objectURL}}
	problem := checkStart(start, secrets)
	if problem == nil && objectURL == "" {
		problem = refuse(codeNoObjectURL)
	}
	return s.startInCluster(start, secrets, problem, v1JobID)
}

// v2Start takes one URL, lists of URLs, or paths in a volume.
func (s *Server) v2Start(r *http.Request) (any, *refusal) {
	var start StartRequest
	var secrets credentials
	var objectURL string
	var dataPaths [][]string
	err := decodeV2(r, fields{
		"clusterId": &start.ClusterID, "dbName": &start.DBName,
		"collectionName": &start.CollectionName, "partitionName": &start.PartitionName,
		"objectUrls": &start.URLs, "objectUrl": &objectURL,
		"volumeName": &start.VolumeName, "dataPaths": &dataPaths,
		"accessKey": &secrets.AccessKey, "secretKey": &secrets.SecretKey, "token": &secrets.Token,
	})
	if err != nil {
		return nil, refuse(codeBadParameter)
	}
	problem := mergeSources(&start, secrets, objectURL, dataPaths)
	if problem == nil {
		problem = checkStart(start, secrets)
	}
	return s.startInCluster(start, secrets, problem, v2JobID)
}

// mergeSources puts what is to be imported into start.URLs. It refuses more than
// one source, none, half a volume, and credentials for a volume.
func mergeSources(start *StartRequest, secrets credentials, objectURL string, dataPaths [][]string) *refusal {
	volume := start.VolumeName != "" || len(dataPaths) > 0
	switch {
	case len(start.URLs) == 0 && objectURL == "" && !volume:
		return refuse(codeNothingToImport)
	case len(start.URLs) > 0 && (objectURL != "" || volume), objectURL != "" && volume:
		return refuse(codeBadParameter)
	case volume && (start.VolumeName == "" || secrets != credentials{}):
		return refuse(codeBadParameter)
	case volume:
		start.URLs = dataPaths
	case objectURL != "":
		start.URLs = [][]string{{objectURL}}
	}
	if !validLists(start.URLs) {
		return refuse(codeBadParameter)
	}
	return nil
}

// validLists reports whether there is a list, and no list or text in it is empty.
func validLists(lists [][]string) bool {
	return len(lists) > 0 && !slices.ContainsFunc(lists, func(list []string) bool {
		return len(list) == 0 || slices.Contains(list, "")
	})
}

// checkStart checks the parameters that both versions have.
func checkStart(start StartRequest, secrets credentials) *refusal {
	switch {
	case start.CollectionName == "" || !secrets.complete():
		return refuse(codeBadParameter)
	case strings.ContainsFunc(start.CollectionName, notInCollectionName):
		return refuse(codeInvalidCollection)
	case start.VolumeName == "" && slices.ContainsFunc(slices.Concat(start.URLs...), notObjectURL):
		return refuse(codeInvalidURL)
	}
	return nil
}

// notInCollectionName reports whether a character is not a letter, digit or
// underscore. Others are not valid in a name (documented).
func notInCollectionName(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", r)
}

// notObjectURL reports whether a text has no scheme or no bucket (inferred). An
// empty one is missing, not wrong.
func notObjectURL(text string) bool {
	u, err := url.Parse(text)
	return text != "" && (err != nil || u.Scheme == "" || u.Host == "")
}

func (s *Server) startInCluster(start StartRequest, secrets credentials, problem *refusal, newID func(n int) string) (any, *refusal) {
	if refused := s.checkCluster(start.ClusterID, problem); refused != nil {
		return nil, refused
	}
	start.credentials = secrets.digest()
	return s.start(start, newID), nil
}

// start starts a job and returns the data of the response.
func (s *Server) start(start StartRequest, newID func(n int) string) map[string]string {
	s.mu.Lock()
	n := len(s.started) + 1
	start.JobID = newID(n)
	s.started = append(s.started, start)
	newJob := s.onStart
	s.mu.Unlock()

	job := newJob(start) // without the lock: it may use the server
	job.ClusterID, job.ID, job.started = start.ClusterID, start.JobID, n
	job.DBName, job.CollectionName = start.DBName, start.CollectionName
	if len(job.Files) == 0 {
		for _, name := range slices.Concat(start.URLs...) {
			job.Files = append(job.Files, File{Name: name})
		}
	}
	s.AddJob(job)
	return map[string]string{"jobId": start.JobID}
}

// The IDs below have the form of recorded or documented ones and depend on the
// number of started jobs alone.

func v1JobID(n int) string {
	id := jobHash(n)
	return fmt.Sprintf("%s-%s-4%s-a%s-%s", id[:8], id[8:12], id[13:16], id[17:20], id[20:32])
}

func v2JobID(n int) string { return "job-" + jobHash(n)[:22] }

func milvusJobID(n int) string { return fmt.Sprint(448761313698322010 + n) }

func jobHash(n int) string {
	sum := sha256.Sum256(fmt.Append(nil, n))
	return hex.EncodeToString(sum[:])
}
