package collections

import (
	"context"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// RepoMembers returns a repo and its members now.
func (s *Service) RepoMembers(ctx context.Context, tx *db.Tx, name string) (catalog.Collection, bitset.Set, error) {
	c, err := s.k.Catalog.ByName(ctx, tx, catalog.Repo, name)
	if err != nil {
		return c, bitset.Set{}, err
	}
	members, err := s.k.Catalog.Set(ctx, tx, c.View())
	return c, members, err
}

// MembersByKey returns, for each key of a package, all members with this key: a package is a
// member once for each component, section and priority. An unknown key, or text that is no key,
// is problem.NotFound.
func (s *Service) MembersByKey(ctx context.Context, tx *db.Tx, keys []string) ([]bitset.Set, error) {
	parsed, err := usecase.TryMap(keys, func(text string) (catalog.PackageKey, error) {
		key, err := catalog.ParseKey(text)
		if err != nil {
			err = problem.New(problem.NotFound, "packages %s: key not found", text).In("packages").WithHint("a search shows the keys of packages")
		}
		return key, err
	})
	if err != nil {
		return nil, err
	}
	return s.k.Catalog.ByKeys(ctx, tx, "packages", parsed)
}

// ResolveKeys returns one member for each key: preferably one of the set prefer, else one of the
// component, else the newest. Errors are as in [Service.MembersByKey].
func (s *Service) ResolveKeys(ctx context.Context, tx *db.Tx, prefer bitset.Set, component string, keys []string) (bitset.Set, error) {
	found, err := s.MembersByKey(ctx, tx, keys)
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
