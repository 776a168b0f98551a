package publications

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// PublicationEdit changes a publication; what is nil stays.
type PublicationEdit struct {
	Sources        *[]string       `json:"sources,omitempty"`
	Options        *PublishOptions `json:"options,omitempty"`
	Rebuild        bool            `json:"rebuild,omitempty" doc:"Use nothing of the release before"`
	ForceOverwrite bool            `json:"force_overwrite,omitempty" doc:"Take over paths of the pool at which other publications of the prefix have files with other bytes"`
	Signing        *Signing        `json:"signing,omitempty"`
	Staged         bool            `json:"staged,omitempty" doc:"Publish the staged sources, which are staged no more then"`
	Follow         bool            `json:"follow,omitempty" doc:"Let sources that are held at a revision be what they are at each release again"`
	DropStaged     bool            `json:"drop_staged,omitempty" doc:"Forget the staged sources"`
}

// UpdatePublication starts the next release of a publication, with other sources
// or options if wanted. When nothing would change, no release is made. While a
// publish waits to begin, asking again gives the same activity; but one that signs
// with a passphrase is an activity of its own, at work until this process ends.
func (s *Service) Update(ctx context.Context, prefix, distribution string, in PublicationEdit) (usecase.Activity, error) {
	if err := access.Require(ctx, access.Publish); err != nil {
		return usecase.Activity{}, err
	}
	if in.Staged && in.Sources != nil {
		return usecase.Activity{}, problem.New(problem.Invalid, "either the staged sources are published or others").In("staged").WithHint("leave out one of the two")
	}
	if err := s.signUpdate(ctx, prefix, distribution, &in); err != nil {
		return usecase.Activity{}, err
	}
	work := PublishPayload{Rebuild: in.Rebuild, Overwrite: in.ForceOverwrite, passphrase: in.Signing.secret()}
	started, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Publish, Action: "publish.update", Subject: prefix + " " + distribution, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		p, err := s.EditPublication(ctx, tx, prefix, distribution, in)
		if work.Publication = p.ID; err != nil || work.passphrase != "" {
			return usecase.Activity{}, err
		}
		return s.SubmitPublish(ctx, tx, p, work)
	})
	if err == nil && work.passphrase != "" {
		return s.beginPublish(ctx, work)
	}
	return started, err
}

// editPublication stores what an edit changes.
func (s *Service) EditPublication(ctx context.Context, tx *db.Tx, prefix, distribution string, in PublicationEdit) (publish.Publication, error) {
	p, err := s.publication(ctx, tx, prefix, distribution)
	if err != nil {
		return p, err
	}
	if in.Staged {
		if p.Staged == nil {
			return p, nothingStaged(p)
		}
		names := publish.SourceNames(p.Staged)
		in.Sources, in.DropStaged = &names, true
	}
	if in.Sources != nil {
		if p.Sources, err = s.Sources(ctx, tx, *in.Sources); err != nil {
			return p, err
		}
	}
	if in.Options != nil {
		keys := p.Options.Keys
		if p.Options = *in.Options; len(p.Options.Keys) == 0 && p.Options.GnuPG == nil && !p.Options.Unsigned && !p.Options.Verbatim {
			p.Options.Keys = keys // a default key that changed must not change who signs
		}
		if p.Options.Keys, err = s.resolveKeys(ctx, tx, p.Options); err != nil {
			return p, err
		}
	}
	if in.Follow {
		if err := s.followAgain(ctx, tx, p.Sources); err != nil {
			return p, err
		}
	}
	if in.Sources != nil || in.Options != nil || in.Follow {
		if err := s.checkVerbatim(ctx, tx, p); err != nil {
			return p, err
		}
		if err := s.publish.Update(ctx, tx, p); err != nil {
			return p, err
		}
	}
	if in.DropStaged {
		return p, s.publish.Stage(ctx, tx, p, nil)
	}
	return p, nil
}
