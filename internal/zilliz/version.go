package zilliz

import (
	"fmt"

	"github.com/zilliz-community/terraform-provider-zilliz/internal/importjob"
)

// APIVersion is a version of Zilliz Cloud's REST API.
type APIVersion string

// The versions that a [Client] supports.
const (
	V1 APIVersion = "v1"
	V2 APIVersion = "v2"
)

// CheckAPIVersion returns an error unless a [Client] supports the version.
func CheckAPIVersion(version string) error {
	_, err := newAPI(APIVersion(version))
	return err
}

// NeedsRegion reports whether the version's host depends on the region.
func (v APIVersion) NeedsRegion() bool {
	a, err := newAPI(v)
	return err == nil && a.needsRegion()
}

// api is all that differs between versions.
type api interface {
	needsRegion() bool
	// deprecated reports whether Zilliz has announced the version's end.
	deprecated() bool
	host(region string) string
	// otherHosts are those that some documentation names in place of host.
	otherHosts(region string) []string
	// reader returns a reader of one job.
	reader(c *Client, id importjob.ID) importjob.Reader
	// listCall is the call for one page of the list of jobs, counted from 1.
	listCall(f JobFilter, page int) call
	// filtersJobs reports whether the service itself applies a JobFilter.
	filtersJobs() bool
	// state returns a state in the list of jobs.
	listState(name string) importjob.State
	// startCall is the call that starts an import.
	startCall(i Import) call
}

// newAPI is the only place that chooses a version.
func newAPI(version APIVersion) (api, error) {
	switch version {
	case V1:
		return apiV1{}, nil
	case V2:
		return apiV2{}, nil
	default:
		return nil, fmt.Errorf("it must be %s or %s", V1, V2)
	}
}
