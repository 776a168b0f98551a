package app

import (
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// Guess is what may be meant by a publication of sources, as they themselves tell.
type Guess struct {
	Sources              []string // as given, with the component of each
	Distribution         string   // empty: they tell none, or several
	Origin               string   // likewise
	NotAutomatic         bool
	ButAutomaticUpgrades bool
	Architectures        []string // of their packages, sorted: without all, source among them when there are sources
}

// Guess tells what a publication of sources, [COMPONENT=]KIND:NAME, may be called.
// A component that is not named is the one that all the repos and mirrors behind
// the source have; else main, if it is the only source. One that two sources have
// is problem.Invalid, as is one that cannot be told.
func (a *App) Guess(ctx context.Context, sources []string) (Guess, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Guess{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (Guess, error) {
		list, err := a.sources(ctx, tx, sources)
		if err != nil {
			return Guess{}, err
		}
		var all lineage
		var set bitset.Set
		for i, s := range list {
			own, err := a.lineage(ctx, tx, s.Collection, map[int64]bool{})
			if err != nil {
				return Guess{}, err
			}
			if list[i].Component, err = guessComponent(list, i, own); err != nil {
				return Guess{}, err
			}
			all = all.join(own)
			c, err := a.catalog.ByID(ctx, tx, s.Collection)
			if err != nil {
				return Guess{}, err
			}
			members, err := a.catalog.Set(ctx, tx, c.View())
			if err != nil {
				return Guess{}, err
			}
			set = set.Union(members)
		}
		architectures, err := a.catalog.Architectures(ctx, tx, set)
		return all.guess(list, architectures), err
	})
}

// guessComponent gives the component of a source, if no earlier one has it.
func guessComponent(list []publish.Source, i int, own lineage) (string, error) {
	component := list[i].Component
	if component == "" {
		component = single(own.components)
	}
	if component == "" && len(list) == 1 {
		component = "main"
	}
	if component == "" {
		return "", problem.New(problem.Invalid, "unable to figure out component name for %s %s", list[i].Kind, list[i].Name).In("sources").
			WithHint("write COMPONENT=%s:%s", list[i].Kind, list[i].Name)
	}
	if slices.ContainsFunc(list[:i], func(s publish.Source) bool { return s.Component == component }) {
		return "", problem.New(problem.Invalid, "duplicate component name: %s", component).In("sources").
			WithHint("name another component for one of the sources")
	}
	return component, nil
}

// lineage is what the repos and mirrors behind a collection say of themselves.
type lineage struct {
	components, distributions, origins []string
	notAutomatic, butUpgrades          bool
}

func (l lineage) join(o lineage) lineage {
	return lineage{
		append(l.components, o.components...), append(l.distributions, o.distributions...), append(l.origins, o.origins...),
		l.notAutomatic || o.notAutomatic, l.butUpgrades || o.butUpgrades,
	}
}

func (l lineage) guess(list []publish.Source, architectures []string) Guess {
	architectures = slices.DeleteFunc(architectures, func(a string) bool { return a == "all" })
	slices.Sort(architectures)
	return Guess{
		Sources: sourceNames(list), Distribution: single(l.distributions), Origin: single(l.origins), NotAutomatic: l.notAutomatic,
		ButAutomaticUpgrades: l.butUpgrades, Architectures: slices.Compact(architectures),
	}
}

// single gives the one value that all that is not empty agrees on; else nothing.
func single(values []string) string {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	slices.Sort(values)
	if values = slices.Compact(values); len(values) == 1 {
		return values[0]
	}
	return ""
}

// lineage walks from a collection to the repos and mirrors that it was made from.
func (a *App) lineage(ctx context.Context, tx *db.Tx, id int64, seen map[int64]bool) (l lineage, err error) {
	if seen[id] {
		return l, nil
	}
	seen[id] = true
	c, err := a.catalog.ByID(ctx, tx, id)
	if err != nil {
		return l, err
	}
	switch c.Kind {
	case catalog.Repo:
		return lineage{components: []string{c.Component}}, nil
	case catalog.Mirror:
		m, err := a.mirrors.ByID(ctx, tx, id)
		if err != nil || strings.HasSuffix(m.Config.Suite, "/") { // a flat one has neither
			return l, err
		}
		l.distributions = []string{m.Config.Suite}
		if len(m.Config.Components) == 1 {
			l.components = m.Config.Components
		}
	}
	return l, nil
}
