package app

import (
	"context"
	"strconv"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// Retention says which past states of a mirror, a repo or a publication are kept;
// the zero value keeps all. [App.CollectGarbage] acts on it.
type Retention = catalog.Retention

// ParseRetention reads a retention as people write it: all=14d,daily=30,weekly=8,
// monthly=12 with any of the four, or keep.
func ParseRetention(text string) (Retention, error) { return catalog.ParseRetention(text) }

// RetainMirror sets which past states of a mirror are kept.
func (a *App) RetainMirror(ctx context.Context, name string, r Retention) (Mirror, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Mirror{}, err
	}
	return change(ctx, a, "mirror.retain", "mirror:"+name, r, func(tx *db.Tx) (Mirror, error) {
		m, err := a.mirrors.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		m.Collection.Retention = r
		if err := a.catalog.Retain(ctx, tx, m.Collection, r); err != nil {
			return Mirror{}, err
		}
		return a.showMirror(ctx, tx, m)
	})
}

// RetainPublication sets which past releases of a publication are kept.
func (a *App) RetainPublication(ctx context.Context, prefix, distribution string, r Retention) (Publication, error) {
	if err := access.Require(ctx, access.Publish); err != nil {
		return Publication{}, err
	}
	return change(ctx, a, "publish.retain", prefix+" "+distribution, r, func(tx *db.Tx) (Publication, error) {
		p, err := a.publication(ctx, tx, prefix, distribution)
		if err != nil {
			return Publication{}, err
		}
		p.Retention = r
		if err := a.publish.Retain(ctx, tx, p, r); err != nil {
			return Publication{}, err
		}
		return a.showPublication(ctx, tx, p)
	})
}

// PinRelease keeps a release of a publication, with the states that it was built
// from, whatever the retention says, or ends that. It is named by its number, or by
// a time at which it was the newest, as ParseInstant reads it.
func (a *App) PinRelease(ctx context.Context, prefix, distribution, release string, pinned bool) (Release, error) {
	if err := access.Require(ctx, access.Publish); err != nil {
		return Release{}, err
	}
	action := "publish.pin"
	if !pinned {
		action = "publish.unpin"
	}
	return change(ctx, a, action, prefix+" "+distribution, map[string]string{"release": release}, func(tx *db.Tx) (Release, error) {
		p, err := a.publication(ctx, tx, prefix, distribution)
		if err != nil {
			return Release{}, err
		}
		r, err := a.namedRelease(ctx, tx, p, release)
		if err != nil {
			return Release{}, err
		}
		r.Pinned = pinned
		return showRelease(r), a.publish.Pin(ctx, tx, p, r.Number, pinned)
	})
}

// namedRelease finds a release by its number or a time.
func (a *App) namedRelease(ctx context.Context, tx *db.Tx, p publish.Publication, name string) (publish.Release, error) {
	if n, err := strconv.ParseInt(name, 10, 64); err == nil {
		return a.publish.Numbered(ctx, tx, p, n)
	}
	at, err := ParseInstant("release", name)
	if err == nil {
		err = a.known(at, p.Ref())
	}
	if err != nil {
		return publish.Release{}, err
	}
	return a.publish.AsOf(ctx, tx, p, at)
}
