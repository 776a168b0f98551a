package app

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// NewSnapshot is a snapshot to be made: of one view, of several merged, of
// packages by their keys, or of nothing.
type NewSnapshot struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// From names views as ParseRef reads them. With several, a package name and
	// architecture is taken from the last one that has it.
	From []string `json:"from,omitempty" doc:"mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state"`
	// Latest keeps only the highest version of each name and architecture, from
	// whichever source.
	Latest bool `json:"latest,omitempty"`
	// KeepAll keeps every version of every source; of one version with different
	// files, that of the later source.
	KeepAll bool `json:"keep_all,omitempty"`
	// Packages are merged last, as a source of their own.
	Packages []string `json:"packages,omitempty" doc:"Keys of further packages, as a search shows them"`
}

// CreateSnapshot names a view, which costs the same whatever its size, or merges
// several, and packages, into a new set. A package that is not known is
// problem.NotFound, a name that is taken problem.Conflict.
func (a *App) CreateSnapshot(ctx context.Context, in NewSnapshot) (Collection, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Collection{}, err
	}
	if in.Latest && in.KeepAll {
		return Collection{}, problem.New(problem.Invalid, "latest and keep_all exclude each other").In("latest").WithHint("leave out one of the two")
	}
	return change(ctx, a, "snapshot.create", "snapshot:"+in.Name, in, func(tx *db.Tx) (Collection, error) {
		return a.createSnapshot(ctx, tx, in)
	})
}

// createSnapshot makes a snapshot as a part of something.
func (a *App) createSnapshot(ctx context.Context, tx *db.Tx, in NewSnapshot) (Collection, error) {
	sources, err := a.views(ctx, tx, "from", in.From)
	if err != nil {
		return Collection{}, err
	}
	return a.makeSnapshot(ctx, tx, in.Name, in.Description, sources, func(c catalog.Collection) error {
		return a.fillSnapshot(ctx, tx, c, sources, in)
	})
}

// makeSnapshot makes a snapshot that fill gives its packages.
func (a *App) makeSnapshot(ctx context.Context, tx *db.Tx, name, description string, sources []source, fill func(catalog.Collection) error) (Collection, error) {
	c, err := a.catalog.Create(ctx, tx, catalog.Collection{Kind: catalog.Snapshot, Name: name, Description: description})
	if err != nil {
		return Collection{}, err
	}
	if err := fill(c); err != nil {
		return Collection{}, err
	}
	if c, err = a.catalog.ByID(ctx, tx, c.ID); err != nil {
		return Collection{}, err
	}
	of := make([]catalog.Collection, len(sources))
	for i, s := range sources {
		of[i] = s.collection
	}
	if c, err = a.catalog.Derive(ctx, tx, c, of); err != nil {
		return Collection{}, err
	}
	return a.showCollection(ctx, tx, c)
}

// source is what something is made from.
type source struct {
	collection catalog.Collection
	view       catalog.View
}

func (a *App) views(ctx context.Context, tx *db.Tx, field string, names []string) ([]source, error) {
	sources := make([]source, len(names))
	for i, name := range names {
		ref, err := ParseRef(field, name)
		if err != nil {
			return nil, err
		}
		if sources[i].collection, sources[i].view, err = a.view(ctx, tx, ref); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

func (a *App) fillSnapshot(ctx context.Context, tx *db.Tx, c catalog.Collection, sources []source, in NewSnapshot) error {
	if len(sources) == 1 && !in.Latest && len(in.Packages) == 0 {
		_, err := a.catalog.Point(ctx, tx, c, sources[0].view, 0)
		return err
	}
	merged, err := a.snapshotSet(ctx, tx, sources, in)
	if err != nil {
		return err
	}
	_, _, err = a.catalog.Replace(ctx, tx, c, merged, 0)
	return err
}

// snapshotSet gives what a snapshot of sources has.
func (a *App) snapshotSet(ctx context.Context, tx *db.Tx, sources []source, in NewSnapshot) (bitset.Set, error) {
	sets, err := a.sets(ctx, tx, sources)
	if err != nil {
		return bitset.Set{}, err
	}
	if len(sets) == 1 && !in.Latest && len(in.Packages) == 0 {
		return sets[0], nil
	}
	if len(in.Packages) > 0 {
		chosen, err := a.byKeys(ctx, tx, bitset.Set{}, "", in.Packages)
		if err != nil {
			return bitset.Set{}, err
		}
		sets = append(sets, chosen)
	}
	rule := catalog.LastSource
	switch {
	case in.Latest:
		rule = catalog.Latest
	case in.KeepAll:
		rule = catalog.KeepAll
	}
	return a.catalog.Merge(ctx, tx, sets, rule)
}

func (a *App) sets(ctx context.Context, tx *db.Tx, sources []source) ([]bitset.Set, error) {
	sets := make([]bitset.Set, len(sources))
	for i, s := range sources {
		var err error
		if sets[i], err = a.catalog.Set(ctx, tx, s.view); err != nil {
			return nil, err
		}
	}
	return sets, nil
}

// SnapshotEdit changes a snapshot; what is nil stays.
type SnapshotEdit struct {
	Name        *string `json:"name,omitempty" doc:"Another name"`
	Description *string `json:"description,omitempty"`
}

// EditSnapshot changes what a snapshot is called. Its packages stay as they are. A
// name that is taken is problem.Conflict.
func (a *App) EditSnapshot(ctx context.Context, name string, in SnapshotEdit) (Collection, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Collection{}, err
	}
	return a.editCollection(ctx, catalog.Snapshot, name, in.Name, in, func(c *catalog.Collection) error {
		set(&c.Description, in.Description)
		return nil
	})
}

// Snapshots lists snapshots by name.
func (a *App) Snapshots(ctx context.Context, p Page) (List[Collection], error) {
	return a.collections(ctx, catalog.Snapshot, p)
}

// Snapshot gives one snapshot.
func (a *App) Snapshot(ctx context.Context, name string) (Collection, error) {
	return a.collection(ctx, catalog.Snapshot, name)
}

// DropSnapshot frees a snapshot's name. Past releases of it stay.
func (a *App) DropSnapshot(ctx context.Context, name string) error {
	return a.dropCollection(ctx, access.Mirror, catalog.Snapshot, name)
}
