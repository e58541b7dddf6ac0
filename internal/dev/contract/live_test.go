//go:build live

package contract

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLive checks Zilliz Cloud itself, and records every exchange without anything
// private.
func TestLive(t *testing.T) {
	s := service{
		key: os.Getenv("ZILLIZ_API_KEY"), cluster: os.Getenv("ZILLIZ_TEST_CLUSTER_ID"),
		collection: os.Getenv("ZILLIZ_TEST_COLLECTION"), objectURL: os.Getenv("ZILLIZ_TEST_OBJECT_URL"), pause: 5 * time.Second,
	}
	region := os.Getenv("ZILLIZ_REGION_ID")
	if s.key == "" || s.cluster == "" || region == "" {
		t.Skip("This test needs an account of Zilliz Cloud. Set ZILLIZ_API_KEY, ZILLIZ_TEST_CLUSTER_ID and ZILLIZ_REGION_ID. Reading costs nothing. " +
			"To start imports too, set ZILLIZ_TEST_COLLECTION, to a collection that may be filled, and ZILLIZ_TEST_OBJECT_URL, to a small file that it can import.")
	}
	r := &recorder{next: http.DefaultTransport}
	s.client = &http.Client{Transport: r, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s.v1, s.v2 = "https://controller.api."+region+".zillizcloud.com", "https://api.cloud.zilliz.com"
	if strings.HasPrefix(region, "ali-") || strings.HasPrefix(region, "tc-") {
		s.v2 = "https://api.cloud.zilliz.com.cn"
		// Documentation names three hosts for a region of China. The last that responds
		// is used.
		for _, domain := range []string{"zilliz.com.cn", "cloud.zilliz.com.cn", "zillizcloud.com"} {
			other := s
			other.v1 = "https://controller.api." + region + "." + domain
			a := other.list(context.WithValue(t.Context(), factKey{}, "a v1 host of China serves the list of jobs"))
			t.Logf("%s: %v", other.v1, a)
			if a.ok() {
				s.v1 = other.v1
			}
		}
	}
	s.wrongRegion = "https://controller.api.aws-us-east-2.zillizcloud.com"
	if region == "aws-us-east-2" {
		s.wrongRegion = "https://controller.api.aws-us-west-2.zillizcloud.com"
	}
	defer func() {
		file, err := filepath.Abs("../../../live.json")
		if err == nil {
			err = r.write(file)
		}
		if err != nil {
			t.Error(err)
			return
		}
		t.Logf("Every request and response is recorded in %s, without texts that could be private. Please attach it to an issue.", file)
	}()
	runChecks(t, s, readingChecks(), false)
	if s.collection == "" || s.objectURL == "" {
		t.Log("The writing part was left out: set ZILLIZ_TEST_COLLECTION and ZILLIZ_TEST_OBJECT_URL to run it.")
		return
	}
	runChecks(t, s, writingChecks(), false)
	t.Logf("The rows of %s are now in the collection %s, once for each import that has completed. "+
		"A job of a check that differs can still run, or be uncommitted.", s.objectURL, s.collection)
}
