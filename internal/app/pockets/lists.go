package pockets

import (
	"context"
	"path"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// PocketFilter chooses distributions, series and pockets; what is empty chooses all.
type PocketFilter struct {
	Distribution string // a name or a glob, as the next two are
	Series       string
	Pocket       string
	Mode         string // mirror, pull or upload
}

func (f PocketFilter) check() error {
	for field, pattern := range map[string]string{"distribution": f.Distribution, "series": f.Series, "pocket": f.Pocket} {
		if _, err := path.Match(pattern, ""); err != nil {
			return problem.New(problem.Invalid, "%.200q is not a pattern of names", pattern).In(field)
		}
	}
	return nil
}

// called tells whether a name matches a pattern that was checked, or there is none.
func called(pattern, name string) bool {
	matched, _ := path.Match(pattern, name)
	return pattern == "" || matched
}

// placed is a series in its distribution.
type placed struct {
	distribution pocket.Distribution
	series       pocket.Series
}

// chosenSeries gives the series that a filter chooses, by the names of distributions
// and series.
func (svc *Service) chosenSeries(ctx context.Context, tx *db.Tx, f PocketFilter) (list []placed, err error) {
	for after := ""; ; {
		page, err := svc.pocket.Distributions(ctx, tx, after, collections.MaxShown)
		if err != nil {
			return nil, err
		}
		for _, d := range page {
			if after = d.Name; !called(f.Distribution, d.Name) || !mayRead(ctx, d) {
				continue
			}
			all, err := svc.pocket.AllSeries(ctx, tx, d)
			if err != nil {
				return nil, err
			}
			for _, s := range all {
				if called(f.Series, s.Name) {
					list = append(list, placed{d, s})
				}
			}
		}
		if len(page) < collections.MaxShown {
			return list, nil
		}
	}
}

// mayRead tells whether the caller may see a distribution.
func mayRead(ctx context.Context, d pocket.Distribution) bool {
	return access.RequireIn(ctx, access.Read, d.AccessGroup) == nil
}

// readableDistribution finds a distribution that the caller may see.
func (s *Service) readableDistribution(ctx context.Context, tx *db.Tx, name string) (pocket.Distribution, error) {
	d, err := s.pocket.Distribution(ctx, tx, name)
	if err != nil {
		return d, err
	}
	return d, access.RequireIn(ctx, access.Read, d.AccessGroup)
}

// FindDistributions lists distributions with what is in them, by name. The filter's
// words about series and pockets do not count.
func (s *Service) FindDistributions(ctx context.Context, f PocketFilter, p usecase.Page) (usecase.List[Distribution], error) {
	if err := firstErr(access.Require(ctx, access.Read), f.check()); err != nil {
		return usecase.List[Distribution]{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[Distribution], error) {
		var list []Distribution
		for after, more := p.After, true; more && len(list) <= p.Size(); {
			page, err := s.pocket.Distributions(ctx, tx, after, collections.MaxShown)
			if err != nil {
				return usecase.List[Distribution]{}, err
			}
			more = len(page) == collections.MaxShown
			for _, d := range page {
				if after = d.Name; !called(f.Distribution, d.Name) || !mayRead(ctx, d) || len(list) > p.Size() {
					continue
				}
				shown, err := s.showDistribution(ctx, tx, d)
				if err != nil {
					return usecase.List[Distribution]{}, err
				}
				list = append(list, shown)
			}
		}
		return usecase.PageOf(list, p.Size(), func(d Distribution) string { return d.Name }), nil
	})
}

// FindSeries lists series with their pockets, by the names of their distributions and
// their own. The filter's words about pockets do not count.
func (svc *Service) FindSeries(ctx context.Context, f PocketFilter, p usecase.Page) (usecase.List[Series], error) {
	if err := firstErr(access.Require(ctx, access.Read), f.check()); err != nil {
		return usecase.List[Series]{}, err
	}
	return usecase.View(ctx, svc.k, func(tx *db.Tx) (usecase.List[Series], error) {
		all, err := svc.chosenSeries(ctx, tx, f)
		if err != nil {
			return usecase.List[Series]{}, err
		}
		var list []Series
		for _, x := range all {
			if !p.Past(x.distribution.Name, x.series.Name) || len(list) > p.Size() {
				continue
			}
			shown, err := svc.showSeries(ctx, tx, x.distribution, x.series)
			if err != nil {
				return usecase.List[Series]{}, err
			}
			list = append(list, shown)
		}
		return usecase.PageOf(list, p.Size(), func(s Series) string { return s.Distribution + "/" + s.Name }), nil
	})
}

// Series gives one series with its pockets.
func (svc *Service) Series(ctx context.Context, distribution, name string) (Series, error) {
	return usecase.Read(ctx, svc.k, access.Read, func(tx *db.Tx) (Series, error) {
		d, err := svc.readableDistribution(ctx, tx, distribution)
		if err != nil {
			return Series{}, err
		}
		s, err := svc.pocket.Series(ctx, tx, d, "series", name)
		if err != nil {
			return Series{}, err
		}
		return svc.showSeries(ctx, tx, d, s)
	})
}

// Distribution gives one distribution with what is in it.
func (s *Service) Distribution(ctx context.Context, name string) (Distribution, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Distribution, error) {
		d, err := s.readableDistribution(ctx, tx, name)
		if err != nil {
			return Distribution{}, err
		}
		return s.showDistribution(ctx, tx, d)
	})
}

// FindPockets lists pockets by their paths.
func (s *Service) Find(ctx context.Context, f PocketFilter, p usecase.Page) (usecase.List[Pocket], error) {
	if err := firstErr(access.Require(ctx, access.Read), f.check()); err != nil {
		return usecase.List[Pocket]{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[Pocket], error) {
		all, err := s.chosenSeries(ctx, tx, f)
		if err != nil {
			return usecase.List[Pocket]{}, err
		}
		var list []Pocket
		for _, x := range all {
			found, err := s.pocket.All(ctx, tx, x.series)
			if err != nil {
				return usecase.List[Pocket]{}, err
			}
			for _, k := range found {
				at := pocketAt{x.distribution, x.series, k}
				wanted := called(f.Pocket, k.Name) && (f.Mode == "" || f.Mode == string(k.Mode))
				if !wanted || len(list) > p.Size() || !p.Past(x.distribution.Name, x.series.Name, k.Name) {
					continue
				}
				shown, err := s.ShowPocket(ctx, tx, at)
				if err != nil {
					return usecase.List[Pocket]{}, err
				}
				list = append(list, shown)
			}
		}
		return usecase.PageOf(list, p.Size(), func(k Pocket) string { return k.Path().String() }), nil
	})
}

// firstErr gives the first error that is one.
func firstErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
