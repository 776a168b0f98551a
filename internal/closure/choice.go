package closure

import (
	"cmp"
	"slices"

	"github.com/aptarium/aptarium/deb"
)

// choiceKey is a relation as a package for an architecture has it.
type choiceKey struct {
	name, qualifier string
	constraint      deb.VersionConstraint
	architecture    string
	udeb            bool
}

// choice is what satisfies a relation.
type choice struct {
	packages []Package // the best first
	held     bool      // one of them is there
	followed bool      // all of them were taken
}

// satisfy takes what a group needs, unless it holds already.
func (w *walk) satisfy(g asked) {
	asker := w.steps[g.step]
	var choices []*choice
	for _, r := range g.alternatives {
		if r.AppliesTo(asker.architecture) && r.ActiveIn() {
			choices = append(choices, w.choose(r, asker))
		}
	}
	switch {
	case len(choices) == 0: // it is for other machines
	case w.options.AllVariants:
		w.takeAll(choices, g)
	case slices.ContainsFunc(choices, func(c *choice) bool { return w.holds(c, g.step) }):
	default:
		w.takeEach(choices, g)
	}
}

// takeEach takes the best for each alternative that another one does not provide:
// which of them a machine takes, it decides by what else it has.
func (w *walk) takeEach(choices []*choice, g asked) {
	found := false
	for _, c := range choices {
		if len(c.packages) == 0 || found && w.holds(c, g.step) {
			continue
		}
		w.take(c.packages[0], g.step)
		c.held, found = true, true
	}
	if !found {
		w.lacks(Missing{Field: g.field, Relation: g.alternatives.String()}, g.step)
	}
}

// takeAll takes whatever satisfies any of the alternatives.
func (w *walk) takeAll(choices []*choice, g asked) {
	found := false
	for _, c := range choices {
		found = found || len(c.packages) > 0
		if c.followed {
			continue
		}
		c.followed = true
		for _, p := range c.packages {
			w.take(p, g.step)
		}
	}
	if !found {
		w.lacks(Missing{Field: g.field, Relation: g.alternatives.String()}, g.step)
	}
}

// holds reports whether a package that satisfies a relation is there. Packages
// are never given back, so that what holds once holds from then on.
func (w *walk) holds(c *choice, from int) bool {
	for i := 0; i < len(c.packages) && !c.held; i++ {
		_, taken := w.taken[c.packages[i].ID]
		if c.held = taken || w.present(c.packages[i].ID); c.held {
			w.take(c.packages[i], from) // one for all may be there for another architecture
		}
	}
	return c.held
}

func (w *walk) present(id uint32) bool {
	return w.options.Present != nil && w.options.Present.Contains(id)
}

// take takes a package along for a step.
func (w *walk) take(p Package, from int) {
	if w.present(p.ID) {
		return
	}
	w.taken[p.ID] = struct{}{}
	architecture := p.Architecture
	if architecture == all {
		architecture = w.steps[from].architecture
	}
	w.visit(p, architecture, from)
}

// takeSource takes the source package of a step along.
func (w *walk) takeSource(at int) {
	name, version := w.steps[at].pkg.SourceName, w.steps[at].pkg.SourceVersion
	if name == "" {
		return
	}
	for _, p := range w.names[name].Named {
		if p.Architecture == source && deb.Compare(p.Version, version) == 0 {
			w.take(p, at)
			return
		}
	}
	w.lacks(Missing{Field: "Source", Relation: name + " (= " + version + ")"}, at)
}

// choose finds what satisfies a relation, the best first: packages of the name
// before those that provide it, these by their names, newer ones before older.
func (w *walk) choose(r deb.Relation, asker step) *choice {
	key := choiceKey{r.Name, r.Qualifier, r.Constraint, asker.architecture, asker.pkg.UDeb}
	if c, known := w.choices[key]; known {
		return c
	}
	c := &choice{}
	w.choices[key] = c
	found := w.names[r.Name]
	for _, p := range found.Named {
		if w.fits(p, r, asker) && r.Constraint.Admits(p.Version) {
			c.packages = append(c.packages, p)
		}
	}
	slices.SortFunc(c.packages, asker.prefer)
	named := len(c.packages)
	for _, p := range found.Providing {
		if w.fits(p.Package, r, asker) && admitsProvided(r.Constraint, p.Provides) {
			c.packages = append(c.packages, p.Package)
		}
	}
	slices.SortFunc(c.packages[named:], asker.prefer)
	return c
}

// admitsProvided: what is provided without a version satisfies only relations
// without one (policy 7.5).
func admitsProvided(c deb.VersionConstraint, version string) bool {
	return c.Operator == deb.Any || version != "" && c.Admits(version)
}

// fits reports whether a package is of the architecture and kind that a relation
// asks for. With ":any" it may be of any architecture that is followed.
func (w *walk) fits(p Package, r deb.Relation, asker step) bool {
	if p.Architecture == source || p.UDeb != asker.pkg.UDeb {
		return false
	}
	switch r.Qualifier {
	case "", "native":
		return p.Architecture == all || p.Architecture == asker.architecture
	case "any":
		return p.Architecture == all || p.Architecture == asker.architecture || slices.Contains(w.options.Architectures, p.Architecture)
	default:
		return p.Architecture == r.Qualifier
	}
}

// prefer orders packages: of the asker's own architecture, or for all, before
// others; by name, the newer before the older.
func (s step) prefer(a, b Package) int {
	foreign := func(p Package) int {
		if p.Architecture == all || p.Architecture == s.architecture {
			return 0
		}
		return 1
	}
	return cmp.Or(foreign(a)-foreign(b), cmp.Compare(a.Name, b.Name), deb.Compare(b.Version, a.Version), cmp.Compare(a.ID, b.ID))
}
