package collections

import (
	"cmp"
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// RepoChange is the result of a change of a repo.
type RepoChange struct {
	Revision int64     `json:"revision"`
	Packages int       `json:"packages" doc:"Packages in the repo now"`
	Added    []Package `json:"added"`
	Removed  []Package `json:"removed"`
}

// ChangeRepo adds a revision to a repo within the caller's transaction, and returns the packages
// that came and went. activity is the number of the activity that does it; 0: none does. Members
// that the repo has already, or lacks already, change nothing. It checks no permission.
func (s *Service) ChangeRepo(ctx context.Context, tx *db.Tx, c catalog.Collection, added, removed bitset.Set, activity int64) (RepoChange, error) {
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
	if r.Added, err = s.ShowPackages(ctx, tx, after.Minus(before)); err != nil {
		return RepoChange{}, err
	}
	r.Removed, err = s.ShowPackages(ctx, tx, before.Minus(after))
	return r, err
}

// MaxShown is the largest number of packages that a change shows with their files.
const MaxShown = 1000

// ShowPackages returns the packages of a set of members, in the order of an index. With more than
// [MaxShown], they come without their files.
func (s *Service) ShowPackages(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Package, error) {
	if set.Len() > MaxShown {
		return s.showMany(ctx, tx, set)
	}
	list, err := s.k.Catalog.Listings(ctx, tx, set)
	slices.SortFunc(list, func(a, b catalog.Listed) int {
		return cmp.Or(a.PositionOf().Compare(b.PositionOf()), cmp.Compare(a.Member, b.Member))
	})
	return usecase.Map(list, ShowPackage), err
}

func (s *Service) showMany(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Package, error) {
	list, err := s.k.Catalog.Summaries(ctx, tx, set)
	return usecase.Map(list, func(p catalog.Summary) Package {
		return Package{
			Type: string(p.Type), Name: p.Name, Version: p.Version, Architecture: p.Architecture, Source: p.Source,
			Component: p.Component, Section: p.Section, Priority: p.Priority, Files: []File{},
		}
	}), err
}
