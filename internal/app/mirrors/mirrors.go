package mirrors

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/mirror"
)

// Config states what a mirror follows.
type Config = mirror.Config

// Policy decides when the files of a mirror's packages are downloaded.
type Policy = mirror.Policy

// The policies of mirrors.
const (
	PolicyFull     = mirror.Full
	PolicyOnDemand = mirror.OnDemand
)

// Class is a class of other files of a suite that a mirror keeps.
type Class = mirror.Class

// The classes for which other programs' interfaces have their own names.
const (
	Installer = mirror.Installer
	AppStream = mirror.AppStream
)

// Classes returns all classes.
func Classes() []Class { return mirror.Classes }

// Mirror is a collection that follows an upstream, as callers see it.
type Mirror struct {
	ID          string                `json:"id" doc:"Stays the same when the mirror is renamed, and is never used again"`
	Name        string                `json:"name"`
	Description string                `json:"description,omitempty"`
	Config      Config                `json:"config" doc:"Without the password in its URL"`
	Revision    int64                 `json:"revision" doc:"The newest revision; 0 before the first sync"`
	Packages    int                   `json:"packages"`
	Here        *Tally                `json:"here,omitempty" doc:"Files of its packages that are in the pool; absent in lists"`
	Upstream    *Tally                `json:"upstream,omitempty" doc:"Files of its packages that are still upstream, see policy; absent in lists"`
	CreatedAt   time.Time             `json:"created_at"`
	Retention   collections.Retention `json:"retention,omitzero" doc:"Which past states are kept; absent: all"`
	SyncedAt    time.Time             `json:"synced_at,omitzero" doc:"Time of the last sync that found the upstream good"`
	Suite       string                `json:"suite,omitempty" doc:"As the upstream names it"`
	Codename    string                `json:"codename,omitempty"`
	ReleaseDate time.Time             `json:"release_date,omitzero"`
	ValidUntil  time.Time             `json:"valid_until,omitzero"`
	SignedBy    []string              `json:"signed_by,omitempty" doc:"Fingerprints of the keys that signed the last Release"`
	Updating    bool                  `json:"updating,omitempty" doc:"A sync is running or waiting"`
	Meta        map[string]string     `json:"meta,omitempty" doc:"The fields of the last Release, without its sums"`
}

// NewMirror describes a mirror to create.
type NewMirror struct {
	Name        string                `json:"name"`
	Description string                `json:"description,omitempty"`
	Config      Config                `json:"config" required:"false" doc:"Without it, the mirror is empty until an APTMirror task fills it"`
	Retention   collections.Retention `json:"retention,omitzero" doc:"Which past states are kept; absent: all"`
	// Probe is the result of [Service.Probe], if it was called.
	Probe *Probe `json:"-"`
}

// Probe is the state of a suite upstream.
type Probe = mirror.Probe

// syncing returns the mirrors, by their references, that have a running or waiting sync or task.
// An empty subject means all mirrors.
func (s *Service) syncing(ctx context.Context, subject string) (map[string]bool, error) {
	refs := map[string]bool{}
	for _, kind := range []string{TypeSync, typeTask} {
		busy, err := s.k.Engine.List(ctx, activity.Filter{
			Type: kind, Subject: subject, Statuses: []activity.Status{activity.Waiting, activity.Running},
		}, activity.Page{Limit: 1000})
		if err != nil {
			return nil, err
		}
		for _, x := range busy {
			refs[x.Subject] = true
		}
	}
	return refs, nil
}

func (s *Service) show(ctx context.Context, tx *db.Tx, m mirror.Mirror) (Mirror, error) {
	set, err := s.k.Catalog.Set(ctx, tx, m.Collection.View())
	if err != nil {
		return Mirror{}, err
	}
	set, err = s.k.Catalog.PackagesOf(ctx, tx, set)
	state := m.State
	return Mirror{
		ID: usecase.Number(m.Collection.ID), Name: m.Collection.Name, Description: m.Collection.Description, Config: m.Config.Redacted(),
		Revision: m.Collection.Head, Packages: set.Len(), CreatedAt: usecase.Stamp(m.Collection.CreatedAt),
		Retention: m.Collection.Retention,
		SyncedAt:  usecase.Stamp(state.SyncedAt), Suite: state.Suite, Codename: state.Codename, SignedBy: state.SignedBy,
		ReleaseDate: usecase.Stamp(state.Date * 1e6), ValidUntil: usecase.Stamp(state.ValidUntil * 1e6), Meta: state.Meta,
	}, err
}

// List lists mirrors by name.
func (s *Service) List(ctx context.Context, p usecase.Page) (usecase.List[Mirror], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[Mirror]{}, err
	}
	busy, err := s.syncing(ctx, "") // first, so that no mirror looks idle in the state before its sync
	if err != nil {
		return usecase.List[Mirror]{}, err
	}
	name := func(m Mirror) string { return m.Name }
	return usecase.ReadList(ctx, s.k, access.Read, p, name, func(tx *db.Tx, after string, limit int) ([]Mirror, error) {
		found, err := s.mirror.List(ctx, tx, after, limit)
		if err != nil {
			return nil, err
		}
		return usecase.TryMap(found, func(m mirror.Mirror) (Mirror, error) {
			shown, err := s.show(ctx, tx, m)
			shown.Updating = busy[m.Collection.Ref()]
			return shown, err
		})
	})
}

// Get returns a mirror.
func (s *Service) Get(ctx context.Context, name string) (Mirror, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Mirror{}, err
	}
	busy, err := s.syncing(ctx, "mirror:"+name) // first, as in List
	if err != nil {
		return Mirror{}, err
	}
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Mirror, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		shown, err := s.show(ctx, tx, m)
		if err != nil {
			return Mirror{}, err
		}
		shown.Updating = busy[m.Collection.Ref()]
		upstream, err := s.mirror.DeferredTally(ctx, tx, m.Collection.ID)
		shown.Upstream = &upstream
		shown.Here = &Tally{Files: m.State.Files - upstream.Files, Bytes: m.State.FileBytes - upstream.Bytes}
		return shown, err
	})
}

// Tally is a number of files and their size in bytes.
type Tally = mirror.Tally
