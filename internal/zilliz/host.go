package zilliz

import (
	"errors"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// regionForm matches a region ID. The region becomes part of the host name that the API key
// is sent to, so a value of any other form must never reach a URL.
var regionForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// CheckRegion returns an error unless a cloud region ID is well-formed, such as
// "aws-us-west-2". It does not check whether the region exists, because Zilliz keeps
// adding regions.
func CheckRegion(id string) error {
	if err := CheckText(id); err != nil {
		return err
	}
	if !regionForm.MatchString(id) {
		return errors.New("must consist of lower case letters, digits and single hyphens, such as aws-us-west-2")
	}
	return nil
}

// inChina reports whether a region belongs to the Chinese site of Zilliz Cloud.
func inChina(region string) bool {
	return strings.HasPrefix(region, "ali-") || strings.HasPrefix(region, "tc-")
}

// CheckEndpoint returns an error unless a URL can be used instead of the region's base
// URL. It must have the scheme https, or http and a loopback host, and no user info, query
// or fragment. It must not be the URL of a call, or the endpoint of a cluster or project.
func CheckEndpoint(endpoint string) error {
	_, err := parseEndpoint(endpoint)
	return err
}

// parseEndpoint never includes the endpoint in an error, because URLs can contain secrets.
func parseEndpoint(endpoint string) (*url.URL, error) {
	u, err := parseBase(endpoint)
	if err != nil {
		return nil, err
	}
	if err := checkPurpose(u); err != nil {
		return nil, err
	}
	return u, nil
}

// parseBase parses a URL that the API key can be sent to without being read on the way.
func parseBase(text string) (*url.URL, error) {
	if err := CheckText(text); err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("must be a URL such as https://gateway.example.com")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, errors.New("must begin with https://, or with http:// for a loopback host")
	case u.User != nil:
		return nil, errors.New("must not contain a user name or password")
	case u.RawQuery != "" || u.ForceQuery:
		return nil, errors.New("must not contain a query")
	case strings.Contains(text, "#"):
		return nil, errors.New("must not contain a fragment")
	case u.Opaque != "":
		return nil, errors.New("must contain a host, as in https://gateway.example.com")
	}
	if err := checkHost(u); err != nil {
		return nil, err
	}
	if u.Scheme == "http" && !isLoopback(u.Hostname()) {
		return nil, errors.New("must use https, or http with a loopback host such as http://127.0.0.1:8080: " +
			"http would send the API key unencrypted")
	}
	if u.Path == "" {
		u.Path = "/" // from an empty path, JoinPath returns relative ones
	}
	return u, nil
}

// CheckConnectAddress returns an error unless the API key can be sent to the endpoint of a
// cluster: its host must be below one of Zilliz's own domains, that of the endpoint of the
// provider, or a loopback host. The endpoint can be empty.
func CheckConnectAddress(address, endpoint string) error {
	_, err := parseConnectAddress(address, endpoint)
	return err
}

func parseConnectAddress(address, endpoint string) (*url.URL, error) {
	u, err := parseBase(address)
	if err != nil {
		return nil, err
	}
	if strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("must not contain a path")
	}
	host := strings.ToLower(u.Hostname())
	isBelow := func(domain string) bool { return strings.HasSuffix(host, "."+domain) }
	gateway, err := url.Parse(endpoint)
	isGateway := err == nil && endpoint != "" && strings.EqualFold(host, gateway.Hostname())
	if !slices.ContainsFunc([]string{"zillizcloud.com", "zilliz.com", "zilliz.com.cn"}, isBelow) && !isGateway &&
		!isLoopback(host) {
		return nil, errors.New("must have a host below zillizcloud.com, zilliz.com or zilliz.com.cn, the host of endpoint, " +
			"or a loopback host: the API key is sent to no other host")
	}
	return u, nil
}

// checkPurpose returns an error for a URL of Zilliz that users paste by mistake: the base
// URL of another tool, the URL of a call, or the endpoint of a cluster or project.
func checkPurpose(u *url.URL) error {
	path := strings.TrimRight(u.Path, "/")
	switch host := strings.ToLower(u.Hostname()); {
	case strings.HasSuffix(path, "/v1"), strings.HasSuffix(path, "/v2"),
		strings.Contains(path, "/v1/vector"), strings.Contains(path, "/v2/vectordb"):
		return errors.New("must end before /v1 or /v2, since the provider adds the path of each call: leave that part out")
	case strings.Contains(host, ".vectordb."), strings.Contains(host, ".serverless."),
		strings.HasSuffix(host, ".api.zillizcloud.com"):
		return errors.New("must not be the endpoint of a cluster or project, which does not serve the import API: " +
			"remove it, and set region_id")
	default:
		return nil
	}
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

func checkHost(u *url.URL) error {
	host := u.Hostname()
	if net.ParseIP(host) == nil && !hostForm.MatchString(host) {
		return errors.New("must have a host name or an IP address as its host")
	}
	if u.Port() == "" && !strings.HasSuffix(u.Host, ":") {
		return nil
	}
	if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
		return errors.New("must have a port between 1 and 65535")
	}
	return nil
}

func isLoopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }
