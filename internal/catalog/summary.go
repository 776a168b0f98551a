package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Summary is a member without its stanza and files.
type Summary struct {
	Member                       uint32
	PackageID                    int64
	Type                         Type
	Name, Version, Architecture  string
	Source, SourceVersion        string
	Component, Section, Priority string
	FilesHash                    uint64
}

// Key returns the package's key.
func (s Summary) Key() PackageKey {
	return PackageKey{Architecture: s.Architecture, Name: s.Name, Version: s.Version, FilesHash: s.FilesHash}
}

// Summaries returns the members of set of all types, in the order of an index.
func (s *Store) Summaries(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Summary, error) {
	t, err := s.table(ctx, tx, set)
	if err != nil {
		return nil, err
	}
	ids := t.sorted(set)
	list := make([]Summary, len(ids))
	for i, id := range ids {
		list[i] = t.summary(id, t.row(id))
	}
	return list, nil
}

// sorted returns the members of a part of the set in the order of an index.
func (t *table) sorted(part bitset.Set) []uint32 {
	type place struct {
		id   uint32
		row  *row
		name string
	}
	places := make([]place, 0, part.Len())
	for id, r := range t.rows(part) {
		places = append(places, place{id, r, t.text(r.name)})
	}
	slices.SortFunc(places, func(a, b place) int {
		if order := cmp.Compare(a.name, b.name); order != 0 {
			return order
		}
		if a.row.version != b.row.version { // 1.0 and 1.00 are the same, but not written so
			return cmp.Or(t.compareVersions(a.row.version, b.row.version), cmp.Compare(t.text(a.row.version), t.text(b.row.version)))
		}
		return cmp.Or(cmp.Compare(t.text(a.row.architecture), t.text(b.row.architecture)),
			cmp.Compare(a.row.filesHash, b.row.filesHash), cmp.Compare(a.id, b.id))
	})
	ids := make([]uint32, len(places))
	for i, p := range places {
		ids[i] = p.id
	}
	return ids
}

// compareVersions is deb.Compare, quick for equal versions.
func (t *table) compareVersions(a, b symbol) int {
	if a == b {
		return 0
	}
	return deb.Compare(t.text(a), t.text(b))
}

// Behind returns the first index in a list of summaries after a key.
func Behind(list []Summary, last PackageKey) int {
	at, _ := slices.BinarySearchFunc(list, last, func(s Summary, k PackageKey) int {
		if order := cmp.Compare(s.Name, k.Name); order != 0 {
			return order
		}
		if s.Version != k.Version {
			return cmp.Or(deb.Compare(s.Version, k.Version), cmp.Compare(s.Version, k.Version))
		}
		if order := cmp.Or(cmp.Compare(s.Architecture, k.Architecture), cmp.Compare(s.FilesHash, k.FilesHash)); order != 0 {
			return order
		}
		return -1 // the key's own package is not after it
	})
	return at
}

func (t *table) summary(id uint32, r *row) Summary {
	return Summary{
		Member: id, PackageID: r.packageID, Type: Type(t.text(r.kind)), Name: t.text(r.name), Version: t.text(r.version),
		Architecture: t.text(r.architecture), Source: t.text(r.source), SourceVersion: t.text(r.sourceVersion),
		Component: t.text(r.component), Section: t.text(r.section), Priority: t.text(r.priority), FilesHash: r.filesHash,
	}
}

// rowKey is a package key, by symbols.
type rowKey struct {
	name, version, architecture symbol
	hash                        uint64
}

func (r *row) key() rowKey { return rowKey{r.name, r.version, r.architecture, r.filesHash} }

// Distinct returns one member of set for each package key: of a package that is
// listed twice, in two components, the first.
func (s *Store) Distinct(ctx context.Context, tx *db.Tx, set bitset.Set) (bitset.Set, error) {
	t, err := s.table(ctx, tx, set)
	if err != nil {
		return bitset.Set{}, err
	}
	seen := make(map[rowKey]struct{}, set.Len())
	first := make([]uint32, 0, set.Len())
	for id, r := range t.rows(set) {
		k := r.key()
		if _, twice := seen[k]; !twice {
			seen[k] = struct{}{}
			first = append(first, id)
		}
	}
	return bitset.Of(first...), nil
}

// Newest returns the members of set without a higher version of the same type, name and
// architecture in it.
func (s *Store) Newest(ctx context.Context, tx *db.Tx, set bitset.Set) (bitset.Set, error) {
	return s.Merge(ctx, tx, []bitset.Set{set}, Latest)
}

// ByKeys returns the members with each key, even if unlisted. An unknown key is problem.NotFound
// and names the field.
func (s *Store) ByKeys(ctx context.Context, tx *db.Tx, field string, keys []PackageKey) ([]bitset.Set, error) {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.Name
	}
	slices.Sort(names)
	names = slices.Compact(names)
	found := map[PackageKey]*bitset.Builder{}
	for _, k := range keys {
		found[k] = &bitset.Builder{}
	}
	for _, kind := range everyType {
		err := eachIn(ctx, tx, func(row db.Scanner) error {
			var member uint32
			var k PackageKey
			var hash int64
			if err := row.Scan(&member, &k.Name, &k.Version, &k.Architecture, &hash); err != nil {
				return err
			}
			k.FilesHash = uint64(hash)
			for _, form := range []PackageKey{k, k.Shorten()} {
				if b := found[form]; b != nil {
					b.Add(member)
				}
			}
			return nil
		}, names, `SELECT m.id, p.name, p.version, p.architecture, p.files_hash FROM package p JOIN member m ON m.package_id = p.id
			WHERE p.type = $1 AND p.name IN ()`, string(kind))
		if err != nil {
			return nil, fmt.Errorf("looking up packages by their keys: %w", err)
		}
	}
	return membersByKey(field, keys, found)
}

// everyType includes the types without an index of their own.
var everyType = []Type{Deb, UDeb, DDeb, Source}

func membersByKey(field string, keys []PackageKey, found map[PackageKey]*bitset.Builder) ([]bitset.Set, error) {
	sets := make(map[PackageKey]bitset.Set, len(found))
	for k, b := range found {
		sets[k] = b.Set()
	}
	list := make([]bitset.Set, len(keys))
	for i, k := range keys {
		if list[i] = sets[k]; list[i].IsEmpty() {
			return nil, problem.New(problem.NotFound, "packages %s: key not found", k).In(field).WithHint("a search shows the keys of packages")
		}
	}
	return list, nil
}

// WithKeys returns the members of set whose key is also in another set.
func (s *Store) WithKeys(ctx context.Context, tx *db.Tx, set, of bitset.Set) (bitset.Set, error) {
	if set.IsEmpty() || of.IsEmpty() {
		return bitset.Set{}, nil
	}
	t, err := s.table(ctx, tx, set.Union(of))
	if err != nil {
		return bitset.Set{}, err
	}
	common := t.commonKeys(set, of)
	var same bitset.Builder
	for id, r := range t.rows(set) {
		if _, ok := common[r.key()]; ok {
			same.Add(id)
		}
	}
	return same.Set(), nil
}

// commonKeys returns the keys that two parts of the set share. It holds only the keys of the
// smaller part: mostly a few packages are compared with a whole suite.
func (t *table) commonKeys(a, b bitset.Set) map[rowKey]struct{} {
	if b.Len() < a.Len() {
		a, b = b, a
	}
	known := make(map[rowKey]struct{}, a.Len())
	for _, r := range t.rows(a) {
		known[r.key()] = struct{}{}
	}
	common := map[rowKey]struct{}{}
	for _, r := range t.rows(b) {
		if _, ok := known[r.key()]; ok {
			common[r.key()] = struct{}{}
		}
	}
	return common
}

// Conflicting returns, sorted by name, the members of added for which set has other files under the
// same name, version and architecture.
func (s *Store) Conflicting(ctx context.Context, tx *db.Tx, set, added bitset.Set) ([]Summary, error) {
	t, err := s.table(ctx, tx, set.Union(added))
	if err != nil {
		return nil, err
	}
	short := func(r *row) rowKey { return rowKey{name: r.name, version: r.version, architecture: r.architecture} }
	hashes := make(map[rowKey]uint64, added.Len())
	for _, r := range t.rows(added) {
		hashes[short(r)] = r.filesHash
	}
	clashing := map[rowKey]bool{}
	for _, r := range t.rows(set) {
		if hash, named := hashes[short(r)]; named && hash != r.filesHash {
			clashing[short(r)] = true
		}
	}
	var clashes []uint32
	for id, r := range t.rows(added) {
		if clashing[short(r)] {
			clashes = append(clashes, id)
		}
	}
	var list []Summary
	for _, id := range t.sorted(bitset.Of(clashes...)) {
		list = append(list, t.summary(id, t.row(id)))
	}
	return list, nil
}
