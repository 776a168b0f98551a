package publications

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// PublicationEdit changes a publication. Nil fields stay as they are.
type PublicationEdit struct {
	Sources        *[]string       `json:"sources,omitempty"`
	Options        *PublishOptions `json:"options,omitempty"`
	Rebuild        bool            `json:"rebuild,omitempty" doc:"Build everything again, without the previous release"`
	ForceOverwrite bool            `json:"force_overwrite,omitempty" doc:"Replace files of the pool that other publications of the prefix have with other bytes"`
	Signing        *Signing        `json:"signing,omitempty"`
	Staged         bool            `json:"staged,omitempty" doc:"Publish the staged sources, and unstage them"`
	Follow         bool            `json:"follow,omitempty" doc:"Follow the newest revisions of fixed sources again"`
	DropStaged     bool            `json:"drop_staged,omitempty" doc:"Unstage the staged sources"`
}

// Update starts the next release of a publication, after an edit of its sources and options.
// If nothing changes, there is no new release. It needs access.Publish. While an equal publish
// waits, Update returns that activity; but a publish that signs with a passphrase is always an
// activity of its own, and ends with this process.
func (s *Service) Update(ctx context.Context, prefix, distribution string, in PublicationEdit) (usecase.Activity, error) {
	if err := access.Require(ctx, access.Publish); err != nil { // before gpg runs
		return usecase.Activity{}, err
	}
	if in.Staged && in.Sources != nil {
		return usecase.Activity{}, problem.New(problem.Invalid, "an update publishes the staged sources or others, not both").In("staged").WithHint("leave out one of the two")
	}
	if err := s.signUpdate(ctx, prefix, distribution, &in); err != nil {
		return usecase.Activity{}, err
	}
	work := Payload{Rebuild: in.Rebuild, Overwrite: in.ForceOverwrite, passphrase: in.Signing.secret()}
	started, err := usecase.Change(ctx, s.k, act("publish.update", prefix, distribution, in), func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		p, err := s.Edit(ctx, tx, prefix, distribution, in)
		if work.Publication = p.ID; err != nil || work.passphrase != "" {
			return usecase.Activity{}, err
		}
		return s.Submit(ctx, tx, p, work)
	})
	if err == nil && work.passphrase != "" {
		return s.begin(ctx, work)
	}
	return started, err
}

// Edit stores the changes of an edit. It is for use cases that change a publication among
// other objects; they check the permission and call [Service.Sign] first.
func (s *Service) Edit(ctx context.Context, tx *db.Tx, prefix, distribution string, in PublicationEdit) (publish.Publication, error) {
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
		if p.Sources, err = s.ResolveSources(ctx, tx, *in.Sources); err != nil {
			return p, err
		}
	}
	if in.Options != nil {
		keys := p.Options.Keys
		if p.Options = *in.Options; len(p.Options.Keys) == 0 && p.Options.GnuPG == nil && !p.Options.Unsigned && !p.Options.Verbatim {
			p.Options.Keys = keys // a new default key must not change who signs
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
