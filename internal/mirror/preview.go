package mirror

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// Preview tells what Fetch and Commit would do, and does nothing of it: it stores
// no package, and downloads no file of one. Changes are told whether the config is
// strict or not. Which files the upstream would refuse, nobody knows before they
// are asked for.
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
	old   bitset.Set // what the collection lists
	known bitset.Set // what the upstream lists and the catalog knows
	come  tally      // what it lists besides
	fresh int        // how many packages those are
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
		r = v.told(v.mirror.Collection, now.Len()+v.fresh)
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
