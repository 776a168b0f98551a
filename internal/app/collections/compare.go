package collections

import (
	"cmp"
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
)

// Pair is a difference between two views: a package of the left and one of the
// right with the same name and architecture, or one of them alone.
type Pair struct {
	Left  *Found `json:"left"`
	Right *Found `json:"right"`
}

// DiffPackages compares two views package by package. What both have is left out.
// Of a name and architecture, the lowest version that only the left has goes with
// the lowest that only the right has, and so on; what remains stands alone, and is
// left out with onlyMatching. Pairs come by architecture, name and version, as
// keys do.
func (s *Service) DiffPackages(ctx context.Context, left, right Ref, onlyMatching bool) ([]Pair, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return nil, err
	}
	if err := s.Settle(ctx, left, right); err != nil {
		return nil, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) ([]Pair, error) {
		l, err := s.SetOf(ctx, tx, &left)
		if err != nil {
			return nil, err
		}
		r, err := s.SetOf(ctx, tx, &right)
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

// onlyIn gives the packages of one set whose keys another has not, in the order of
// pairs.
func (svc *Service) onlyIn(ctx context.Context, tx *db.Tx, set, other bitset.Set) ([]Found, error) {
	rest, err := svc.k.Catalog.PackagesOf(ctx, tx, set.Minus(other))
	if err != nil {
		return nil, err
	}
	common, err := svc.k.Catalog.WithKeys(ctx, tx, rest, other)
	if err != nil {
		return nil, err
	}
	if rest, err = svc.k.Catalog.Distinct(ctx, tx, rest.Minus(common)); err != nil {
		return nil, err
	}
	list, err := svc.k.Catalog.Summaries(ctx, tx, rest)
	found := make([]Found, len(list))
	for i, s := range list {
		found[i] = showFound(s)
	}
	slices.SortStableFunc(found, comparePlaces) // versions stay in their order
	return found, err
}

func comparePlaces(a, b Found) int {
	return cmp.Or(cmp.Compare(a.Architecture, b.Architecture), cmp.Compare(a.Name, b.Name))
}

// pairUp joins two ordered lists.
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
