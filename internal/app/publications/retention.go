package publications

import (
	"context"
	"strconv"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// RetainPublication sets which past releases of a publication are kept.
func (s *Service) Retain(ctx context.Context, prefix, distribution string, r collections.Retention) (Publication, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Publish, Action: "publish.retain", Subject: prefix + " " + distribution, Detail: r}, func(tx *db.Tx, _ *usecase.Act) (Publication, error) {
		p, err := s.publication(ctx, tx, prefix, distribution)
		if err != nil {
			return Publication{}, err
		}
		p.Retention = r
		if err := s.publish.Retain(ctx, tx, p, r); err != nil {
			return Publication{}, err
		}
		return s.showPublication(ctx, tx, p)
	})
}

// PinRelease keeps a release of a publication, with the states that it was built
// from, whatever the retention says, or ends that. It is named by its number, or by
// a time at which it was the newest, as ParseInstant reads it.
func (s *Service) Pin(ctx context.Context, prefix, distribution, release string, pinned bool) (Release, error) {
	if err := access.Require(ctx, access.Publish); err != nil {
		return Release{}, err
	}
	action := "publish.pin"
	if !pinned {
		action = "publish.unpin"
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Publish, Action: action, Subject: prefix + " " + distribution, Detail: map[string]string{"release": release}}, func(tx *db.Tx, _ *usecase.Act) (Release, error) {
		p, err := s.publication(ctx, tx, prefix, distribution)
		if err != nil {
			return Release{}, err
		}
		r, err := s.namedRelease(ctx, tx, p, release)
		if err != nil {
			return Release{}, err
		}
		r.Pinned = pinned
		return showRelease(r), s.publish.Pin(ctx, tx, p, r.Number, pinned)
	})
}

// namedRelease finds a release by its number or a time.
func (s *Service) namedRelease(ctx context.Context, tx *db.Tx, p publish.Publication, name string) (publish.Release, error) {
	if n, err := strconv.ParseInt(name, 10, 64); err == nil {
		return s.publish.Numbered(ctx, tx, p, n)
	}
	at, err := usecase.ParseInstant("release", name)
	if err == nil {
		err = s.collections.Known(at, p.Ref())
	}
	if err != nil {
		return publish.Release{}, err
	}
	return s.publish.AsOf(ctx, tx, p, at)
}
