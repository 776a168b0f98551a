package publications

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// PublishOptions are what a publication's releases look like.
type PublishOptions = publish.Options

// Publication is a place in which releases appear, as callers see it.
type Publication struct {
	Prefix        string                `json:"prefix"`
	Distribution  string                `json:"distribution"`
	Endpoint      string                `json:"endpoint"`
	ID            string                `json:"id" doc:"The same for as long as it exists; no other ever has it"`
	Sources       []string              `json:"sources" doc:"[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME; held at a state with @TIME or #NUMBER behind it"`
	Options       PublishOptions        `json:"options"`
	Architectures []string              `json:"architectures" doc:"Of the newest release, source among them when sources are listed; before it those of the options"`
	Staged        []string              `json:"staged,omitempty" doc:"Sources that the next update can publish instead"`
	Release       int64                 `json:"release" doc:"Number of the newest release; 0 before the first"`
	Packages      int                   `json:"packages"`
	CreatedAt     time.Time             `json:"created_at"`
	Retention     collections.Retention `json:"retention,omitzero" doc:"Which past releases are kept; absent: all"`
	PublishedAt   time.Time             `json:"published_at,omitzero"`
}

// NewPublication is a publication to be made.
type NewPublication struct {
	Endpoint       string                `json:"endpoint,omitempty" doc:"Where it appears; empty: the program serves it"`
	Prefix         string                `json:"prefix" doc:"Below the archive, or the root of the endpoint: debian; . for the root itself"`
	Distribution   string                `json:"distribution" doc:"Below dists: bookworm"`
	Sources        []string              `json:"sources" doc:"[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME; held at a state with @TIME or #NUMBER behind it" minItems:"1"`
	Options        PublishOptions        `json:"options,omitzero"`
	ForceOverwrite bool                  `json:"force_overwrite,omitempty" doc:"Take over paths of the pool at which other publications of the prefix have files with other bytes"`
	Signing        *Signing              `json:"signing,omitempty"`
	Retention      collections.Retention `json:"retention,omitzero" doc:"Which past releases are kept; absent: all"`
}

// CreatePublication makes a place and starts its first release.
func (s *Service) Create(ctx context.Context, in NewPublication) (Publication, usecase.Activity, error) {
	if err := access.Require(ctx, access.Publish); err != nil {
		return Publication{}, usecase.Activity{}, err
	}
	in.Endpoint = cmp.Or(in.Endpoint, publish.BuiltIn)
	if err := s.Sign(ctx, &in.Options, in.Signing); err != nil {
		return Publication{}, usecase.Activity{}, err
	}
	work := PublishPayload{Overwrite: in.ForceOverwrite, passphrase: in.Signing.secret()}
	var started usecase.Activity
	p, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Publish, Action: "publish.create", Subject: in.Prefix + " " + in.Distribution, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (Publication, error) {
		p, err := s.CreatePublication(ctx, tx, in)
		if err != nil {
			return Publication{}, err
		}
		work.Publication = p.ID
		if work.passphrase == "" {
			if started, err = s.SubmitPublish(ctx, tx, p, work); err != nil {
				return Publication{}, err
			}
		}
		return s.showPublication(ctx, tx, p)
	})
	if err == nil && work.passphrase != "" {
		started, err = s.beginPublish(ctx, work)
	}
	return p, started, err
}

// createPublication stores a publication without a release.
func (s *Service) CreatePublication(ctx context.Context, tx *db.Tx, in NewPublication) (publish.Publication, error) {
	if in.Endpoint != publish.BuiltIn {
		if _, err := s.endpoint.Get(ctx, tx, in.Endpoint); err != nil {
			return publish.Publication{}, err
		}
	}
	p := publish.Publication{Endpoint: in.Endpoint, Prefix: in.Prefix, Distribution: in.Distribution, Options: in.Options, Retention: in.Retention}
	var err error
	if p.Sources, err = s.Sources(ctx, tx, in.Sources); err != nil {
		return publish.Publication{}, err
	}
	if p.Options.Keys, err = s.resolveKeys(ctx, tx, p.Options); err != nil {
		return publish.Publication{}, err
	}
	if err := s.checkVerbatim(ctx, tx, p); err != nil {
		return publish.Publication{}, err
	}
	return s.publish.Create(ctx, tx, p)
}

// publication finds one by [ENDPOINT:]PREFIX and distribution.
func (s *Service) publication(ctx context.Context, tx *db.Tx, prefix, distribution string) (publish.Publication, error) {
	endpoint, rest := publish.SplitPlace(prefix)
	return s.publish.Get(ctx, tx, endpoint, rest, distribution)
}

// Place names where a publication is, as the calls that want a prefix take it.
func (p Publication) Place() string { return publish.JoinPlace(p.Endpoint, p.Prefix) }

// sources reads what feeds a publication. One with a time or a revision is held
// there; the others are followed.
func (svc *Service) Sources(ctx context.Context, tx *db.Tx, names []string) ([]publish.Source, error) {
	list := make([]publish.Source, 0, len(names))
	for _, name := range names {
		component, ref, named := strings.Cut(name, "=")
		if !named {
			component, ref = "", name
		}
		r, err := collections.ParseRef("sources", ref)
		if err != nil {
			return nil, err
		}
		c, v, err := svc.collections.View(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		s := publish.Source{Component: component, Kind: c.Kind, Name: c.Name, Collection: c.ID}
		if r.Past() {
			if s.Revision = v.Revision; v.Revision == 0 {
				return nil, problem.New(problem.NotFound, "%s had nothing then, so a publication cannot be held there", c.Ref()).In("sources")
			}
		}
		list = append(list, s)
	}
	return list, nil
}

// resolveKeys names the keys that sign by their fingerprints, so that a new
// default key does not change who signs.
func (s *Service) resolveKeys(ctx context.Context, tx *db.Tx, o PublishOptions) ([]string, error) {
	if o.Verbatim {
		return o.Keys, nil // named in vain: they are refused
	}
	if o.Unsigned || len(o.Keys) == 0 && o.GnuPG != nil {
		return nil, nil
	}
	if len(o.Keys) == 0 {
		key, made, err := s.keyring.EnsureDefault(ctx, tx)
		if err == nil && made {
			err = access.Record(ctx, tx, "key.generate", "key:"+key.Name, map[string]string{"fingerprint": key.Fingerprint})
		}
		return []string{key.Fingerprint}, err
	}
	fingerprints := make([]string, len(o.Keys))
	for i, ref := range o.Keys {
		key, err := s.keyring.Get(ctx, tx, ref)
		if err != nil {
			return nil, err
		}
		if !key.HasSecret {
			return nil, problem.New(problem.Conflict, "the secret of key %q is not here, so it cannot sign", ref).In("keys").
				WithHint("`aptarium key import` takes it")
		}
		fingerprints[i] = key.Fingerprint
	}
	return fingerprints, nil
}

func (s *Service) showPublication(ctx context.Context, tx *db.Tx, p publish.Publication) (Publication, error) {
	show := Publication{
		ID: strconv.FormatInt(p.ID, 10), Prefix: p.Prefix, Distribution: p.Distribution, Endpoint: p.Endpoint, Options: p.Options,
		Release: p.Head, CreatedAt: usecase.Stamp(p.CreatedAt), Sources: publish.SourceNames(p.Sources), Retention: p.Retention,
		Architectures: usecase.OrEmpty(slices.Compact(slices.Sorted(slices.Values(p.Options.Architectures)))),
	}
	if p.Staged != nil {
		show.Staged = publish.SourceNames(p.Staged)
	}
	if p.Head == 0 {
		return show, nil
	}
	newest, err := s.publish.Log(ctx, tx, p.ID, 0, 1)
	if err == nil && len(newest) > 0 {
		show.Packages, show.PublishedAt = newest[0].Packages, usecase.Stamp(newest[0].At)
	}
	if err != nil || len(show.Architectures) > 0 {
		return show, err
	}
	show.Architectures, err = s.publish.Architectures(ctx, tx, p)
	return show, err
}

// Publications lists publications by prefix and distribution.
func (s *Service) List(ctx context.Context, p usecase.Page) (usecase.List[Publication], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[Publication]{}, err
	}
	place, distribution, _ := strings.Cut(p.After, " ")
	endpoint, prefix := publish.SplitPlace(place)
	if p.After == "" {
		endpoint = ""
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[Publication], error) {
		found, err := s.publish.List(ctx, tx, endpoint, prefix, distribution, p.Size()+1)
		if err != nil {
			return usecase.List[Publication]{}, err
		}
		items := make([]Publication, len(found))
		for i, p := range found {
			if items[i], err = s.showPublication(ctx, tx, p); err != nil {
				return usecase.List[Publication]{}, err
			}
		}
		return usecase.PageOf(items, p.Size(), func(p Publication) string { return p.Place() + " " + p.Distribution }), nil
	})
}

// Release is one generation of a publication.
type Release struct {
	Number   int64     `json:"number"`
	At       time.Time `json:"at"`
	Packages int       `json:"packages"`
	Sources  []string  `json:"sources" doc:"What it was built from, with revisions"`
	Activity int64     `json:"activity,omitempty"`
	Snapshot string    `json:"snapshot" doc:"The time under which it is served for as long as it is kept, below the prefix"`
	Pinned   bool      `json:"pinned,omitempty" doc:"It is kept whatever the retention says"`
}

func showRelease(r publish.Release) Release {
	return Release{
		Number: r.Number, At: usecase.Stamp(r.At), Packages: r.Packages, Activity: r.Activity,
		Snapshot: usecase.Stamp(r.At).Format(usecase.SnapshotForm), Sources: publish.SourceNames(r.Sources), Pinned: r.Pinned,
	}
}

// Releases lists the releases of a publication, newest first.
func (s *Service) Releases(ctx context.Context, prefix, distribution string, p usecase.Page) (usecase.List[Release], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[Release]{}, err
	}
	before, err := usecase.PageNumber(p)
	if err != nil {
		return usecase.List[Release]{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[Release], error) {
		place, err := s.publication(ctx, tx, prefix, distribution)
		if err != nil {
			return usecase.List[Release]{}, err
		}
		log, err := s.publish.Log(ctx, tx, place.ID, before, p.Size()+1)
		if err != nil {
			return usecase.List[Release]{}, err
		}
		items := make([]Release, len(log))
		for i, r := range log {
			items[i] = showRelease(r)
		}
		return usecase.PageOf(items, p.Size(), func(r Release) string { return usecase.Number(r.Number) }), nil
	})
}

// DropPublication ends a publication; its past times are served on. Where another
// server serves it, what tells clients of it is taken away at once, and the rest
// when its grace is over.
func (s *Service) Drop(ctx context.Context, prefix, distribution string) error {
	_, err := s.Withdraw(ctx, prefix, distribution)
	return err
}

// WithdrawPublication is DropPublication, and gives the activity that takes the
// publication away from where another server serves it; one without an ID if none does.
func (s *Service) Withdraw(ctx context.Context, prefix, distribution string) (usecase.Activity, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Publish, Action: "publish.drop", Subject: prefix + " " + distribution}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		p, err := s.publication(ctx, tx, prefix, distribution)
		if err != nil {
			return usecase.Activity{}, err
		}
		if err := s.pocket.CheckUnused(ctx, tx, 0, p.ID); err != nil {
			return usecase.Activity{}, err
		}
		if err := s.publish.Drop(ctx, tx, p); err != nil || p.Endpoint == publish.BuiltIn {
			return usecase.Activity{}, err
		}
		return s.k.Submit(ctx, tx, activity.Spec{
			Type: typePublish, Subject: publishSubject(p), Payload: PublishPayload{Publication: p.ID, Withdraw: true},
			Locks: publishLocks(p), MaxAttempts: patience,
		})
	})
}
