package collections

import (
	"cmp"
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
)

// Pair is one difference between two states: a package of the left and one of the right with the
// same name and architecture, or only one of the two.
type Pair struct {
	Left  *Found `json:"left"`
	Right *Found `json:"right"`
}

// DiffPackages returns the packages that only one of two states has, in pairs. Of each name and
// architecture, the lowest version of the left is paired with the lowest of the right, and so on;
// the remaining versions are alone, or left out with onlyMatching. Pairs are in the order of keys:
// by architecture, name and version.
func (s *Service) DiffPackages(ctx context.Context, left, right Ref, onlyMatching bool) ([]Pair, error) {
	return ReadStates(ctx, s, []Ref{left, right}, func(tx *db.Tx) ([]Pair, error) {
		l, err := s.Members(ctx, tx, &left)
		if err != nil {
			return nil, err
		}
		r, err := s.Members(ctx, tx, &right)
		if err != nil {
			return nil, err
		}
		ours, err := s.onlyIn(ctx, tx, l, r)
		if err != nil {
			return nil, err
		}
		theirs, err := s.onlyIn(ctx, tx, r, l)
		return pairUp(ours, theirs, onlyMatching), err
	})
}

// onlyIn returns the packages of a set whose keys the other set lacks, in the order of pairs.
func (s *Service) onlyIn(ctx context.Context, tx *db.Tx, set, other bitset.Set) ([]Found, error) {
	rest, err := s.k.Catalog.PackagesOf(ctx, tx, set.Minus(other))
	if err != nil {
		return nil, err
	}
	common, err := s.k.Catalog.WithKeys(ctx, tx, rest, other)
	if err != nil {
		return nil, err
	}
	if rest, err = s.k.Catalog.Distinct(ctx, tx, rest.Minus(common)); err != nil {
		return nil, err
	}
	list, err := s.k.Catalog.Summaries(ctx, tx, rest)
	found := usecase.Map(list, showFound)
	slices.SortStableFunc(found, comparePlaces) // versions stay in their order
	return found, err
}

func comparePlaces(a, b Found) int {
	return cmp.Or(cmp.Compare(a.Architecture, b.Architecture), cmp.Compare(a.Name, b.Name))
}

// pairUp pairs two ordered lists.
func pairUp(left, right []Found, onlyMatching bool) []Pair {
	pairs := []Pair{}
	for len(left)+len(right) > 0 {
		var p Pair
		order := 0
		switch {
		case len(left) == 0:
			order = 1
		case len(right) == 0:
			order = -1
		default:
			order = comparePlaces(left[0], right[0])
		}
		if order <= 0 {
			p.Left, left = &left[0], left[1:]
		}
		if order >= 0 {
			p.Right, right = &right[0], right[1:]
		}
		if order == 0 || !onlyMatching {
			pairs = append(pairs, p)
		}
	}
	return pairs
}
