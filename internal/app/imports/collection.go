package imports

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/imported"
)

// bringOver does what was decided: the collections, each in one transaction, then
// the publications.
func (im *importing) bringOver(ctx context.Context) (ImportSummary, error) {
	im.summary = ImportSummary{Items: []ImportItem{}, Warnings: im.foreign.warnings}
	for i, c := range im.foreign.collections {
		im.run.Log(fmt.Sprintf("%s (%d of %d)", c.as.Ref(), i+1, len(im.foreign.collections)))
		item := ImportItem{Kind: string(c.as.Kind), Name: c.as.Name, Status: importLeftOut, Reason: c.reason}
		if c.known {
			item.Name = c.local.Name
		}
		if c.reason == "" {
			var err error
			if item, err = im.bringCollection(ctx, c); err != nil {
				return im.summary, fmt.Errorf("%s: %w", c.as.Ref(), err)
			}
		}
		im.summary.Added += item.Added
		im.summary.Items = append(im.summary.Items, item)
	}
	return im.summary, im.bringPublications(ctx)
}

// bringCollection brings one over, or what is new in it.
func (im *importing) bringCollection(ctx context.Context, c *foreignCollection) (ImportItem, error) {
	item := ImportItem{Kind: string(c.as.Kind), Name: c.as.Name, Status: importUnchanged}
	keys, err := im.foreign.packages.list(ctx, c.subject)
	if err != nil {
		return item, err
	}
	item.Packages = len(keys)
	if c.known {
		item.Name = c.local.Name
		if err := im.recall(ctx, c, c.record.Members); err != nil || c.settled() {
			return item, err
		}
	}
	set, err := im.members(ctx, c, keys)
	if err != nil {
		return item, err
	}
	item.Added = set.Minus(c.record.Members).Len()
	shrunk := c.as.Kind == catalog.Mirror && !c.record.Members.Minus(set).IsEmpty()
	if c.known && item.Added == 0 && !shrunk {
		return item, nil
	}
	if err := im.app.k.Pool.Flush(ctx); err != nil {
		return item, err
	}
	err = im.app.k.DB.Tx(ctx, func(tx *db.Tx) error {
		if c.known {
			item.Status = importChanged
			return im.grow(ctx, tx, c, set)
		}
		item.Status = importNew
		return im.create(ctx, tx, c, set)
	})
	return item, err
}

// create makes a collection with its packages.
func (im *importing) create(ctx context.Context, tx *db.Tx, c *foreignCollection, set bitset.Set) error {
	made, err := im.make(ctx, tx, c)
	if err != nil {
		return err
	}
	from := make([]catalog.Collection, 0, len(c.from))
	for _, source := range c.from {
		if source.reason == "" {
			from = append(from, source.local)
		}
	}
	if err := im.fill(ctx, tx, made, from, set); err != nil {
		return err
	}
	if len(from) > 0 {
		if _, err := im.app.k.Catalog.Derive(ctx, tx, made, from); err != nil {
			return err
		}
	}
	if at := stampMicro(c.createdAt); at != 0 {
		if err := im.app.k.Catalog.Backdate(ctx, tx, made, at); err != nil {
			return err
		}
	}
	return im.remember(ctx, tx, c, made, set)
}

// make makes a collection without packages.
func (im *importing) make(ctx context.Context, tx *db.Tx, c *foreignCollection) (catalog.Collection, error) {
	if c.mirror == nil {
		return im.app.k.Catalog.Create(ctx, tx, c.as)
	}
	m, err := im.app.mirror.Create(ctx, tx, c.as.Name, c.as.Description, *c.mirror, c.probe)
	if err != nil {
		return catalog.Collection{}, err
	}
	m.State.SyncedAt = stampMicro(c.syncedAt)
	return m.Collection, im.app.mirror.Save(ctx, tx, m)
}

// fill gives a new collection its packages. A snapshot that is like its source
// costs nothing.
func (im *importing) fill(ctx context.Context, tx *db.Tx, made catalog.Collection, from []catalog.Collection, set bitset.Set) error {
	if made.Kind == catalog.Snapshot && len(from) == 1 {
		source, err := im.app.k.Catalog.ByID(ctx, tx, from[0].ID)
		if err != nil {
			return err
		}
		there, err := im.app.k.Catalog.Set(ctx, tx, source.View())
		if err != nil {
			return err
		}
		if there.Minus(set).IsEmpty() && set.Minus(there).IsEmpty() {
			_, err := im.app.k.Catalog.Point(ctx, tx, made, source.View(), im.run.Activity().ID)
			return err
		}
	}
	_, _, err := im.app.k.Catalog.Replace(ctx, tx, made, set, im.run.Activity().ID)
	return err
}

// grow gives a repo what is new there, and has a mirror follow the one there.
func (im *importing) grow(ctx context.Context, tx *db.Tx, c *foreignCollection, set bitset.Set) error {
	now, err := im.app.k.Catalog.ByID(ctx, tx, c.local.ID)
	if err != nil {
		return err
	}
	if now.Kind == catalog.Mirror && now.Head == c.record.Revision {
		_, _, err = im.app.k.Catalog.Replace(ctx, tx, now, set, im.run.Activity().ID)
	} else if now.Kind == catalog.Repo {
		_, _, err = im.app.k.Catalog.Append(ctx, tx, now, set.Minus(c.record.Members), bitset.Set{}, im.run.Activity().ID)
		set = set.Union(c.record.Members) // what is gone there stays here
	}
	if err != nil {
		return err
	}
	return im.remember(ctx, tx, c, now, set)
}

// remember notes what a collection is here.
func (im *importing) remember(ctx context.Context, tx *db.Tx, c *foreignCollection, made catalog.Collection, set bitset.Set) error {
	made, err := im.app.k.Catalog.ByID(ctx, tx, made.ID)
	if err != nil {
		return err
	}
	r := imported.Record{Source: im.foreign.source, Subject: c.subject, Local: made.ID, Revision: made.Head, Members: set}
	if err := imported.Put(ctx, tx, r); err != nil {
		return err
	}
	tx.AfterCommit(func() { c.local, c.record = made, r })
	return nil
}
