package catalog

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// facetFiles is the set of members whose list of files is stored, so that the search for missing
// lists reads no rows if there are none.
const facetFiles = "files"

var facetListed = facetName{facetFiles, "listed"}

// MissingFileLists returns the members of a set of binary packages whose list of files is not
// stored yet. It reads a row for each.
func (s *Store) MissingFileLists(ctx context.Context, tx *db.Tx, set bitset.Set) (bitset.Set, error) {
	listed, err := s.facet(ctx, tx, facetListed)
	if err != nil {
		return bitset.Set{}, err
	}
	missing := set.Minus(listed)
	var found bitset.Builder // members that came after the list of their package
	for member, err := range db.EachIn(ctx, tx, db.Value[uint32], slices.Collect(missing.All()), `SELECT m.id FROM member m
		JOIN package_contents c ON c.package_id = m.package_id WHERE m.id IN ()`) {
		if err != nil {
			return bitset.Set{}, fmt.Errorf("searching for lists of files: %w", err)
		}
		found.Add(member)
	}
	return missing.Minus(found.Set()), nil
}

// PutFileLists stores the lists of files of packages, by package id. It skips packages that have a
// list already.
func (s *Store) PutFileLists(ctx context.Context, tx *db.Tx, lists map[int64]FileList) error {
	ids := slices.Sorted(maps.Keys(lists))
	known := map[int64]bool{}
	members := new(bitset.Builder)
	for id, err := range db.EachIn(ctx, tx, db.Value[int64], ids, "SELECT package_id FROM package_contents WHERE package_id IN ()") {
		if err != nil {
			return fmt.Errorf("searching for lists of files: %w", err)
		}
		known[id] = true
	}
	for member, err := range db.EachIn(ctx, tx, db.Value[uint32], ids, "SELECT id FROM member WHERE package_id IN ()") {
		if err != nil {
			return fmt.Errorf("looking up members: %w", err)
		}
		members.Add(member)
	}
	rows := func(yield func([]any) bool) {
		for _, id := range ids {
			var paths any // NULL
			if lists[id].Readable() {
				paths = lists[id].packed
			}
			if !known[id] && !yield([]any{id, paths}) {
				return
			}
		}
	}
	if _, err := db.Bulk(ctx, tx, "package_contents", []string{"package_id", "paths"}, rows); err != nil {
		return fmt.Errorf("storing lists of files: %w", err)
	}
	return writeFacets(ctx, tx, map[facetName]*bitset.Builder{facetListed: members})
}

// MemberFiles is a member with the list of its files.
type MemberFiles struct {
	Member        uint32
	Name, Section string
	Files         FileList
}

// FileLists returns the members of set with their lists of files, in no special
// order; all must be stored. It reads a row for each. The query is open while the
// loop runs.
func (s *Store) FileLists(ctx context.Context, tx *db.Tx, set bitset.Set) iter.Seq2[MemberFiles, error] {
	return db.While(db.EachIn(ctx, tx, scanMemberFiles, slices.Collect(set.All()), `SELECT m.id, p.name, m.section, c.package_id IS NOT NULL, c.paths
		FROM member m JOIN package p ON p.id = m.package_id LEFT JOIN package_contents c ON c.package_id = p.id
		WHERE m.id IN ()`), "reading lists of files")
}

func scanMemberFiles(row db.Scanner) (m MemberFiles, err error) {
	var stored bool
	if err := row.Scan(&m.Member, &m.Name, &m.Section, &stored, &m.Files.packed); err != nil {
		return m, err
	}
	if !stored {
		return m, problem.New(problem.Internal, "the files of package %s were not read yet", m.Name).WithHint("publish again")
	}
	return m, nil
}

// Namesakes returns the members of set with a type and one of these package names, without stanzas
// and files, in no special order. It reads a row for each stored member of these names.
func (s *Store) Namesakes(ctx context.Context, tx *db.Tx, t Type, names []string, set bitset.Set) ([]Listed, error) {
	var list []Listed
	for l, err := range db.EachIn(ctx, tx, scanPosition, names, "SELECT "+positionColumns+
		" FROM package p JOIN member m ON m.package_id = p.id WHERE p.type = $1 AND p.name IN ()", string(t)) {
		if err != nil {
			return nil, fmt.Errorf("looking up packages by name: %w", err)
		}
		if set.Contains(l.Member) {
			list = append(list, l)
		}
	}
	return list, nil
}

// FileList lists the paths that a binary package installs, without folders and without a leading
// "/", sorted bytewise, each once. It is compressed, at some ten bytes a path. The zero FileList
// means that the package's files cannot be read.
type FileList struct{ packed []byte }

// maxFileList bounds the uncompressed bytes of a list; it is above the limit of debfile.Read.
const maxFileList = 256 << 20

// PackFiles returns the list of these paths, which may be in any order. An empty path or one with a
// newline is problem.Invalid; a list of more than 256 MiB is problem.TooLarge.
func PackFiles(paths []string) (FileList, error) {
	paths = slices.Clone(paths)
	slices.Sort(paths)
	paths = slices.Compact(paths)
	size := len(paths)
	for _, p := range paths {
		if p == "" || strings.Contains(p, "\n") {
			return FileList{}, problem.New(problem.Invalid, "%.200q is not the path of a file", p)
		}
		size += len(p)
	}
	if size > maxFileList {
		return FileList{}, problem.New(problem.TooLarge, "the paths of its files have more than %d bytes", maxFileList)
	}
	packed, err := compress.AppendMember([]byte{}, []byte(strings.Join(paths, "\n")), compress.Zstd)
	return FileList{packed}, problem.While(err, "compressing a list of files")
}

// Readable reports whether the package's files could be read.
func (l FileList) Readable() bool { return l.packed != nil }

// Paths returns the paths, sorted; none if they cannot be read.
func (l FileList) Paths() ([]string, error) {
	if l.packed == nil {
		return nil, nil
	}
	r, err := compress.NewReader(bytes.NewReader(l.packed), compress.Zstd, compress.Limits{MaxOutput: maxFileList, MaxRatio: maxFileList})
	if err != nil {
		return nil, damagedList(err)
	}
	defer r.Close()
	var text strings.Builder
	if _, err := io.CopyBuffer(&text, r, make([]byte, 4<<10)); err != nil { // most lists are short
		return nil, damagedList(err)
	}
	if text.Len() == 0 {
		return nil, nil
	}
	return strings.Split(text.String(), "\n"), nil
}

func damagedList(err error) error {
	return problem.New(problem.Internal, "a stored list of files is damaged: %w", err)
}
