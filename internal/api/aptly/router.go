package aptly

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// route is a line of the table of routes.
type route struct {
	method  string
	pattern string // below /api: "repos/:name/packages", "graph.:ext"
	about   string // for the documentation
	serve   func(*call) (answer, error)
}

// needs returns the permission that a route needs. The application checks it too. The check
// here comes first, so that the server neither reads the body nor begins the task of a
// caller without it.
func (r *route) needs() usecase.Permission {
	if r.method == http.MethodGet {
		return usecase.MayRead
	}
	area, _, _ := strings.Cut(r.pattern, "/")
	switch area {
	case "gpg":
		return usecase.MayKeys
	case "db":
		return usecase.MayAdmin
	case "publish":
		return usecase.MayPublish
	case "files":
		return usecase.MayUpload
	case "repos":
		if strings.HasSuffix(r.pattern, "/snapshots") {
			return usecase.MayMirror
		}
		return usecase.MayUpload
	}
	return usecase.MayMirror // of mirrors, snapshots and tasks
}

// Limits of bodies, in bytes. The size of uploads has no limit.
const (
	maxBody = 8 << 20  // keys of a keyring
	maxKeys = 32 << 20 // hundreds of thousands of package keys
)

// longest returns the limit for the body of a route.
func (r *route) longest() int64 {
	if r.pattern == "repos/:name/packages" || r.pattern == "snapshots" {
		return maxKeys
	}
	return maxBody
}

// open reports whether a path needs no token: the health and the version of the server.
func open(path string) bool {
	switch strings.TrimSuffix(path, "/") {
	case "ready", "healthy", "version":
		return true
	}
	return false
}

// isUpload reports whether the body of a route is a file.
func isUpload(r *route) bool {
	return strings.HasPrefix(r.pattern, "files/") && (r.method == http.MethodPost || r.method == http.MethodPut)
}

// router finds the route of a request. It matches escaped paths, so that a %2F is a part of
// a name and not a separator.
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

// find returns the route for a method and an escaped path below /api, with the decoded
// parameters. It ignores a slash at the end.
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
