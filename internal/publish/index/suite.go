package index

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// Options decide which indexes a suite has, and how they are written.
type Options struct {
	Directory           string   // of the suite: dists/DISTRIBUTION
	Architectures       []string // empty: those of the packages; source among them lists sources
	Sums                digest.Kinds
	Formats             []compress.Format
	Translations        bool // long descriptions are in Translation-en, not in Packages
	ContentsByComponent bool
	ContentsBySuite     bool
	TempDir             string // for what is sorted outside memory; empty: os.TempDir
}

// Component is the packages of one component of a suite.
type Component struct {
	Name string // as published
	Area string // of the pool
	Set  bitset.Set

	debs, udebs []bitset.Set // for each architecture, those for all included
	sources     bitset.Set
}

// Suite is all packages in the indexes of a release.
type Suite struct {
	catalog       *catalog.Store
	options       Options
	components    []Component
	architectures []string
	facets        facets
	sources       bool // sources are listed
}

// Plan is an index to build and its path.
type Plan struct {
	Index
	Path    string // of the plain text
	Patched bool   // patches lead to it, if the publication offers some
	// ReleasePath is the path of the small Release file beside the index, which names the
	// component and the architecture. Empty: none.
	ReleasePath, Component, Architecture string
}

// NewSuite divides the packages of components, in their order, among the indexes.
func NewSuite(ctx context.Context, tx *db.Tx, c *catalog.Store, o Options, components []Component) (*Suite, error) {
	s := &Suite{catalog: c, options: o, components: components}
	var err error
	if s.architectures, err = s.chooseArchitectures(ctx, tx); err != nil {
		return nil, err
	}
	if s.facets, err = facetsOf(ctx, tx, c, s.architectures); err != nil {
		return nil, err
	}
	s.sources = slices.Contains(o.Architectures, "source")
	for i := range s.components {
		c := &s.components[i]
		for a := range s.architectures {
			c.debs = append(c.debs, c.Set.Intersect(s.facets.deb[a]))
			c.udebs = append(c.udebs, c.Set.Intersect(s.facets.udeb[a]))
		}
		c.sources = c.Set.Intersect(s.facets.source)
		s.sources = s.sources || len(o.Architectures) == 0 && !c.sources.IsEmpty()
	}
	return s, nil
}

// Architectures returns the architectures of binary packages that the suite has indexes for.
func (s *Suite) Architectures() []string { return s.architectures }

// planners plan the indexes of each text. A new text is a file with the text and its planner,
// and a line here.
func planners() []func(*Suite) []Plan {
	return []func(*Suite) []Plan{
		(*Suite).packages,
		(*Suite).translations,
		(*Suite).sourcePackages,
		(*Suite).contents,
	}
}

// Plans returns every index of the suite, to be built from nothing unless [Index.Begin] finds a
// base.
func (s *Suite) Plans() (plans []Plan) {
	for _, plan := range planners() {
		plans = append(plans, plan(s)...)
	}
	return plans
}

func (s *Suite) at(path string, text text, set bitset.Set) Plan {
	return Plan{
		Index: Index{text: text, sums: s.options.Sums, formats: s.options.Formats, set: set},
		Path:  s.options.Directory + "/" + path,
	}
}

// every returns the packages of all components.
func (s *Suite) every() (union bitset.Set) {
	for _, c := range s.components {
		union = union.Union(c.Set)
	}
	return union
}

// chooseArchitectures returns the architectures that the suite has indexes for. "all" is one when the
// options name it or there is no other: its packages are listed with every other.
func (s *Suite) chooseArchitectures(ctx context.Context, tx *db.Tx) ([]string, error) {
	if chosen := s.options.Architectures; len(chosen) > 0 {
		return binaryOnly(slices.Clone(chosen)), nil
	}
	found, err := s.catalog.Architectures(ctx, tx, s.every())
	if err != nil {
		return nil, err
	}
	list := binaryOnly(found)
	if len(list) == 0 {
		return []string{"all"}, nil
	}
	if len(list) > 1 {
		list = slices.DeleteFunc(list, func(a string) bool { return a == "all" })
	}
	return list, nil
}

// binaryOnly returns the architectures of binary packages among some, sorted and each once.
func binaryOnly(architectures []string) []string {
	list := slices.DeleteFunc(architectures, func(a string) bool { return a == "source" })
	slices.Sort(list)
	return slices.Compact(list)
}

// facets are the members that may be listed in each kind of index.
type facets struct {
	deb, udeb []bitset.Set // for each architecture, those for all included
	source    bitset.Set
}

func facetsOf(ctx context.Context, tx *db.Tx, c *catalog.Store, architectures []string) (f facets, err error) {
	deb, err := c.OfType(ctx, tx, catalog.Deb)
	if err != nil {
		return f, err
	}
	udeb, err := c.OfType(ctx, tx, catalog.UDeb)
	if err != nil {
		return f, err
	}
	if f.source, err = c.OfType(ctx, tx, catalog.Source); err != nil {
		return f, err
	}
	every, err := c.OfArchitecture(ctx, tx, "all")
	if err != nil {
		return f, err
	}
	for _, a := range architectures {
		own, err := c.OfArchitecture(ctx, tx, a)
		if err != nil {
			return f, err
		}
		own = own.Union(every)
		f.deb = append(f.deb, deb.Intersect(own))
		f.udeb = append(f.udeb, udeb.Intersect(own))
	}
	return f, nil
}
