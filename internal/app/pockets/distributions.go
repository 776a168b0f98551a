package pockets

import (
	"cmp"
	"context"
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

// Account is the one account that there is, as Landscape's clients know it.
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

// NewDistribution is a distribution to be made.
type NewDistribution struct {
	Name        string `json:"name"`
	AccessGroup string `json:"access_group,omitempty" doc:"global if empty"`
}

// CreateDistribution adds a distribution without series.
func (s *Service) CreateDistribution(ctx context.Context, in NewDistribution) (Distribution, error) {
	in.AccessGroup = cmp.Or(in.AccessGroup, access.RootGroup)
	if err := access.RequireIn(ctx, access.Repository, in.AccessGroup); err != nil {
		return Distribution{}, err
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: "distribution.create", Subject: "distribution:" + in.Name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (Distribution, error) {
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

// Distributions gives the distributions of some names, or all, by name. Names that
// there are not are left out, and what is not for the caller's eyes.
func (s *Service) Distributions(ctx context.Context, names []string) ([]Distribution, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) ([]Distribution, error) {
		list := []Distribution{}
		for after := ""; ; {
			found, err := s.pocket.Distributions(ctx, tx, after, collections.MaxShown)
			if err != nil {
				return nil, err
			}
			for _, d := range found {
				after = d.Name
				if len(names) > 0 && !slices.Contains(names, d.Name) || access.RequireIn(ctx, access.Read, d.AccessGroup) != nil {
					continue
				}
				shown, err := s.showDistribution(ctx, tx, d)
				if err != nil {
					return nil, err
				}
				list = append(list, shown)
			}
			if len(found) < collections.MaxShown {
				return list, nil
			}
		}
	})
}

// DropDistribution drops a distribution with its series and pockets. What was
// published is served on at its past times.
func (svc *Service) DropDistribution(ctx context.Context, name string) error {
	_, err := usecase.Change(ctx, svc.k, usecase.Act{Permission: access.Anyone, Action: "distribution.drop", Subject: "distribution:" + name}, func(tx *db.Tx, _ *usecase.Act) (struct{}, error) {
		d, err := svc.distributionToChange(ctx, tx, name)
		if err != nil {
			return struct{}{}, err
		}
		all, err := svc.pocket.AllSeries(ctx, tx, d)
		if err != nil {
			return struct{}{}, err
		}
		for _, s := range all {
			if err := svc.dropSeries(ctx, tx, s); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, svc.pocket.DropDistribution(ctx, tx, d)
	})
	return err
}

// distribution finds a distribution that the caller may change.
func (s *Service) distribution(ctx context.Context, tx *db.Tx, name string) (pocket.Distribution, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return pocket.Distribution{}, err
	}
	d, err := s.pocket.Distribution(ctx, tx, name)
	if err != nil {
		return d, err
	}
	return d, access.RequireIn(ctx, access.Repository, d.AccessGroup)
}

// distributionToChange finds a distribution that the caller may change, and on which
// nothing is at work.
func (s *Service) distributionToChange(ctx context.Context, tx *db.Tx, name string) (pocket.Distribution, error) {
	d, err := s.distribution(ctx, tx, name)
	if err != nil {
		return d, err
	}
	return d, idle(ctx, tx, d)
}

// distributionLock is what operations on a distribution take turns for.
func distributionLock(d pocket.Distribution) string { return "distribution:" + usecase.Number(d.ID) }

// idle refuses to go on while an operation on the distribution is at work.
func idle(ctx context.Context, tx *db.Tx, d pocket.Distribution) error {
	err := activity.Free(ctx, tx, distributionLock(d))
	if problem.Is(err, problem.Conflict) {
		err = problem.New(problem.Conflict, "an operation on the distribution %s is under way", d.Name).In("distribution").
			WithHint("wait for it: `aptarium activity list` shows it; or cancel it")
	}
	return problem.Because(err, pocket.Busy)
}

func (svc *Service) showDistribution(ctx context.Context, tx *db.Tx, d pocket.Distribution) (Distribution, error) {
	show := Distribution{ID: d.ID, Name: d.Name, AccessGroup: d.AccessGroup, CreatedAt: usecase.Stamp(d.CreatedAt), Series: []Series{}}
	all, err := svc.pocket.AllSeries(ctx, tx, d)
	if err != nil {
		return show, err
	}
	for _, s := range all {
		shown, err := svc.showSeries(ctx, tx, d, s)
		if err != nil {
			return show, err
		}
		show.Series = append(show.Series, shown)
	}
	return show, nil
}

func (svc *Service) showSeries(ctx context.Context, tx *db.Tx, d pocket.Distribution, s pocket.Series) (Series, error) {
	show := Series{ID: s.ID, Name: s.Name, Distribution: d.Name, CreatedAt: usecase.Stamp(s.CreatedAt), Pockets: []Pocket{}}
	all, err := svc.pocket.All(ctx, tx, s)
	if err != nil {
		return show, err
	}
	for _, p := range all {
		shown, err := svc.ShowPocket(ctx, tx, pocketAt{d, s, p})
		if err != nil {
			return show, err
		}
		show.Pockets = append(show.Pockets, shown)
	}
	return show, nil
}
