package app

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
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
