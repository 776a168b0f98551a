package aptly

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// Options are the settings of the dialect.
type Options struct {
	TrustLoopback bool // clients on this machine need no token
	Log           *slog.Logger
	Version       string // of this program
	Config        Config
	// Site returns the handler of the built-in trees, below a path.
	Site func(below string) http.Handler
}

// Config has the settings of an aptly configuration that this dialect uses. The names are
// those of aptly's configuration file.
type Config struct {
	Architectures  []string // of searches and publications without any; empty: all
	AsyncAPI       bool     // calls without _async return at once
	ServeInAPIMode bool     // /repos/ serves the published trees
	Metrics        bool     // /api/metrics
	Docs           bool     // /docs.html

	GpgKeys       []string // keys that sign if a call names none
	DisableSign   bool
	DisableVerify bool

	SkipContents    bool
	SkipBz2         bool
	DownloadSources bool

	FollowRecommends, FollowSuggests, FollowSource, FollowAllVariants bool

	// Root is the root folder of aptly, for /api/storage; empty: the data folder.
	Root string
	// Default is the endpoint of publications whose prefix names no storage; empty: the
	// built-in one.
	Default string
	// Directories are the folders of the filesystem endpoints, by name; that of the default
	// one has the name "".
	Directories map[string]string
}

// Defaults returns the configuration of a server that replaces no aptly: everything is on.
func Defaults() Config {
	return Config{ServeInAPIMode: true, Metrics: true, Docs: true, SkipContents: true}
}

// service is the handler.
type service struct {
	app     *app.App
	log     *slog.Logger
	options Options
	policy  httpkit.Policy
	router  *router
	metrics *metrics
}

// New returns the handler of aptly's API, for the paths below /api, /repos and /docs.
func New(a *app.App, o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &service{app: a, log: o.Log, options: o, policy: httpkit.Policy{TrustLoopback: o.TrustLoopback}}
	s.router = newRouter(s.routes())
	s.metrics = newMetrics(s)
	return s
}

// maxURL limits a URL, whose path may contain a query for packages.
const maxURL = 64 << 10

// ServeHTTP answers a request.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	counted := s.metrics.begin(w, r)
	defer counted.end()
	httpkit.Handler(s.log, s.serve, s.writeError).ServeHTTP(counted.answer, r)
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	if len(r.URL.RequestURI()) > maxURL {
		s.writeError(w, r, fail(http.StatusRequestURITooLong, "the address is too long"))
		return
	}
	path, isAPI := strings.CutPrefix(r.URL.EscapedPath(), "/api/")
	if !isAPI {
		s.pages(w, r)
		return
	}
	found, parameters := s.router.find(r.Method, path)
	if found == nil {
		notFound(w)
		return
	}
	ctx := r.Context()
	if !open(path) {
		var err error
		if ctx, err = s.policy.Identify(s.app, r); err == nil {
			err = usecase.Require(ctx, found.needs())
		}
		if err != nil {
			s.writeError(w, r, err)
			return
		}
	}
	r = r.WithContext(ctx)
	if found.method != http.MethodGet && !isUpload(found) {
		if err := httpkit.Buffer(w, r, found.longest()); err != nil {
			s.writeError(w, r, bodyError(err))
			return
		}
	}
	c := &call{Request: r, service: s, writer: w, parameters: parameters}
	a, err := found.serve(c)
	switch {
	case err != nil:
		s.writeError(w, r, err)
	case a.status != sent.status:
		writeAnswer(w, a)
	}
}

func bodyError(err error) error {
	switch err {
	case httpkit.ErrSlowBody:
		return fail(http.StatusRequestTimeout, "%v", err)
	case httpkit.ErrGarbledBody:
		return badBody(err.Error())
	}
	return err
}

// notFound writes aptly's answer for a path without a route.
func notFound(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte("404 page not found"))
}

// writeAnswer writes an answer. An answer without content has no body (RFC 9110, 15.3.5).
func writeAnswer(w http.ResponseWriter, a answer) {
	if a.status == http.StatusNoContent {
		w.WriteHeader(a.status)
		return
	}
	writeJSON(w, a.status, jsonType, a.body)
}

// notKnown replaces problem.NotFound by an error with aptly's text for an unknown name.
func notKnown(err error, text string) error {
	if problem.Is(err, problem.NotFound) {
		return fail(http.StatusNotFound, "%s", text)
	}
	return err
}
