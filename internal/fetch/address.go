package fetch

import (
	"errors"
	"net/url"

	"github.com/aptarium/aptarium/internal/problem"
)

// parse reads an absolute http, https or file URL. Its errors do not repeat the
// URL, which may hold credentials.
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
		return nil, problem.New(problem.Invalid, "the URL %s is neither http, https nor file", display(u)).In("url").
			WithHint("give a URL such as https://deb.debian.org/debian")
	}
	return u, nil
}

// server names what the limit on requests applies to.
func server(u *url.URL) string { return u.Scheme + "://" + u.Host }

// display is a URL for messages and records: without user, password, query and
// fragment, any of which may be secret.
func display(u *url.URL) string {
	shown := *u
	shown.User, shown.RawQuery, shown.ForceQuery, shown.Fragment, shown.RawFragment = nil, "", false, "", ""
	return shown.String()
}
