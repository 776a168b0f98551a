package rest

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/aptarium/aptarium/internal/api/httpkit"
	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/problem"
)

// Options adjust [New].
type Options struct {
	// Local says that requests come from this very process, which has opened the
	// data folder itself, so that nobody needs a token.
	Local bool
	// TrustLoopback lets clients on this machine in without a token, unless a
	// proxy sent them.
	TrustLoopback bool
	// Draining is closed when the server wants to stop, and ends the requests
	// that only wait for something to happen. nil: never.
	Draining <-chan struct{}
	Version  string // of Aptarium, for the description
	// CodeOf returns the member code of a problem for its reason; nil: the reason itself.
	CodeOf func(problem.Reason) string
	Log    *slog.Logger // of faults of our own; nil: nowhere
	// tap gets an empty input of each route at its registration, and then each decoded input
	// instead of the door. Tests set it.
	tap func(huma.Operation, any) error
}

// service has the parts that all routes share.
type service struct {
	only    string // the noun whose routes are wanted; empty: all
	app     *app.App
	api     huma.API
	mux     *http.ServeMux
	options Options
	log     *slog.Logger
}

// Handler answers /v1/… and /openapi.json.
type Handler struct {
	http.Handler
	routes []Route
}

// Route is a route in [Handler.Routes].
type Route struct{ Method, Path, Summary string }

// Routes lists the routes by path.
func (h *Handler) Routes() []Route { return h.routes }

// New makes the dialect over an application.
func New(a *app.App, o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Local {
		return &Handler{Handler: &parts{app: a, options: o}}
	}
	s := newService(a, o, "")
	return &Handler{s.handler(), s.routes()}
}

// newService describes the routes of a noun, or all.
func newService(a *app.App, o Options, only string) *service {
	s := &service{only: only, app: a, mux: http.NewServeMux(), options: o, log: o.Log}
	if s.options.CodeOf == nil {
		s.options.CodeOf = func(reason problem.Reason) string { return string(reason) }
	}
	settings := configuration(o.Version)
	settings.Transformers = append(settings.Transformers, s.codeFailures)
	s.api = humago.New(s.mux, settings)
	for _, add := range []func(){
		s.distributions, s.series, s.pockets,
		s.mirrors, s.tasks, s.repos, s.snapshots, s.history, s.breakage, s.packages, s.publications, s.endpoints, s.keys, s.activities,
		s.events, s.tokens, s.persons, s.invitations, s.roles, s.accessGroups, s.keyPairs, s.sessions, s.audit, s.scrub, s.gc, s.imports, s.apply,
		s.profiles, s.aptSources, s.savedSearches,
	} {
		add()
	}
	return s
}

// handler serves the routes and their description.
func (s *service) handler() http.Handler {
	whole := http.NewServeMux()
	whole.Handle("/v1/", s.guard(s.route()))
	whole.HandleFunc("GET /openapi.json", s.openapi())
	return httpkit.Handler(s.log, whole.ServeHTTP, s.writeError)
}

// parts is the dialect for a command in its own process. To describe all routes takes longer than
// most commands, so parts describes the routes of a noun at their first request.
type parts struct {
	app     *app.App
	options Options
	mu      sync.Mutex
	made    map[string]http.Handler // by noun
}

// ServeHTTP implements [http.Handler].
func (p *parts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	noun := ""
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		noun = nounOf(r.URL.Path)
	}
	p.mu.Lock()
	h := p.made[noun]
	if h == nil {
		h = newService(p.app, p.options, noun).handler()
		if p.made == nil {
			p.made = map[string]http.Handler{}
		}
		p.made[noun] = h
	}
	p.mu.Unlock()
	h.ServeHTTP(w, r)
}

// nounOf returns the noun of a path: mirrors for /v1/mirrors/NAME.
func nounOf(path string) string { return strings.SplitN(path, "/", 4)[2] }

// routes lists the operations of the description.
func (s *service) routes() (routes []Route) {
	paths := s.api.OpenAPI().Paths
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		item := paths[p]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				routes = append(routes, Route{op.Method, op.Path, op.Summary})
			}
		}
	}
	return routes
}

// configuration describes the API as a whole.
func configuration(version string) huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Aptarium",
				Version:     version,
				Description: "Mirror, curate and publish APT repositories.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token": {Type: "http", Scheme: "bearer", Description: "A token of `aptarium token create`."},
					"basic": {Type: "http", Scheme: "basic", Description: "Any user name, and the token as the password."},
				},
			},
			Security: []map[string][]string{{"token": {}}, {"basic": {}}},
		},
		Formats: map[string]huma.Format{
			"application/json": huma.DefaultJSONFormat,
			"json":             huma.DefaultJSONFormat,
		},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
		Transformers:                 []huma.Transformer{ownProblem},
	}
}

// schemaName names a type in the OpenAPI document. Types of the door and of package routes have
// their own name, types of the domain also that of their package, such as MirrorConfig.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch pkg := path.Base(t.PkgPath()); {
	case t.Name() == "", pkg == ".", pkg == "routes", strings.Contains(t.PkgPath(), "/internal/app/"):
		return name
	default:
		return strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
}

// openapi serves the OpenAPI document, which it writes at the first request.
func (s *service) openapi() http.HandlerFunc {
	text := sync.OnceValues(func() ([]byte, error) { return json.Marshal(s.api.OpenAPI()) })
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := text()
		if err != nil {
			s.writeError(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(body)
	}
}

// answer is the body of a success, as huma wants it.
type answer[T any] struct{ Body T }

// operation returns the description of a route.
func operation[I, O any](s *service, r routes.Route[I, O]) huma.Operation {
	op := huma.Operation{OperationID: r.ID, Method: r.Method, Path: r.Path, Summary: r.Summary, DefaultStatus: r.Status}
	if r.Open {
		op.Security = []map[string][]string{}
	}
	return s.described(op)
}

// register serves an operation, unless its noun is not wanted.
func register[I, O any](s *service, op huma.Operation, fn func(context.Context, *I) (*O, error)) {
	if s.only != "" && nounOf(op.Path) != s.only {
		return
	}
	if tap := s.options.tap; tap != nil {
		_ = tap(op, new(I))
		fn = func(_ context.Context, in *I) (*O, error) { return nil, tap(op, in) }
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := fn(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return out, nil
	})
}

// handle serves a route whose answer is JSON. The adjustments change its description.
func handle[I, O any](s *service, r routes.Route[I, O], fn func(context.Context, *I) (O, error), adjust ...func(*huma.Operation)) {
	op := operation(s, r)
	for _, change := range adjust {
		change(&op)
	}
	register(s, op, func(ctx context.Context, in *I) (*answer[O], error) {
		out, err := fn(ctx, in)
		return &answer[O]{out}, err
	})
}

// handleEmpty serves a route whose answer is empty.
func handleEmpty[I any](s *service, r routes.Route[I, routes.None], fn func(context.Context, *I) error) {
	register(s, operation(s, r), func(ctx context.Context, in *I) (*struct{}, error) { return nil, fn(ctx, in) })
}

// described adds the parts that all operations share: the tag, which is the noun of the path, the
// body of errors, and no bound of huma's on the body (see bound).
func (s *service) described(op huma.Operation) huma.Operation {
	op.Tags = []string{nounOf(op.Path)}
	op.MaxBodyBytes = -1
	op.BodyReadTimeout = -1
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[routes.Problem](), true, "")
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["default"] = &huma.Response{
		Description: "What went wrong",
		Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: schema}},
	}
	return op
}
