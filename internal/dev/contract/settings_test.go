package contract

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// errNoAccount is the error of settings without an account.
var errNoAccount = errors.New("this test needs an account of Zilliz Cloud: set ZILLIZ_API_KEY, ZILLIZ_REGION_ID and " +
	`ZILLIZ_TEST_CLUSTER_ID, and see "Help with an account" in CONTRIBUTING.md`)

var (
	regionForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	// addressForm matches the endpoint of a cluster that may have the API key: below
	// Zilliz's own domains, or on this machine.
	addressForm = regexp.MustCompile(`^(https://([a-z0-9-]+\.)+(zillizcloud\.com|zilliz\.com|zilliz\.com\.cn)|` +
		`https?://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?/?$`)
)

// newService returns the service of the environment's variables. It returns an error that
// names the variable to fix, without its value.
func newService(getenv func(string) string) (service, error) {
	s := service{
		key: getenv("ZILLIZ_API_KEY"), region: getenv("ZILLIZ_REGION_ID"), cluster: getenv("ZILLIZ_TEST_CLUSTER_ID"),
		dataPlane:  strings.TrimSuffix(getenv("ZILLIZ_TEST_CONNECT_ADDRESS"), "/"),
		collection: getenv("ZILLIZ_TEST_COLLECTION"), objectURL: getenv("ZILLIZ_TEST_OBJECT_URL"),
		accessKey: getenv("ZILLIZ_TEST_ACCESS_KEY"), secretKey: getenv("ZILLIZ_TEST_SECRET_KEY"), token: getenv("ZILLIZ_TEST_TOKEN"),
		pause: 5 * time.Second, gap: time.Second / 10, visit: &visit{},
	}
	switch {
	case s.key == "" || s.region == "" || s.cluster == "":
		return s, errNoAccount
	case !regionForm.MatchString(s.region) || len(s.region) > 40:
		return s, errors.New("ZILLIZ_REGION_ID is not a region such as aws-us-west-2")
	case s.dataPlane != "" && !addressForm.MatchString(s.dataPlane):
		return s, errors.New("ZILLIZ_TEST_CONNECT_ADDRESS is not https:// and a host below zillizcloud.com, zilliz.com or zilliz.com.cn, " +
			"so it must not get the API key")
	case strings.ContainsAny(s.objectURL, "?#"):
		return s, errors.New("ZILLIZ_TEST_OBJECT_URL must not have a query: set ZILLIZ_TEST_ACCESS_KEY and ZILLIZ_TEST_SECRET_KEY, or ZILLIZ_TEST_TOKEN")
	case s.objectURL != "" && s.collection == "":
		return s, errors.New("ZILLIZ_TEST_OBJECT_URL needs ZILLIZ_TEST_COLLECTION too")
	case (s.accessKey == "") != (s.secretKey == ""):
		return s, errors.New("ZILLIZ_TEST_ACCESS_KEY and ZILLIZ_TEST_SECRET_KEY need each other")
	}
	host := "https://controller.api." + s.region + "."
	s.v1, s.v2, s.wrongRegion = host+"zillizcloud.com", "https://api.cloud.zilliz.com", "https://controller.api.aws-us-east-2.zillizcloud.com"
	if s.region == "aws-us-east-2" {
		s.wrongRegion = "https://controller.api.aws-us-west-2.zillizcloud.com"
	}
	if strings.HasPrefix(s.region, "ali-") || strings.HasPrefix(s.region, "tc-") {
		s.v2, s.otherV1 = "https://api.cloud.zilliz.com.cn", []string{host + "cloud.zilliz.com.cn", host + "zilliz.com.cn"}
	}
	return s, nil
}

// checkAccount returns an error that names the variable to fix if the service accepts the
// account with neither API version, or if API v1 does not know the region. If a host that
// other documentation names serves API v1, that is used from now on.
func (s *service) checkAccount(ctx context.Context) error {
	ctx = withFact(ctx, "the service accepts the account")
	v1, v2 := s.list(ctx), s.listV2(ctx, "")
	for _, host := range s.otherV1 {
		other := *s
		other.v1 = host
		if a := other.list(ctx); a.succeeded() {
			*s, v1 = other, a
		}
	}
	region := s.blame(v1, true)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case region != nil:
		return region
	case v1.succeeded() || v2.succeeded():
		return nil
	default:
		return cmp.Or(s.blame(v1, false), s.blame(v2, false), fmt.Errorf("nothing was checked: API v1 %v, API v2 %v", v1, v2))
	}
}

// blame returns an error that names the variable that an answer says is wrong, nil if it
// says none. With region, that is only ZILLIZ_REGION_ID.
func (s *service) blame(a answer, region bool) error {
	fix, codes := "", func(codes ...int) bool { return a.err == nil && slices.Contains(codes, a.code) }
	switch {
	case region && a.err != nil:
		fix = "ZILLIZ_REGION_ID, or the network: the host of the region does not respond"
	case region && a.code < 0:
		fix = "ZILLIZ_REGION_ID. If it is right, the region does not serve API v1 any more, which is worth an issue"
	case codes(90117):
		fix = "ZILLIZ_REGION_ID: the service has no such region"
	case codes(90102):
		fix = "ZILLIZ_REGION_ID, or ZILLIZ_TEST_CLUSTER_ID: the region does not have the cluster"
	case region:
	case a.err == nil && a.status == http.StatusUnauthorized, codes(80001, 80002, 21119, 1800):
		fix = "ZILLIZ_API_KEY: the service does not accept the key"
	case codes(40021, 80020, 40022, 90103, 90104):
		fix = "ZILLIZ_TEST_CLUSTER_ID, or the rights of the key: the service does not show the cluster"
	}
	if fix == "" {
		return nil
	}
	return fmt.Errorf("nothing was checked. Fix %s (%v)", fix, a)
}
