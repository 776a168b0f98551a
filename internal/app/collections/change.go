package collections

import (
	"cmp"
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// RepoChange is what a change of a repo did.
type RepoChange struct {
	Revision int64     `json:"revision"`
	Packages int       `json:"packages" doc:"In the repo now"`
	Added    []Package `json:"added"`
	Removed  []Package `json:"removed"`
}

// appendRevision changes a repo, by an activity or by none, and tells what it did.
func (s *Service) AppendRevision(ctx context.Context, tx *db.Tx, c catalog.Collection, added, removed bitset.Set, activity int64) (RepoChange, error) {
	before, err := s.k.Catalog.Set(ctx, tx, c.View())
	if err != nil {
		return RepoChange{}, err
	}
	head, _, err := s.k.Catalog.Append(ctx, tx, c, added, removed, activity)
	if err != nil {
		return RepoChange{}, err
	}
	after, err := s.k.Catalog.Set(ctx, tx, head)
	if err != nil {
		return RepoChange{}, err
	}
	r := RepoChange{Revision: head.Revision, Packages: after.Len()}
	if r.Added, err = s.ShowSet(ctx, tx, after.Minus(before)); err != nil {
		return RepoChange{}, err
	}
	r.Removed, err = s.ShowSet(ctx, tx, before.Minus(after))
	return r, err
}

// maxShown bounds how many packages a change shows with their files.
const MaxShown = 1000

// showSet shows packages in the order of an index; when they are many, without
// their files.
func (s *Service) ShowSet(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Package, error) {
	if set.Len() > MaxShown {
		return s.showMany(ctx, tx, set)
	}
	list, err := s.k.Catalog.Listings(ctx, tx, set)
	slices.SortFunc(list, func(a, b catalog.Listed) int {
		return cmp.Or(a.PositionOf().Compare(b.PositionOf()), cmp.Compare(a.Member, b.Member))
	})
	packages := make([]Package, len(list))
	for i, l := range list {
		packages[i] = ShowPackage(l)
	}
	return packages, err
}

func (svc *Service) showMany(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Package, error) {
	list, err := svc.k.Catalog.Summaries(ctx, tx, set)
	packages := make([]Package, len(list))
	for i, s := range list {
		packages[i] = Package{
			Type: string(s.Type), Name: s.Name, Version: s.Version, Architecture: s.Architecture, Source: s.Source,
			Component: s.Component, Section: s.Section, Priority: s.Priority, Files: []File{},
		}
	}
	return packages, err
}
