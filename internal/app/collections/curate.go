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

func (s *Service) RepoSet(ctx context.Context, tx *db.Tx, name string) (catalog.Collection, bitset.Set, error) {
	c, err := s.k.Catalog.ByName(ctx, tx, catalog.Repo, name)
	if err != nil {
		return c, bitset.Set{}, err
	}
	members, err := s.k.Catalog.Set(ctx, tx, c.View())
	return c, members, err
}

// keyed gives the members that have each of some keys. Of a text that is no key no
// package has it.
func (s *Service) Keyed(ctx context.Context, tx *db.Tx, keys []string) ([]bitset.Set, error) {
	parsed := make([]catalog.PackageKey, len(keys))
	for i, text := range keys {
		var err error
		if parsed[i], err = catalog.ParseKey(text); err != nil {
			return nil, problem.New(problem.NotFound, "packages %s: key not found", text).In("packages").WithHint("a search shows the keys of packages")
		}
	}
	return s.k.Catalog.ByKeys(ctx, tx, "packages", parsed)
}

// byKeys chooses one member for each key: one of a set if it has it, else one of
// a component, else the newest.
func (s *Service) ByKeys(ctx context.Context, tx *db.Tx, prefer bitset.Set, component string, keys []string) (bitset.Set, error) {
	found, err := s.Keyed(ctx, tx, keys)
	if err != nil {
		return bitset.Set{}, err
	}
	listed, err := s.k.Catalog.OfComponent(ctx, tx, component)
	if err != nil {
		return bitset.Set{}, err
	}
	var chosen bitset.Builder
	for _, f := range found {
		for _, better := range []bitset.Set{prefer, listed} {
			if some := f.Intersect(better); !some.IsEmpty() {
				f = some
				break
			}
		}
		var last uint32
		for id := range f.All() {
			last = id
		}
		chosen.Add(last)
	}
	return chosen.Set(), nil
}

// namesFor names what find finds for a collection.
func NamesFor[T any](ctx context.Context, a *Service, ref string, find func(context.Context, *db.Tx, int64) ([]T, error), name func(T) string) ([]string, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	r, err := ParseRef("ref", ref)
	if err != nil {
		return nil, err
	}
	return usecase.View(ctx, a.k, func(tx *db.Tx) ([]string, error) {
		c, err := a.k.Catalog.ByName(ctx, tx, r.Kind, r.Name)
		if err != nil {
			return nil, err
		}
		found, err := find(ctx, tx, c.ID)
		names := make([]string, len(found))
		for i, f := range found {
			names[i] = name(f)
		}
		return names, err
	})
}

// set takes a value that is given.
func Set[T any](into *T, value *T) {
	if value != nil {
		*into = *value
	}
}

// editCollection changes a collection by edit, and its name if one is given.
func (s *Service) EditCollection(ctx context.Context, kind catalog.Kind, name string, to *string, detail any, edit func(*catalog.Collection) error) (Collection, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: string(kind) + ".edit", Subject: string(kind) + ":" + name, Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (Collection, error) {
		c, err := s.k.Catalog.ByName(ctx, tx, kind, name)
		if err != nil {
			return Collection{}, err
		}
		if err := edit(&c); err != nil {
			return Collection{}, err
		}
		if err := s.k.Catalog.Edit(ctx, tx, c); err != nil {
			return Collection{}, err
		}
		if kind != catalog.Snapshot {
			if err := s.k.Catalog.Retain(ctx, tx, c, c.Retention); err != nil {
				return Collection{}, err
			}
		}
		if to != nil {
			if c, err = s.Rename(ctx, tx, c, *to); err != nil {
				return Collection{}, err
			}
		}
		return s.ShowCollection(ctx, tx, c)
	})
}
