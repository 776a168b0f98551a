package pockets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/publish"
)

// Path names a pocket.
type Path = pocket.Path

// ParsePath parses DISTRIBUTION/SERIES/POCKET. Another form is problem.Invalid in the field.
func ParsePath(field, text string) (Path, error) { return pocket.ParsePath(field, text) }

// The modes of pockets.
const (
	Mirrors = string(pocket.Mirror)
	Pulls   = string(pocket.Pull)
	Uploads = string(pocket.Upload)
)

// Pocket is a part of a series, as callers see it.
type Pocket struct {
	ID            int64         `json:"id"`
	Name          string        `json:"name"`
	Series        string        `json:"series"`
	Distribution  string        `json:"distribution"`
	Mode          string        `json:"mode" enum:"mirror,pull,upload"`
	Components    []string      `json:"components"`
	Architectures []string      `json:"architectures"`
	UDebs         bool          `json:"udebs"`
	Key           string        `json:"key" doc:"Name of the key that signs the suite"`
	Mirror        *PocketMirror `json:"mirror,omitempty"`
	Pull          *PocketPull   `json:"pull,omitempty"`
	Upload        *PocketUpload `json:"upload,omitempty"`
	Collection    string        `json:"collection" doc:"What it lists: its history, its past states and its packages are those of this mirror or repo"`
	Prefix        string        `json:"prefix" doc:"Where it is published"`
	Suite         string        `json:"suite" doc:"Below dists there"`
	SourceLine    string        `json:"source_line" doc:"For a sources list of apt"`
	Packages      int           `json:"packages"`
	Revision      int64         `json:"revision"`
	CreatedAt     time.Time     `json:"created_at"`
}

// PocketMirror is the upstream of a pocket.
type PocketMirror struct {
	URL   string `json:"url" doc:"Without the password that it may hold"`
	Suite string `json:"suite"`
	Key   string `json:"key,omitempty" doc:"Name of the key that signs it; empty: the archive keys of this machine"`
}

// PocketPull is the origin of a pocket, with the filters of its pulls.
type PocketPull struct {
	Series  string   `json:"series"`
	Pocket  string   `json:"pocket"`
	Filter  string   `json:"filter,omitempty" enum:",allowlist,blocklist"`
	Filters []string `json:"filters,omitempty" doc:"Names of packages"`
}

// PocketUpload describes the accepted uploads of a pocket.
type PocketUpload struct {
	AllowUnsigned bool       `json:"allow_unsigned"`
	Keys          []keys.Key `json:"keys"`
}

// Path returns the path of the pocket.
func (p Pocket) Path() Path {
	return Path{Distribution: p.Distribution, Series: p.Series, Pocket: p.Name}
}

// Get returns a pocket.
func (s *Service) Get(ctx context.Context, path Path) (Pocket, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Pocket, error) {
		at, err := s.Visible(ctx, tx, path)
		if err != nil {
			return Pocket{}, err
		}
		return s.Show(ctx, tx, at)
	})
}

// Visible returns a pocket for a caller who must have the permission to see it.
func (s *Service) Visible(ctx context.Context, tx *db.Tx, path Path) (pocket.Located, error) {
	d, err := s.visibleDistribution(ctx, tx, path.Distribution)
	if err != nil {
		return pocket.Located{}, err
	}
	return s.pocket.In(ctx, tx, d, path)
}

// pocketToChange returns a pocket that an act of the caller may change, of an idle distribution.
func (s *Service) pocketToChange(ctx context.Context, tx *db.Tx, act *usecase.Act, path Path) (pocket.Located, error) {
	d, err := s.distribution(ctx, tx, act, path.Distribution)
	if err != nil {
		return pocket.Located{}, err
	}
	at, err := s.pocket.In(ctx, tx, d, path)
	if err != nil {
		return at, err
	}
	return at, idle(ctx, tx, d)
}

// prefixOf returns the prefix under which the pockets of a distribution are published.
func prefixOf(name string) string { return "repository/" + Account + "/" + name }

// Show returns a pocket as callers see it. It checks no permission.
func (s *Service) Show(ctx context.Context, tx *db.Tx, at pocket.Located) (Pocket, error) {
	p := at.Pocket
	c, set, err := s.k.Catalog.Current(ctx, tx, p.Collection)
	if err != nil {
		return Pocket{}, err
	}
	if set, err = s.k.Catalog.PackagesOf(ctx, tx, set); err != nil {
		return Pocket{}, err
	}
	show := Pocket{
		ID: p.ID, Name: p.Name, Series: at.Series.Name, Distribution: at.Distribution.Name, Mode: string(p.Mode),
		Components: usecase.OrEmpty(p.Components), Architectures: usecase.OrEmpty(p.Architectures), UDebs: p.UDebs,
		Collection: c.Ref(), Prefix: prefixOf(at.Distribution.Name), Suite: at.Path().Suite(),
		Packages: set.Len(), Revision: c.Head, CreatedAt: usecase.Stamp(p.CreatedAt),
	}
	address, err := s.publications.Address(ctx, tx, publish.BuiltIn)
	if err != nil {
		return Pocket{}, err
	}
	show.SourceLine = fmt.Sprintf("deb %s/%s %s %s", strings.TrimSuffix(address, "/archive"), show.Prefix, show.Suite, strings.Join(p.Components, " "))
	if show.Key, err = s.KeyName(ctx, tx, p.Key); err != nil {
		return Pocket{}, err
	}
	return show, s.showMode(ctx, tx, p, &show)
}

// showMode adds the parts that only pockets of its mode have.
func (s *Service) showMode(ctx context.Context, tx *db.Tx, p pocket.Pocket, show *Pocket) error {
	switch p.Mode {
	case pocket.Mirror:
		m, err := s.mirror.ByID(ctx, tx, p.Collection)
		if err != nil {
			return err
		}
		show.Mirror = &PocketMirror{URL: m.Config.Redacted().URL, Suite: m.Config.Suite}
		if p.MirrorKey != "" {
			show.Mirror.Key, err = s.KeyName(ctx, tx, p.MirrorKey)
		}
		return err
	case pocket.Pull:
		show.Pull = &PocketPull{Series: p.PullSeries, Pocket: p.PullPocket, Filter: string(p.Filter), Filters: p.Filters}
	case pocket.Upload:
		uploaders, err := usecase.TryMap(p.Uploaders, func(fingerprint string) (keys.Key, error) {
			k, err := s.keyring.Get(ctx, tx, fingerprint)
			return s.keys.Show(k), err
		})
		show.Upload = &PocketUpload{AllowUnsigned: p.AllowUnsigned, Keys: uploaders}
		return err
	}
	return nil
}

// Drop deletes a pocket and its publication; past states of the suite stay served. Pockets that
// pull from it keep their packages; profiles lose it.
func (s *Service) Drop(ctx context.Context, path Path) error {
	return usecase.Do(ctx, s.k, scoped("pocket.drop", path.Subject(), nil), func(tx *db.Tx, act *usecase.Act) error {
		at, err := s.pocketToChange(ctx, tx, act, path)
		if err != nil {
			return err
		}
		return s.dropPocket(ctx, tx, at.Pocket)
	})
}

func (s *Service) dropPocket(ctx context.Context, tx *db.Tx, p pocket.Pocket) error {
	if err := s.pocket.Drop(ctx, tx, p); err != nil {
		return err
	}
	if err := s.fleet.ForgetPockets(ctx, tx, p.ID); err != nil {
		return err
	}
	publication, err := s.publish.ByID(ctx, tx, p.Publication)
	if err != nil {
		return err
	}
	if err := s.publish.Drop(ctx, tx, publication); err != nil {
		return err
	}
	c, err := s.k.Catalog.ByID(ctx, tx, p.Collection)
	if err != nil {
		return err
	}
	if err := s.queue.Forget(ctx, tx, c.ID); err != nil {
		return err
	}
	return s.collections.DropUnused(ctx, tx, c)
}
