package catalog

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// NamedFile is a file of a stored package, and one member that lists it.
type NamedFile struct {
	File
	Member                                 uint32
	Package, Version, Architecture, Source string
	Component                              string // where the member lists it
	CreatedAt                              int64  // when the package was stored, microseconds since 1970
}

// FileNames returns the distinct names of the files of the members of set.
func (s *Store) FileNames(ctx context.Context, tx *db.Tx, set bitset.Set) ([]string, error) {
	names, err := db.Collect(db.EachIn(ctx, tx, db.Value[string], slices.Collect(set.All()), `SELECT DISTINCT f.name FROM member m
		JOIN package_file f ON f.package_id = m.package_id WHERE m.id IN ()`))
	slices.Sort(names)
	return slices.Compact(names), problem.While(err, "reading the names of files")
}

// SharedFileNames returns the names that several stored files have. It reads one index of all
// names.
func (s *Store) SharedFileNames(ctx context.Context, tx *db.Tx) ([]string, error) {
	names, err := db.All(ctx, tx, db.Value[string], "SELECT name FROM package_file GROUP BY name HAVING COUNT(*) > 1")
	return names, problem.While(err, "reading the names of files")
}

// FilesNamed returns every stored file with one of these names, once for each
// member that lists it.
func (s *Store) FilesNamed(ctx context.Context, tx *db.Tx, names []string) iter.Seq2[NamedFile, error] {
	return db.EachIn(ctx, tx, scanNamedFile, names, `SELECT f.name, f.size, f.md5, f.sha1, f.sha256, f.sha512,
		m.id, p.name, p.version, p.architecture, p.source, m.component, p.created_at
		FROM package_file f JOIN package p ON p.id = f.package_id JOIN member m ON m.package_id = p.id
		WHERE f.name IN ()`)
}

func scanNamedFile(row db.Scanner) (f NamedFile, err error) {
	err = row.Scan(&f.Name, &f.Size, &f.MD5, &f.SHA1, &f.SHA256, &f.SHA512,
		&f.Member, &f.Package, &f.Version, &f.Architecture, &f.Source, &f.Component, &f.CreatedAt)
	return f, err
}

// Sources returns the sorted names of the source packages of the members of set that start with a
// prefix, which may be empty.
func (s *Store) Sources(ctx context.Context, tx *db.Tx, set bitset.Set, prefix string) ([]string, error) {
	names, err := db.Collect(db.EachIn(ctx, tx, db.Value[string], slices.Collect(set.All()), `SELECT DISTINCT p.source FROM member m
		JOIN package p ON p.id = m.package_id WHERE m.id IN ()`))
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, prefix) })
	slices.Sort(names)
	return slices.Compact(names), problem.While(err, "reading the names of sources")
}

// FilesOfSource returns the files of the members of set that come from a source
// package, each once.
func (s *Store) FilesOfSource(ctx context.Context, tx *db.Tx, set bitset.Set, source string) ([]NamedFile, error) {
	var files []NamedFile
	for f, err := range db.Each(ctx, tx, scanNamedFile, `SELECT f.name, f.size, f.md5, f.sha1, f.sha256, f.sha512,
		m.id, p.name, p.version, p.architecture, p.source, m.component, p.created_at
		FROM package p JOIN member m ON m.package_id = p.id JOIN package_file f ON f.package_id = p.id
		WHERE p.source = $1 ORDER BY f.name`, source) {
		if err != nil {
			return nil, fmt.Errorf("reading the files of source %s: %w", source, err)
		}
		if set.Contains(f.Member) {
			files = append(files, f)
		}
	}
	return files, nil
}

// FilesOf returns the files of the members of set, once for each member, with their
// names, sizes, SHA-256 and sources only.
func (s *Store) FilesOf(ctx context.Context, tx *db.Tx, set bitset.Set) iter.Seq2[NamedFile, error] {
	return db.While(db.EachIn(ctx, tx, func(row db.Scanner) (f NamedFile, err error) {
		err = row.Scan(&f.Name, &f.Size, &f.SHA256, &f.Member, &f.Source, &f.CreatedAt)
		return f, err
	}, slices.Collect(set.All()), `SELECT f.name, f.size, f.sha256, m.id, p.source, p.created_at
		FROM member m JOIN package p ON p.id = m.package_id JOIN package_file f ON f.package_id = p.id
		WHERE m.id IN ()`), "reading the files of packages")
}
