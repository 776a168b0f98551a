package mirror

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/closure"
	"github.com/aptarium/aptarium/internal/query"
)

// chooses reports whether keeping a package depends on other packages, so that the indexes must be
// read twice.
func (c Config) chooses() bool { return c.Filter != "" || c.LatestOnly }

// choosing decides which entries of a suite to keep, in a reading before the others: the matches,
// only the newest of these, then their dependencies and their sources.
type choosing struct {
	config  Config
	filter  *query.Plan // nil: all match
	shelf   shelf       // all candidates for dependencies and sources
	matches bitset.Builder
	newest  map[nameKey]newest
}

// nameKey identifies the packages whose versions are compared.
type nameKey struct {
	kind               catalog.Type
	name, architecture string
}

// newest is the highest version so far, and its entries.
type newest struct {
	version string
	numbers []uint32
}

// choose reads the indexes and records which entries to pass over.
func (r *reading) choose(ctx context.Context, indexes []index) error {
	filter, err := r.config.filter()
	if err != nil {
		return err
	}
	c := &choosing{config: r.config, filter: filter, newest: map[nameKey]newest{}}
	c.shelf.dependencies = r.config.FilterWithDependencies
	r.choosing = c
	for _, err := range r.entries(ctx, indexes) {
		if err != nil {
			return err
		}
	}
	kept, err := c.kept(ctx, slices.Sorted(maps.Keys(r.architectures)))
	if err != nil {
		return err
	}
	for number := range r.listed {
		if !kept.Contains(number) {
			r.repeated.Add(number)
		}
	}
	r.choosing = nil
	return nil
}

// consider records an entry, the first of its kind.
func (c *choosing) consider(ctx context.Context, number uint32, e *catalog.Entry, s *deb822.Stanza) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	matches := c.filter == nil
	if !matches {
		var err error
		if matches, err = c.filter.Match(ctx, queried{e, s}); err != nil {
			return err
		}
	}
	if matches {
		c.match(number, e)
	}
	if c.config.FilterWithDependencies || c.config.Sources {
		return c.shelf.put(number, e, s)
	}
	return nil
}

// match records a match; with LatestOnly, only the newest of each package.
func (c *choosing) match(number uint32, e *catalog.Entry) {
	if !c.config.LatestOnly {
		c.matches.Add(number)
		return
	}
	key := nameKey{e.Type, e.Name, e.Architecture}
	best, known := c.newest[key]
	order := deb.Compare(e.Version, best.version)
	switch {
	case !known || order > 0:
		c.newest[key] = newest{e.Version, []uint32{number}}
	case order == 0:
		best.numbers = append(best.numbers, number)
		c.newest[key] = best
	}
}

// kept returns the numbers of the entries to keep.
func (c *choosing) kept(ctx context.Context, architectures []string) (bitset.Set, error) {
	for _, best := range c.newest {
		for _, number := range best.numbers {
			c.matches.Add(number)
		}
	}
	kept := c.matches.Set()
	if c.config.Filter != "" && c.config.FilterWithDependencies {
		if len(architectures) == 0 {
			architectures = []string{"all"}
		}
		found, err := closure.Of(ctx, &c.shelf, slices.Collect(kept.All()), closure.Options{
			Architectures: architectures,
		})
		if err != nil {
			return bitset.Set{}, fmt.Errorf("following dependencies: %w", err)
		}
		kept = kept.Union(bitset.Of(found.Needed...))
	}
	if c.config.Sources {
		kept = kept.Union(c.shelf.sourcesOf(kept))
	}
	return kept, nil
}

// queried presents an entry of an index to a query.
type queried struct {
	entry  *catalog.Entry
	stanza *deb822.Stanza
}

func (q queried) Name() string                   { return q.entry.Name }
func (q queried) Version() string                { return q.entry.Version }
func (q queried) Architecture() string           { return q.entry.Architecture }
func (q queried) Type() string                   { return string(q.entry.Type) }
func (q queried) Source() (name, version string) { return q.entry.Source, q.entry.SourceVersion }
func (q queried) Provides() []query.Provided     { return query.ParseProvides(q.Field("Provides")) }
func (q queried) Field(name string) string       { return string(q.stanza.Get(name)) }
