package closure

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/deb"
)

const (
	all    = "all"
	source = "source"
)

// step is a package whose relations must hold for an architecture.
type step struct {
	pkg          Package
	architecture string
	from         int // the step that needs it, -1 for a seed
}

type stepKey struct {
	id           uint32
	architecture string
}

// walk is the state of one [Of].
type walk struct {
	world   World
	options Options
	fields  []string // to follow

	steps   []step // done and pending, in the order of discovery
	known   map[stepKey]struct{}
	seeds   map[uint32]struct{}
	added   map[uint32]struct{} // the seeds and the needed packages
	names   map[string]Candidates
	choices map[choiceKey]*choice

	missing []Missing
	count   int
}

func newWalk(world World, options Options) *walk {
	w := &walk{
		world: world, options: options, fields: []string{"Pre-Depends", "Depends"},
		known: map[stepKey]struct{}{}, seeds: map[uint32]struct{}{}, added: map[uint32]struct{}{},
		names: map[string]Candidates{}, choices: map[choiceKey]*choice{},
	}
	if options.Recommends {
		w.fields = append(w.fields, "Recommends")
	}
	if options.Suggests {
		w.fields = append(w.fields, "Suggests")
	}
	if options.MaxMissing == 0 {
		w.options.MaxMissing = defaultMaxMissing
	}
	return w
}

// begin adds the first steps: each seed for each of its architectures.
func (w *walk) begin(ctx context.Context, seeds []uint32) error {
	seeds = slices.Compact(slices.Sorted(slices.Values(seeds)))
	packages, err := w.world.Describe(ctx, seeds)
	if err != nil {
		return fmt.Errorf("describing packages: %w", err)
	}
	if len(w.options.Architectures) == 0 {
		if w.options.Architectures = architecturesOf(packages); len(w.options.Architectures) == 0 && hasBinary(packages) {
			return noArchitecture()
		}
	}
	for _, p := range packages {
		w.seeds[p.ID], w.added[p.ID] = struct{}{}, struct{}{}
	}
	for _, p := range packages {
		switch {
		case p.Architecture == all:
			for _, a := range w.options.Architectures {
				w.visit(p, a, -1)
			}
		case slices.Contains(w.options.Architectures, p.Architecture):
			w.visit(p, p.Architecture, -1)
		}
	}
	return nil
}

func architecturesOf(packages []Package) []string {
	found := map[string]struct{}{}
	for _, p := range packages {
		if p.Architecture != all && p.Architecture != source {
			found[p.Architecture] = struct{}{}
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func hasBinary(packages []Package) bool {
	return slices.ContainsFunc(packages, func(p Package) bool { return p.Architecture != source })
}

// visit adds a step for a package, once per architecture.
func (w *walk) visit(p Package, architecture string, from int) {
	key := stepKey{p.ID, architecture}
	if _, known := w.known[key]; known || p.Architecture == source {
		return
	}
	w.known[key] = struct{}{}
	w.steps = append(w.steps, step{p, architecture, from})
}

// asked is a group of a field of a step.
type asked struct {
	step         int
	field        string
	alternatives deb.Alternatives
}

// follow processes some steps, and adds the steps that follow from them.
func (w *walk) follow(ctx context.Context, from, to int) error {
	groups, err := w.read(ctx, from, to)
	if err != nil {
		return err
	}
	if err := w.resolve(ctx, groups, from, to); err != nil {
		return err
	}
	for i, g := range groups {
		if i%batch == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		w.satisfy(g)
	}
	if w.options.Source {
		for i := from; i < to; i++ {
			w.addSource(i)
		}
	}
	return nil
}

// read returns the groups of some steps, which must hold.
func (w *walk) read(ctx context.Context, from, to int) (groups []asked, err error) {
	ids := make([]uint32, 0, to-from)
	for _, s := range w.steps[from:to] {
		ids = append(ids, s.pkg.ID)
	}
	rows, err := w.world.Relations(ctx, ids, w.fields)
	if err != nil {
		return nil, fmt.Errorf("reading relations: %w", err)
	}
	for i, row := range rows {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		for f, text := range row {
			relations, err := deb.ParseRelations(text)
			if err != nil { // packages are untrusted: report it and continue
				w.lacks(Missing{Field: w.fields[f], Relation: text, Malformed: true}, from+i)
				continue
			}
			for _, group := range relations {
				groups = append(groups, asked{from + i, w.fields[f], group})
			}
		}
	}
	return groups, nil
}

// resolve asks the world for all new names at once.
func (w *walk) resolve(ctx context.Context, groups []asked, from, to int) error {
	unknown := map[string]struct{}{}
	want := func(name string) {
		if _, known := w.names[name]; !known && name != "" {
			unknown[name] = struct{}{}
		}
	}
	for _, g := range groups {
		for _, r := range g.alternatives {
			want(r.Name)
		}
	}
	if w.options.Source {
		for _, s := range w.steps[from:to] {
			want(s.pkg.SourceName)
		}
	}
	names := slices.Sorted(maps.Keys(unknown))
	if len(names) == 0 {
		return nil
	}
	found, err := w.world.Find(ctx, names)
	if err != nil {
		return fmt.Errorf("finding packages: %w", err)
	}
	for i, name := range names {
		w.names[name] = found[i]
	}
	return nil
}

func (w *walk) result() Result {
	r := Result{Missing: w.missing, MissingCount: w.count}
	for id := range w.added {
		if _, seed := w.seeds[id]; !seed {
			r.Needed = append(r.Needed, id)
		}
	}
	slices.Sort(r.Needed)
	return r
}

// lacks records an unsatisfied relation of a step.
func (w *walk) lacks(m Missing, at int) {
	if w.count++; len(w.missing) >= w.options.MaxMissing {
		return
	}
	m.Architecture = w.steps[at].architecture
	for ; at >= 0; at = w.steps[at].from {
		m.Chain = append(m.Chain, w.steps[at].pkg)
	}
	slices.Reverse(m.Chain)
	w.missing = append(w.missing, m)
}
