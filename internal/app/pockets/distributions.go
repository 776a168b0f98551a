package pockets

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// Account is the name of the only account, for Landscape's clients.
const Account = access.Account

// Distribution is a flavour of Linux with its series, as callers see it.
type Distribution struct {
	ID          int64     `json:"id"`
	Name        string    `json:"name"`
	AccessGroup string    `json:"access_group" doc:"Who has rights in it may work with it"`
	CreatedAt   time.Time `json:"created_at"`
	Series      []Series  `json:"series"`
}

// Series is a release of a distribution, with its pockets.
type Series struct {
	ID           int64     `json:"id"`
	Name         string    `json:"name"`
	Distribution string    `json:"distribution"`
	CreatedAt    time.Time `json:"created_at"`
	Pockets      []Pocket  `json:"pockets"`
}

// NewDistribution describes a new distribution.
type NewDistribution struct {
	Name        string `json:"name"`
	AccessGroup string `json:"access_group,omitempty" doc:"global if empty"`
}

// CreateDistribution creates a distribution without series.
func (s *Service) CreateDistribution(ctx context.Context, in NewDistribution) (Distribution, error) {
	in.AccessGroup = cmp.Or(in.AccessGroup, access.RootGroup)
	return usecase.Change(ctx, s.k, scoped("distribution.create", "distribution:"+in.Name, in), func(tx *db.Tx, act *usecase.Act) (Distribution, error) {
		if err := act.In(ctx, in.AccessGroup); err != nil {
			return Distribution{}, err
		}
		if _, err := s.k.Access.Group(ctx, tx, in.AccessGroup); err != nil {
			return Distribution{}, err
		}
		d, err := s.pocket.AddDistribution(ctx, tx, in.Name, in.AccessGroup)
		if err != nil {
			return Distribution{}, err
		}
		return s.showDistribution(ctx, tx, d)
	})
}

// Distributions returns the distributions of some names, or all, that the caller may see, sorted
// by name. Unknown names are ignored.
func (s *Service) Distributions(ctx context.Context, names []string) ([]Distribution, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]Distribution, error) {
		list := []Distribution{}
		for d, err := range s.visibleAfter(ctx, tx, "") {
			if err != nil {
				return nil, err
			}
			if len(names) > 0 && !slices.Contains(names, d.Name) {
				continue
			}
			shown, err := s.showDistribution(ctx, tx, d)
			if err != nil {
				return nil, err
			}
			list = append(list, shown)
		}
		return list, nil
	})
}

// visibleAfter returns the distributions after a name that the caller may see, sorted by name. An
// error is the last item.
func (s *Service) visibleAfter(ctx context.Context, tx *db.Tx, after string) iter.Seq2[pocket.Distribution, error] {
	return func(yield func(pocket.Distribution, error) bool) {
		for more := true; more; {
			page, err := s.pocket.Distributions(ctx, tx, after, collections.MaxShown)
			if err != nil {
				yield(pocket.Distribution{}, err)
				return
			}
			for _, d := range page {
				after = d.Name
				if access.AllowedIn(ctx, access.Read, d.AccessGroup) && !yield(d, nil) {
					return
				}
			}
			more = len(page) == collections.MaxShown
		}
	}
}

// DropDistribution deletes a distribution with its series and pockets. Past states of their suites
// stay served.
func (s *Service) DropDistribution(ctx context.Context, name string) error {
	return usecase.Do(ctx, s.k, scoped("distribution.drop", "distribution:"+name, nil), func(tx *db.Tx, act *usecase.Act) error {
		d, err := s.distributionToChange(ctx, tx, act, name)
		if err != nil {
			return err
		}
		all, err := s.pocket.AllSeries(ctx, tx, d)
		if err != nil {
			return err
		}
		for _, series := range all {
			if err := s.dropSeries(ctx, tx, series); err != nil {
				return err
			}
		}
		return s.pocket.DropDistribution(ctx, tx, d)
	})
}

// visibleDistribution returns a distribution for a caller who must have the permission to see it.
func (s *Service) visibleDistribution(ctx context.Context, tx *db.Tx, name string) (pocket.Distribution, error) {
	d, err := s.pocket.Distribution(ctx, tx, name)
	if err == nil {
		err = access.RequireIn(ctx, access.Read, d.AccessGroup)
	}
	return d, err
}

// distribution returns a distribution that an act of the caller may change.
func (s *Service) distribution(ctx context.Context, tx *db.Tx, act *usecase.Act, name string) (pocket.Distribution, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return pocket.Distribution{}, err
	}
	d, err := s.pocket.Distribution(ctx, tx, name)
	if err == nil {
		err = act.In(ctx, d.AccessGroup)
	}
	return d, err
}

// distributionToChange returns an idle distribution that an act of the caller may change.
func (s *Service) distributionToChange(ctx context.Context, tx *db.Tx, act *usecase.Act, name string) (pocket.Distribution, error) {
	d, err := s.distribution(ctx, tx, act, name)
	if err == nil {
		err = idle(ctx, tx, d)
	}
	return d, err
}

// distributionLock returns the lock of operations on a distribution: one at a time.
func distributionLock(d pocket.Distribution) string { return "distribution:" + usecase.Number(d.ID) }

// idle refuses a change while an operation on the distribution is at work.
func idle(ctx context.Context, tx *db.Tx, d pocket.Distribution) error {
	err := activity.Free(ctx, tx, distributionLock(d))
	if problem.Is(err, problem.Conflict) {
		err = problem.New(problem.Conflict, "an operation on the distribution %s is under way", d.Name).In("distribution").
			WithHint("wait for it: `aptarium activity list` shows it; or cancel it")
	}
	return problem.Because(err, pocket.Busy)
}

func (s *Service) showDistribution(ctx context.Context, tx *db.Tx, d pocket.Distribution) (Distribution, error) {
	show := Distribution{ID: d.ID, Name: d.Name, AccessGroup: d.AccessGroup, CreatedAt: usecase.Stamp(d.CreatedAt)}
	all, err := s.pocket.AllSeries(ctx, tx, d)
	if err != nil {
		return show, err
	}
	show.Series, err = usecase.TryMap(all, func(series pocket.Series) (Series, error) { return s.showSeries(ctx, tx, d, series) })
	return show, err
}

func (s *Service) showSeries(ctx context.Context, tx *db.Tx, d pocket.Distribution, series pocket.Series) (Series, error) {
	show := Series{ID: series.ID, Name: series.Name, Distribution: d.Name, CreatedAt: usecase.Stamp(series.CreatedAt)}
	all, err := s.pocket.All(ctx, tx, series)
	if err != nil {
		return show, err
	}
	show.Pockets, err = usecase.TryMap(all, func(p pocket.Pocket) (Pocket, error) {
		return s.Show(ctx, tx, pocket.Located{Distribution: d, Series: series, Pocket: p})
	})
	return show, err
}
