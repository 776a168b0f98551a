package catalog

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
)

// Range walks the members of set that have a type, in the order of an index, from one position
// (inclusive) to another (exclusive); nil is the first, or past the last. It reads only the stanzas
// and files of these members, a batch at a time; between batches no query is open.
func (s *Store) Range(ctx context.Context, tx *db.Tx, t Type, set bitset.Set, from, to *Position) iter.Seq2[Listed, error] {
	return s.walk(ctx, tx, t, set, from, to, func(Listed) bool { return true })
}

// walk is Range over the members that keep selects, by the fields of Positions.
func (s *Store) walk(ctx context.Context, tx *db.Tx, t Type, set bitset.Set, from, to *Position, keep func(Listed) bool) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		source, err := s.walker(ctx, tx, t, set, from, to, keep)
		for more := err == nil; more; {
			var batch []Listed
			if batch, more, err = source.batch(ctx, tx); err == nil {
				err = s.fill(ctx, tx, batch)
			}
			if err != nil {
				break
			}
			for _, l := range batch {
				if !yield(l, nil) {
					return
				}
			}
		}
		if err != nil {
			yield(Listed{}, fmt.Errorf("walking an index: %w", err))
		}
	}
}

// listBatch is the number of members that one query completes.
const listBatch = 256

// walker returns the members of a walk in order, without stanzas and files, a batch
// at a time.
type walker interface {
	batch(ctx context.Context, tx *db.Tx) (batch []Listed, more bool, err error)
}

// walker chooses how to walk: along the index if the set is a good part of it, else over the sorted
// members. So the cost of a small repo does not depend on other collections.
func (s *Store) walker(ctx context.Context, tx *db.Tx, t Type, set bitset.Set, from, to *Position, keep func(Listed) bool) (walker, error) {
	every, err := s.OfType(ctx, tx, t)
	if err != nil {
		return nil, err
	}
	set = set.Intersect(every)
	bounded := from != nil || to != nil
	if set.Len() > s.smallSet && (bounded || every.Len() <= sparse*set.Len()) {
		return &indexWalker{kind: t, set: set, keep: keep, at: cursor{from: from}, to: to}, nil
	}
	return s.setWalker(ctx, tx, set, from, to, keep)
}

// A set of up to smallSet members, or of less than one in sparse of all stored members, is sorted
// instead of searched in the index.
const (
	smallSet = 2000
	sparse   = 4
)

// setWalker walks over sorted members.
type setWalker struct{ spots []spot }

// spot is the position of a member, with only the fields for sorting.
type spot struct {
	member uint32
	Position
}

func (s *Store) setWalker(ctx context.Context, tx *db.Tx, set bitset.Set, from, to *Position, keep func(Listed) bool) (walker, error) {
	w := &setWalker{}
	for l, err := range s.positions(ctx, tx, set) {
		if err != nil {
			return nil, err
		}
		if from != nil && l.Position.Compare(*from) < 0 || to != nil && l.Position.Compare(*to) >= 0 || !keep(l) {
			continue
		}
		w.spots = append(w.spots, spot{l.Member, l.Position})
	}
	slices.SortFunc(w.spots, func(a, b spot) int {
		return cmp.Or(a.Position.Compare(b.Position), cmp.Compare(a.member, b.member))
	})
	return w, nil
}

func (w *setWalker) batch(ctx context.Context, tx *db.Tx) (batch []Listed, more bool, err error) {
	n := min(listBatch, len(w.spots))
	order := make(map[uint32]int, n)
	ids := make([]uint32, n)
	for i, sp := range w.spots[:n] {
		ids[i], order[sp.member] = sp.member, i
	}
	w.spots = w.spots[n:]
	batch = make([]Listed, n)
	for l, err := range positionsOf(ctx, tx, ids) {
		if err != nil {
			return nil, false, err
		}
		batch[order[l.Member]] = l
	}
	return batch, len(w.spots) > 0, nil
}

// indexWalker walks along the index of packages.
type indexWalker struct {
	kind Type
	set  bitset.Set
	keep func(Listed) bool
	at   cursor
	to   *Position
}

// cursor is where a walk continues: at a position, after a member there.
type cursor struct {
	from  *Position
	after int64 // the last member read at from
}

func (w *indexWalker) batch(ctx context.Context, tx *db.Tx) (batch []Listed, more bool, err error) {
	query, args := rangeQuery(w.kind, w.at.from, w.to)
	start := w.at
	for l, err := range db.Each(ctx, tx, scanPosition, query, args...) {
		if err != nil {
			return nil, false, err
		}
		if start.from != nil && int64(l.Member) <= start.after && l.Position == *start.from {
			continue
		}
		if !w.set.Contains(l.Member) || !w.keep(l) {
			continue
		}
		if batch = append(batch, l); len(batch) == listBatch {
			w.at = cursor{from: &l.Position, after: int64(l.Member)}
			return batch, true, nil
		}
	}
	return batch, false, nil
}

const positionColumns = "m.id, p.type, p.name, p.version, p.version_key, p.architecture, p.id, m.component, m.section, m.priority"

func rangeQuery(t Type, from, to *Position) (query string, args []any) {
	query = "SELECT " + positionColumns + " FROM package p JOIN member m ON m.package_id = p.id WHERE p.type = $1"
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
	err = row.Scan(&l.Member, &l.Type, &l.Position.Name, &l.Version, &version, &l.Position.Architecture, &l.ID, &l.Component, &l.Section, &l.Priority)
	l.VersionKey = string(version)
	return l, err
}

// positions returns the members of set in no special order, without stanzas and files. It reads a
// row for each.
func (s *Store) positions(ctx context.Context, tx *db.Tx, set bitset.Set) iter.Seq2[Listed, error] {
	return positionsOf(ctx, tx, slices.Collect(set.All()))
}

func positionsOf(ctx context.Context, tx *db.Tx, ids []uint32) iter.Seq2[Listed, error] {
	return db.EachIn(ctx, tx, scanPosition, ids, "SELECT "+positionColumns+
		" FROM member m JOIN package p ON p.id = m.package_id WHERE m.id IN ()")
}
