package pockets

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// NewPocket is a pocket to be made. What is only for pockets of another mode must be
// empty.
type NewPocket struct {
	PocketPath
	Mode          string   `json:"mode" enum:"mirror,pull,upload"`
	Components    []string `json:"components"`
	Architectures []string `json:"architectures" doc:"With source among them sources are listed"`
	Key           string   `json:"key" doc:"The key that signs the suite"`
	UDebs         bool     `json:"udebs,omitempty" doc:"Packages of the installer too"`
	Origin        string   `json:"origin,omitempty" doc:"Field of Release; it should not change later: apt would ask its users"`

	MirrorURL   string `json:"mirror_url,omitempty"`
	MirrorSuite string `json:"mirror_suite,omitempty" doc:"That of the pocket if empty; of a flat repository a path that ends in a slash, and then there is one component"`
	MirrorKey   string `json:"mirror_key,omitempty" doc:"The key that signs the upstream; empty: the archive keys of this machine"`

	PullSeries string `json:"pull_series,omitempty" doc:"The pocket's own if empty"`
	PullPocket string `json:"pull_pocket,omitempty"`
	Filter     string `json:"filter,omitempty" enum:",allowlist,blocklist" doc:"What the filters of the pocket mean: only these packages, or all but these"`

	AllowUnsigned bool `json:"allow_unsigned,omitempty" doc:"Take uploads that nobody signed"`
}

// CreatePocket adds a pocket, and publishes it as it is: with every component and
// architecture, and no packages.
func (svc *Service) Create(ctx context.Context, in NewPocket) (Pocket, error) {
	var made publishing
	p, err := usecase.Change(ctx, svc.k, usecase.Act{Permission: access.Anyone, Action: "pocket.create", Subject: pocketSubject(in.PocketPath), Detail: in.redacted()}, func(tx *db.Tx, _ *usecase.Act) (Pocket, error) {
		made = nil
		d, err := svc.distributionToChange(ctx, tx, in.Distribution)
		if err != nil {
			return Pocket{}, err
		}
		s, err := svc.pocket.Series(ctx, tx, d, "series", in.Series)
		if err != nil {
			return Pocket{}, err
		}
		p, err := svc.createPocket(ctx, tx, d, s, in, &made)
		if err != nil {
			return Pocket{}, err
		}
		return svc.ShowPocket(ctx, tx, pocketAt{d, s, p})
	})
	if err == nil {
		svc.await(ctx, made)
	}
	return p, err
}

// redacted gives what the log may show.
func (n NewPocket) redacted() NewPocket {
	n.MirrorURL = mirrors.MirrorConfig{URL: n.MirrorURL}.Redacted().URL
	return n
}

// createPocket makes a pocket with what it lists and where that is shown, and notes the
// activity that publishes it.
func (svc *Service) createPocket(ctx context.Context, tx *db.Tx, d pocket.Distribution, s pocket.Series, in NewPocket, made *publishing) (p pocket.Pocket, err error) {
	if err := svc.pocket.CheckFree(ctx, tx, s, in.Pocket); err != nil {
		return p, err
	}
	if err := in.check(); err != nil {
		return p, err
	}
	p = pocket.Pocket{Series: s.ID, Name: in.Pocket, Mode: pocket.Mode(in.Mode), Settings: in.settings()}
	if p.Key, err = svc.secretKey(ctx, tx, "key", in.Key); err != nil {
		return p, err
	}
	c, single, err := svc.pocketCollection(ctx, tx, d, in, &p)
	if err != nil {
		return p, err
	}
	source := c.Ref()
	if single {
		source = p.Components[0] + "=" + source
	}
	place, err := svc.publications.Add(ctx, tx, publications.NewPublication{
		Endpoint: publish.BuiltIn, Prefix: prefixOfDistribution(d.Name), Distribution: in.Suite(), Sources: []string{source},
		Options: pocketOptions(p, publications.PublishOptions{Origin: in.Origin}),
	})
	if err != nil {
		return p, err
	}
	p.Collection, p.Publication = c.ID, place.ID
	if p, err = svc.pocket.Add(ctx, tx, p); err != nil {
		return p, err
	}
	started, err := svc.publications.Submit(ctx, tx, place, publications.Payload{Publication: place.ID})
	*made = append(*made, started.ID)
	return p, err
}

// pocketCollection makes what a pocket lists. single tells that all of it is published
// as one component, as it comes from a flat repository.
func (s *Service) pocketCollection(ctx context.Context, tx *db.Tx, d pocket.Distribution, in NewPocket, p *pocket.Pocket) (c catalog.Collection, single bool, err error) {
	about := "Pocket " + in.PocketPath.String()
	if p.Mode == pocket.Mirror {
		return s.pocketMirror(ctx, tx, in, about, p)
	}
	if p.Mode == pocket.Pull {
		if single, err = s.checkOrigin(ctx, tx, d, in, *p); err != nil {
			return c, false, err
		}
	}
	c, err = s.k.Catalog.Create(ctx, tx, catalog.Collection{
		Kind: catalog.Repo, Name: in.Collection(), Description: about, Component: p.Components[0], Distribution: in.Suite(),
	})
	return c, single, err
}

func (s *Service) pocketMirror(ctx context.Context, tx *db.Tx, in NewPocket, about string, p *pocket.Pocket) (c catalog.Collection, flat bool, err error) {
	if in.MirrorKey != "" {
		if p.MirrorKey, err = s.StoredKey(ctx, tx, "mirror_key", in.MirrorKey); err != nil {
			return c, false, err
		}
	}
	keyring, err := s.mirrorKeyring(ctx, tx, p.MirrorKey)
	if err != nil {
		return c, false, err
	}
	config := configOf(*p, mirrors.MirrorConfig{URL: in.MirrorURL, Suite: cmp.Or(in.MirrorSuite, in.Suite()), Keyring: keyring})
	m, err := s.mirror.Create(ctx, tx, in.Collection(), about, config, nil)
	return m.Collection, config.Flat(), problem.Because(err, problem.InvalidValue)
}

// checkOrigin refuses a pocket to pull from that is not there, is the pocket itself, or
// does not fit, and tells whether that one shows all as one component.
func (s *Service) checkOrigin(ctx context.Context, tx *db.Tx, d pocket.Distribution, in NewPocket, p pocket.Pocket) (single bool, err error) {
	series, err := s.pocket.Series(ctx, tx, d, "pull_series", p.PullSeries)
	if err != nil {
		return false, err
	}
	if p.PullSeries == in.Series && p.PullPocket == in.Pocket {
		return false, problem.Because(problem.New(problem.Invalid, "a pocket cannot pull from itself").In("pull_pocket"), problem.ConflictingValues)
	}
	origin, err := s.pocket.Get(ctx, tx, series, "pull_pocket", p.PullPocket)
	if err != nil {
		return false, err
	}
	if single, err = s.single(ctx, tx, origin); err == nil && single && len(p.Components) != 1 {
		err = problem.Because(problem.New(problem.Invalid, "%s has one component, so what pulls from it has one, not %d", in.PullPocket, len(p.Components)).In("components"), problem.ConflictingValues)
	}
	return single, err
}

// configOf gives what a pocket that mirrors follows: its components and architectures,
// and of the rest what the config has.
func configOf(p pocket.Pocket, config mirrors.MirrorConfig) mirrors.MirrorConfig {
	config.Architectures = slices.DeleteFunc(slices.Clone(p.Architectures), func(a string) bool { return a == "source" })
	config.Sources = slices.Contains(p.Architectures, "source")
	if config.Components, config.UDebs = p.Components, p.UDebs; config.Flat() {
		config.Components = nil
	}
	return config
}

// pocketOptions gives the options of a pocket's releases: what the pocket decides, and
// of the rest what they are.
func pocketOptions(p pocket.Pocket, o publications.PublishOptions) publications.PublishOptions {
	o.Components, o.Architectures, o.Keys = p.Components, p.Architectures, []string{p.Key}
	return o
}

// settings gives what is stored of a new pocket, without keys.
func (n NewPocket) settings() pocket.Settings {
	s := pocket.Settings{Components: n.Components, Architectures: n.Architectures, UDebs: n.UDebs, AllowUnsigned: n.AllowUnsigned}
	if n.Mode == PocketPulls {
		s.PullSeries, s.PullPocket = cmp.Or(n.PullSeries, n.Series), n.PullPocket
		s.Filter, _ = pocket.ParseFilter(n.Filter) // it was checked
	}
	return s
}

// check refuses what no pocket can be, whatever else there is.
func (n NewPocket) check() error {
	switch n.Mode {
	case PocketMirrors, PocketPulls, PocketUploads:
	default:
		return problem.Because(problem.New(problem.Invalid, "%q is no mode of a pocket", n.Mode).In("mode").WithHint("use mirror, pull or upload"), pocket.InvalidMode)
	}
	if err := checkLists(n.Components, n.Architectures); err != nil {
		return err
	}
	if err := n.checkMode(); err != nil {
		return err
	}
	if _, err := pocket.ParseFilter(n.Filter); err != nil {
		return problem.Because(err, pocket.InvalidFilter)
	}
	return checkFlat(n.MirrorSuite, n.Components)
}

// checkFlat refuses several components for a repository that has none.
func checkFlat(suite string, components []string) error {
	if strings.HasSuffix(suite, "/") && len(components) != 1 {
		return problem.Because(problem.New(problem.Invalid, "a flat repository is mirrored into one component, not %d", len(components)).In("components").
			WithHint("name one, such as main"), problem.ConflictingValues)
	}
	return nil
}

// checkLists refuses components and architectures that cannot be published. Each is
// wanted once.
func checkLists(components, architectures []string) error {
	for _, list := range []struct {
		field string
		names []string
	}{{"components", components}, {"architectures", architectures}} {
		if len(list.names) == 0 {
			return problem.Because(problem.New(problem.Invalid, "none is named").In(list.field), problem.MissingValue)
		}
		for i, name := range list.names {
			if slices.Contains(list.names[:i], name) {
				return problem.Because(problem.New(problem.Invalid, "%s is named twice", name).In(list.field), problem.InvalidValue)
			}
		}
	}
	return problem.Because(publications.PublishOptions{Components: components, Architectures: architectures}.Check(), problem.InvalidValue)
}

// checkMode refuses parameters of another mode, and wants those of the own.
func (n NewPocket) checkMode() error {
	for _, p := range []struct {
		field, mode  string
		given, wants bool
	}{
		{"mirror_url", PocketMirrors, n.MirrorURL != "", true}, {"mirror_suite", PocketMirrors, n.MirrorSuite != "", false},
		{"mirror_key", PocketMirrors, n.MirrorKey != "", false},
		{"pull_pocket", PocketPulls, n.PullPocket != "", true}, {"pull_series", PocketPulls, n.PullSeries != "", false},
		{"filter", PocketPulls, n.Filter != "", false},
		{"allow_unsigned", PocketUploads, n.AllowUnsigned, false},
	} {
		switch {
		case p.given && p.mode != n.Mode:
			return problem.Because(problem.New(problem.Invalid, "it is for pockets of the mode %s, and this one has the mode %s", p.mode, n.Mode).In(p.field).
				WithHint("leave it out"), problem.ConflictingValues)
		case !p.given && p.wants && p.mode == n.Mode:
			return problem.Because(problem.New(problem.Invalid, "a pocket of the mode %s needs it", n.Mode).In(p.field), problem.MissingValue)
		}
	}
	return nil
}
