package aptly

import (
	"errors"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/problem"
)

// pages answers requests outside /api: published trees and the documentation.
func (s *service) pages(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		notFound(w)
		return
	}
	switch path := r.URL.Path; {
	case path == "/repos" || strings.HasPrefix(path, "/repos/"):
		s.serveRepos(w, r)
	case s.options.Config.Docs && path == "/docs.html":
		httpkit.StrictPage(w.Header())
		_, _ = w.Write([]byte(s.documentation()))
	case s.options.Config.Docs && path == "/docs/doc.json":
		writeJSON(w, http.StatusOK, jsonType, s.openAPI())
	case s.options.Config.Docs && (path == "/docs" || path == "/docs/" || path == "/docs/index.html"):
		http.Redirect(w, r, "/docs.html", http.StatusMovedPermanently)
	default:
		notFound(w)
	}
}

// serveRepos serves published files, as /repos/STORAGE/PATH; "-" is the default storage.
func (s *service) serveRepos(w http.ResponseWriter, r *http.Request) {
	if !s.options.Config.ServeInAPIMode {
		notFound(w)
		return
	}
	storage, _, within := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/repos"), "/"), "/")
	if storage == "" {
		s.listStorages(w)
		return
	}
	if !within {
		http.Redirect(w, r, "/repos/"+storage+"/", http.StatusMovedPermanently)
		return
	}
	below := "/repos/" + storage
	if storage == "-" && s.options.Config.Default == "" {
		s.options.Site(below).ServeHTTP(w, r)
		return
	}
	endpoint := s.options.Config.Default
	if storage != "-" {
		name, filesystem := strings.CutPrefix(storage, "filesystem:")
		if !filesystem {
			notFound(w)
			return
		}
		endpoint = name
	}
	directory, err := s.app.Publications.EndpointDirectory(r.Context(), endpoint)
	if problem.Is(err, problem.NotFound) {
		notFound(w)
		return
	}
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	s.serveDirectory(w, r, directory, below)
}

// serveDirectory serves the files of a filesystem endpoint, except hidden ones and those
// outside its folder.
func (s *service) serveDirectory(w http.ResponseWriter, r *http.Request, directory, below string) {
	for part := range strings.SplitSeq(strings.TrimPrefix(r.URL.Path, below), "/") {
		if strings.HasPrefix(part, ".") {
			notFound(w)
			return
		}
	}
	root, err := os.OpenRoot(directory)
	if errors.Is(err, fs.ErrNotExist) {
		notFound(w)
		return
	}
	if err != nil {
		s.writeError(w, r, err)
		return
	}
	defer root.Close()
	if strings.HasSuffix(r.URL.Path, ".deb") {
		w.Header().Set("Content-Type", "application/vnd.debian.binary-package")
	}
	inner := r.Clone(r.Context())
	inner.URL.Path, inner.URL.RawPath = strings.TrimPrefix(r.URL.Path, below), ""
	http.FileServerFS(inside{root.FS()}).ServeHTTP(w, inner)
}

// inside is a file system that reports files that cannot be opened as missing: links that
// lead out of it or to themselves, and invalid names.
type inside struct{ fs.FS }

// Open opens a file.
func (in inside) Open(name string) (fs.File, error) {
	file, err := in.FS.Open(name)
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return file, err
}

func (s *service) listStorages(w http.ResponseWriter) {
	names := slices.Sorted(maps.Keys(s.options.Config.Directories))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<pre>\n<a href=\"-/\">default</a>\n")
	for _, name := range names {
		if name != "" {
			fmt.Fprintf(w, "<a href=\"filesystem:%[1]s/\">filesystem:%[1]s</a>\n", html.EscapeString(name))
		}
	}
	fmt.Fprint(w, "</pre>")
}

// documentation returns a page with every route.
func (s *service) documentation() string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>aptly's API</title><style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
code{font-family:ui-monospace,monospace}</style></head><body><h1>aptly's API</h1>
<p>These calls are answered as aptly answers them. <a href="/docs/doc.json">The same in OpenAPI</a>.</p>
<table><tr><th>Call</th><th>What it does</th></tr>`)
	for _, r := range s.router.routes {
		fmt.Fprintf(&b, "<tr><td><code>%s /api/%s</code></td><td>%s</td></tr>\n", r.method, html.EscapeString(r.pattern), html.EscapeString(r.about))
	}
	b.WriteString("</table></body></html>\n")
	return b.String()
}

// openAPI returns the description of the routes (OpenAPI 3.1).
func (s *service) openAPI() map[string]any {
	paths := map[string]map[string]any{}
	for _, r := range s.router.routes {
		var path strings.Builder
		var parameters []map[string]any
		for _, part := range r.parts {
			fixed, name, variable := strings.Cut(part, ":")
			path.WriteString("/" + fixed)
			if variable {
				path.WriteString("{" + name + "}")
				parameters = append(parameters, map[string]any{"name": name, "in": "path", "required": true, "schema": map[string]string{"type": "string"}})
			}
		}
		operation := map[string]any{
			"summary":   r.about,
			"responses": map[string]any{"default": map[string]string{"description": "See docs/aptly.md"}},
		}
		if parameters != nil {
			operation["parameters"] = parameters
		}
		where := "/api" + path.String()
		if paths[where] == nil {
			paths[where] = map[string]any{}
		}
		paths[where][strings.ToLower(r.method)] = operation
	}
	return map[string]any{
		"openapi": "3.1.0",
		"info":    map[string]string{"title": "aptly's API", "version": s.options.Version},
		"paths":   paths,
	}
}
