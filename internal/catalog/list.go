package catalog

import (
	"context"
	"encoding/base64"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Listed is a member that is stored.
type Listed struct {
	Member uint32
	Position
	Entry
}

// Positions returns the members of set in no special order, without stanzas and files. It reads a
// row for each.
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

// Listings returns the complete members of set, in no special order.
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

// fill reads the fields of members by their ids.
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
	err := eachIn(ctx, tx, func(row db.Scanner) error {
		var p Package
		err := row.Scan(&p.ID, &p.Type, &p.Name, &p.Version, &p.Architecture, &p.Source, &p.SourceVersion, &p.Stanza)
		for _, l := range byPackage[p.ID] {
			l.Package = p
		}
		return err
	}, ids, "SELECT id, type, name, version, architecture, source, source_version, stanza FROM package WHERE id IN ()")
	if err != nil {
		return fmt.Errorf("reading packages: %w", err)
	}
	err = eachIn(ctx, tx, func(row db.Scanner) error {
		var id int64
		var f File
		err := row.Scan(&id, &f.Name, &f.Size, &f.MD5, &f.SHA1, &f.SHA256, &f.SHA512)
		for _, l := range byPackage[id] {
			l.Files = append(l.Files, f)
		}
		return err
	}, ids, "SELECT package_id, name, size, md5, sha1, sha256, sha512 FROM package_file WHERE package_id IN () ORDER BY package_id, position")
	return problem.While(err, "reading the files of packages")
}

// Terms select members; empty terms select all.
type Terms struct {
	Name         string // a name, or a pattern of path.Match
	Version      string
	Architecture string
	Type         string
	Component    string
}

// types is the order of lists, which sort by type first.
var types = []Type{Deb, UDeb, Source}

// Search returns a page of the members of set that the terms select, sorted by type and then as in
// an index. after is the next of the previous page; next is empty at the end.
func (s *Store) Search(ctx context.Context, tx *db.Tx, set bitset.Set, t Terms, after string, limit int) (page []Listed, next string, err error) {
	if set, err = s.choose(ctx, tx, set, t); err != nil {
		return nil, "", err
	}
	start, err := parsePlace(after)
	if err != nil {
		return nil, "", err
	}
	from, to := nameRange(t.Name)
	for i, kind := range types[max(slices.Index(types, start.kind), 0):] {
		begin := from
		if i == 0 && after != "" {
			begin = &start.position
		}
		wanted := func(l Listed) bool {
			seen := begin == &start.position && l.Position == start.position && l.Member <= start.member
			return !seen && t.chooses(l)
		}
		for l, err := range s.walk(ctx, tx, kind, set, begin, to, wanted) {
			if err != nil {
				return nil, "", err
			}
			if page = append(page, l); len(page) > limit {
				last := page[limit-1]
				return page[:limit], place{last.Type, last.Position, last.Member}.String(), nil
			}
		}
	}
	return page, "", nil
}

// choose returns the members that match the terms which facets can decide.
func (s *Store) choose(ctx context.Context, tx *db.Tx, set bitset.Set, t Terms) (bitset.Set, error) {
	if _, err := path.Match(t.Name, ""); err != nil {
		return bitset.Set{}, problem.New(problem.Invalid, "%q is not a pattern of names", t.Name).In("name")
	}
	for kind, value := range map[string]string{facetType: t.Type, facetArchitecture: t.Architecture, facetComponent: t.Component} {
		if value == "" {
			continue
		}
		f, err := s.facet(ctx, tx, facetName{kind, value})
		if err != nil {
			return bitset.Set{}, err
		}
		set = set.Intersect(f)
	}
	return set, nil
}

func (t Terms) chooses(l Listed) bool {
	if t.Name != "" {
		if ok, _ := path.Match(t.Name, l.Position.Name); !ok {
			return false
		}
	}
	return t.Version == "" || t.Version == l.Version
}

// nameRange returns bounds of the names that a pattern can match, from the text before its first
// special character.
func nameRange(pattern string) (from, to *Position) {
	prefix := pattern
	if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
		prefix = pattern[:i]
	}
	if prefix == "" {
		return nil, nil
	}
	from = &Position{Name: prefix}
	if prefix == pattern {
		return from, &Position{Name: prefix + "\x01"}
	}
	return from, &Position{Name: prefix + "\x7f"}
}

// place is the position at the end of a page.
type place struct {
	kind     Type
	position Position
	member   uint32
}

// String returns the form that callers pass as after.
func (p place) String() string {
	text := fmt.Sprintf("%s\n%s\n%s\n%s\n%d", p.kind, p.position.Name, p.position.Architecture,
		base64.RawURLEncoding.EncodeToString([]byte(p.position.VersionKey)), p.member)
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

func parsePlace(text string) (p place, err error) {
	if text == "" {
		return p, nil
	}
	wrong := problem.New(problem.Invalid, "%q is not a place in this list", text).In("after").WithHint("pass the next of the previous page")
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return p, wrong
	}
	parts := strings.Split(string(data), "\n")
	if len(parts) != 5 {
		return p, wrong
	}
	version, err := base64.RawURLEncoding.DecodeString(parts[3])
	if err != nil {
		return p, wrong
	}
	if !slices.Contains(types, Type(parts[0])) {
		return p, wrong
	}
	p.kind, p.position = Type(parts[0]), Position{Name: parts[1], VersionKey: string(version), Architecture: parts[2]}
	if _, err := fmt.Sscan(parts[4], &p.member); err != nil {
		return p, wrong
	}
	return p, nil
}
