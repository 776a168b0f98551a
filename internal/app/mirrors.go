package app

import (
	"context"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

const typeSync = "mirror.sync"

// MirrorConfig is what a mirror follows.
type MirrorConfig = mirror.Config

// Mirror is a collection that follows an upstream, as callers see it.
type Mirror struct {
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Config      MirrorConfig `json:"config" doc:"Without the password that its URL may hold"`
	Revision    int64        `json:"revision" doc:"The newest revision; 0 before the first sync"`
	Packages    int          `json:"packages"`
	CreatedAt   time.Time    `json:"created_at"`
	SyncedAt    time.Time    `json:"synced_at,omitzero" doc:"When the upstream was last found good"`
	Suite       string       `json:"suite,omitempty" doc:"As the upstream names it"`
	Codename    string       `json:"codename,omitempty"`
	ReleaseDate time.Time    `json:"release_date,omitzero"`
	ValidUntil  time.Time    `json:"valid_until,omitzero"`
	SignedBy    []string     `json:"signed_by,omitempty" doc:"Fingerprints of the keys that signed the last Release"`
}

// NewMirror is a mirror to be made.
type NewMirror struct {
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Config      MirrorConfig `json:"config"`
}

// CreateMirror adds a mirror; nothing is fetched before its first sync.
func (a *App) CreateMirror(ctx context.Context, in NewMirror) (Mirror, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Mirror{}, err
	}
	logged := in
	logged.Config = in.Config.Redacted()
	return change(ctx, a, "mirror.create", "mirror:"+in.Name, logged, func(tx *db.Tx) (Mirror, error) {
		m, err := a.mirrors.Create(ctx, tx, in.Name, in.Description, in.Config)
		if err != nil {
			return Mirror{}, err
		}
		return a.showMirror(ctx, tx, m)
	})
}

func (a *App) showMirror(ctx context.Context, tx *db.Tx, m mirror.Mirror) (Mirror, error) {
	set, err := a.catalog.Set(ctx, tx, m.Collection.View())
	s := m.State
	return Mirror{
		Name: m.Collection.Name, Description: m.Collection.Description, Config: m.Config.Redacted(),
		Revision: m.Collection.Head, Packages: set.Len(), CreatedAt: stamp(m.Collection.CreatedAt),
		SyncedAt: stamp(s.SyncedAt), Suite: s.Suite, Codename: s.Codename, SignedBy: s.SignedBy,
		ReleaseDate: stamp(s.Date * 1e6), ValidUntil: stamp(s.ValidUntil * 1e6),
	}, err
}

// Mirrors lists mirrors by name.
func (a *App) Mirrors(ctx context.Context, p Page) (List[Mirror], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return List[Mirror]{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (List[Mirror], error) {
		found, err := a.mirrors.List(ctx, tx, p.After, p.limit()+1)
		if err != nil {
			return List[Mirror]{}, err
		}
		items := make([]Mirror, len(found))
		for i, m := range found {
			if items[i], err = a.showMirror(ctx, tx, m); err != nil {
				return List[Mirror]{}, err
			}
		}
		return pageOf(items, p.limit(), func(m Mirror) string { return m.Name }), nil
	})
}

// Mirror gives one mirror.
func (a *App) Mirror(ctx context.Context, name string) (Mirror, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Mirror{}, err
	}
	return read(ctx, a, func(tx *db.Tx) (Mirror, error) {
		m, err := a.mirrors.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		return a.showMirror(ctx, tx, m)
	})
}

// EditMirror replaces what a mirror follows; the next sync acts on it. A URL
// with its password as Mirror shows it keeps the one that is stored.
func (a *App) EditMirror(ctx context.Context, name string, config MirrorConfig) (Mirror, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Mirror{}, err
	}
	return change(ctx, a, "mirror.edit", "mirror:"+name, config.Redacted(), func(tx *db.Tx) (Mirror, error) {
		m, err := a.mirrors.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		if m.Config, err = config.WithSecretOf(m.Config); err != nil {
			return Mirror{}, err
		}
		if err := a.mirrors.Save(ctx, tx, m); err != nil {
			return Mirror{}, err
		}
		return a.showMirror(ctx, tx, m)
	})
}

// DropMirror frees a mirror's name. Snapshots of it and past releases stay.
func (a *App) DropMirror(ctx context.Context, name string) error {
	return a.dropCollection(ctx, access.Mirror, catalog.Mirror, name)
}

// dropCollection drops a collection that no publication is fed by.
func (a *App) dropCollection(ctx context.Context, permission access.Permission, kind catalog.Kind, name string) error {
	if err := access.Require(ctx, permission); err != nil {
		return err
	}
	ref := string(kind) + ":" + name
	_, err := change(ctx, a, string(kind)+".drop", ref, nil, func(tx *db.Tx) (struct{}, error) {
		c, err := a.catalog.ByName(ctx, tx, kind, name)
		if err != nil {
			return struct{}{}, err
		}
		using, err := a.publish.Using(ctx, tx, c.ID)
		if err != nil {
			return struct{}{}, err
		}
		if len(using) > 0 {
			return struct{}{}, problem.New(problem.Conflict, "%s feeds the publication %s", ref, using[0].Ref()).
				WithHint("drop that first, or give it other sources")
		}
		return struct{}{}, a.catalog.Drop(ctx, tx, c)
	})
	return err
}

// syncPayload is what a sync activity is about.
type syncPayload struct {
	Mirror string `json:"mirror"`
	Force  bool   `json:"force,omitempty"`
}

// SyncMirror starts to bring a mirror up to date. Force reads everything anew
// and takes over an upstream that lost many packages. While a sync waits to
// begin, asking again gives the same activity.
func (a *App) SyncMirror(ctx context.Context, name string, force bool) (Activity, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Activity{}, err
	}
	return change(ctx, a, "mirror.sync", "mirror:"+name, nil, func(tx *db.Tx) (Activity, error) {
		m, err := a.mirrors.Get(ctx, tx, name)
		if err != nil {
			return Activity{}, err
		}
		ref := m.Collection.Ref()
		return a.submit(ctx, tx, activity.Spec{
			Type: typeSync, Subject: ref, Payload: syncPayload{name, force},
			Locks:       []activity.Lock{{Resource: ref}},
			UniqueKey:   fmt.Sprintf("%s %s force=%t", typeSync, ref, force),
			MaxAttempts: 3,
		})
	})
}

// runSync is the activity of a sync.
func (a *App) runSync(ctx context.Context, run *activity.Run) (any, error) {
	var in syncPayload
	if err := run.Payload(&in); err != nil {
		return nil, err
	}
	m, err := read(ctx, a, func(tx *db.Tx) (mirror.Mirror, error) { return a.mirrors.Get(ctx, tx, in.Mirror) })
	if err != nil {
		return nil, err
	}
	progress := func(phase string, files, allFiles, bytes, allBytes int64) {
		run.Progress(activity.Progress{Phase: phase, Done: files, Total: allFiles, DoneBytes: bytes, TotalBytes: allBytes})
	}
	plan, err := a.syncer.Plan(ctx, a.DB, m, in.Force, progress)
	if err != nil {
		return nil, err
	}
	if err := plan.Fetch(ctx, a.DB, progress); err != nil {
		return nil, err
	}
	var result mirror.Result
	err = run.Commit(ctx, &result, func(tx *db.Tx) (err error) {
		result, err = plan.Commit(ctx, tx, run.Activity().ID)
		return err
	})
	return result, err
}
