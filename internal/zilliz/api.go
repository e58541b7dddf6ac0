package zilliz

import (
	"fmt"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// APIVersion is a version of Zilliz Cloud's REST API.
type APIVersion string

// The versions that a [Client] speaks.
const (
	V1 APIVersion = "v1"
	V2 APIVersion = "v2"
)

// CheckAPIVersion tells whether a version is one that a [Client] speaks.
func CheckAPIVersion(version string) error {
	_, err := newAPI(APIVersion(version))
	return err
}

// NeedsRegion tells whether the version's host cannot be known without a region.
func (v APIVersion) NeedsRegion() bool {
	a, err := newAPI(v)
	return err == nil && a.needsRegion()
}

// api is all that differs from version to version.
type api interface {
	needsRegion() bool
	// deprecated tells whether the version's end is announced.
	deprecated() bool
	host(region string) string
	// otherHosts are those that some documentation names in place of host.
	otherHosts(region string) []string
	// reader returns a reader of one job, for one wait.
	reader(c *Client, id importjob.ID) importjob.Reader
	// list is the question for a page of a cluster's jobs, of one collection where
	// the version can choose and the name is not empty.
	list(clusterID, collectionName string, page int) question
}

// newAPI is the only place where a version is chosen.
func newAPI(version APIVersion) (api, error) {
	switch version {
	case V1:
		return apiV1{}, nil
	case V2:
		return apiV2{}, nil
	default:
		return nil, fmt.Errorf("the API version has to be %s or %s", V1, V2)
	}
}
