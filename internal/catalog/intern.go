package catalog

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// internBatch is the number of entries read and written at a time; it bounds memory.
const internBatch = 500

// Entries returns a list in the form that Intern needs.
func Entries(list []Entry) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Intern returns the members of entries, and stores those that are new. The cost of writing is
// proportional to the new entries. It stops at the first error of entries.
func (s *Store) Intern(ctx context.Context, tx *db.Tx, entries iter.Seq2[Entry, error]) (bitset.Set, error) {
	in := interner{tx: tx, facets: map[facetName]*bitset.Builder{}}
	batch := make([]Entry, 0, internBatch)
	for e, err := range entries {
		if err != nil {
			return bitset.Set{}, err
		}
		if batch = append(batch, e); len(batch) == internBatch {
			if err := in.add(ctx, batch); err != nil {
				return bitset.Set{}, err
			}
			batch = batch[:0]
		}
	}
	if err := in.add(ctx, batch); err != nil {
		return bitset.Set{}, err
	}
	if err := writeFacets(ctx, tx, in.facets); err != nil {
		return bitset.Set{}, err
	}
	set := in.members.Set()
	s.touch(set)
	return set, nil
}

// Lookup returns the stored members of entries, and the indexes of the entries that are not stored.
// It stores nothing.
func (s *Store) Lookup(ctx context.Context, tx *db.Tx, entries []Entry) (known bitset.Set, unknown []int, err error) {
	keys := make([]digest.SHA256, len(entries))
	for i := range entries {
		keys[i] = entries[i].Key()
	}
	packages, err := packageIDs(ctx, tx, keys)
	if err != nil {
		return bitset.Set{}, nil, err
	}
	in := interner{tx: tx}
	members, err := in.knownMembers(ctx, slices.Collect(maps.Values(packages)))
	if err != nil {
		return bitset.Set{}, nil, err
	}
	for i, key := range keys {
		e := &entries[i]
		if id, ok := members[memberKey{packages[key], e.Component, e.Section, e.Priority}]; ok {
			in.members.Add(id)
		} else {
			unknown = append(unknown, i)
		}
	}
	return in.members.Set(), unknown, nil
}

// interner is the state of one Intern call.
type interner struct {
	tx      *db.Tx
	members bitset.Builder
	facets  map[facetName]*bitset.Builder
}

// memberKey identifies a member.
type memberKey struct {
	packageID                    int64
	component, section, priority string
}

func (in *interner) add(ctx context.Context, batch []Entry) error {
	if len(batch) == 0 {
		return nil
	}
	ids, old, err := in.packages(ctx, batch)
	if err != nil {
		return err
	}
	known, err := in.knownMembers(ctx, old)
	if err != nil {
		return err
	}
	var fresh []memberKey
	first := map[memberKey]*Entry{}
	for i := range batch {
		e := &batch[i]
		k := memberKey{ids[i], e.Component, e.Section, e.Priority}
		if id, ok := known[k]; ok {
			in.members.Add(id)
		} else if first[k] == nil {
			fresh = append(fresh, k)
			first[k] = e
		}
	}
	return in.insertMembers(ctx, fresh, first)
}

// packages returns the package id of each entry, after storing the new ones, and the ids that
// existed before: only these can have members.
func (in *interner) packages(ctx context.Context, batch []Entry) (ids, old []int64, err error) {
	keys := make([]digest.SHA256, len(batch))
	for i := range batch {
		keys[i] = batch[i].Key()
	}
	known, err := packageIDs(ctx, in.tx, keys)
	if err != nil {
		return nil, nil, err
	}
	old = slices.Collect(maps.Values(known))
	var fresh []int // indexes into batch, one for each new key
	for i, k := range keys {
		if _, ok := known[k]; !ok {
			known[k] = 0
			fresh = append(fresh, i)
		}
	}
	if len(fresh) > 0 {
		next, err := in.tx.Allocate(ctx, "package", int64(len(fresh)))
		if err != nil {
			return nil, nil, err
		}
		for n, i := range fresh {
			known[keys[i]] = next + int64(n)
		}
		if err := in.insertPackages(ctx, batch, fresh, keys, known); err != nil {
			return nil, nil, err
		}
	}
	ids = make([]int64, len(batch))
	for i, k := range keys {
		ids[i] = known[k]
	}
	return ids, old, nil
}

// packageIDs returns the ids of the stored packages.
func packageIDs(ctx context.Context, tx *db.Tx, keys []digest.SHA256) (map[digest.SHA256]int64, error) {
	known := make(map[digest.SHA256]int64, len(keys))
	err := eachIn(ctx, tx, func(row db.Scanner) error {
		var id int64
		var key digest.SHA256
		err := row.Scan(&id, &key)
		known[key] = id
		return err
	}, keys, "SELECT id, key FROM package WHERE key IN ()")
	return known, problem.While(err, "looking up packages")
}

var (
	packageColumns = []string{"id", "type", "name", "version", "version_key", "architecture", "source", "source_version", "key", "stanza", "provides", "files_hash", "created_at"}
	fileColumns    = []string{"package_id", "position", "name", "size", "md5", "sha1", "sha256", "sha512"}
	memberColumns  = []string{"id", "package_id", "component", "section", "priority"}
)

func (in *interner) insertPackages(ctx context.Context, batch []Entry, fresh []int, keys []digest.SHA256, ids map[digest.SHA256]int64) error {
	at, err := in.tx.Now(ctx)
	if err != nil {
		return err
	}
	rows := func(yield func([]any) bool) {
		for _, i := range fresh {
			p := &batch[i].Package
			if !yield([]any{ids[keys[i]], string(p.Type), p.Name, p.Version, deb.SortKey(p.Version), p.Architecture, p.Source, p.SourceVersion,
				keys[i][:], p.Stanza, provides(p.Stanza), int64(FilesHash(p.Files)), at}) {
				return
			}
		}
	}
	if _, err := db.Bulk(ctx, in.tx, "package", packageColumns, rows); err != nil {
		return fmt.Errorf("storing packages: %w", err)
	}
	files := func(yield func([]any) bool) {
		for _, i := range fresh {
			for n, f := range batch[i].Files {
				if !yield([]any{ids[keys[i]], int64(n), f.Name, f.Size, f.MD5, f.SHA1, f.SHA256[:], f.SHA512}) {
					return
				}
			}
		}
	}
	_, err = db.Bulk(ctx, in.tx, "package_file", fileColumns, files)
	return problem.While(err, "storing the files of packages")
}

func (in *interner) knownMembers(ctx context.Context, packages []int64) (map[memberKey]uint32, error) {
	known := map[memberKey]uint32{}
	err := eachIn(ctx, in.tx, func(row db.Scanner) error {
		var id uint32
		var k memberKey
		err := row.Scan(&id, &k.packageID, &k.component, &k.section, &k.priority)
		known[k] = id
		return err
	}, packages, "SELECT id, package_id, component, section, priority FROM member WHERE package_id IN ()")
	return known, problem.While(err, "looking up members")
}

func (in *interner) insertMembers(ctx context.Context, fresh []memberKey, entries map[memberKey]*Entry) error {
	if len(fresh) == 0 {
		return nil
	}
	next, err := in.tx.Allocate(ctx, "member", int64(len(fresh)))
	if err != nil {
		return err
	}
	if next+int64(len(fresh)) > maxMember {
		return fmt.Errorf("the catalog is full: a member id has 32 bits")
	}
	rows := func(yield func([]any) bool) {
		for i, k := range fresh {
			id := uint32(next) + uint32(i)
			in.members.Add(id)
			if k.component != "" { // items of the whole suite are in none
				in.note(facetComponent, k.component, id)
			}
			in.note(facetArchitecture, entries[k].Architecture, id)
			in.note(facetType, string(entries[k].Type), id)
			if !yield([]any{int64(id), k.packageID, k.component, k.section, k.priority}) {
				return
			}
		}
	}
	_, err = db.Bulk(ctx, in.tx, "member", memberColumns, rows)
	return problem.While(err, "storing members")
}

// maxMember is the first invalid member id.
const maxMember = 1 << 32

func (in *interner) note(kind, value string, id uint32) {
	name := facetName{kind, value}
	b := in.facets[name]
	if b == nil {
		b = new(bitset.Builder)
		in.facets[name] = b
	}
	b.Add(id)
}

// Listed returns the keys whose packages have a member in set.
func (s *Store) Listed(ctx context.Context, tx *db.Tx, keys []digest.SHA256, set bitset.Set) (map[digest.SHA256]bool, error) {
	listed := map[digest.SHA256]bool{}
	if set.IsEmpty() {
		return listed, nil
	}
	err := eachIn(ctx, tx, func(row db.Scanner) error {
		var key digest.SHA256
		var member uint32
		err := row.Scan(&key, &member)
		if err == nil && set.Contains(member) {
			listed[key] = true
		}
		return err
	}, keys, "SELECT p.key, m.id FROM package p JOIN member m ON m.package_id = p.id WHERE p.key IN ()")
	return listed, problem.While(err, "looking up packages")
}
