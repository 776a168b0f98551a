package fetch

import (
	"errors"
	"net/url"

	"github.com/aptarium/aptarium/internal/problem"
)

// parse parses an absolute http, https or file URL. Its errors do not repeat the URL,
// which may contain credentials.
func parse(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return nil, problem.New(problem.Invalid, "not a URL: %w", wrapped.Err).In("url")
	}
	switch u.Scheme {
	case "http", "https":
		if u.Hostname() == "" {
			return nil, problem.New(problem.Invalid, "the URL %s names no server", display(u)).In("url")
		}
	case "file":
		if u.Host != "" && u.Host != "localhost" || u.Path == "" {
			return nil, problem.New(problem.Invalid, "the URL %s is not of the form file:///PATH", display(u)).In("url")
		}
	default:
		return nil, problem.New(problem.Invalid, "the URL %s is not http, https or file", display(u)).In("url").
			WithHint("use a URL such as https://deb.debian.org/debian")
	}
	return u, nil
}

// server returns the key for the limit on requests.
func server(u *url.URL) string { return u.Scheme + "://" + u.Host }

// display returns a URL for messages and records: without user, password, query and
// fragment, which may be secret.
func display(u *url.URL) string {
	shown := *u
	shown.User, shown.RawQuery, shown.ForceQuery, shown.Fragment, shown.RawFragment = nil, "", false, "", ""
	return shown.String()
}
