package zilliz

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// The region becomes part of the host name that the API key is sent to, so
// nothing of any other form may come near the URL. 63 is the length of a DNS label.
var regionForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

const maxRegionLength = 63

// CheckRegion tells whether a cloud region id has the form of one, such as
// "aws-us-west-2". It does not ask whether the region exists: the list grows.
func CheckRegion(id string) error {
	if len(id) > maxRegionLength || !regionForm.MatchString(id) {
		return errors.New("a cloud region id consists of lower case letters, digits and single hyphens, such as aws-us-west-2")
	}
	return nil
}

// hostV1 returns the host of API v1 in a region, as on the page "Get import
// progress" of Zilliz's documentation.
func hostV1(region string) string {
	return "controller.api." + region + ".zillizcloud.com"
}

// otherHostsV1 lists the hosts that other documentation names for API v1 in a
// region of China. Which of them serves it today is not known here.
func otherHostsV1(region string) []string {
	if !inChina(region) {
		return nil
	}
	return []string{
		"controller.api." + region + ".cloud.zilliz.com.cn",
		"controller.api." + region + ".zilliz.com.cn",
	}
}

// hostV2 returns the host of API v2, which is one for all regions of a site
// (documented). The region can be empty.
func hostV2(region string) string {
	if inChina(region) {
		return "api.cloud.zilliz.com.cn"
	}
	return "api.cloud.zilliz.com"
}

// inChina tells whether a region belongs to the Chinese site of Zilliz Cloud.
func inChina(region string) bool {
	return strings.HasPrefix(region, "ali-") || strings.HasPrefix(region, "tc-")
}

// CheckEndpoint tells whether a URL can stand for the region's base URL: https, or
// http to this machine's loopback interface; no user info, query or fragment.
func CheckEndpoint(endpoint string) error {
	_, err := parseEndpoint(endpoint)
	return err
}

// parseEndpoint never repeats the endpoint in an error: people paste secrets into URLs.
func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, errors.New("not a URL such as https://gateway.example.com")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("the URL has to begin with https:// (or http:// for a loopback address)")
	case u.User != nil:
		return nil, errors.New("the URL must not have a user name or password")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, errors.New("the URL must not have a query")
	case u.Fragment != "" || strings.Contains(endpoint, "#"):
		return nil, errors.New("the URL must not have a fragment")
	case u.Opaque != "":
		return nil, errors.New("the URL has to have a host, as in https://gateway.example.com")
	}
	if err := checkHost(u); err != nil {
		return nil, err
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return nil, errors.New("http would show the API key to the network: only https is allowed, or http to a loopback address such as http://127.0.0.1:8080")
	}
	return u, nil
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

func checkHost(u *url.URL) error {
	host := u.Hostname()
	if net.ParseIP(host) == nil && !hostForm.MatchString(host) {
		return errors.New("the URL's host is neither a host name nor an IP address")
	}
	port := u.Port()
	if port == "" {
		if strings.HasSuffix(u.Host, ":") {
			return errors.New("the URL's port is empty")
		}
		return nil
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return fmt.Errorf("the URL's port is not in 1 to 65535")
	}
	return nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
