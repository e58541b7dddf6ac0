package zillizsim

import (
	"strings"
	"testing"
)

// TestAcceptsRequestsOfOtherClients sends request bodies as in the code of other clients.
// Clients that also support Milvus send fields that Zilliz Cloud does not document.
func TestAcceptsRequestsOfOtherClients(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, path, body, want string }{
		{"pymilvus 3: progress", v2ProgressPath, `{"clusterId":"c","jobId":"j","projectId":"","regionId":""}`, `"jobId":"j"`},
		{"pymilvus 3: list", v2ListPath, `{"clusterId":"c","collectionName":"","projectId":"","regionId":"","pageSize":10,"currentPage":1}`, `"count":2`},
		{"pymilvus 3: start", v2StartPath, `{"collectionName":"articles","partitionName":"","files":null,"objectUrl":"",
			"objectUrls":[["s3://bucket/a.parquet"],["s3://bucket/b/"]],"clusterId":"c","projectId":"","regionId":"",
			"accessKey":"ak","secretKey":"sk","token":"","volumeName":"","dataPaths":null,"options":{}}`, `"jobId":"job-`},
		{"pymilvus 3: start from a volume", v2StartPath, `{"collectionName":"articles","partitionName":"","objectUrl":"",
			"objectUrls":null,"clusterId":"c","projectId":"","regionId":"","accessKey":"","secretKey":"","token":"",
			"volumeName":"v","dataPaths":[["a/"],["b/1.parquet"]]}`, `"jobId":"job-`},
		{"pymilvus 2: progress", v2Prefix + "getProgress", `{"clusterId":"c","jobId":"j"}`, `"jobId":"j"`},

		{"Node 3: progress", v2Prefix + "get_progress", `{"dbName":"default","clusterId":"c","jobId":"j"}`, `"jobId":"j"`},
		{"Node 3: list", v2ListPath, `{"dbName":"default","clusterId":"c","collectionName":"articles"}`, `"count":1`},
		{"Node 3: start", v2StartPath, `{"dbName":"default","clusterId":"c","collectionName":"articles",
			"objectUrl":"https://bucket.example.com/a.parquet","accessKey":"","secretKey":""}`, `"jobId":"job-`},

		{"Java: progress", v2ProgressPath, `{"apiKey":"key","clusterId":"c","jobId":"j","options":{"sdk":"java","scene":""}}`, `"jobId":"j"`},
		{"Java: start", v2StartPath, `{"apiKey":"key","clusterId":"c","collectionName":"articles","objectUrls":[["s3://bucket/a/"]],
			"accessKey":"ak","secretKey":"sk","token":"st","options":{"sdk":"java","scene":""}}`, `"jobId":"job-`},

		{"old SDK: start from a stage", v2StartPath, `{"collectionName":"articles","clusterId":"c","stageName":"v","dataPaths":[["a/"]]}`, `"jobId":"job-`},
		{"job ID as a number", v2ProgressPath, `{"clusterId":"c","jobId":448}`, `"jobId":"448"`},
		{"VTS: list", v2ListPath, `{"clusterId":"c","innerCall":true}`, `"count":2`},

		{"the documentation: v1 start", v1StartPath, `{"clusterId":"c","collectionName":"articles","partitionName":"",
			"objectUrl":"gs://bucket/a.json","accessKey":"ak","secretKey":"sk"}`, `{"code":200,"data":{"jobId":"`},
	} {
		s := newSim(Options{}, Job{ID: "j", CollectionName: "articles"}, Job{ID: "448", CollectionName: "books"})
		w := send(s, test.path, test.body)
		if code := codeOf(t, w); code != 0 && code != 200 || !strings.Contains(w.Body.String(), test.want) {
			t.Errorf("%s: response %s, want %s", test.name, w.Body, test.want)
		}
		if startsJob := test.path == v1StartPath || test.path == v2StartPath; startsJob != (len(s.Started()) == 1) {
			t.Errorf("%s: %d jobs started", test.name, len(s.Started()))
		}
	}
}
