package intake

import (
	"context"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// Rule decides which of the packages with one identity a collection lists:
//
//  1. The last arrival wins over arrivals before it. It counts as it is listed now: the
//     same files with another section, or under another name, take the place of the old
//     listing.
//  2. Against other content, which the collection has or which arrived before, it wins
//     only if it replaces. Else it is refused: what is published must not change unseen.
type Rule struct {
	// Replace lets arrivals replace other content.
	Replace bool
	// Unordered declares that the arrivals are one change without an order. Two new arrivals of one
	// identity are a mistake of the sender, whatever Replace is: both are refused.
	Unordered bool
}

// admits reports whether an arrival may follow another one of its identity.
func (r Rule) admits(before, t Arrival) bool {
	return r.Unordered || r.Replace || sameFiles(before.Files, t.Files)
}

// sameFiles reports whether two packages have the same bytes.
func sameFiles(a, b []catalog.File) bool {
	return slices.EqualFunc(a, b, func(x, y catalog.File) bool { return x.SHA256 == y.SHA256 })
}

// Settlement is the change of a collection by arrivals.
type Settlement struct {
	Added, Removed bitset.Set       // of the revision to create
	Replaced       []catalog.Listed // listings replaced by other content
	Refused        []Refusal        // in the order of an index
}

// Refusal is a refused arrival (Came), and the listing that stays (There).
type Refusal struct{ There, Came catalog.Listed }

// Settle applies the rule to the arrivals, after Ready, and to the collection's members. It changes
// nothing: the caller creates the revision in the same transaction.
func (a *Arrivals) Settle(ctx context.Context, tx *db.Tx, c catalog.Collection) (s Settlement, err error) {
	old, err := a.in.Catalog.Set(ctx, tx, c.View())
	if err != nil {
		return s, err
	}
	fresh := a.members.Minus(old)
	groups, err := a.in.Catalog.Clashes(ctx, tx, old.Union(fresh), fresh)
	if err != nil {
		return s, err
	}
	var lost bitset.Builder
	for _, group := range groups {
		i := slices.IndexFunc(group, func(l catalog.Listed) bool { return a.mayWin(l, old) })
		if i < 0 {
			return s, fmt.Errorf("of %d packages %s %s, none is the one that arrived", len(group), group[0].Package.Name, group[0].Version)
		}
		s.decide(group, group[i], old, a.rule, &lost)
	}
	gone := lost.Set()
	s.Added, s.Removed = fresh.Minus(gone), old.Intersect(gone)
	return s, nil
}

// mayWin reports whether a listing is the one that stays if nothing is against it.
func (a *Arrivals) mayWin(l catalog.Listed, old bitset.Set) bool {
	if a.rule.Unordered {
		return !old.Contains(l.Member)
	}
	last := a.last[l.Identity()]
	return l.Key() == last.key && l.Component == last.Component && l.Section == last.Section && l.Priority == last.Priority
}

// decide adds the decision about a group.
func (s *Settlement) decide(group []catalog.Listed, winner catalog.Listed, old bitset.Set, r Rule, lost *bitset.Builder) {
	against := slices.IndexFunc(group, func(l catalog.Listed) bool {
		if !old.Contains(l.Member) {
			return r.Unordered && l.Member != winner.Member
		}
		return !r.Replace && !sameFiles(l.Files, winner.Files)
	})
	for _, l := range group {
		switch {
		case against >= 0 && old.Contains(l.Member), against < 0 && l.Member == winner.Member:
			continue
		case against < 0 && !sameFiles(l.Files, winner.Files):
			s.Replaced = append(s.Replaced, l)
		}
		lost.Add(l.Member)
	}
	if against >= 0 {
		s.Refused = append(s.Refused, Refusal{There: group[against], Came: winner})
	}
}

// Outcome returns the listed arrivals and the failures, in the order of the files. Call it after
// the transaction.
func (a *Arrivals) Outcome(s Settlement) (taken []Arrival, failed []Failure) {
	refused := map[catalog.Identity]bool{}
	for _, r := range s.Refused {
		refused[r.Came.Identity()] = true
	}
	failed = slices.Clone(a.failed)
	for _, t := range a.all {
		if refused[t.Identity()] {
			failed = append(failed, Failure{Name: t.Name, Reason: Different, Package: t.Entry})
		} else {
			taken = append(taken, t)
		}
	}
	return taken, failed
}
