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
	if err := CheckText(version); err != nil {
		return err
	}
	_, err := newAPI(APIVersion(version))
	return err
}

// NeedsRegion reports whether a [Config] without an endpoint must have a region.
func (v APIVersion) NeedsRegion() bool { return v == V1 }

// api has the differences between the versions of the API.
type api interface {
	host(region string) string
	// readCall returns the call that reads a job, and decodeJob decodes its response.
	readCall(id importjob.ID) apiCall
	decodeJob(data responseData) (importjob.Job, error)
	// listCall returns the call that reads one page of the list of jobs, from 1. V1 does not
	// filter it by collection.
	listCall(f JobFilter, page int) apiCall
	// listState converts the name of a state in the list of jobs.
	listState(name string, m masker) importjob.State
	startCall(i Import) apiCall
	// phaseCall returns the call that commits or aborts a job. It returns an error if the
	// version does not have it.
	phaseCall(path string, id importjob.ID) (apiCall, error)
}

// newAPI returns a version of the API, or an error if there is no such version.
func newAPI(version APIVersion) (api, error) {
	switch version {
	case V1:
		return apiV1{}, nil
	case V2:
		return apiV2{}, nil
	default:
		return nil, fmt.Errorf("must be %s or %s", V1, V2)
	}
}
