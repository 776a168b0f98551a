package collections

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
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
func (s *Service) CreateSnapshot(ctx context.Context, in NewSnapshot) (Collection, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Collection{}, err
	}
	if in.Latest && in.KeepAll {
		return Collection{}, problem.New(problem.Invalid, "latest and keep_all exclude each other").In("latest").WithHint("leave out one of the two")
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "snapshot.create", Subject: "snapshot:" + in.Name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (Collection, error) {
		return s.AddSnapshot(ctx, tx, in)
	})
}

// createSnapshot makes a snapshot as a part of something.
func (s *Service) AddSnapshot(ctx context.Context, tx *db.Tx, in NewSnapshot) (Collection, error) {
	sources, err := s.Views(ctx, tx, "from", in.From)
	if err != nil {
		return Collection{}, err
	}
	return s.makeSnapshot(ctx, tx, in.Name, in.Description, sources, func(c catalog.Collection) error {
		return s.fillSnapshot(ctx, tx, c, sources, in)
	})
}

// makeSnapshot makes a snapshot that fill gives its packages.
func (svc *Service) makeSnapshot(ctx context.Context, tx *db.Tx, name, description string, sources []Source, fill func(catalog.Collection) error) (Collection, error) {
	c, err := svc.k.Catalog.Create(ctx, tx, catalog.Collection{Kind: catalog.Snapshot, Name: name, Description: description})
	if err != nil {
		return Collection{}, err
	}
	if err := fill(c); err != nil {
		return Collection{}, err
	}
	if c, err = svc.k.Catalog.ByID(ctx, tx, c.ID); err != nil {
		return Collection{}, err
	}
	of := make([]catalog.Collection, len(sources))
	for i, s := range sources {
		of[i] = s.Collection
	}
	if c, err = svc.k.Catalog.Derive(ctx, tx, c, of); err != nil {
		return Collection{}, err
	}
	return svc.ShowCollection(ctx, tx, c)
}

// source is what something is made from.
type Source struct {
	Collection catalog.Collection
	View       catalog.View
}

func (s *Service) Views(ctx context.Context, tx *db.Tx, field string, names []string) ([]Source, error) {
	sources := make([]Source, len(names))
	for i, name := range names {
		ref, err := ParseRef(field, name)
		if err != nil {
			return nil, err
		}
		if sources[i].Collection, sources[i].View, err = s.View(ctx, tx, ref); err != nil {
			return nil, err
		}
	}
	return sources, nil
}

func (s *Service) fillSnapshot(ctx context.Context, tx *db.Tx, c catalog.Collection, sources []Source, in NewSnapshot) error {
	if len(sources) == 1 && !in.Latest && len(in.Packages) == 0 {
		_, err := s.k.Catalog.Point(ctx, tx, c, sources[0].View, 0)
		return err
	}
	merged, err := s.SnapshotSet(ctx, tx, sources, in)
	if err != nil {
		return err
	}
	_, _, err = s.k.Catalog.Replace(ctx, tx, c, merged, 0)
	return err
}

// snapshotSet gives what a snapshot of sources has.
func (s *Service) SnapshotSet(ctx context.Context, tx *db.Tx, sources []Source, in NewSnapshot) (bitset.Set, error) {
	sets, err := s.sets(ctx, tx, sources)
	if err != nil {
		return bitset.Set{}, err
	}
	if len(sets) == 1 && !in.Latest && len(in.Packages) == 0 {
		return sets[0], nil
	}
	if len(in.Packages) > 0 {
		chosen, err := s.ByKeys(ctx, tx, bitset.Set{}, "", in.Packages)
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
	return s.k.Catalog.Merge(ctx, tx, sets, rule)
}

func (svc *Service) sets(ctx context.Context, tx *db.Tx, sources []Source) ([]bitset.Set, error) {
	sets := make([]bitset.Set, len(sources))
	for i, s := range sources {
		var err error
		if sets[i], err = svc.k.Catalog.Set(ctx, tx, s.View); err != nil {
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
func (s *Service) EditSnapshot(ctx context.Context, name string, in SnapshotEdit) (Collection, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Collection{}, err
	}
	return s.EditCollection(ctx, catalog.Snapshot, name, in.Name, in, func(c *catalog.Collection) error {
		Set(&c.Description, in.Description)
		return nil
	})
}

// Snapshots lists snapshots by name.
func (s *Service) Snapshots(ctx context.Context, p usecase.Page) (usecase.List[Collection], error) {
	return s.Collections(ctx, catalog.Snapshot, p)
}

// Snapshot gives one snapshot.
func (s *Service) Snapshot(ctx context.Context, name string) (Collection, error) {
	return s.Collection(ctx, catalog.Snapshot, name)
}

// DropSnapshot frees a snapshot's name. Past releases of it stay.
func (s *Service) DropSnapshot(ctx context.Context, name string) error {
	return s.DropCollection(ctx, access.Mirror, catalog.Snapshot, name)
}
