package pockets

import (
	"cmp"
	"context"

	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// NewSeries describes a new series. Its pockets mirror an upstream; they need the components, the
// architectures, the key and the URL.
type NewSeries struct {
	Name          string   `json:"name"`
	Distribution  string   `json:"distribution"`
	Pockets       []string `json:"pockets,omitempty" doc:"Names of pockets to make, each a mirror of the upstream's suite MIRROR_SERIES-POCKET, or MIRROR_SERIES for release"`
	Components    []string `json:"components,omitempty"`
	Architectures []string `json:"architectures,omitempty" doc:"With source among them sources are mirrored"`
	Key           string   `json:"key,omitempty" doc:"The key that signs the pockets"`
	MirrorURL     string   `json:"mirror_url,omitempty"`
	MirrorSeries  string   `json:"mirror_series,omitempty" doc:"What the upstream calls the series; the name if empty"`
	MirrorKey     string   `json:"mirror_key,omitempty" doc:"The key that signs the upstream; empty: the archive keys of this machine"`
	UDebs         bool     `json:"udebs,omitempty"`
}

// check requires the fields of pockets if there are pockets, and refuses them otherwise.
func (n NewSeries) check() error {
	for _, p := range []struct {
		field           string
		given, required bool
	}{
		{"components", len(n.Components) > 0, true}, {"architectures", len(n.Architectures) > 0, true}, {"key", n.Key != "", true}, {"mirror_url", n.MirrorURL != "", true},
		{"mirror_series", n.MirrorSeries != "", false}, {"mirror_key", n.MirrorKey != "", false}, {"udebs", n.UDebs, false},
	} {
		switch {
		case len(n.Pockets) > 0 && p.required && !p.given:
			return problem.Because(problem.New(problem.Invalid, "pockets need it").In(p.field).WithHint("give it, or create the series without pockets"), problem.MissingValue)
		case len(n.Pockets) == 0 && p.given:
			return problem.Because(problem.New(problem.Invalid, "it is for pockets, and none is named").In(p.field).WithHint("name the pockets too, or leave it out"), problem.ConflictingValues)
		}
	}
	return nil
}

// pocket returns one of the new pockets.
func (n NewSeries) pocket(name string) NewPocket {
	upstream := Path{Series: cmp.Or(n.MirrorSeries, n.Name), Pocket: name}
	return NewPocket{
		Path: Path{Distribution: n.Distribution, Series: n.Name, Pocket: name}, Mode: Mirrors,
		Components: n.Components, Architectures: n.Architectures, Key: n.Key, UDebs: n.UDebs,
		MirrorURL: n.MirrorURL, MirrorSuite: upstream.Suite(), MirrorKey: n.MirrorKey,
	}
}

// CreateSeries creates a series with the named pockets.
func (s *Service) CreateSeries(ctx context.Context, in NewSeries) (Series, error) {
	return changeAndAwait(ctx, s, scoped("series.create", "series:"+in.Distribution+"/"+in.Name, in), func(tx *db.Tx, act *usecase.Act, started *publishing) (Series, error) {
		d, err := s.distributionToChange(ctx, tx, act, in.Distribution)
		if err != nil {
			return Series{}, err
		}
		if err := in.check(); err != nil {
			return Series{}, err
		}
		return s.addSeries(ctx, tx, d, in.Name, usecase.Map(in.Pockets, in.pocket), started)
	})
}

// addSeries creates a series and its pockets.
func (s *Service) addSeries(ctx context.Context, tx *db.Tx, d pocket.Distribution, name string, pockets []NewPocket, started *publishing) (Series, error) {
	series, err := s.pocket.AddSeries(ctx, tx, d, name)
	if err != nil {
		return Series{}, err
	}
	for _, p := range pockets {
		if _, err := s.createPocket(ctx, tx, d, series, p, started); err != nil {
			return Series{}, err
		}
	}
	return s.showSeries(ctx, tx, d, series)
}

// DropSeries deletes a series with its pockets. Past states of their suites stay served.
func (s *Service) DropSeries(ctx context.Context, distribution, name string) error {
	return usecase.Do(ctx, s.k, scoped("series.drop", "series:"+distribution+"/"+name, nil), func(tx *db.Tx, act *usecase.Act) error {
		d, err := s.distributionToChange(ctx, tx, act, distribution)
		if err != nil {
			return err
		}
		series, err := s.pocket.Series(ctx, tx, d, "name", name)
		if err != nil {
			return err
		}
		return s.dropSeries(ctx, tx, series)
	})
}

func (s *Service) dropSeries(ctx context.Context, tx *db.Tx, series pocket.Series) error {
	all, err := s.pocket.All(ctx, tx, series)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := s.dropPocket(ctx, tx, p); err != nil {
			return err
		}
	}
	return s.pocket.DropSeries(ctx, tx, series)
}

// DeriveSeries creates a series with the pockets of another one, its origin. Each pulls from the
// pocket of the same name, and is empty until its first pull.
func (s *Service) DeriveSeries(ctx context.Context, distribution, origin, name string) (Series, error) {
	return changeAndAwait(ctx, s, scoped("series.derive", "series:"+distribution+"/"+name, map[string]string{"origin": origin}), func(tx *db.Tx, act *usecase.Act, started *publishing) (Series, error) {
		d, err := s.distributionToChange(ctx, tx, act, distribution)
		if err != nil {
			return Series{}, err
		}
		from, err := s.pocket.Series(ctx, tx, d, "origin", origin)
		if err != nil {
			return Series{}, err
		}
		all, err := s.pocket.All(ctx, tx, from)
		if err == nil && len(all) == 0 {
			err = problem.Because(problem.New(problem.Conflict, "the series %s has no pockets to pull from", origin).In("origin"), pocket.EmptySeries)
		}
		if err != nil {
			return Series{}, err
		}
		return s.addSeries(ctx, tx, d, name, usecase.Map(all, func(p pocket.Pocket) NewPocket {
			return derived(pocket.Located{Distribution: d, Series: from, Pocket: p}, name)
		}), started)
	})
}

// derived returns a pocket of a derived series, which pulls from its origin.
func derived(origin pocket.Located, series string) NewPocket {
	p := origin.Pocket
	return NewPocket{
		Path: Path{Distribution: origin.Distribution.Name, Series: series, Pocket: p.Name}, Mode: Pulls,
		Components: p.Components, Architectures: p.Architectures, Key: p.Key, UDebs: p.UDebs,
		PullSeries: origin.Series.Name, PullPocket: p.Name,
	}
}
