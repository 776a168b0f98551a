package catalog

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Rule says which versions of a package a merge keeps. Packages compete when
// their type, name and architecture are the same.
type Rule int

// The rules of merges.
const (
	KeepAll    Rule = iota // every version of every set: their union
	LastSource             // the versions of the last set that has the package
	Latest                 // the highest version, from whichever set
)

// competitor is what packages compete for.
type competitor struct {
	kind               Type
	name, architecture string
}

func competitorOf(l Listed) competitor {
	return competitor{l.Type, l.Position.Name, l.Position.Architecture}
}

// Merge joins sets under a rule. The later of two sets wins also where both have
// the same version with other content.
func (s *Store) Merge(ctx context.Context, tx *db.Tx, sets []bitset.Set, rule Rule) (bitset.Set, error) {
	var merged bitset.Set
	for _, set := range sets {
		merged = merged.Union(set)
	}
	if rule == KeepAll {
		return merged, nil
	}
	winners := map[competitor]winner{}
	for order, set := range sets {
		for l, err := range s.positions(ctx, tx, set) {
			if err != nil {
				return bitset.Set{}, err
			}
			k := competitorOf(l)
			w, there := winners[k]
			if !there || w.beatenBy(l, order, rule) {
				w = winner{order: order, version: l.VersionKey}
			}
			if w.order == order && (rule == LastSource || w.version == l.VersionKey) {
				w.members = append(w.members, l.Member)
			}
			winners[k] = w
		}
	}
	var kept bitset.Builder
	for _, w := range winners {
		for _, m := range w.members {
			kept.Add(m)
		}
	}
	return kept.Set(), nil
}

// winner is who holds a competitor's place in a merge.
type winner struct {
	order   int    // of the set
	version string // the highest seen, under Latest
	members []uint32
}

// beatenBy tells whether a package from a set takes the place.
func (w winner) beatenBy(l Listed, order int, rule Rule) bool {
	if rule == LastSource {
		return order > w.order
	}
	return l.VersionKey > w.version || l.VersionKey == w.version && order > w.order
}

// Difference is a package of which two sets have other versions.
type Difference struct {
	Type                          Type
	Name, Architecture, Component string
	Before, After                 []string // versions, lowest first
}

// Diff compares two sets; it reads only what differs.
func (s *Store) Diff(ctx context.Context, tx *db.Tx, before, after bitset.Set) ([]Difference, error) {
	type key struct {
		competitor
		component string
	}
	found := map[key]*Difference{}
	note := func(set bitset.Set, versions func(*Difference) *[]string) error {
		list, err := s.Positions(ctx, tx, set)
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b Listed) int { return a.Position.Compare(b.Position) })
		for _, l := range list {
			k := key{competitorOf(l), l.Component}
			if found[k] == nil {
				found[k] = &Difference{Type: l.Type, Name: l.Position.Name, Architecture: l.Position.Architecture, Component: l.Component}
			}
			into := versions(found[k])
			*into = append(*into, l.Version)
		}
		return nil
	}
	if err := note(before.Minus(after), func(d *Difference) *[]string { return &d.Before }); err != nil {
		return nil, err
	}
	if err := note(after.Minus(before), func(d *Difference) *[]string { return &d.After }); err != nil {
		return nil, err
	}
	list := make([]Difference, 0, len(found))
	for _, d := range found {
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Architecture, b.Architecture), cmp.Compare(a.Component, b.Component), cmp.Compare(a.Type, b.Type))
	})
	return list, nil
}

// Named gives the members of set whose package name matches one of the patterns
// (path.Match).
func (s *Store) Named(ctx context.Context, tx *db.Tx, set bitset.Set, patterns []string) (bitset.Set, error) {
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return bitset.Set{}, problem.New(problem.Invalid, "%q is not a pattern of names", p).In("packages")
		}
	}
	var named bitset.Builder
	for l, err := range s.positions(ctx, tx, set) {
		if err != nil {
			return bitset.Set{}, err
		}
		if slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, l.Position.Name); return ok }) {
			named.Add(l.Member)
		}
	}
	return named.Set(), nil
}

// Clash is a pair of packages of the same type, name, version and architecture
// that are not the same, in one set.
type Clash struct{ Old, New uint32 }

// Clashes finds what the added members of a set clash with in it. A package that
// is listed anew with other overrides clashes with its old listing too. The cost
// is that of what was added.
func (s *Store) Clashes(ctx context.Context, tx *db.Tx, set, added bitset.Set) ([]Clash, error) {
	var clashes []Clash
	for in, args := range db.In(slices.Collect(added.All()), 1) {
		part, err := db.All(ctx, tx, func(row db.Scanner) (c Clash, err error) { err = row.Scan(&c.New, &c.Old); return c, err },
			`SELECT m.id, other.id FROM member m JOIN package p ON p.id = m.package_id
			JOIN package same ON same.type = p.type AND same.name = p.name AND same.version_key = p.version_key AND same.architecture = p.architecture
			JOIN member other ON other.package_id = same.id
			WHERE other.id <> m.id AND m.id IN `+in, args...)
		if err != nil {
			return nil, fmt.Errorf("looking for clashes: %w", err)
		}
		for _, c := range part {
			if set.Contains(c.Old) && set.Contains(c.New) {
				clashes = append(clashes, c)
			}
		}
	}
	return clashes, nil
}
