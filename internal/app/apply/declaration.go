package apply

import (
	"strings"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/declaration"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// Declaration states everything that should exist: each thing by its name, with the settings
// of its own use cases. A missing setting has its default.
type Declaration struct {
	Name         string                                   `json:"name,omitempty" maxLength:"200" doc:"Tells this declaration from others, so that what it states no longer is known; default if empty"`
	Endpoints    map[string]publications.EndpointSettings `json:"endpoints,omitempty"`
	Keyrings     map[string]string                        `json:"keyrings,omitempty" doc:"Public keys, armored, that are all in a GnuPG keyring of the server, by its name"`
	Mirrors      map[string]DeclaredMirror                `json:"mirrors,omitempty"`
	Repos        map[string]DeclaredRepo                  `json:"repos,omitempty"`
	Snapshots    map[string]DeclaredSnapshot              `json:"snapshots,omitempty"`
	Publications map[string]DeclaredPublication           `json:"publications,omitempty" doc:"By [ENDPOINT:]PREFIX/DISTRIBUTION"`
}

// DeclaredMirror is a mirror as declared.
type DeclaredMirror struct {
	Description string `json:"description,omitempty"`
	mirrors.Config
	Retention collections.Retention `json:"retention,omitzero" doc:"Which past states are kept; absent: all"`
}

// DeclaredRepo is a repo as declared, without its packages.
type DeclaredRepo struct {
	Description  string                `json:"description,omitempty"`
	Component    string                `json:"component,omitempty" doc:"Where packages without another word are listed; main if empty"`
	Distribution string                `json:"distribution,omitempty" doc:"What a publication of it may be called"`
	Retention    collections.Retention `json:"retention,omitzero" doc:"Which past states are kept; absent: all"`
}

// DeclaredSnapshot is a snapshot as declared; see [collections.NewSnapshot]. The packages of an
// existing snapshot never change.
type DeclaredSnapshot struct {
	Description string   `json:"description,omitempty"`
	From        []string `json:"from,omitempty" doc:"mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state"`
	Latest      bool     `json:"latest,omitempty" doc:"Keep only the highest version of each name and architecture"`
	KeepAll     bool     `json:"keep_all,omitempty" doc:"Keep every version of every source"`
	Packages    []string `json:"packages,omitempty" doc:"Keys of further packages, as a search shows them"`
}

// DeclaredPublication is a publication as declared. Its place is its name, or its prefix and
// distribution.
type DeclaredPublication struct {
	Endpoint     string   `json:"endpoint,omitempty" doc:"Where it appears; empty: the program serves it"`
	Prefix       string   `json:"prefix,omitempty" doc:"With distribution, in place of the name"`
	Distribution string   `json:"distribution,omitempty" doc:"With prefix, in place of the name"`
	Sources      []string `json:"sources" doc:"[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME" minItems:"1"`
	publications.PublishOptions
	Retention      collections.Retention `json:"retention,omitzero" doc:"Which past releases are kept; absent: all"`
	ForceOverwrite bool                  `json:"force_overwrite,omitempty" doc:"Take over paths of the pool at which other publications of the prefix have files with other bytes"`
}

// defaultDeclaration is the name of a declaration without a name.
const defaultDeclaration = "default"

// The kinds of things that are declared, as plans name them.
const (
	endpointKind    = "endpoint"
	keyringKind     = "keyring"
	mirrorKind      = "mirror"
	repoKind        = "repo"
	snapshotKind    = "snapshot"
	publicationKind = "publication"
)

// sections names where each kind is declared.
var sections = map[string]string{
	endpointKind: "endpoints", keyringKind: "keyrings", mirrorKind: "mirrors",
	repoKind: "repos", snapshotKind: "snapshots", publicationKind: "publications",
}

// thing names a declared object.
type thing struct{ kind, name string }

// path returns its place in the declaration.
func (t thing) path(below ...string) []string {
	return append([]string{sections[t.kind], t.name}, below...)
}

// String returns its name for people.
func (t thing) String() string { return t.kind + " " + t.name }

// located returns a declared publication with its place, which may come from its name.
func (p DeclaredPublication) located(name string) (DeclaredPublication, error) {
	if p.Prefix != "" && p.Distribution != "" {
		return p, nil
	}
	if p.Prefix != "" || p.Distribution != "" {
		field := "prefix"
		if p.Prefix != "" {
			field = "distribution"
		}
		return p, problem.New(problem.Invalid, "is missing").In(field).WithHint("give prefix and distribution, or neither and call it PREFIX/DISTRIBUTION")
	}
	place := name
	if endpoint, rest, named := strings.Cut(name, ":"); named {
		if p.Endpoint != "" && p.Endpoint != endpoint {
			return p, problem.New(problem.Invalid, "its name is of the endpoint %q", endpoint).In("endpoint").WithHint("leave one of the two out")
		}
		p.Endpoint, place = endpoint, rest
	}
	i := strings.LastIndexByte(place, '/')
	if i < 1 {
		return p, problem.New(problem.Invalid, "%q does not say where it is", name).
			WithHint("call it PREFIX/DISTRIBUTION, such as debian/bookworm, or ./bookworm below no prefix")
	}
	p.Prefix, p.Distribution = place[:i], place[i+1:]
	return p, nil
}

// placeName returns the name of a place in a declaration.
func placeName(endpoint, prefix, distribution string) string {
	return publish.JoinPlace(endpoint, prefix) + "/" + distribution
}

// isBuiltIn reports whether an endpoint is the one that the program serves.
func isBuiltIn(endpoint string) bool { return endpoint == "" || endpoint == publish.BuiltIn }

// settings returns the settings of a declared thing, to compare them. An error is a fault of
// this program, which a test finds.
func settings(v any) ([]declaration.Setting, error) {
	tree, err := declaration.Encode(v)
	if err != nil {
		return nil, err
	}
	return tree.Settings(), nil
}
