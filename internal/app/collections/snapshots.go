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

// NewSnapshot describes a snapshot: of one state, of several merged, of packages by their keys, or
// of nothing.
type NewSnapshot struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// From has references as [ParseRef] parses them. Of several, the last that has a name and
	// architecture provides its packages.
	From []string `json:"from,omitempty" doc:"mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state"`
	// Latest keeps only the highest version of each name and architecture of all sources.
	Latest bool `json:"latest,omitempty"`
	// KeepAll keeps every version of every source; if two have the same version with different
	// files, that of the later source.
	KeepAll bool `json:"keep_all,omitempty"`
	// Packages are a further source, the last one.
	Packages []string `json:"packages,omitempty" doc:"Keys of further packages, as a search shows them"`
}

// CreateSnapshot stores a state under a name, at a cost that does not depend on its size, or merges
// several states and packages into a new set. An unknown package is problem.NotFound, a used name
// problem.Conflict.
func (s *Service) CreateSnapshot(ctx context.Context, in NewSnapshot) (Collection, error) {
	if in.Latest && in.KeepAll {
		return Collection{}, problem.New(problem.Invalid, "latest and keep_all exclude each other").In("latest").WithHint("leave out one of the two")
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "snapshot.create", Subject: "snapshot:" + in.Name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (Collection, error) {
		return s.AddSnapshot(ctx, tx, in)
	})
}

// AddSnapshot is [Service.CreateSnapshot] within the caller's transaction. It checks no permission
// and writes no audit entry.
func (s *Service) AddSnapshot(ctx context.Context, tx *db.Tx, in NewSnapshot) (Collection, error) {
	sources, err := s.ResolveAll(ctx, tx, "from", in.From)
	if err != nil {
		return Collection{}, err
	}
	return s.newSnapshot(ctx, tx, in.Name, in.Description, sources, func(c catalog.Collection) error {
		return s.fillSnapshot(ctx, tx, c, sources, in)
	})
}

// newSnapshot creates a snapshot of sources; fill stores its packages.
func (s *Service) newSnapshot(ctx context.Context, tx *db.Tx, name, description string, sources []Source, fill func(catalog.Collection) error) (Collection, error) {
	c, err := s.k.Catalog.Create(ctx, tx, catalog.Collection{Kind: catalog.Snapshot, Name: name, Description: description})
	if err != nil {
		return Collection{}, err
	}
	if err := fill(c); err != nil {
		return Collection{}, err
	}
	if c, err = s.k.Catalog.ByID(ctx, tx, c.ID); err != nil {
		return Collection{}, err
	}
	of := usecase.Map(sources, func(source Source) catalog.Collection { return source.Collection })
	if c, err = s.k.Catalog.Derive(ctx, tx, c, of); err != nil {
		return Collection{}, err
	}
	return s.Show(ctx, tx, c)
}

// Source is a resolved reference to a state of a collection.
type Source struct {
	Collection catalog.Collection
	View       catalog.View
}

// ResolveAll parses and resolves references to collections. Errors are those of [ParseRef] and
// [Service.Resolve]; field names the input.
func (s *Service) ResolveAll(ctx context.Context, tx *db.Tx, field string, names []string) ([]Source, error) {
	return usecase.TryMap(names, func(name string) (source Source, err error) {
		ref, err := ParseRef(field, name)
		if err == nil {
			source.Collection, source.View, err = s.Resolve(ctx, tx, ref)
		}
		return source, err
	})
}

func (s *Service) fillSnapshot(ctx context.Context, tx *db.Tx, c catalog.Collection, sources []Source, in NewSnapshot) error {
	if len(sources) == 1 && !in.Latest && len(in.Packages) == 0 {
		_, err := s.k.Catalog.Point(ctx, tx, c, sources[0].View, 0)
		return err
	}
	merged, err := s.SnapshotMembers(ctx, tx, sources, in)
	if err != nil {
		return err
	}
	_, _, err = s.k.Catalog.Replace(ctx, tx, c, merged, 0)
	return err
}

// SnapshotMembers returns the members that a snapshot of these sources has.
func (s *Service) SnapshotMembers(ctx context.Context, tx *db.Tx, sources []Source, in NewSnapshot) (bitset.Set, error) {
	sets, err := s.sets(ctx, tx, sources)
	if err != nil {
		return bitset.Set{}, err
	}
	if len(sets) == 1 && !in.Latest && len(in.Packages) == 0 {
		return sets[0], nil
	}
	if len(in.Packages) > 0 {
		chosen, err := s.ResolveKeys(ctx, tx, bitset.Set{}, "", in.Packages)
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

func (s *Service) sets(ctx context.Context, tx *db.Tx, sources []Source) ([]bitset.Set, error) {
	return usecase.TryMap(sources, func(source Source) (bitset.Set, error) { return s.k.Catalog.Set(ctx, tx, source.View) })
}

// SnapshotEdit changes a snapshot; nil fields change nothing.
type SnapshotEdit struct {
	Name        *string `json:"name,omitempty" doc:"New name"`
	Description *string `json:"description,omitempty"`
}

// EditSnapshot changes the name and the description of a snapshot. A used name is problem.Conflict.
func (s *Service) EditSnapshot(ctx context.Context, name string, in SnapshotEdit) (Collection, error) {
	return s.Edit(ctx, Snapshot, name, in.Name, in, func(c *catalog.Collection) error {
		Set(&c.Description, in.Description)
		return nil
	})
}

// Snapshots lists snapshots by name.
func (s *Service) Snapshots(ctx context.Context, p usecase.Page) (usecase.List[Collection], error) {
	return s.List(ctx, Snapshot, p)
}

// Snapshot returns a snapshot.
func (s *Service) Snapshot(ctx context.Context, name string) (Collection, error) {
	return s.Get(ctx, Snapshot, name)
}
