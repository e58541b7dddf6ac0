package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"time"
)

var (
	china      = regexp.MustCompile(`^(ali|tc)-`)
	regionForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	// addressForm matches the endpoint of a cluster that may have the API key: below
	// Zilliz's own domains, or on this machine.
	addressForm = regexp.MustCompile(`^(https://([a-z0-9-]+\.)+(zillizcloud\.com|zilliz\.com|zilliz\.com\.cn)|` +
		`https?://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?/?$`)
)

// newService returns the service of the environment's variables. It returns an error that
// names the variable to fix, without its value.
func newService(getenv func(string) string) (service, error) {
	cluster, wrong := strings.TrimSuffix(getenv("ZILLIZ_TEST_CONNECT_ADDRESS"), "/"), "aws-us-east-2"
	s := service{
		region: getenv("ZILLIZ_REGION_ID"), key: getenv("ZILLIZ_API_KEY"), cluster: getenv("ZILLIZ_TEST_CLUSTER_ID"),
		collection: getenv("ZILLIZ_TEST_COLLECTION"), objectURL: getenv("ZILLIZ_TEST_OBJECT_URL"),
		accessKey: getenv("ZILLIZ_TEST_ACCESS_KEY"), secretKey: getenv("ZILLIZ_TEST_SECRET_KEY"), token: getenv("ZILLIZ_TEST_TOKEN"),
		pause: 5 * time.Second, gap: time.Second / 10, visit: &visit{},
	}
	if s.region == wrong {
		wrong = "aws-us-west-2"
	}
	host := func(region string) string { return "https://controller.api." + region + ".zillizcloud.com" }
	s.base = map[string]string{"v1": host(s.region), "v2": "https://api.cloud.zilliz.com", "another region": host(wrong), "cluster": cluster}
	if china.MatchString(s.region) {
		s.base["v2"] += ".cn"
	}
	var problem string
	switch {
	case s.key == "", s.cluster == "":
		problem = "ZILLIZ_API_KEY and ZILLIZ_TEST_CLUSTER_ID must not be empty"
	case !regionForm.MatchString(s.region), len(s.region) > 40:
		problem = "ZILLIZ_REGION_ID must be a region such as aws-us-west-2"
	case cluster != "" && !addressForm.MatchString(cluster):
		problem = "ZILLIZ_TEST_CONNECT_ADDRESS, which gets the API key, must be https:// and a host below zillizcloud.com, zilliz.com or zilliz.com.cn"
	case strings.ContainsAny(s.objectURL, "?#"):
		problem = "ZILLIZ_TEST_OBJECT_URL must not have a query: set ZILLIZ_TEST_ACCESS_KEY and ZILLIZ_TEST_SECRET_KEY, or ZILLIZ_TEST_TOKEN"
	case s.objectURL != "" && s.collection == "":
		problem = "ZILLIZ_TEST_OBJECT_URL needs ZILLIZ_TEST_COLLECTION"
	case (s.accessKey == "") != (s.secretKey == ""):
		problem = "ZILLIZ_TEST_ACCESS_KEY and ZILLIZ_TEST_SECRET_KEY need each other"
	default:
		return s, nil
	}
	return s, errors.New(problem + `. See "Help with an account" in CONTRIBUTING.md`)
}

// checkAccount returns an error that names the variable to fix if the service accepts the
// account with neither API version, or if API v1 does not know the region. If a host that
// other documentation names serves API v1, that is used from now on.
func (s *service) checkAccount(ctx context.Context) error {
	first, second := s.list(ctx, v1), s.list(ctx, v2)
	for _, domain := range []string{".cloud.zilliz.com.cn", ".zilliz.com.cn"} {
		other := *s
		other.base = maps.Clone(s.base)
		other.base["v1"] = strings.Replace(s.base["v1"], ".zillizcloud.com", domain, 1)
		if !china.MatchString(s.region) {
			break
		}
		if a := other.list(ctx, v1); a.succeeded() {
			*s, first = other, a
		}
	}
	fix := blame(first)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case first.succeeded(), second.succeeded() && !strings.HasPrefix(fix, "ZILLIZ_REGION_ID"):
		return nil
	default:
		return fmt.Errorf("nothing was checked. Fix %s (API v1: %v, API v2: %v)", cmp.Or(fix, blame(second), "what the service says"), first, second)
	}
}

// blame returns what an answer says is wrong with the settings, empty if nothing.
func blame(a answer) string {
	switch {
	case a.err != nil:
		return "ZILLIZ_REGION_ID, or the network: a host does not respond"
	case a.status == http.StatusUnauthorized:
		return "ZILLIZ_API_KEY"
	case a.code < 0:
		return "ZILLIZ_REGION_ID. If it is right, the region does not serve API v1 any more, which is worth an issue"
	}
	return map[int]string{
		90117: "ZILLIZ_REGION_ID", 90102: "ZILLIZ_REGION_ID or ZILLIZ_TEST_CLUSTER_ID",
		40021: "ZILLIZ_TEST_CLUSTER_ID", 80020: "ZILLIZ_TEST_CLUSTER_ID, or the rights of the key", 40022: "the rights of ZILLIZ_API_KEY on the cluster",
		80001: "ZILLIZ_API_KEY", 80002: "ZILLIZ_API_KEY", 1800: "ZILLIZ_API_KEY", 21119: "ZILLIZ_API_KEY",
	}[a.code]
}
