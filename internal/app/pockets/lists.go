package pockets

import (
	"context"
	"iter"
	"path"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// Filter selects distributions, series and pockets; an empty field selects all.
type Filter struct {
	Distribution string // a name or a glob, as are the next two
	Series       string
	Pocket       string
	Mode         string // mirror, pull or upload
}

func (f Filter) check() error {
	for field, pattern := range map[string]string{"distribution": f.Distribution, "series": f.Series, "pocket": f.Pocket} {
		if _, err := path.Match(pattern, ""); err != nil {
			return problem.New(problem.Invalid, "%.200q is not a pattern of names", pattern).In(field)
		}
	}
	return nil
}

// matches reports whether a valid pattern is empty or matches a name.
func matches(pattern, name string) bool {
	matched, _ := path.Match(pattern, name)
	return pattern == "" || matched
}

// find returns a page of the items that a filter selects. It reads one item more than the page has.
func find[T any](ctx context.Context, s *Service, f Filter, p usecase.Page, key func(T) string, items func(tx *db.Tx) iter.Seq2[T, error]) (usecase.List[T], error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (usecase.List[T], error) {
		if err := f.check(); err != nil {
			return usecase.List[T]{}, err
		}
		var list []T
		for item, err := range items(tx) {
			if err != nil {
				return usecase.List[T]{}, err
			}
			if list = append(list, item); len(list) > p.Size() {
				break
			}
		}
		return usecase.PageOf(list, p.Size(), key), nil
	})
}

// FindDistributions returns distributions with their series and pockets, sorted by name. It ignores
// the other fields of the filter.
func (s *Service) FindDistributions(ctx context.Context, f Filter, p usecase.Page) (usecase.List[Distribution], error) {
	return find(ctx, s, f, p, func(d Distribution) string { return d.Name }, func(tx *db.Tx) iter.Seq2[Distribution, error] {
		return func(yield func(Distribution, error) bool) {
			for d, err := range s.visibleAfter(ctx, tx, p.After) {
				if err != nil {
					yield(Distribution{}, err)
					return
				}
				if matches(f.Distribution, d.Name) && !yield(s.showDistribution(ctx, tx, d)) {
					return
				}
			}
		}
	})
}

// FindSeries returns series with their pockets, sorted by distribution and name. It ignores the
// other fields of the filter.
func (s *Service) FindSeries(ctx context.Context, f Filter, p usecase.Page) (usecase.List[Series], error) {
	return find(ctx, s, f, p, func(x Series) string { return x.Distribution + "/" + x.Name }, func(tx *db.Tx) iter.Seq2[Series, error] {
		return func(yield func(Series, error) bool) {
			for in, err := range s.selectedSeries(ctx, tx, f) {
				if err != nil {
					yield(Series{}, err)
					return
				}
				if p.Past(in.Distribution.Name, in.Series.Name) && !yield(s.showSeries(ctx, tx, in.Distribution, in.Series)) {
					return
				}
			}
		}
	})
}

// Find returns pockets, sorted by path.
func (s *Service) Find(ctx context.Context, f Filter, p usecase.Page) (usecase.List[Pocket], error) {
	return find(ctx, s, f, p, func(x Pocket) string { return x.Path().String() }, func(tx *db.Tx) iter.Seq2[Pocket, error] {
		return func(yield func(Pocket, error) bool) {
			for at, err := range s.selectedPockets(ctx, tx, f) {
				if err != nil {
					yield(Pocket{}, err)
					return
				}
				if p.Past(at.Distribution.Name, at.Series.Name, at.Pocket.Name) && !yield(s.Show(ctx, tx, at)) {
					return
				}
			}
		}
	})
}

// selectedPockets returns the pockets that a filter selects and the caller may see, sorted by path.
// An error is the last item.
func (s *Service) selectedPockets(ctx context.Context, tx *db.Tx, f Filter) iter.Seq2[pocket.Located, error] {
	return func(yield func(pocket.Located, error) bool) {
		for at, err := range s.selectedSeries(ctx, tx, f) {
			var all []pocket.Pocket
			if err == nil {
				all, err = s.pocket.All(ctx, tx, at.Series)
			}
			if err != nil {
				yield(at, err)
				return
			}
			for _, at.Pocket = range all {
				selected := matches(f.Pocket, at.Pocket.Name) && (f.Mode == "" || f.Mode == string(at.Pocket.Mode))
				if selected && !yield(at, nil) {
					return
				}
			}
		}
	}
}

// selectedSeries returns the series that a filter selects and the caller may see, with their
// distributions, sorted by distribution and name. An error is the last item.
func (s *Service) selectedSeries(ctx context.Context, tx *db.Tx, f Filter) iter.Seq2[pocket.Located, error] {
	return func(yield func(pocket.Located, error) bool) {
		for d, err := range s.visibleAfter(ctx, tx, "") {
			var all []pocket.Series
			if err == nil && matches(f.Distribution, d.Name) {
				all, err = s.pocket.AllSeries(ctx, tx, d)
			}
			if err != nil {
				yield(pocket.Located{}, err)
				return
			}
			for _, series := range all {
				if matches(f.Series, series.Name) && !yield(pocket.Located{Distribution: d, Series: series}, nil) {
					return
				}
			}
		}
	}
}

// Series returns a series with its pockets.
func (s *Service) Series(ctx context.Context, distribution, name string) (Series, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Series, error) {
		d, err := s.visibleDistribution(ctx, tx, distribution)
		if err != nil {
			return Series{}, err
		}
		series, err := s.pocket.Series(ctx, tx, d, "series", name)
		if err != nil {
			return Series{}, err
		}
		return s.showSeries(ctx, tx, d, series)
	})
}

// Distribution returns a distribution with its series and pockets.
func (s *Service) Distribution(ctx context.Context, name string) (Distribution, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Distribution, error) {
		d, err := s.visibleDistribution(ctx, tx, name)
		if err != nil {
			return Distribution{}, err
		}
		return s.showDistribution(ctx, tx, d)
	})
}
