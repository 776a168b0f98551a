package installable

import (
	"cmp"
	"context"
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

// Reason tells why a package cannot be installed.
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
	verdicts, err := now.judge(ctx, now.relations)
	if err != nil {
		return Result{}, err
	}
	suspects := now.suspects(verdicts)
	r := Result{Candidates: len(now.candidates)}
	if len(suspects) == 0 {
		return r, nil
	}
	then, err := newState(ctx, s, before, architecture)
	if err != nil {
		return Result{}, err
	}
	effort := endurance
	for i, c := range suspects {
		if i%(pause>>4) == 0 && ctx.Err() != nil {
			return Result{}, context.Cause(ctx)
		}
		old := then.candidate(now.entry(c).name)
		if old != none && then.verdict(old, &effort) == fails {
			continue
		}
		if r.BrokenCount++; len(r.Broken) < cmp.Or(o.MaxListed, defaultMaxListed) {
			r.Broken = append(r.Broken, Broken{ID: now.candidates[c].ID, New: old == none, Reason: now.reason(c, verdicts[c])})
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

// suspects gives the candidates that do not fit for certain, by their names.
func (s state) suspects(verdicts []verdict) (list []int32) {
	for c, v := range verdicts {
		if v != fits {
			list = append(list, int32(c))
		}
	}
	slices.SortFunc(list, func(a, b int32) int { return cmp.Compare(s.names[s.entry(a).name], s.names[s.entry(b).name]) })
	return list
}

// verdict judges one candidate.
func (s state) verdict(c int32, effort *int) verdict {
	if s.relations.because[c] != none {
		return fails
	}
	return s.try(c, effort)
}

// reason tells why a candidate does not fit.
func (s state) reason(c int32, v verdict) Reason {
	if s.relations.because[c] != none {
		return s.explain(s.relations, c)
	}
	r := s.explainClash(s.relations, c)
	r.Undecided = v == unknown
	return r
}
