package catalog

import (
	"context"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/closure"
	"github.com/aptarium/aptarium/internal/db"
)

// Needs returns the members of set that the seeds need, besides themselves and the present ones.
// See [closure.Of]. It reads only the stanzas on its way.
func (s *Store) Needs(ctx context.Context, tx *db.Tx, set, seeds bitset.Set, o closure.Options) (closure.Result, error) {
	t, err := s.table(ctx, tx, set.Union(seeds))
	if err != nil {
		return closure.Result{}, err
	}
	return closure.Of(ctx, &world{table: t, tx: tx}, slices.Collect(seeds.All()), o)
}

// world is the members of a table as a [closure.World].
type world struct {
	*table
	tx     *db.Tx
	byName map[symbol]*candidates
}

// candidates are the members of a name, and the members that provide it.
type candidates struct{ named, providing []uint32 }

func (w *world) Describe(_ context.Context, ids []uint32) ([]closure.Package, error) {
	list := make([]closure.Package, len(ids))
	for i, id := range ids {
		list[i] = w.describe(id)
	}
	return list, nil
}

func (w *world) describe(id uint32) closure.Package {
	r := w.row(id)
	return closure.Package{
		ID: id, Name: w.text(r.name), Version: w.text(r.version), Architecture: w.text(r.architecture),
		UDeb: Type(w.text(r.kind)) == UDeb, SourceName: w.text(r.source), SourceVersion: w.text(r.sourceVersion),
	}
}

// Find searches all members once, for all names together.
func (w *world) Find(_ context.Context, names []string) ([]closure.Candidates, error) {
	if w.byName == nil {
		w.index()
	}
	list := make([]closure.Candidates, len(names))
	for i, name := range names {
		s := w.columns.symbolOf(name)
		found := w.byName[s]
		if found == nil {
			continue
		}
		for _, id := range found.named {
			list[i].Named = append(list[i].Named, w.describe(id))
		}
		for _, id := range found.providing {
			for _, p := range w.provided[w.row(id).provides].list {
				if p.Name == name {
					list[i].Providing = append(list[i].Providing, closure.Provider{Package: w.describe(id), Provides: p.Version})
				}
			}
		}
	}
	return list, nil
}

func (w *world) index() {
	w.byName = make(map[symbol]*candidates, w.set.Len())
	of := func(s symbol) *candidates {
		if w.byName[s] == nil {
			w.byName[s] = &candidates{}
		}
		return w.byName[s]
	}
	for id, r := range w.rows(w.set) {
		c := of(r.name)
		c.named = append(c.named, id)
		for _, name := range w.provided[r.provides].names {
			c := of(name)
			if n := len(c.providing); n == 0 || c.providing[n-1] != id { // a name may be provided in two versions
				c.providing = append(c.providing, id)
			}
		}
	}
}

// Relations reads the stanzas of members.
func (w *world) Relations(ctx context.Context, ids []uint32, fields []string) ([][]string, error) {
	byPackage := make(map[int64][]int, len(ids))
	for i, id := range ids {
		k := w.row(id).packageID
		byPackage[k] = append(byPackage[k], i)
	}
	rows := make([][]string, len(ids))
	for id, stanza := range stanzas(ctx, w.tx, slices.Sorted(maps.Keys(byPackage))) {
		if stanza.err != nil {
			return nil, stanza.err
		}
		texts := make([]string, len(fields))
		for i, name := range fields {
			texts[i] = string(stanza.Get(name))
		}
		for _, i := range byPackage[id] {
			rows[i] = texts
		}
	}
	return rows, nil
}
