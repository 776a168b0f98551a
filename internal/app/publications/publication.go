package publications

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// PublishOptions are the options of a publication's releases.
type PublishOptions = publish.Options

// Format is a compression of indexes: gz, zst, xz or bz2.
type Format = compress.Format

// Publication is a publication as callers see it.
type Publication struct {
	Prefix        string                `json:"prefix"`
	Distribution  string                `json:"distribution"`
	Endpoint      string                `json:"endpoint"`
	ID            string                `json:"id" doc:"The same for as long as it exists; no other ever has it"`
	Sources       []string              `json:"sources" doc:"[COMPONENT=]mirror:NAME, repo:NAME or snapshot:NAME; fixed at a state with @TIME or #NUMBER behind it"`
	Options       PublishOptions        `json:"options"`
	Architectures []string              `json:"architectures" doc:"Of the newest release, with source if it lists sources; before the first release those of the options"`
	Staged        []string              `json:"staged,omitempty" doc:"Sources that the next update can publish instead"`
	Release       int64                 `json:"release" doc:"Number of the newest release; 0 before the first"`
	Packages      int                   `json:"packages"`
	CreatedAt     time.Time             `json:"created_at"`
	Retention     collections.Retention `json:"retention,omitzero" doc:"Which past releases are kept; absent: all"`
	PublishedAt   time.Time             `json:"published_at,omitzero"`
}

// Place returns [ENDPOINT:]PREFIX, the prefix argument of the use cases.
func (p Publication) Place() string { return publish.JoinPlace(p.Endpoint, p.Prefix) }

// publication returns the publication at [ENDPOINT:]PREFIX and a distribution.
func (s *Service) publication(ctx context.Context, tx *db.Tx, prefix, distribution string) (publish.Publication, error) {
	endpoint, rest := publish.SplitPlace(prefix)
	return s.publish.Get(ctx, tx, endpoint, rest, distribution)
}

// act returns the act of a change of a publication. It needs access.Publish.
func act(action, prefix, distribution string, detail any) usecase.Act {
	return usecase.Act{Permission: access.Publish, Action: action, Subject: prefix + " " + distribution, Detail: detail}
}

// change runs fn on a publication in the transaction of an act.
func change[T any](ctx context.Context, s *Service, action, prefix, distribution string, detail any, fn func(*db.Tx, publish.Publication) (T, error)) (T, error) {
	return usecase.Change(ctx, s.k, act(action, prefix, distribution, detail), func(tx *db.Tx, _ *usecase.Act) (none T, err error) {
		p, err := s.publication(ctx, tx, prefix, distribution)
		if err != nil {
			return none, err
		}
		return fn(tx, p)
	})
}

func (s *Service) show(ctx context.Context, tx *db.Tx, p publish.Publication) (Publication, error) {
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

// List lists publications by prefix and distribution.
func (s *Service) List(ctx context.Context, p usecase.Page) (usecase.List[Publication], error) {
	place, distribution, _ := strings.Cut(p.After, " ")
	endpoint, prefix := publish.SplitPlace(place)
	if p.After == "" {
		endpoint = ""
	}
	name := func(p Publication) string { return p.Place() + " " + p.Distribution }
	return usecase.ReadList(ctx, s.k, access.Read, p, name, func(tx *db.Tx, _ string, limit int) ([]Publication, error) {
		found, err := s.publish.List(ctx, tx, endpoint, prefix, distribution, limit)
		if err != nil {
			return nil, err
		}
		return usecase.TryMap(found, func(p publish.Publication) (Publication, error) { return s.show(ctx, tx, p) })
	})
}
