package server

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/api/aptly"
	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/api/landscape"
	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/api/upload"
	"github.com/aptarium/aptarium/internal/buildinfo"
	"github.com/aptarium/aptarium/internal/site"
)

// handler returns every URL of the server to the dialect that owns it.
func (s *Server) handler() http.Handler {
	api := rest.New(s.app, rest.Options{
		TrustLoopback: s.config.TrustLoopback, Log: s.log, Version: buildinfo.Read().Version, Draining: s.draining, CodeOf: landscape.ErrorName,
	})
	aptlys := aptly.New(s.app, aptly.Options{
		TrustLoopback: s.config.TrustLoopback, Log: s.log, Version: buildinfo.Read().Version, Config: s.aptly.Config,
		Site: func(below string) http.Handler { return site.New(s.app.Publications, below, s.log) },
	})
	landscapes := landscape.New(s.app, landscape.Options{
		TrustLoopback: s.config.TrustLoopback, TrustForwardedHost: s.config.TrustForwardedHost, Log: s.log,
	})
	uploads := upload.New(s.app, upload.Options{TrustLoopback: s.config.TrustLoopback, Log: s.log})
	mux := http.NewServeMux()
	mux.Handle("/v1/", api)
	mux.Handle("GET /openapi.json", api)
	for _, page := range []string{"/repos", "/repos/", "/docs/", "/docs.html"} {
		mux.Handle(page, aptlys)
	}
	mux.Handle("/archive/", site.New(s.app.Publications, "/archive", s.log))
	// Landscape's clients know this name; its trees are those of prefixes that
	// begin with it.
	mux.Handle("/repository/", site.New(s.app.Publications, "", s.log))
	mux.Handle("GET /{$}", page(indexPage, buildinfo.Read()))
	mux.Handle("GET /docs", page(docsPage, api.Routes()))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := s.ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintln(w, "ready")
	})
	// The mux cleans paths; in aptly's an empty part means something, and dput does
	// not send a file again that is sent elsewhere.
	all := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/upload/"):
			uploads.ServeHTTP(w, r)
		case landscape.Owns(r.URL.Path):
			landscapes.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/api/"):
			aptlys.ServeHTTP(w, r)
		default:
			mux.ServeHTTP(w, r)
		}
	})
	if s.config.AccessLog {
		return s.logged(all)
	}
	return all
}

//go:embed index.html
var indexPage string

//go:embed docs.html
var docsPage string

// page serves a page that never changes while the program runs.
func page(text string, data any) http.Handler {
	var body bytes.Buffer
	err := template.Must(template.New("page").Parse(text)).Execute(&body, data)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err != nil {
			http.Error(w, "this page is broken", http.StatusInternalServerError)
			return
		}
		httpkit.StrictPage(w.Header())
		_, _ = w.Write(body.Bytes())
	})
}

// logged writes a line for every request.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, answer := time.Now(), httpkit.Watch(w)
		defer func() {
			s.log.Info("request", "method", r.Method, "path", r.URL.Path, "status", answer.Status(),
				"bytes", answer.Bytes(), "duration", time.Since(start).Round(time.Microsecond), "from", r.RemoteAddr)
		}()
		next.ServeHTTP(answer, r)
	})
}
