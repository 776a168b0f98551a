package app

import (
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// settlement is what a revision did to packages that are in conflict.
type settlement struct {
	removed []Package
	refused map[*arrival]bool
	lost    bitset.Builder // members that are not in the revision
}

// settle finds what the arrivals are in conflict with, in the repo and among
// themselves, and makes the revision without those that lose.
func (im *packageImport) settle(ctx context.Context, tx *db.Tx) (settlement, error) {
	c, err := im.app.catalog.ByName(ctx, tx, catalog.Repo, im.repo.Name)
	if err != nil {
		return settlement{}, err
	}
	old, err := im.app.catalog.Set(ctx, tx, c.View())
	if err != nil {
		return settlement{}, err
	}
	fresh := im.packages.members.Minus(old)
	groups, err := im.clashing(ctx, tx, old, fresh)
	if err != nil {
		return settlement{}, err
	}
	s := settlement{removed: []Package{}, refused: map[*arrival]bool{}}
	for id, group := range groups {
		s.decide(group, old, im.latest[id], im.replace)
	}
	slices.SortFunc(s.removed, comparePackages)
	lost := s.lost.Set()
	_, _, err = im.app.catalog.Append(ctx, tx, c, fresh.Minus(lost), old.Intersect(lost), 0)
	return s, err
}

// clashing gives the members that share their identity with another, by identity.
func (im *packageImport) clashing(ctx context.Context, tx *db.Tx, old, fresh bitset.Set) (map[identity][]catalog.Listed, error) {
	clashes, err := im.app.catalog.Clashes(ctx, tx, old.Union(fresh), fresh)
	if err != nil || len(clashes) == 0 {
		return nil, err
	}
	var all bitset.Builder
	for _, clash := range clashes {
		all.Add(clash.Old)
		all.Add(clash.New)
	}
	listed, err := im.app.catalog.Listings(ctx, tx, all.Set())
	if err != nil {
		return nil, err
	}
	groups := map[identity][]catalog.Listed{}
	for _, l := range listed {
		id := identityOf(l.Entry)
		groups[id] = append(groups[id], l)
	}
	return groups, nil
}

// decide chooses the one member of a group that stays. The arrival that came last
// stays if it may replace others, or if those in the repo have the same files; then
// its newest listing counts.
func (s *settlement) decide(group []catalog.Listed, old bitset.Set, latest *arrival, replace bool) {
	keep := catalog.Listed{}
	for _, l := range group {
		same := latest.has(l.Files)
		switch {
		case !same && !replace && old.Contains(l.Member):
			s.refused[latest] = true
			keep = l
		case same && !s.refused[latest] && l.Member >= keep.Member:
			keep = l
		}
	}
	for _, l := range group {
		if l.Member == keep.Member {
			continue
		}
		s.lost.Add(l.Member)
		if !s.refused[latest] && !latest.has(l.Files) {
			s.removed = append(s.removed, showPackage(l))
		}
	}
}

// has tells whether the package is made of these bytes.
func (t *arrival) has(files []catalog.File) bool {
	return slices.EqualFunc(files, t.sums, func(f catalog.File, sum digest.SHA256) bool { return f.SHA256 == sum })
}

// comparePackages orders packages by the names that people see.
func comparePackages(a, b Package) int { return strings.Compare(display(a), display(b)) }
