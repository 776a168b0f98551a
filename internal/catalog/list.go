package catalog

import (
	"context"
	"fmt"
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

// Positions gives the members of set in no special order, with all but their
// stanzas and files. It reads as many rows as set has members.
func (s *Store) Positions(ctx context.Context, tx *db.Tx, set bitset.Set) ([]Listed, error) {
	list := make([]Listed, 0, set.Len())
	for l, err := range s.positions(ctx, tx, set) {
		if err != nil {
			return nil, fmt.Errorf("reading members: %w", err)
		}
		list = append(list, l)
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
