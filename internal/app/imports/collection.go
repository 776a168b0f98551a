package imports

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/imported"
)

// do imports the collections, each in one transaction, then the publications.
func (im *importing) do(ctx context.Context) (ImportSummary, error) {
	if err := im.decide(ctx); err != nil {
		return ImportSummary{}, err
	}
	im.summary = ImportSummary{Items: []ImportItem{}, Warnings: im.foreign.warnings}
	for i, c := range im.foreign.collections {
		im.run.Log(fmt.Sprintf("%s (%d of %d)", c.as.Ref(), i+1, len(im.foreign.collections)))
		item := c.item()
		if c.reason == "" {
			if err := im.importCollection(ctx, c, &item); err != nil {
				return im.summary, fmt.Errorf("%s: %w", c.as.Ref(), err)
			}
		}
		im.summary.Added += item.Added
		im.summary.Items = append(im.summary.Items, item)
	}
	return im.summary, im.importPublications(ctx)
}

// importCollection creates a collection, or adds what is new in it.
func (im *importing) importCollection(ctx context.Context, c *foreignCollection, item *ImportItem) error {
	keys, err := im.foreign.packages.list(ctx, c.subject)
	if err != nil {
		return err
	}
	item.Packages = len(keys)
	if c.known {
		if err := im.recall(ctx, c, c.record.Members); err != nil || c.settled() {
			return err
		}
	}
	set, err := im.members(ctx, c, keys)
	if err != nil {
		return err
	}
	item.Added = set.Minus(c.record.Members).Len()
	shrunk := c.as.Kind == catalog.Mirror && !c.record.Members.Minus(set).IsEmpty()
	if c.known && item.Added == 0 && !shrunk {
		return nil
	}
	if err := im.k.Pool.Flush(ctx); err != nil {
		return err
	}
	change := im.create
	if c.known {
		change, item.Status = im.update, importChanged
	}
	return im.k.DB.Tx(ctx, func(tx *db.Tx) error { return change(ctx, tx, c, set) })
}

// create stores a collection with its packages.
func (im *importing) create(ctx context.Context, tx *db.Tx, c *foreignCollection, set bitset.Set) error {
	created, err := im.createEmpty(ctx, tx, c)
	if err != nil {
		return err
	}
	from := make([]catalog.Collection, 0, len(c.from))
	for _, source := range c.from {
		if source.reason == "" {
			from = append(from, source.local)
		}
	}
	if err := im.fill(ctx, tx, created, from, set); err != nil {
		return err
	}
	if len(from) > 0 {
		if _, err := im.k.Catalog.Derive(ctx, tx, created, from); err != nil {
			return err
		}
	}
	if at := c.createdAt.UnixMicro(); at > 0 {
		if err := im.k.Catalog.Backdate(ctx, tx, created, at); err != nil {
			return err
		}
	}
	return im.remember(ctx, tx, c, created, set)
}

// createEmpty stores a collection without packages.
func (im *importing) createEmpty(ctx context.Context, tx *db.Tx, c *foreignCollection) (catalog.Collection, error) {
	if c.mirror == nil {
		return im.k.Catalog.Create(ctx, tx, c.as)
	}
	m, err := im.mirror.Create(ctx, tx, c.as.Name, c.as.Description, *c.mirror, c.probe)
	if err != nil {
		return catalog.Collection{}, err
	}
	m.State.SyncedAt = max(0, c.syncedAt.UnixMicro())
	return m.Collection, im.mirror.Save(ctx, tx, m)
}

// fill adds the packages to a new collection. A snapshot that equals its only source points
// to it, which costs nothing.
func (im *importing) fill(ctx context.Context, tx *db.Tx, created catalog.Collection, from []catalog.Collection, set bitset.Set) error {
	if created.Kind == catalog.Snapshot && len(from) == 1 {
		source, err := im.k.Catalog.ByID(ctx, tx, from[0].ID)
		if err != nil {
			return err
		}
		there, err := im.k.Catalog.Set(ctx, tx, source.View())
		if err != nil {
			return err
		}
		if there.Equal(set) {
			_, err := im.k.Catalog.Point(ctx, tx, created, source.View(), im.run.Activity().ID)
			return err
		}
	}
	_, _, err := im.k.Catalog.Replace(ctx, tx, created, set, im.run.Activity().ID)
	return err
}

// update adds the new packages to a repo, and makes a mirror equal to the one there.
func (im *importing) update(ctx context.Context, tx *db.Tx, c *foreignCollection, set bitset.Set) error {
	now, err := im.k.Catalog.ByID(ctx, tx, c.local.ID)
	if err != nil {
		return err
	}
	if now.Kind == catalog.Mirror && now.Head == c.record.Revision {
		_, _, err = im.k.Catalog.Replace(ctx, tx, now, set, im.run.Activity().ID)
	} else if now.Kind == catalog.Repo {
		_, _, err = im.k.Catalog.Append(ctx, tx, now, set.Minus(c.record.Members), bitset.Set{}, im.run.Activity().ID)
		set = set.Union(c.record.Members) // what was removed there stays here
	}
	if err != nil {
		return err
	}
	return im.remember(ctx, tx, c, now, set)
}

// remember records which collection here a foreign one became.
func (im *importing) remember(ctx context.Context, tx *db.Tx, c *foreignCollection, local catalog.Collection, set bitset.Set) error {
	local, err := im.k.Catalog.ByID(ctx, tx, local.ID)
	if err != nil {
		return err
	}
	r := imported.Record{Source: im.foreign.source, Subject: c.subject, Local: local.ID, Revision: local.Head, Members: set}
	if err := imported.Put(ctx, tx, r); err != nil {
		return err
	}
	tx.AfterCommit(func() { c.local, c.record = local, r })
	return nil
}
