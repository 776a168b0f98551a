package installable

import (
	"context"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/problem"
)

// universe is the candidates of one architecture and their relations. Candidates and
// requirements have numbers from 0 on.
type universe struct {
	shelves
	architecture string
	candidates   []Package
	named        []int32      // by symbol: the candidate of the name, or none
	providers    [][]provider // by symbol

	needs        [][]int32     // by candidate: its requirements
	requirements []requirement // groups that candidates have in Depends or Pre-Depends
	targetOf     [][]int32     // by candidate: the requirements that it satisfies
	clashes      [][]int32     // by candidate: candidates that it excludes
	edges        int
}

const none = -1

// requirement is a group that must hold if one of its askers is installed.
type requirement struct {
	group   group
	targets []int32 // the candidates that satisfy it, the preferred ones first
	askers  []int32
}

// provider is a candidate that provides a name.
type provider struct {
	candidate int32
	provided
}

const (
	// maxEdges limits the pairs of relations and packages that satisfy them, which need
	// most of the memory. Debian's main has under a million.
	maxEdges = 16 << 20
	// pause is the number of steps between checks of the context.
	pause = 1 << 12
)

// newUniverse selects the candidates among packages and resolves their relations.
func newUniverse(ctx context.Context, s shelves, packages []Package, architecture string) (*universe, error) {
	u := &universe{shelves: s, architecture: architecture, named: make([]int32, len(s.names)), providers: make([][]provider, len(s.names))}
	for i := range u.named {
		u.named[i] = none
	}
	u.choose(packages)
	for c := range u.candidates {
		for _, p := range u.entry(int32(c)).provides {
			u.providers[p.name] = append(u.providers[p.name], provider{int32(c), p})
		}
	}
	return u, u.resolve(ctx)
}

// choose selects the highest version of each name. Of equal versions, which apt can
// distinguish by the order of its sources, it selects the lower number.
func (u *universe) choose(packages []Package) {
	u.candidates = make([]Package, 0, len(packages))
	for _, p := range packages {
		at := &u.named[u.entries[p.Entry].name]
		if *at == none {
			*at = int32(len(u.candidates))
			u.candidates = append(u.candidates, p)
			continue
		}
		if best := &u.candidates[*at]; u.better(p, *best) {
			*best = p
		}
	}
}

func (u *universe) better(p, best Package) bool {
	order := deb.Compare(u.entries[p.Entry].version, u.entries[best.Entry].version)
	return order > 0 || order == 0 && p.ID < best.ID
}

func (u *universe) entry(candidate int32) *entry { return &u.entries[u.candidates[candidate].Entry] }

// resolve computes the targets of each requirement, and the clashes.
func (u *universe) resolve(ctx context.Context) error {
	n := len(u.candidates)
	u.needs, u.targetOf, u.clashes = make([][]int32, n), make([][]int32, n), make([][]int32, n)
	known := make([]int32, len(u.groups)) // requirements by group, counted from 1
	met := make([]int32, n)
	asked := 0
	for c := range int32(n) {
		asked += len(u.entry(c).needs)
	}
	needs := make([]int32, 0, asked) // of all, one after the other
	for c := range int32(n) {
		if c%pause == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		first := len(needs)
		for _, clause := range u.entry(c).needs {
			if known[clause.group] == 0 {
				u.require(clause.group, met)
				known[clause.group] = int32(len(u.requirements))
			}
			r := known[clause.group] - 1
			needs = append(needs, r)
			u.requirements[r].askers = append(u.requirements[r].askers, c)
			if u.edges > maxEdges {
				return tooMany()
			}
		}
		u.needs[c] = needs[first:len(needs):len(needs)]
		for _, clause := range u.entry(c).conflicts {
			if u.clash(c, clause.group); u.edges > maxEdges {
				return tooMany()
			}
		}
	}
	return nil
}

func tooMany() error {
	return problem.New(problem.TooLarge, "the packages have more than %d ways to satisfy and exclude each other", maxEdges).
		WithHint("check fewer collections at a time")
}

// require adds the requirement of a group. For each candidate, met has the last requirement
// that it satisfied.
func (u *universe) require(g group, met []int32) {
	at := int32(len(u.requirements))
	var targets []int32
	r := &u.groups[g]
	for i, a := range r.alternatives {
		for c := range u.matching(a, r.names[i]) {
			if met[c] != at+1 {
				met[c] = at + 1
				targets = append(targets, c)
				u.targetOf[c] = append(u.targetOf[c], at)
			}
		}
	}
	u.requirements = append(u.requirements, requirement{group: g, targets: targets})
	u.edges += len(targets)
}

// matching returns the candidates that satisfy a relation: the one of the name, then its
// providers.
func (u *universe) matching(r deb.Relation, name symbol) func(yield func(int32) bool) {
	return func(yield func(int32) bool) {
		if c := u.named[name]; c != none {
			if e := u.entry(c); u.qualifies(r.Qualifier, "", e) && r.Constraint.Admits(e.version) && !yield(c) {
				return
			}
		}
		for _, p := range u.providers[name] {
			// Provides without a version satisfy only relations without one (policy
			// 7.5).
			versioned := r.Constraint.Operator == deb.Any || p.version != "" && r.Constraint.Admits(p.version)
			if versioned && u.qualifies(r.Qualifier, p.qualifier, u.entry(p.candidate)) && !yield(p.candidate) {
				return
			}
		}
	}
}

// qualifies reports whether a package has the architecture that a relation's qualifier asks
// for. Provided is the qualifier of the provided name.
func (u *universe) qualifies(asked, provided string, e *entry) bool {
	if asked == "any" {
		return provided == "any" || provided == "" && e.anyArch
	}
	own := provided == "" || provided == u.architecture
	return own && (asked == "" || asked == "native" || asked == u.architecture)
}

// clash records the candidates that a candidate excludes. A package can conflict with a
// name that it provides itself (policy 7.5).
func (u *universe) clash(c int32, g group) {
	r := &u.groups[g]
	for i, a := range r.alternatives {
		for other := range u.matching(a, r.names[i]) {
			if other != c {
				u.clashes[c], u.clashes[other] = append(u.clashes[c], other), append(u.clashes[other], c)
				u.edges++
			}
		}
	}
}
