package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/query"
)

// Match returns the packages of set that a query selects. It reads only the stanzas that decide. If
// within ends first, its cause is the error.
func (s *Store) Match(ctx, within context.Context, tx *db.Tx, set bitset.Set, plan *query.Plan) (bitset.Set, error) {
	set, err := s.PackagesOf(ctx, tx, set)
	if err != nil {
		return bitset.Set{}, err
	}
	t, err := s.table(ctx, tx, set)
	if err != nil {
		return bitset.Set{}, err
	}
	found, err := query.Narrow(within, plan, set, t)
	if err != nil || found.Maybe.IsEmpty() {
		return found.Sure, err
	}
	m := matcher{table: t, within: within, plan: plan}
	for id, r := range t.rows(found.Maybe) {
		if err := m.tryRow(ctx, tx, id, r); err != nil {
			return bitset.Set{}, err
		}
	}
	if err := m.readRest(ctx, tx); err != nil {
		return bitset.Set{}, err
	}
	return found.Sure.Union(bitset.Of(m.matched...)), nil
}

// matcher evaluates a query member by member: first on their rows, then in batches on the stanzas,
// for members whose stanza the query needs.
type matcher struct {
	*table
	within  context.Context
	plan    *query.Plan
	matched []uint32
	rest    []uint32 // whose stanzas must be read
	asked   asked    // the current member
}

func (m *matcher) tryRow(ctx context.Context, tx *db.Tx, id uint32, r *row) error {
	m.asked = asked{table: m.table, row: r}
	matched, err := m.plan.Match(m.within, &m.asked)
	switch {
	case err != nil:
		return err
	case m.asked.lacking:
		m.rest = append(m.rest, id)
	case matched:
		m.matched = append(m.matched, id)
	}
	if len(m.rest) < stanzaBatch {
		return nil
	}
	return m.readRest(ctx, tx)
}

// stanzaBatch is the number of stanzas in memory.
const stanzaBatch = 512

func (m *matcher) readRest(ctx context.Context, tx *db.Tx) error {
	byPackage := make(map[int64][]uint32, len(m.rest))
	for _, id := range m.rest {
		k := m.row(id).packageID
		byPackage[k] = append(byPackage[k], id)
	}
	m.rest = m.rest[:0]
	for id, stanza := range stanzas(ctx, tx, slices.Sorted(maps.Keys(byPackage))) {
		if stanza.err != nil {
			return stanza.err
		}
		for _, member := range byPackage[id] {
			matched, err := m.plan.Match(m.within, &asked{table: m.table, row: m.row(member), stanza: stanza.Stanza})
			if err != nil {
				return err
			}
			if matched {
				m.matched = append(m.matched, member)
			}
		}
	}
	return nil
}

// readStanza is a stanza, or the error of reading it.
type readStanza struct {
	*deb822.Stanza
	err error
}

func stanzas(ctx context.Context, tx *db.Tx, ids []int64) func(yield func(int64, readStanza) bool) {
	return func(yield func(int64, readStanza) bool) {
		type line struct {
			id   int64
			text []byte
		}
		for l, err := range db.EachIn(ctx, tx, func(row db.Scanner) (l line, err error) { err = row.Scan(&l.id, &l.text); return l, err },
			ids, "SELECT id, stanza FROM package WHERE id IN ()") {
			var s *deb822.Stanza
			if err == nil {
				s, err = deb822.Parse(l.text)
			}
			if err != nil {
				err = fmt.Errorf("reading the stanza of package %d: %w", l.id, err)
			}
			if !yield(l.id, readStanza{s, err}) || err != nil {
				return
			}
		}
	}
}

// asked presents a member to a query. Without a stanza it records that the query needed one.
type asked struct {
	*table
	row     *row
	stanza  *deb822.Stanza
	lacking bool
}

func (p *asked) Name() string         { return p.text(p.row.name) }
func (p *asked) Version() string      { return p.text(p.row.version) }
func (p *asked) Architecture() string { return p.text(p.row.architecture) }
func (p *asked) Type() string         { return typeOf(p.text(p.row.kind)) }

func (p *asked) Source() (name, version string) {
	return p.text(p.row.source), p.text(p.row.sourceVersion)
}

func (p *asked) Provides() []query.Provided { return p.provided[p.row.provides].list }

// Field returns a control field, and the overrides of the suite.
func (p *asked) Field(name string) string {
	switch {
	case strings.EqualFold(name, "Section"):
		return p.text(p.row.section)
	case strings.EqualFold(name, "Priority"):
		return p.text(p.row.priority)
	case p.stanza == nil:
		p.lacking = true
		return ""
	}
	return strings.TrimSpace(string(p.stanza.Get(name)))
}
