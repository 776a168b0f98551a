package catalog

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
)

// Listed is a member that is stored.
type Listed struct {
	Member uint32
	Position
	Entry
}

// Range walks the members of set that have a type, in the order of an index,
// from one position (inclusive) to another (exclusive); nil is the first, or
// past the last. It reads that range of the index, and stanzas and files of the
// members alone, a batch at a time; between batches no query is open.
func (s *Store) Range(ctx context.Context, tx *db.Tx, t Type, set bitset.Set, from, to *Position) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		if set.IsEmpty() {
			return
		}
		next := cursor{from: from}
		for more := true; more; {
			var batch []Listed
			var err error
			batch, more, err = s.batch(ctx, tx, t, set, &next, to)
			if err == nil {
				err = s.fill(ctx, tx, batch)
			}
			if err != nil {
				yield(Listed{}, fmt.Errorf("walking an index: %w", err))
				return
			}
			for _, l := range batch {
				if !yield(l, nil) {
					return
				}
			}
		}
	}
}

// listBatch is how many members are completed by one query.
const listBatch = 256

// cursor is where a walk goes on: at a position, behind a member there.
type cursor struct {
	from  *Position
	after int64 // the last member read at from, -1 before any
}

// batch reads on from a cursor until it has a batch of members of set.
func (s *Store) batch(ctx context.Context, tx *db.Tx, t Type, set bitset.Set, at *cursor, to *Position) (batch []Listed, more bool, err error) {
	query, args := rangeQuery(t, at.from, to)
	start := *at
	for l, err := range db.Each(ctx, tx, scanPosition, query, args...) {
		if err != nil {
			return nil, false, err
		}
		if start.from != nil && int64(l.Member) <= start.after && l.Position == *start.from {
			continue
		}
		if !set.Contains(l.Member) {
			continue
		}
		if batch = append(batch, l); len(batch) == listBatch {
			*at = cursor{from: &l.Position, after: int64(l.Member)}
			return batch, true, nil
		}
	}
	return batch, false, nil
}

func rangeQuery(t Type, from, to *Position) (query string, args []any) {
	query = `SELECT m.id, p.type, p.name, p.version_key, p.architecture, p.id, m.component, m.section, m.priority
		FROM package p JOIN member m ON m.package_id = p.id WHERE p.type = $1`
	args = []any{string(t)}
	bound := func(op string, at *Position) {
		if at != nil {
			n := len(args)
			query += fmt.Sprintf(" AND (p.name, p.version_key, p.architecture) %s ($%d, $%d, $%d)", op, n+1, n+2, n+3)
			args = append(args, at.Name, []byte(at.VersionKey), at.Architecture)
		}
	}
	bound(">=", from)
	bound("<", to)
	return query + " ORDER BY p.name, p.version_key, p.architecture, m.id", args
}

func scanPosition(row db.Scanner) (l Listed, err error) {
	var version []byte
	err = row.Scan(&l.Member, &l.Type, &l.Position.Name, &version, &l.Position.Architecture, &l.ID, &l.Component, &l.Section, &l.Priority)
	l.VersionKey = string(version)
	return l, err
}

// Positions gives the place and package type of each member of set, in no
// special order; it reads as many rows as set has members.
func (s *Store) Positions(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Listed, error) {
	list := make([]Listed, 0, set.Len())
	for in, args := range db.In(slices.Collect(set.All()), 1) {
		part, err := db.All(ctx, tx, scanPosition, `SELECT m.id, p.type, p.name, p.version_key, p.architecture, p.id, m.component, m.section, m.priority
			FROM member m JOIN package p ON p.id = m.package_id WHERE m.id IN `+in, args...)
		if err != nil {
			return nil, fmt.Errorf("reading members: %w", err)
		}
		list = append(list, part...)
	}
	return list, nil
}

// Listings gives the members of set whole, in no special order.
func (s *Store) Listings(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Listed, error) {
	list, err := s.Positions(ctx, tx, set)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(list, listBatch) {
		if err := s.fill(ctx, tx, part); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// fill completes members of which only the ids are known.
func (s *Store) fill(ctx context.Context, tx *db.Tx, list []Listed) error {
	if len(list) == 0 {
		return nil
	}
	byPackage := make(map[int64][]*Listed, len(list))
	ids := make([]int64, 0, len(list))
	for i := range list {
		id := list[i].ID
		if byPackage[id] == nil {
			ids = append(ids, id)
		}
		byPackage[id] = append(byPackage[id], &list[i])
	}
	for in, args := range db.In(ids, 1) {
		err := each(ctx, tx, func(row db.Scanner) error {
			var p Package
			if err := row.Scan(&p.ID, &p.Type, &p.Name, &p.Version, &p.Architecture, &p.Source, &p.SourceVersion, &p.Stanza); err != nil {
				return err
			}
			for _, l := range byPackage[p.ID] {
				l.Package = p
			}
			return nil
		}, "SELECT id, type, name, version, architecture, source, source_version, stanza FROM package WHERE id IN "+in, args...)
		if err != nil {
			return fmt.Errorf("reading packages: %w", err)
		}
		err = each(ctx, tx, func(row db.Scanner) error {
			var id int64
			var f File
			if err := row.Scan(&id, &f.Name, &f.Size, &f.MD5, &f.SHA1, &f.SHA256, &f.SHA512); err != nil {
				return err
			}
			for _, l := range byPackage[id] {
				l.Files = append(l.Files, f)
			}
			return nil
		}, "SELECT package_id, name, size, md5, sha1, sha256, sha512 FROM package_file WHERE package_id IN "+in+" ORDER BY package_id, position", args...)
		if err != nil {
			return fmt.Errorf("reading the files of packages: %w", err)
		}
	}
	return nil
}

// NamedFile is a file of a stored package, and one member that lists it.
type NamedFile struct {
	File
	Member                                 uint32
	Package, Version, Architecture, Source string
	Component                              string // where the member lists it
	CreatedAt                              int64  // when the package came, microseconds since 1970
}

// FileNames gives the distinct names of the files of the members of set.
func (s *Store) FileNames(ctx context.Context, tx *db.Tx, set bitset.Set) ([]string, error) {
	var names []string
	for in, args := range db.In(slices.Collect(set.All()), 1) {
		part, err := db.All(ctx, tx, db.Value[string], `SELECT DISTINCT f.name FROM member m
			JOIN package_file f ON f.package_id = m.package_id WHERE m.id IN `+in, args...)
		if err != nil {
			return nil, fmt.Errorf("reading the names of files: %w", err)
		}
		names = append(names, part...)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// FilesNamed gives every stored file with one of these names, once for each
// member that lists it.
func (s *Store) FilesNamed(ctx context.Context, tx *db.Tx, names []string) iter.Seq2[NamedFile, error] {
	return func(yield func(NamedFile, error) bool) {
		for in, args := range db.In(names, 1) {
			for f, err := range db.Each(ctx, tx, scanNamedFile, `SELECT f.name, f.size, f.md5, f.sha1, f.sha256, f.sha512,
				m.id, p.name, p.version, p.architecture, p.source, m.component, p.created_at
				FROM package_file f JOIN package p ON p.id = f.package_id JOIN member m ON m.package_id = p.id
				WHERE f.name IN `+in, args...) {
				if !yield(f, err) || err != nil {
					return
				}
			}
		}
	}
}

func scanNamedFile(row db.Scanner) (f NamedFile, err error) {
	err = row.Scan(&f.Name, &f.Size, &f.MD5, &f.SHA1, &f.SHA256, &f.SHA512,
		&f.Member, &f.Package, &f.Version, &f.Architecture, &f.Source, &f.Component, &f.CreatedAt)
	return f, err
}

// Sources gives the names of the source packages of the members of set, sorted:
// those that begin with a prefix, which may be empty.
func (s *Store) Sources(ctx context.Context, tx *db.Tx, set bitset.Set, prefix string) ([]string, error) {
	var names []string
	type row struct {
		source string
		member uint32
	}
	for r, err := range db.Each(ctx, tx, func(sc db.Scanner) (r row, err error) { err = sc.Scan(&r.source, &r.member); return r, err },
		`SELECT p.source, m.id FROM package p JOIN member m ON m.package_id = p.id
		WHERE p.source >= $1 AND p.source < $2 ORDER BY p.source`, prefix, prefix+"\x7f") {
		if err != nil {
			return nil, fmt.Errorf("reading the names of sources: %w", err)
		}
		if (len(names) == 0 || names[len(names)-1] != r.source) && set.Contains(r.member) {
			names = append(names, r.source)
		}
	}
	return names, nil
}

// FilesOfSource gives the files of the members of set that come from a source
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
