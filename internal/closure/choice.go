package closure

import (
	"cmp"
	"slices"

	"github.com/aptarium/aptarium/deb"
)

// choiceKey identifies a relation of a package for an architecture.
type choiceKey struct {
	name, qualifier string
	constraint      deb.VersionConstraint
	architecture    string
	udeb            bool
}

// choice is the packages that satisfy a relation.
type choice struct {
	packages []Package // the best first
	held     bool      // one of them is added or present
	followed bool      // all of them are added
}

// satisfy adds the packages that a group needs, unless it already holds.
func (w *walk) satisfy(g asked) {
	asker := w.steps[g.step]
	var choices []*choice
	for _, r := range g.alternatives {
		if r.AppliesTo(asker.architecture) && r.ActiveIn() {
			choices = append(choices, w.choose(r, asker))
		}
	}
	switch {
	case len(choices) == 0: // it is for other architectures
	case w.options.AllVariants:
		w.addAll(choices, g)
	case slices.ContainsFunc(choices, func(c *choice) bool { return w.holds(c, g.step) }):
	default:
		w.addEach(choices, g)
	}
}

// addEach adds the best package for each alternative, unless an earlier one already
// satisfies it. A machine selects one of them, depending on its other packages.
func (w *walk) addEach(choices []*choice, g asked) {
	found := false
	for _, c := range choices {
		if len(c.packages) == 0 || found && w.holds(c, g.step) {
			continue
		}
		w.add(c.packages[0], g.step)
		c.held, found = true, true
	}
	if !found {
		w.lacks(Missing{Field: g.field, Relation: g.alternatives.String()}, g.step)
	}
}

// addAll adds all packages that satisfy any alternative.
func (w *walk) addAll(choices []*choice, g asked) {
	found := false
	for _, c := range choices {
		found = found || len(c.packages) > 0
		if c.followed {
			continue
		}
		c.followed = true
		for _, p := range c.packages {
			w.add(p, g.step)
		}
	}
	if !found {
		w.lacks(Missing{Field: g.field, Relation: g.alternatives.String()}, g.step)
	}
}

// holds reports whether an added or present package satisfies a relation. Packages are
// never removed, so a relation that holds once holds from then on.
func (w *walk) holds(c *choice, from int) bool {
	for i := 0; i < len(c.packages) && !c.held; i++ {
		_, added := w.added[c.packages[i].ID]
		if c.held = added || w.present(c.packages[i].ID); c.held {
			w.add(c.packages[i], from) // a package for all may be added for another architecture only
		}
	}
	return c.held
}

func (w *walk) present(id uint32) bool {
	return w.options.Present != nil && w.options.Present.Contains(id)
}

func (w *walk) add(p Package, from int) {
	if w.present(p.ID) {
		return
	}
	w.added[p.ID] = struct{}{}
	architecture := p.Architecture
	if architecture == all {
		architecture = w.steps[from].architecture
	}
	w.visit(p, architecture, from)
}

func (w *walk) addSource(at int) {
	name, version := w.steps[at].pkg.SourceName, w.steps[at].pkg.SourceVersion
	if name == "" {
		return
	}
	for _, p := range w.names[name].Named {
		if p.Architecture == source && deb.Compare(p.Version, version) == 0 {
			w.add(p, at)
			return
		}
	}
	w.lacks(Missing{Field: "Source", Relation: name + " (= " + version + ")"}, at)
}

// choose returns the packages that satisfy a relation, the best first: packages of the
// name before its providers, providers by name, newer before older versions.
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

// admitsProvided reports whether a provided name satisfies a constraint. Without a version
// it satisfies only relations without one (policy 7.5).
func admitsProvided(c deb.VersionConstraint, version string) bool {
	return c.Operator == deb.Any || version != "" && c.Admits(version)
}

// fits reports whether a package has the architecture and kind that a relation needs.
// With ":any" any of the followed architectures is right.
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

// prefer orders packages: those of the asker's own architecture, or for all, before
// others; then by name; then the newer version first.
func (s step) prefer(a, b Package) int {
	foreign := func(p Package) int {
		if p.Architecture == all || p.Architecture == s.architecture {
			return 0
		}
		return 1
	}
	return cmp.Or(foreign(a)-foreign(b), cmp.Compare(a.Name, b.Name), deb.Compare(b.Version, a.Version), cmp.Compare(a.ID, b.ID))
}
