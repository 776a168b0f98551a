package publications

import (
	"cmp"
	"context"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// NewPublication describes a publication to create.
type NewPublication struct {
	Endpoint       string                `json:"endpoint,omitempty" doc:"Where it appears; empty: the program serves it"`
	Prefix         string                `json:"prefix" doc:"Below the archive, or the root of the endpoint: debian; . for the root itself"`
	Distribution   string                `json:"distribution" doc:"Below dists: bookworm"`
	Sources        []string              `json:"sources" doc:"[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME; fixed at a state with @TIME or #NUMBER behind it" minItems:"1"`
	Options        PublishOptions        `json:"options,omitzero"`
	ForceOverwrite bool                  `json:"force_overwrite,omitempty" doc:"Replace files of the pool that other publications of the prefix have with other bytes"`
	Signing        *Signing              `json:"signing,omitempty"`
	Retention      collections.Retention `json:"retention,omitzero" doc:"Which past releases are kept; absent: all"`
}

// Create creates a publication and starts its first release. It needs access.Publish.
func (s *Service) Create(ctx context.Context, in NewPublication) (Publication, usecase.Activity, error) {
	if err := access.Require(ctx, access.Publish); err != nil { // before gpg runs
		return Publication{}, usecase.Activity{}, err
	}
	in.Endpoint = cmp.Or(in.Endpoint, publish.BuiltIn)
	if err := s.Sign(ctx, &in.Options, in.Signing); err != nil {
		return Publication{}, usecase.Activity{}, err
	}
	work := Payload{Overwrite: in.ForceOverwrite, passphrase: in.Signing.secret()}
	var started usecase.Activity
	p, err := usecase.Change(ctx, s.k, act("publish.create", in.Prefix, in.Distribution, in), func(tx *db.Tx, _ *usecase.Act) (Publication, error) {
		p, err := s.Add(ctx, tx, in)
		if err != nil {
			return Publication{}, err
		}
		work.Publication = p.ID
		if work.passphrase == "" {
			if started, err = s.Submit(ctx, tx, p, work); err != nil {
				return Publication{}, err
			}
		}
		return s.show(ctx, tx, p)
	})
	if err == nil && work.passphrase != "" {
		started, err = s.begin(ctx, work)
	}
	return p, started, err
}

// Add stores a publication without a release. It is for use cases that create a publication
// among other objects; they check the permission and call [Service.Sign] first.
func (s *Service) Add(ctx context.Context, tx *db.Tx, in NewPublication) (publish.Publication, error) {
	if in.Endpoint != publish.BuiltIn {
		if _, err := s.endpoint.Get(ctx, tx, in.Endpoint); err != nil {
			return publish.Publication{}, err
		}
	}
	p := publish.Publication{Endpoint: in.Endpoint, Prefix: in.Prefix, Distribution: in.Distribution, Options: in.Options, Retention: in.Retention}
	var err error
	if p.Sources, err = s.ResolveSources(ctx, tx, in.Sources); err != nil {
		return publish.Publication{}, err
	}
	if p.Options.Keys, err = s.resolveKeys(ctx, tx, p.Options); err != nil {
		return publish.Publication{}, err
	}
	if err := s.checkVerbatim(ctx, tx, p); err != nil {
		return publish.Publication{}, err
	}
	return s.publish.Create(ctx, tx, p)
}

// ResolveSources returns the sources that [COMPONENT=]KIND:NAME name. A source with a time or
// a revision is fixed there; the publication follows the others.
func (s *Service) ResolveSources(ctx context.Context, tx *db.Tx, names []string) ([]publish.Source, error) {
	list := make([]publish.Source, 0, len(names))
	for _, name := range names {
		component, r, err := parseSource(name)
		if err != nil {
			return nil, err
		}
		c, v, err := s.collections.Resolve(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		source := publish.Source{Component: component, Kind: c.Kind, Name: c.Name, Collection: c.ID}
		if r.Past() {
			if source.Revision = v.Revision; v.Revision == 0 {
				return nil, problem.New(problem.NotFound, "%s was empty then, so a publication cannot be fixed there", c.Ref()).In("sources")
			}
		}
		list = append(list, source)
	}
	return list, nil
}

// parseSource splits [COMPONENT=]KIND:NAME.
func parseSource(name string) (component string, ref collections.Ref, err error) {
	component, text, named := strings.Cut(name, "=")
	if !named {
		component, text = "", name
	}
	ref, err = collections.ParseRef("sources", text)
	return component, ref, err
}
