package installable

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
)

// Options bound what Compare tells. The zero value has the usual bounds.
type Options struct {
	MaxListed int // of Result.Broken; 0 means 1000
}

// Result is what became of an archive.
type Result struct {
	// Broken are the first packages, by their names, that cannot be installed after
	// the change, and could be before it under the same name, or are of a name that
	// was not there.
	Broken []Broken
	// BrokenCount is how many there are in all.
	BrokenCount int
	// Candidates is how many names the archive has after the change.
	Candidates int
}

// Broken is a package that cannot be installed.
type Broken struct {
	ID     uint32
	New    bool // no package of its name was there before
	Reason Reason
}

// Reason returns why a package cannot be installed.
type Reason struct {
	// Chain leads from the package to the one whose relation cannot hold: each
	// needs the next.
	Chain []uint32
	// Field is Pre-Depends or Depends, and the relation is satisfied by nothing that
	// the machine may have; or it is Conflicts or Breaks, and the relation excludes
	// the last package of Against, which the package needs too.
	Field    string
	Relation string // the whole group: "a | b (>= 2)"
	// Against is a chain as Chain is. Where there were several ways to satisfy a
	// relation, it shows one: the others clash too.
	Against []uint32
	// Malformed tells that the relation cannot be read.
	Malformed bool
	// Undecided tells that the search for a way to install the package was given up:
	// there may be one that does not meet what is told here.
	Undecided bool
}

const defaultMaxListed = 1000

// Compare finds what a change of an archive breaks for machines of an architecture.
// Before and after are all packages that their sources list: of that architecture
// and of all, of any number of versions. Its memory is that of a few hundred bytes
// for each. An error is that of a context that ended, or a problem of kind TooLarge
// for packages that no archive has: millions of ways to satisfy each other.
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

// state is an archive with what is known of its relations.
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

// misfits returns the candidates among some that do not fit for certain.
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

// namesakes returns the candidates that are called as some of another state are.
func (s state) namesakes(other state, candidates map[int32]verdict) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, c := range other.byName(candidates) {
			if old := s.named[other.entry(c).name]; old != none && !yield(old) {
				return
			}
		}
	}
}

// byName orders candidates.
func (s state) byName(candidates map[int32]verdict) []int32 {
	return slices.SortedFunc(maps.Keys(candidates), func(a, b int32) int {
		return cmp.Compare(s.names[s.entry(a).name], s.names[s.entry(b).name])
	})
}

// reason returns why a candidate does not fit.
func (s state) reason(c int32, v verdict) Reason {
	if s.relations.because[c] != none {
		return s.explain(s.relations, c)
	}
	r := s.explainClash(s.relations, c)
	r.Undecided = v == unknown
	return r
}
