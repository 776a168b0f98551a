package mirror

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Result reports the changes of a sync.
type Result struct {
	Unchanged  bool   `json:"unchanged"`
	DryRun     bool   `json:"dry_run,omitempty"` // nothing was changed: these are the planned changes
	Revision   int64  `json:"revision"`
	Packages   int    `json:"packages"`
	Added      int    `json:"added"`
	Removed    int    `json:"removed"`
	Downloaded int    `json:"downloaded"`
	Bytes      int64  `json:"bytes"`
	Deferred   int    `json:"deferred,omitempty"` // files that this sync left upstream
	Suite      string `json:"suite,omitempty"`
	Codename   string `json:"codename,omitempty"`
	// Duplicates counts the packages that the upstream lists again with other files; the first one
	// counts. FirstDuplicates names a few.
	Duplicates      int      `json:"duplicates,omitempty"`
	FirstDuplicates []string `json:"first_duplicates,omitempty"`
	// Skipped counts the packages that are left out because the upstream refused their files and a
	// filter has IgnoreUnauthorized.
	Skipped int `json:"skipped,omitempty"`
	// Changes lists the changed members, only for a strict config.
	Changes *Changes `json:"changes,omitempty"`
	// Warnings report the wanted names that the upstream does not have.
	Warnings []string `json:"warnings,omitempty"`
}

// Commit makes the planned and fetched suite the newest revision of the mirror.
func (p *Plan) Commit(ctx context.Context, tx *db.Tx, activity int64) (Result, error) {
	s := p.syncer
	m, err := s.Store.of(ctx, tx, p.mirror.Collection) // as it is now: it may have been edited
	if err != nil {
		return Result{}, err
	}
	m.Collection, err = s.Catalog.ByID(ctx, tx, m.Collection.ID)
	if err != nil {
		return Result{}, err
	}
	r, err := p.replace(ctx, tx, m.Collection, activity)
	if err != nil {
		return Result{}, err
	}
	m.State = p.state
	return r, s.Store.Save(ctx, tx, m)
}

// replace replaces the collection's members by the suite's, if they changed.
func (p *Plan) replace(ctx context.Context, tx *db.Tx, c catalog.Collection, activity int64) (Result, error) {
	old, err := p.syncer.Catalog.Set(ctx, tx, c.View())
	if err != nil {
		return Result{}, err
	}
	was, now, err := p.packages(ctx, tx, old, p.members)
	if err != nil {
		return Result{}, err
	}
	r := p.baseResult(c, was.Len())
	if p.Unchanged {
		r.Changes, err = p.changes(ctx, tx, bitset.Set{}, bitset.Set{})
		return r, err
	}
	r.Packages, r.Added, r.Removed = now.Len(), now.Minus(was).Len(), was.Minus(now).Len()
	if err := p.guard(was.Len(), r.Removed); err != nil {
		return Result{}, err
	}
	if r.Changes, err = p.changes(ctx, tx, p.members.Minus(old), old.Minus(p.members)); err != nil {
		return Result{}, err
	}
	head, _, err := p.syncer.Catalog.Replace(ctx, tx, c, p.members, activity)
	if err != nil {
		return Result{}, err
	}
	r.Revision = head.Revision
	return r, p.recordDeferred(ctx, tx, old)
}

// packages returns the packages among two sets of members.
func (p *Plan) packages(ctx context.Context, tx *db.Tx, before, after bitset.Set) (was, now bitset.Set, err error) {
	if was, err = p.syncer.Catalog.PackagesOf(ctx, tx, before); err != nil {
		return was, now, err
	}
	now, err = p.syncer.Catalog.PackagesOf(ctx, tx, after)
	return was, now, err
}

// baseResult returns the result of a sync without its changes.
func (p *Plan) baseResult(c catalog.Collection, packages int) Result {
	return Result{
		Unchanged: p.Unchanged, Revision: c.Head, Packages: packages, Downloaded: p.Download, Bytes: p.Bytes, Deferred: p.Deferred,
		Suite: p.state.Suite, Codename: p.state.Codename, Warnings: p.state.Warnings,
		Duplicates: p.duplicates, FirstDuplicates: p.firstFew, Skipped: p.state.Skipped,
	}
}

// changes returns the changed members, or nil if the config is not strict.
func (p *Plan) changes(ctx context.Context, tx *db.Tx, added, removed bitset.Set) (*Changes, error) {
	if !p.mirror.Config.Strict {
		return nil, nil
	}
	come, err := p.names(ctx, tx, added)
	if err != nil {
		return nil, err
	}
	gone, err := p.names(ctx, tx, removed)
	return changes(come, gone, p.skipped), err
}

// guard refuses a sync that would remove more than the configured share of a suite. It accepts any
// loss after an edit of the wanted packages.
func (p *Plan) guard(before, removed int) error {
	limit := p.mirror.Config.ShrinkGuard
	if limit == 0 {
		limit = defaultShrinkGuard
	}
	if p.force || p.mirror.State.Wanted != p.mirror.Config.wanted() || before < smallSuite || removed*100 <= before*limit {
		return nil
	}
	return problem.New(problem.Conflict, "the upstream dropped %d of %d packages, more than %d percent", removed, before, limit).
		WithHint("check the upstream; to accept its loss, sync with --force")
}

// Preview returns the result that Fetch and Commit would have. It stores no package and downloads
// no package file. It lists the changes even if the config is not strict. It cannot predict which
// files the upstream would refuse.
func (p *Plan) Preview(ctx context.Context, d *db.DB) (Result, error) {
	v := &preview{Plan: p, come: tally{}}
	if err := d.Read(ctx, func(tx *db.Tx) (err error) {
		v.old, err = p.syncer.Catalog.Set(ctx, tx, p.mirror.Collection.View())
		return err
	}); err != nil {
		return Result{}, err
	}
	if p.Unchanged {
		v.known = v.old
	} else if err := v.look(ctx, d); err != nil {
		return Result{}, err
	}
	return v.result(ctx, d)
}

// preview is the work of one Preview.
type preview struct {
	*Plan
	old   bitset.Set // the collection's members
	known bitset.Set // the suite's members that the catalog has
	come  tally      // the suite's members that the catalog lacks
	fresh int        // the number of packages in come
}

// look reads the indexes once more.
func (v *preview) look(ctx context.Context, d *db.DB) error {
	batch := make([]catalog.Entry, 0, storeBatch)
	for e, err := range v.reread().entries(ctx, v.indexes) {
		if err != nil {
			return err
		}
		if batch = append(batch, e.Entry); len(batch) == storeBatch {
			if err := v.add(ctx, d, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if err := v.add(ctx, d, batch); err != nil {
		return err
	}
	return v.add(ctx, d, slices.Concat(v.items, v.begins))
}

func (v *preview) add(ctx context.Context, d *db.DB, batch []catalog.Entry) error {
	return d.Read(ctx, func(tx *db.Tx) error {
		known, unknown, err := v.syncer.Catalog.Lookup(ctx, tx, batch)
		if err != nil {
			return err
		}
		v.known = v.known.Union(known)
		for _, i := range unknown {
			v.come.addEntry(&batch[i])
			if batch[i].IsPackage() {
				v.fresh++
			}
		}
		return nil
	})
}

func (v *preview) result(ctx context.Context, d *db.DB) (r Result, err error) {
	added, removed := v.known.Minus(v.old), v.old.Minus(v.known)
	err = d.Read(ctx, func(tx *db.Tx) error {
		was, now, err := v.packages(ctx, tx, v.old, v.known)
		if err != nil {
			return err
		}
		r = v.baseResult(v.mirror.Collection, now.Len()+v.fresh)
		r.DryRun, r.Added, r.Removed = true, now.Minus(was).Len()+v.fresh, was.Minus(now).Len()
		if err := v.guard(was.Len(), r.Removed); err != nil {
			r.Warnings = append(r.Warnings, err.Error())
		}
		known, err := v.names(ctx, tx, added)
		if err != nil {
			return err
		}
		for kind, names := range v.come {
			known[kind] = append(known[kind], names...)
		}
		gone, err := v.names(ctx, tx, removed)
		r.Changes = changes(known, gone, nil)
		return err
	})
	return r, err
}
