package zillizsim

import (
	"strings"
	"testing"
)

// TestAcceptsRequestsOfOtherClients sends request bodies as in the code of other clients.
// Clients that also support Milvus send fields that Zilliz Cloud does not document.
func TestAcceptsRequestsOfOtherClients(t *testing.T) {
	t.Parallel()
	const describe, getProgress, nodeProgress = v2Prefix + "describe", v2Prefix + "getProgress", v2Prefix + "get_progress"
	tests := []struct{ name, path, body, want string }{
		{"pymilvus 3: progress", describe, `{"clusterId":"c","jobId":"j","projectId":"","regionId":""}`, `"jobId":"j"`},
		{"pymilvus 3: list", v2ListPath, `{"clusterId":"c","collectionName":"","projectId":"","regionId":"","pageSize":10,"currentPage":1}`, `"count":2`},
		{"pymilvus 3: start", v2StartPath, `{"collectionName":"articles","partitionName":"","files":null,"objectUrl":"","objectUrls":[["s3://bucket/a.parquet"],["s3://bucket/b/"]],
			"clusterId":"c","projectId":"","regionId":"","accessKey":"ak","secretKey":"sk","token":"","volumeName":"","dataPaths":null,"options":{}}`, `"jobId":"job-`},
		{"pymilvus 3: start from a volume", v2StartPath, `{"collectionName":"articles","partitionName":"","objectUrl":"","objectUrls":null,"clusterId":"c",
			"projectId":"","regionId":"","accessKey":"","secretKey":"","token":"","volumeName":"v","dataPaths":[["a/"],["b/1.parquet"]]}`, `"jobId":"job-`},
		{"pymilvus 2: progress", getProgress, `{"clusterId":"c","jobId":"j"}`, `"jobId":"j"`},

		{"Node 3: progress", nodeProgress, `{"dbName":"default","clusterId":"c","jobId":"j"}`, `"jobId":"j"`},
		{"Node 3: list", v2ListPath, `{"dbName":"default","clusterId":"c","collectionName":"articles"}`, `"count":1`},
		{"Node 3: start", v2StartPath, `{"dbName":"default","clusterId":"c","collectionName":"articles","objectUrl":"https://bucket.example.com/a.parquet","accessKey":"","secretKey":""}`, `"jobId":"job-`},

		{"Java: progress", describe, `{"apiKey":"key","clusterId":"c","jobId":"j","options":{"sdk":"java","scene":""}}`, `"jobId":"j"`},
		{"Java: list", v2ListPath, `{"apiKey":"key","clusterId":"c","pageSize":10,"currentPage":1,"options":{"sdk":"java","scene":""}}`, `"count":2`},
		{"Java: start", v2StartPath, `{"apiKey":"key","clusterId":"c","collectionName":"articles","objectUrls":[["s3://bucket/a/"]],"accessKey":"ak","secretKey":"sk","token":"st",
			"options":{"sdk":"java","scene":""}}`, `"jobId":"job-`},

		{"old SDK: start from a stage", v2StartPath, `{"collectionName":"articles","clusterId":"c","stageName":"v","dataPaths":[["a/"]]}`, `"jobId":"job-`},
		{"job ID as a number", describe, `{"clusterId":"c","jobId":448}`, `"jobId":"448"`},

		{"VTS: progress", getProgress, `{"clusterId":"c","jobId":"j","innerCall":true}`, `"jobId":"j"`},
		{"VTS: list", v2ListPath, `{"clusterId":"c","innerCall":true}`, `"count":2`},
		{"VTS: start", v2StartPath, `{"clusterId":"c","collectionName":"articles","dbName":"default","objectUrls":[["s3://bucket/a/"]],"accessKey":"ak","secretKey":"sk","innerCall":true}`, `"jobId":"job-`},

		{"the documentation: v1 start", v1StartPath, `{"clusterId":"c","collectionName":"articles","partitionName":"","objectUrl":"gs://bucket/a.json","accessKey":"ak","secretKey":"sk"}`, `{"code":200,"data":{"jobId":"`},
		{"the documentation: start without credentials", v2StartPath, `{"clusterId":"c","collectionName":"articles","partitionName":"","objectUrl":"https://bucket.example.com/a.json","accessKey":"","secretKey":""}`, `"jobId":"job-`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newSim(Options{}, Job{ClusterID: "c", ID: "j", CollectionName: "articles"}, Job{ClusterID: "c", ID: "448", CollectionName: "books"})
			w := send(s, test.path, test.body)
			if code := codeOf(t, w); code != 0 && code != 200 {
				t.Fatalf("error response: %s", w.Body)
			}
			if !strings.Contains(w.Body.String(), test.want) {
				t.Errorf("body %s does not contain %s", w.Body, test.want)
			}
			if startsJob := test.path == v1StartPath || test.path == v2StartPath; startsJob != (len(s.Started()) == 1) {
				t.Errorf("%d jobs started", len(s.Started()))
			}
		})
	}
}
