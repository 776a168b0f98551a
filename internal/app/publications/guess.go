package publications

import (
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// Guess is a proposal for a publication of sources, from the properties of the sources.
type Guess struct {
	Sources              []string // as given, each with its component
	Distribution         string   // empty: they have none, or several
	Origin               string   // empty: they have none, or several
	NotAutomatic         bool
	ButAutomaticUpgrades bool
	Architectures        []string // of their packages, sorted: without all, with source if there are source packages
}

// Guess proposes the properties of a publication of sources, [COMPONENT=]KIND:NAME. The
// default of a component is the only component of all repos and mirrors behind the source;
// else main, if it is the only source. A component of two sources, or one without a default,
// is problem.Invalid.
func (s *Service) Guess(ctx context.Context, sources []string) (Guess, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Guess, error) {
		list, err := s.ResolveSources(ctx, tx, sources)
		if err != nil {
			return Guess{}, err
		}
		var roots lineage
		var set bitset.Set
		var found []catalog.Collection
		for i, source := range list {
			c, err := s.k.Catalog.ByID(ctx, tx, source.Collection)
			if err != nil {
				return Guess{}, err
			}
			var own lineage
			if err := s.follow(ctx, tx, c, map[int64]bool{}, &own); err != nil {
				return Guess{}, err
			}
			if list[i].Component, err = guessComponent(list, i, own); err != nil {
				return Guess{}, err
			}
			members, err := s.k.Catalog.Set(ctx, tx, c.View())
			if err != nil {
				return Guess{}, err
			}
			found, set = append(found, c), set.Union(members)
			roots.distributions = append(roots.distributions, own.distributions...)
		}
		architectures, err := s.k.Catalog.Architectures(ctx, tx, set)
		return guess(list, found, roots, architectures), err
	})
}

// guessComponent returns the component of a source, which no earlier source may have.
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

// lineage has the properties of the repos and mirrors behind a collection.
type lineage struct{ components, distributions []string }

// follow adds the repos and mirrors behind a collection, dropped ones included.
func (s *Service) follow(ctx context.Context, tx *db.Tx, c catalog.Collection, seen map[int64]bool, l *lineage) error {
	if seen[c.ID] {
		return nil
	}
	seen[c.ID] = true
	switch c.Kind {
	case catalog.Repo:
		l.components, l.distributions = append(l.components, collections.ComponentOf(c)), append(l.distributions, c.Distribution)
		return nil
	case catalog.Mirror:
		return s.followMirror(ctx, tx, c, l)
	}
	parents, err := s.k.Catalog.MadeOf(ctx, tx, c.ID)
	for i := 0; i < len(parents) && err == nil; i++ {
		err = s.follow(ctx, tx, parents[i], seen, l)
	}
	return err
}

// followMirror adds the suite and the component of a mirror; a flat one has neither.
func (s *Service) followMirror(ctx context.Context, tx *db.Tx, c catalog.Collection, l *lineage) error {
	m, err := s.mirror.ByID(ctx, tx, c.ID)
	if problem.Is(err, problem.NotFound) { // it was dropped
		l.distributions = append(l.distributions, c.Distribution)
		return nil
	}
	if err != nil || strings.HasSuffix(m.Config.Suite, "/") {
		return err
	}
	l.distributions = append(l.distributions, m.Config.Suite)
	if len(m.Config.Components) == 1 {
		l.components = append(l.components, m.Config.Components[0])
	}
	return nil
}

// guess joins the properties of the sources. The fields of Release must be common to all.
func guess(list []publish.Source, found []catalog.Collection, roots lineage, architectures []string) Guess {
	architectures = slices.DeleteFunc(architectures, func(a string) bool { return a == "all" })
	slices.Sort(architectures)
	g := Guess{Sources: publish.SourceNames(list), Distribution: single(roots.distributions), Architectures: slices.Compact(architectures)}
	for i, c := range found {
		if i == 0 {
			g.Origin, g.NotAutomatic, g.ButAutomaticUpgrades = c.Origin, c.NotAutomatic, c.ButAutomaticUpgrades
		}
		if c.Origin != g.Origin {
			g.Origin = ""
		}
		g.NotAutomatic, g.ButAutomaticUpgrades = g.NotAutomatic && c.NotAutomatic, g.ButAutomaticUpgrades && c.ButAutomaticUpgrades
	}
	return g
}

// single returns the only value, without empty ones; "" if there are several.
func single(values []string) string {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	slices.Sort(values)
	if values = slices.Compact(values); len(values) == 1 {
		return values[0]
	}
	return ""
}
