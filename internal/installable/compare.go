package installable

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
)

// Options limit the result of Compare. The zero value means the defaults.
type Options struct {
	MaxListed int // of Result.Broken; 0 means 1000
}

// Result is the effect of a change of an archive.
type Result struct {
	// Broken are the first packages, by name, that the change breaks: they cannot be
	// installed after it, and before it either a package of the name could be
	// installed, or no package had the name.
	Broken []Broken
	// BrokenCount is the number of all broken packages.
	BrokenCount int
	// Candidates is the number of package names after the change.
	Candidates int
}

// Broken is a package that cannot be installed.
type Broken struct {
	ID     uint32
	New    bool // no package had its name before
	Reason Reason
}

// Reason explains why a package cannot be installed.
type Reason struct {
	// Chain leads from the package to the one whose relation cannot hold: each
	// needs the next.
	Chain []uint32
	// Field is Pre-Depends or Depends if no candidate satisfies the relation. It is
	// Conflicts or Breaks if the relation excludes the last package of Against, which
	// the package needs, too.
	Field    string
	Relation string // the whole group: "a | b (>= 2)"
	// Against is a chain like Chain. If a relation can be satisfied in several ways, it
	// shows one: the others clash, too.
	Against []uint32
	// Malformed means that the relation cannot be parsed.
	Malformed bool
	// Undecided means that the search stopped at its limit: another way to install the
	// package may exist.
	Undecided bool
}

const defaultMaxListed = 1000

// Compare returns the packages that a change of an archive breaks for machines of an
// architecture. Before and after are all packages of the machine's sources, of this
// architecture and of all, in any number of versions. It needs a few hundred bytes of
// memory per package. An error is that of a context that ended, or a problem of kind
// TooLarge: the packages have millions of ways to satisfy each other, as no real archive.
func (l *Library) Compare(ctx context.Context, before, after []Package, architecture string, o Options) (Result, error) {
	s := l.shelf()
	now, err := newState(ctx, s, after, architecture)
	if err != nil {
		return Result{}, err
	}
	r := Result{Candidates: len(now.candidates)}
	misfits, err := now.misfits(ctx, now.all())
	if err != nil || len(misfits) == 0 {
		return r, err
	}
	then, err := newState(ctx, s, before, architecture)
	if err != nil {
		return Result{}, err
	}
	failed, err := then.misfits(ctx, then.namesakes(now, misfits))
	if err != nil {
		return Result{}, err
	}
	for _, c := range now.byName(misfits) {
		old := then.named[now.entry(c).name]
		if old != none && failed[old] == fails {
			continue
		}
		if r.BrokenCount++; len(r.Broken) < cmp.Or(o.MaxListed, defaultMaxListed) {
			r.Broken = append(r.Broken, Broken{ID: now.candidates[c].ID, New: old == none, Reason: now.reason(c, misfits[c])})
		}
	}
	return r, nil
}

// state is an archive with the analysis of its relations.
type state struct {
	*machine
	relations broken
}

func newState(ctx context.Context, s shelves, packages []Package, architecture string) (state, error) {
	u, err := newUniverse(ctx, s, packages, architecture)
	if err != nil {
		return state{}, err
	}
	b := u.relationsBroken()
	return state{newMachine(u, b), b}, nil
}

// all returns every candidate.
func (s state) all() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for c := range int32(len(s.candidates)) {
			if !yield(c) {
				return
			}
		}
	}
}

// misfits returns those of the candidates that cannot be installed, or may not be.
func (s state) misfits(ctx context.Context, candidates iter.Seq[int32]) (map[int32]verdict, error) {
	var lacking []int32
	misfits, err := s.judge(ctx, func(yield func(int32) bool) {
		for c := range candidates {
			if s.relations.because[c] != none {
				lacking = append(lacking, c)
			} else if !yield(c) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	for _, c := range lacking {
		misfits[c] = fails
	}
	return misfits, nil
}

// namesakes returns the candidates of s with the names of candidates of another state.
func (s state) namesakes(other state, candidates map[int32]verdict) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, c := range other.byName(candidates) {
			if old := s.named[other.entry(c).name]; old != none && !yield(old) {
				return
			}
		}
	}
}

func (s state) byName(candidates map[int32]verdict) []int32 {
	return slices.SortedFunc(maps.Keys(candidates), func(a, b int32) int {
		return cmp.Compare(s.names[s.entry(a).name], s.names[s.entry(b).name])
	})
}

// reason explains why a candidate cannot be installed.
func (s state) reason(c int32, v verdict) Reason {
	if s.relations.because[c] != none {
		return s.explain(s.relations, c)
	}
	r := s.explainClash(s.relations, c)
	r.Undecided = v == unknown
	return r
}
