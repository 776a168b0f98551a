package pockets

import (
	"cmp"
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// NewSeries is a series to be made, perhaps with pockets that mirror an upstream:
// then the components, the architectures, the key and the URL are needed.
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

// lacks names the first parameter that pockets need and that is not there.
func (n NewSeries) lacks() string {
	for _, p := range []struct {
		field string
		given bool
	}{
		{"components", len(n.Components) > 0}, {"architectures", len(n.Architectures) > 0}, {"key", n.Key != ""}, {"mirror_url", n.MirrorURL != ""},
	} {
		if !p.given {
			return p.field
		}
	}
	return ""
}

func (n NewSeries) check() error {
	if len(n.Pockets) > 0 {
		if field := n.lacks(); field != "" {
			return problem.Because(problem.New(problem.Invalid, "pockets need it").In(field).WithHint("give it, or make the series without pockets"), problem.MissingValue)
		}
		return nil
	}
	for _, p := range []struct {
		field string
		given bool
	}{
		{"components", len(n.Components) > 0}, {"architectures", len(n.Architectures) > 0}, {"key", n.Key != ""}, {"mirror_url", n.MirrorURL != ""},
		{"mirror_series", n.MirrorSeries != ""}, {"mirror_key", n.MirrorKey != ""}, {"udebs", n.UDebs},
	} {
		if p.given {
			return problem.Because(problem.New(problem.Invalid, "it is for pockets, and none is named").In(p.field).WithHint("name the pockets too, or leave it out"), problem.ConflictingValues)
		}
	}
	return nil
}

// pocket gives one of the pockets to be made.
func (n NewSeries) pocket(name string) NewPocket {
	upstream := pocket.Path{Series: cmp.Or(n.MirrorSeries, n.Name), Pocket: name}
	return NewPocket{
		PocketPath: PocketPath{Distribution: n.Distribution, Series: n.Name, Pocket: name}, Mode: string(pocket.Mirror),
		Components: n.Components, Architectures: n.Architectures, Key: n.Key, UDebs: n.UDebs,
		MirrorURL: n.MirrorURL, MirrorSuite: upstream.Suite(), MirrorKey: n.MirrorKey,
	}
}

// CreateSeries adds a series, with the pockets that it names.
func (svc *Service) CreateSeries(ctx context.Context, in NewSeries) (Series, error) {
	var made publishing
	s, err := usecase.Change(ctx, svc.k, usecase.Act{Permission: access.Anyone, Action: "series.create", Subject: "series:" + in.Distribution + "/" + in.Name, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (Series, error) {
		made = nil
		d, err := svc.distributionToChange(ctx, tx, in.Distribution)
		if err != nil {
			return Series{}, err
		}
		if err := in.check(); err != nil {
			return Series{}, err
		}
		s, err := svc.pocket.AddSeries(ctx, tx, d, in.Name)
		if err != nil {
			return Series{}, err
		}
		for _, name := range in.Pockets {
			if _, err := svc.createPocket(ctx, tx, d, s, in.pocket(name), &made); err != nil {
				return Series{}, err
			}
		}
		return svc.showSeries(ctx, tx, d, s)
	})
	if err == nil {
		svc.await(ctx, made)
	}
	return s, err
}

// DropSeries drops a series with its pockets. What was published is served on at its
// past times.
func (svc *Service) DropSeries(ctx context.Context, distribution, name string) error {
	_, err := usecase.Change(ctx, svc.k, usecase.Act{Permission: access.Anyone, Action: "series.drop", Subject: "series:" + distribution + "/" + name}, func(tx *db.Tx, _ *usecase.Act) (struct{}, error) {
		d, err := svc.distributionToChange(ctx, tx, distribution)
		if err != nil {
			return struct{}{}, err
		}
		s, err := svc.pocket.Series(ctx, tx, d, "name", name)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, svc.dropSeries(ctx, tx, s)
	})
	return err
}

func (svc *Service) dropSeries(ctx context.Context, tx *db.Tx, s pocket.Series) error {
	all, err := svc.pocket.All(ctx, tx, s)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := svc.dropPocket(ctx, tx, p); err != nil {
			return err
		}
	}
	return svc.pocket.DropSeries(ctx, tx, s)
}

// DeriveSeries adds a series that has the pockets of another one, each to pull from
// the one of its name there. They are empty until they are pulled.
func (svc *Service) DeriveSeries(ctx context.Context, distribution, origin, name string) (Series, error) {
	var made publishing
	s, err := usecase.Change(ctx, svc.k, usecase.Act{Permission: access.Anyone, Action: "series.derive", Subject: "series:" + distribution + "/" + name, Detail: map[string]string{"origin": origin}}, func(tx *db.Tx, _ *usecase.Act) (Series, error) {
		made = nil
		d, err := svc.distributionToChange(ctx, tx, distribution)
		if err != nil {
			return Series{}, err
		}
		from, err := svc.pocket.Series(ctx, tx, d, "origin", origin)
		if err != nil {
			return Series{}, err
		}
		all, err := svc.pocket.All(ctx, tx, from)
		if err == nil && len(all) == 0 {
			err = problem.Because(problem.New(problem.Conflict, "the series %s has no pockets to pull from", origin).In("origin"), pocket.EmptySeries)
		}
		if err != nil {
			return Series{}, err
		}
		s, err := svc.pocket.AddSeries(ctx, tx, d, name)
		if err != nil {
			return Series{}, err
		}
		for _, p := range all {
			if _, err := svc.createPocket(ctx, tx, d, s, derived(d, s, from, p), &made); err != nil {
				return Series{}, err
			}
		}
		return svc.showSeries(ctx, tx, d, s)
	})
	if err == nil {
		svc.await(ctx, made)
	}
	return s, err
}

// derived gives the pocket of a derived series that pulls from p.
func derived(d pocket.Distribution, s, from pocket.Series, p pocket.Pocket) NewPocket {
	return NewPocket{
		PocketPath: PocketPath{Distribution: d.Name, Series: s.Name, Pocket: p.Name}, Mode: string(pocket.Pull),
		Components: p.Components, Architectures: p.Architectures, Key: p.Key, UDebs: p.UDebs,
		PullSeries: from.Name, PullPocket: p.Name,
	}
}
