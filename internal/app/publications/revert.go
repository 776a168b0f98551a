package publications

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// Reverted is the result of a revert: the change of a repo, or the activity of a
// publication's next release.
type Reverted struct {
	Change   *collections.RepoChange `json:"change,omitempty"`
	Activity *usecase.Activity       `json:"activity,omitempty"`
}

// Revert makes a past state of a repo or a publication the newest one: a further revision with
// the packages of then, or a further release of the views of then. The sources of the
// publication are fixed at these views, until an update changes them or follows them again.
// It needs access.Upload for a repo, access.Publish for a publication. Mirrors and snapshots
// are problem.Invalid: the next sync would undo it, and a snapshot never changes.
func (s *Service) Revert(ctx context.Context, ref collections.Ref) (Reverted, error) {
	if !ref.Past() {
		return Reverted{}, problem.New(problem.Invalid, "the reference names no past state").In("ref").WithHint("put @TIME or #NUMBER behind it; `aptarium log` lists the states")
	}
	switch ref.Kind {
	case catalog.Repo:
		change, err := s.repos.Revert(ctx, ref)
		return Reverted{Change: &change}, err
	case collections.Published:
		started, err := s.revertPublication(ctx, ref)
		return Reverted{Activity: &started}, err
	case catalog.Mirror:
		return Reverted{}, problem.New(problem.Invalid, "a mirror follows its upstream: the next sync would undo it").In("ref").
			WithHint("revert the publication, or create a snapshot of mirror:%s at that time and publish it", ref.Name)
	}
	return Reverted{}, problem.New(problem.Invalid, "a snapshot never changes").In("ref").WithHint("revert a repo or a publication")
}

func (s *Service) revertPublication(ctx context.Context, ref collections.Ref) (usecase.Activity, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Publish, Action: "publish.revert", Subject: "publish:" + ref.Name, Detail: ref}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		p, r, err := s.collections.ResolveRelease(ctx, tx, ref)
		if err != nil {
			return usecase.Activity{}, err
		}
		if p.Dropped {
			return usecase.Activity{}, problem.New(problem.NotFound, "%s was dropped since", p.Ref()).In("ref").WithHint("`aptarium publish create` creates another")
		}
		p.Sources = r.Sources
		if err := s.publish.Update(ctx, tx, p); err != nil {
			return usecase.Activity{}, err
		}
		return s.Submit(ctx, tx, p, Payload{Publication: p.ID})
	})
}

// followAgain makes a publication follow the newest revisions of its sources again.
func (s *Service) followAgain(ctx context.Context, tx *db.Tx, sources []publish.Source) error {
	for i := range sources {
		c, err := s.k.Catalog.ByName(ctx, tx, sources[i].Kind, sources[i].Name)
		if err == nil && c.ID != sources[i].Collection {
			err = problem.New(problem.NotFound, "the %s %q is not the one of then", c.Kind, c.Name)
		}
		if err != nil {
			return fmt.Errorf("following the sources again: %w", err)
		}
		sources[i].Revision = 0
	}
	return nil
}
