package pockets

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// NewPocket describes a new pocket. Fields for another mode must be empty.
type NewPocket struct {
	Path
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

// Create creates a pocket and publishes it without packages, with all its components and
// architectures.
func (s *Service) Create(ctx context.Context, in NewPocket) (Pocket, error) {
	return changeAndAwait(ctx, s, scoped("pocket.create", in.Subject(), in.redacted()), func(tx *db.Tx, act *usecase.Act, started *publishing) (Pocket, error) {
		d, err := s.distributionToChange(ctx, tx, act, in.Distribution)
		if err != nil {
			return Pocket{}, err
		}
		series, err := s.pocket.Series(ctx, tx, d, "series", in.Series)
		if err != nil {
			return Pocket{}, err
		}
		p, err := s.createPocket(ctx, tx, d, series, in, started)
		if err != nil {
			return Pocket{}, err
		}
		return s.Show(ctx, tx, pocket.Located{Distribution: d, Series: series, Pocket: p})
	})
}

// redacted returns the pocket without the password of its upstream, for the audit log.
func (n NewPocket) redacted() NewPocket {
	n.MirrorURL = mirrors.Config{URL: n.MirrorURL}.Redacted().URL
	return n
}

// createPocket creates a pocket with its collection and its publication, and starts its first
// release.
func (s *Service) createPocket(ctx context.Context, tx *db.Tx, d pocket.Distribution, series pocket.Series, in NewPocket, started *publishing) (p pocket.Pocket, err error) {
	if err := s.pocket.CheckFree(ctx, tx, series, in.Pocket); err != nil {
		return p, err
	}
	if err := in.check(); err != nil {
		return p, err
	}
	p = pocket.Pocket{Series: series.ID, Name: in.Pocket, Mode: pocket.Mode(in.Mode), Settings: in.settings()}
	if p.Key, err = s.secretKey(ctx, tx, "key", in.Key); err != nil {
		return p, err
	}
	c, joined, err := s.createCollection(ctx, tx, d, in, &p)
	if err != nil {
		return p, err
	}
	source := c.Ref()
	if joined {
		source = p.Components[0] + "=" + source
	}
	publication, err := s.publications.Add(ctx, tx, publications.NewPublication{
		Endpoint: publish.BuiltIn, Prefix: prefixOf(d.Name), Distribution: in.Suite(), Sources: []string{source},
		Options: pocketOptions(p, publications.PublishOptions{Origin: in.Origin}),
	})
	if err != nil {
		return p, err
	}
	p.Collection, p.Publication = c.ID, publication.ID
	if p, err = s.pocket.Add(ctx, tx, p); err != nil {
		return p, err
	}
	return p, s.publishNext(ctx, tx, publication, started)
}

// createCollection creates the collection of a pocket. joined means that its suite lists all
// packages in one component, because they come from a flat upstream.
func (s *Service) createCollection(ctx context.Context, tx *db.Tx, d pocket.Distribution, in NewPocket, p *pocket.Pocket) (c catalog.Collection, joined bool, err error) {
	about := "Pocket " + in.String()
	if p.Mode == pocket.Mirror {
		return s.createMirror(ctx, tx, in, about, p)
	}
	if p.Mode == pocket.Pull {
		if joined, err = s.checkOrigin(ctx, tx, d, in, *p); err != nil {
			return c, false, err
		}
	}
	c, err = s.k.Catalog.Create(ctx, tx, catalog.Collection{
		Kind: catalog.Repo, Name: in.Collection(), Description: about, Component: p.Components[0], Distribution: in.Suite(),
	})
	return c, joined, err
}

func (s *Service) createMirror(ctx context.Context, tx *db.Tx, in NewPocket, about string, p *pocket.Pocket) (c catalog.Collection, flat bool, err error) {
	if in.MirrorKey != "" {
		if p.MirrorKey, err = s.StoredKey(ctx, tx, "mirror_key", in.MirrorKey); err != nil {
			return c, false, err
		}
	}
	keyring, err := s.mirrorKeyring(ctx, tx, p.MirrorKey)
	if err != nil {
		return c, false, err
	}
	config := configOf(*p, mirrors.Config{URL: in.MirrorURL, Suite: cmp.Or(in.MirrorSuite, in.Suite()), Keyring: keyring})
	m, err := s.mirror.Create(ctx, tx, in.Collection(), about, config, nil)
	return m.Collection, config.Flat(), problem.Because(err, problem.InvalidValue)
}

// checkOrigin refuses an origin that does not exist, is the pocket itself, or does not fit.
// joined reports whether the suite of the origin lists all packages in one component.
func (s *Service) checkOrigin(ctx context.Context, tx *db.Tx, d pocket.Distribution, in NewPocket, p pocket.Pocket) (joined bool, err error) {
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
	if joined, err = s.joinsComponents(ctx, tx, origin); err == nil && joined && len(p.Components) != 1 {
		err = problem.Because(problem.New(problem.Invalid, "%s has one component, so a pocket that pulls from it has one, not %d", in.PullPocket, len(p.Components)).In("components"), problem.ConflictingValues)
	}
	return joined, err
}

// configOf returns a config of a mirror with the components and architectures of a pocket.
func configOf(p pocket.Pocket, config mirrors.Config) mirrors.Config {
	config.Architectures = slices.DeleteFunc(slices.Clone(p.Architectures), func(a string) bool { return a == "source" })
	config.Sources = slices.Contains(p.Architectures, "source")
	if config.Components, config.UDebs = p.Components, p.UDebs; config.Flat() {
		config.Components = nil
	}
	return config
}

// pocketOptions returns options of a publication with the components, architectures and key of a
// pocket.
func pocketOptions(p pocket.Pocket, o publications.PublishOptions) publications.PublishOptions {
	o.Components, o.Architectures, o.Keys = p.Components, p.Architectures, []string{p.Key}
	return o
}

// settings returns the settings to store, without keys.
func (n NewPocket) settings() pocket.Settings {
	s := pocket.Settings{Components: n.Components, Architectures: n.Architectures, UDebs: n.UDebs, AllowUnsigned: n.AllowUnsigned}
	if n.Mode == Pulls {
		s.PullSeries, s.PullPocket = cmp.Or(n.PullSeries, n.Series), n.PullPocket
		s.Filter, _ = pocket.ParseFilter(n.Filter) // it was checked
	}
	return s
}

// check checks the fields that need no look at other pockets.
func (n NewPocket) check() error {
	switch n.Mode {
	case Mirrors, Pulls, Uploads:
	default:
		return problem.Because(problem.New(problem.Invalid, "%q is not a mode of pockets", n.Mode).In("mode").WithHint("use mirror, pull or upload"), pocket.InvalidMode)
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

// checkFlat refuses several components for a flat upstream, which has none.
func checkFlat(suite string, components []string) error {
	if strings.HasSuffix(suite, "/") && len(components) != 1 {
		return problem.Because(problem.New(problem.Invalid, "a flat repository is mirrored into one component, not %d", len(components)).In("components").
			WithHint("name one, such as main"), problem.ConflictingValues)
	}
	return nil
}

// checkLists checks that components and architectures can be published and occur once.
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

// checkMode refuses fields of another mode, and requires those of the own.
func (n NewPocket) checkMode() error {
	for _, p := range []struct {
		field, mode     string
		given, required bool
	}{
		{"mirror_url", Mirrors, n.MirrorURL != "", true}, {"mirror_suite", Mirrors, n.MirrorSuite != "", false},
		{"mirror_key", Mirrors, n.MirrorKey != "", false},
		{"pull_pocket", Pulls, n.PullPocket != "", true}, {"pull_series", Pulls, n.PullSeries != "", false},
		{"filter", Pulls, n.Filter != "", false},
		{"allow_unsigned", Uploads, n.AllowUnsigned, false},
	} {
		switch {
		case p.given && p.mode != n.Mode:
			return problem.Because(problem.New(problem.Invalid, "it is for pockets of the mode %s, and this one has the mode %s", p.mode, n.Mode).In(p.field).
				WithHint("leave it out"), problem.ConflictingValues)
		case !p.given && p.required && p.mode == n.Mode:
			return problem.Because(problem.New(problem.Invalid, "a pocket of the mode %s needs it", n.Mode).In(p.field), problem.MissingValue)
		}
	}
	return nil
}
