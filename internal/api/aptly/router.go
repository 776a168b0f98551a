package aptly

import (
	"net/http"
	"net/url"
	"strings"
)

// route is a line of the table of routes.
type route struct {
	method  string
	pattern string // below /api: "repos/:name/packages", "graph.:ext"
	about   string // for the documentation
	serve   func(*call) (answer, error)
}

// router finds the route of a request. Paths are matched as they came, escaped,
// so that a %2F is a part of a name and no separator.
type router struct{ routes []parsedRoute }

type parsedRoute struct {
	route
	parts []string
}

func newRouter(routes []route) *router {
	r := &router{}
	for _, each := range routes {
		r.routes = append(r.routes, parsedRoute{each, strings.Split(each.pattern, "/")})
	}
	return r
}

// find gives the route for a method and an escaped path below /api, with the
// decoded parameters. A slash at the end counts for nothing.
func (r *router) find(method, path string) (*route, map[string]string) {
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for i := range r.routes {
		if r.routes[i].method != method {
			continue
		}
		if parameters, ok := match(r.routes[i].parts, parts); ok {
			return &r.routes[i].route, parameters
		}
	}
	return nil, nil
}

func match(pattern, parts []string) (map[string]string, bool) {
	parameters := map[string]string{}
	if len(parts) != len(pattern) {
		return nil, false
	}
	for i, p := range pattern {
		fixed, name, variable := strings.Cut(p, ":")
		value, fits := strings.CutPrefix(parts[i], fixed)
		if !fits || !variable && value != "" {
			return nil, false
		}
		if !variable {
			continue
		}
		// The root prefix may be left out: /api/publish//bookworm.
		if value == "" && name != "prefix" {
			return nil, false
		}
		text, err := url.PathUnescape(value)
		if err != nil {
			return nil, false
		}
		parameters[name] = text
	}
	return parameters, true
}
