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
	"github.com/aptarium/aptarium/internal/query"
)

// Rule decides which versions of a package a merge keeps. Packages compete when their type, name
// and architecture are the same.
type Rule int

// The rules of merges.
const (
	KeepAll    Rule = iota // every version of every set
	LastSource             // the versions of the last set that has the package
	Latest                 // the highest version, from whichever set
)

// rivals are packages that compete under a rule: those of the same type, name and
// architecture, and under KeepAll of the same version.
type rivals struct{ kind, name, architecture, version symbol }

// Merge returns the union of sets under a rule. Under every rule, if two sets have the same version
// with different files, the later set wins; all listings of the same files stay.
func (s *Store) Merge(ctx context.Context, tx *db.Tx, sets []bitset.Set, rule Rule) (bitset.Set, error) {
	var union bitset.Set
	for _, set := range sets {
		union = union.Union(set)
	}
	t, err := s.table(ctx, tx, union)
	if err != nil {
		return bitset.Set{}, err
	}
	m := merger{table: t, rule: rule, winners: make(map[rivals]winner, union.Len())}
	for order, set := range sets {
		for _, r := range t.rows(set) {
			m.enter(order, r)
		}
	}
	kept := make([]uint32, 0, union.Len())
	for order, set := range sets {
		for id, r := range t.rows(set) {
			if m.keeps(order, r) {
				kept = append(kept, id)
			}
		}
	}
	slices.Sort(kept) // a bitmap is built in order much quicker
	return bitset.Of(kept...), nil
}

// merger first finds the winners, then the members kept with them, so that it needs no memory for
// each member.
type merger struct {
	*table
	rule    Rule
	winners map[rivals]winner
}

// winner is the best competitor so far.
type winner struct {
	order   int    // of the last set that has it
	version symbol // the highest seen
	hash    uint64 // of its files
}

func (m *merger) rivalsOf(r *row) rivals {
	k := rivals{kind: r.kind, name: r.name, architecture: r.architecture}
	if m.rule == KeepAll {
		k.version = r.version
	}
	return k
}

func (m *merger) enter(order int, r *row) {
	k := m.rivalsOf(r)
	w, there := m.winners[k]
	if there && m.rule == Latest {
		if higher := m.compareVersions(r.version, w.version); higher < 0 || higher == 0 && order == w.order {
			return
		}
	}
	m.winners[k] = winner{order, r.version, r.filesHash}
}

func (m *merger) keeps(order int, r *row) bool {
	w := m.winners[m.rivalsOf(r)]
	switch m.rule {
	case LastSource:
		return order == w.order
	case Latest:
		return m.compareVersions(r.version, w.version) == 0 && (order == w.order || r.filesHash == w.hash)
	default:
		return order == w.order || r.filesHash == w.hash
	}
}

// Difference is a package with different versions in two sets.
type Difference struct {
	Type                          Type
	Name, Architecture, Component string
	Before, After                 []string // versions, lowest first
}

// Diff compares two sets; it reads only what differs.
func (s *Store) Diff(ctx context.Context, tx *db.Tx, before, after bitset.Set) ([]Difference, error) {
	type key struct {
		kind                          Type
		name, architecture, component string
	}
	found := map[key]*Difference{}
	note := func(set bitset.Set, versions func(*Difference) *[]string) error {
		list, err := s.Positions(ctx, tx, set)
		if err != nil {
			return err
		}
		slices.SortFunc(list, func(a, b Listed) int { return a.Position.Compare(b.Position) })
		for _, l := range list {
			k := key{l.Type, l.Position.Name, l.Position.Architecture, l.Component}
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

// Named returns the members of set whose package name matches one of the patterns
// (path.Match).
func (s *Store) Named(ctx context.Context, tx *db.Tx, set bitset.Set, patterns []string) (bitset.Set, error) {
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return bitset.Set{}, problem.New(problem.Invalid, "%q is not a pattern of names", p).In("packages")
		}
	}
	t, err := s.table(ctx, tx, set)
	if err != nil {
		return bitset.Set{}, err
	}
	named, _, err := t.Select(ctx, query.Name, func(name string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool { ok, _ := path.Match(p, name); return ok })
	})
	return named, err
}

// Called returns the members of set with these package names.
func (s *Store) Called(ctx context.Context, tx *db.Tx, set bitset.Set, names []string) (bitset.Set, error) {
	t, err := s.table(ctx, tx, set)
	if err != nil {
		return bitset.Set{}, err
	}
	wanted := make(map[string]struct{}, len(names))
	for _, name := range names {
		wanted[name] = struct{}{}
	}
	called, _, err := t.Select(ctx, query.Name, func(name string) bool { _, ok := wanted[name]; return ok })
	return called, err
}

// Identity identifies a package in a collection, which lists each identity once.
type Identity struct {
	Type Type
	Position
}

// Identity returns a package's identity.
func (p Package) Identity() Identity { return Identity{p.Type, p.PositionOf()} }

// Clashes returns the groups of members with the same identity of which at least one was added,
// each group in the order of an index. A package listed again with other overrides also clashes
// with its old listing. The cost is proportional to the added members.
func (s *Store) Clashes(ctx context.Context, tx *db.Tx, set, added bitset.Set) ([][]Listed, error) {
	var clashing bitset.Builder
	err := eachIn(ctx, tx, func(row db.Scanner) error {
		var one, other uint32
		err := row.Scan(&one, &other)
		if err == nil && set.Contains(one) && set.Contains(other) {
			clashing.Add(one)
			clashing.Add(other)
		}
		return err
	}, slices.Collect(added.All()), `SELECT m.id, other.id FROM member m JOIN package p ON p.id = m.package_id
		JOIN package same ON same.type = p.type AND same.name = p.name AND same.version_key = p.version_key AND same.architecture = p.architecture
		JOIN member other ON other.package_id = same.id
		WHERE other.id <> m.id AND m.id IN ()`)
	if err != nil {
		return nil, fmt.Errorf("searching for clashes: %w", err)
	}
	list, err := s.Listings(ctx, tx, clashing.Set())
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b Listed) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Member, b.Member))
	})
	var groups [][]Listed
	for i, l := range list {
		if i == 0 || l.Identity() != list[i-1].Identity() {
			groups = append(groups, nil)
		}
		last := len(groups) - 1
		groups[last] = append(groups[last], l)
	}
	return groups, nil
}
