package zilliz

import (
	"strings"
	"testing"
)

func TestCheckRegion(t *testing.T) {
	t.Parallel()
	for region, valid := range map[string]bool{
		"aws-us-west-2": true, "ali-cn-hangzhou": true, "a": true, "az1-2-3": true,
		"": false, "AWS-us": false, "aws_us": false, "-aws": false, "aws-": false, "aws--us": false,
		" aws": false, "aws\n": false, "aws.evil.com/": false, "evil.com#": false, "evil.com?": false,
		"a@evil.com": false, "aws-us\\": false, "ａws": false, "%61ws": false,
	} {
		if err := CheckRegion(region); (err == nil) != valid {
			t.Errorf("CheckRegion(%q) = %v, want valid: %t", region, err, valid)
		}
	}
}

func TestCheckEndpoint(t *testing.T) {
	t.Parallel()
	for endpoint, valid := range map[string]bool{
		"https://gateway.example.com": true, "https://gateway.example.com:8443/a/": true, "HTTPS://Gateway": true,
		"https://10.0.0.1": true, "https://[2001:db8::1]:1": true,
		"http://localhost:80": true, "http://127.0.0.1": true, "http://127.9.9.9:1": true, "http://[::1]:8080": true,

		// Not a URL with a host, or of another scheme.
		"": false, "gateway.example.com": false, "//gateway": false, "/path": false,
		"https:gateway": false, "https://": false, "https://:443": false,
		"ftp://gateway": false, "javascript:alert(1)": false, "file:///etc/passwd": false,
		// http to a host that is not loopback.
		"http://gateway.example.com": false, "http://127.0.0.1.evil.com": false, "http://localhost.evil.com": false,
		"http://0.0.0.0": false, "http://127.1": false, "http://[::]": false, "http://127.0.0.1@evil.com": false,
		// User info, query or fragment.
		"https://user@gateway": false, "https://user:secret@gateway": false, "https://@gateway": false,
		"https://gateway?": false, "https://gateway?a=b": false, "https://gateway#": false, "https://gateway#a": false,
		// The base URL of another tool, the URL of a call, and the endpoint of a cluster or project.
		"https://gateway/v1": false, "https://gateway/v2/": false, "https://gateway/a/v1/vector/collections": false,
		"https://gateway/v2/vectordb/jobs": false, "https://gateway/v1/a": true, "https://gateway/v2/a": true, "https://gateway/v12": true,
		"https://in01-1.aws-us-west-2.VectorDB.zillizcloud.com:19530": false, "https://in03-1.serverless.gcp-us-west1.zillizcloud.com": false,
		"https://proj-1.aws-us-west-2.api.zillizcloud.com": false, "https://api.cloud.zilliz.com": true,
		// Invalid hosts and ports.
		"https://gate way": false, "https://gateway\n": false, "https://gateway\\@evil.com": false,
		"https://gateway%2eevil.com": false, "https://gäteway": false, "https://-gateway": false,
		"https://[fe80::1%25eth0]": false, "http://[::1%25lo]:80": false,
		"https://gateway:0": false, "https://gateway:65536": false, "https://gateway:": false, "https://gateway:http": false,
	} {
		err := CheckEndpoint(endpoint)
		if (err == nil) != valid {
			t.Errorf("CheckEndpoint(%q) = %v, want valid: %t", endpoint, err, valid)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("CheckEndpoint(%q) = %v, want an error without the password", endpoint, err)
		}
	}
}
