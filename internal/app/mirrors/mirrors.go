package mirrors

import (
	"context"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

const TypeSync = "mirror.sync"

// MirrorConfig is what a mirror follows.
type MirrorConfig = mirror.Config

// MirrorPolicy is when the files of a mirror's packages come.
type MirrorPolicy = mirror.Policy

// The policies of mirrors.
const (
	PolicyFull     = mirror.Full
	PolicyOnDemand = mirror.OnDemand
)

// MirrorClass is a class of files that a mirror takes along.
type MirrorClass = mirror.Class

// The classes that other programs' interfaces know by names of their own.
const (
	MirrorInstaller = mirror.Installer
	MirrorAppStream = mirror.AppStream
)

// MirrorClasses are all that there are.
func MirrorClasses() []MirrorClass { return mirror.Classes }

// Mirror is a collection that follows an upstream, as callers see it.
type Mirror struct {
	ID          string                `json:"id" doc:"Names the mirror for ever, whatever it is called"`
	Name        string                `json:"name"`
	Description string                `json:"description,omitempty"`
	Config      MirrorConfig          `json:"config" doc:"Without the password that its URL may hold"`
	Revision    int64                 `json:"revision" doc:"The newest revision; 0 before the first sync"`
	Packages    int                   `json:"packages"`
	Here        *Tally                `json:"here,omitempty" doc:"Files of the packages that are in the pool; only of one mirror, not in lists"`
	Upstream    *Tally                `json:"upstream,omitempty" doc:"Files that come when they are first asked for: see policy; likewise"`
	CreatedAt   time.Time             `json:"created_at"`
	Retention   collections.Retention `json:"retention,omitzero" doc:"Which past states are kept; absent: all"`
	SyncedAt    time.Time             `json:"synced_at,omitzero" doc:"When the upstream was last found good"`
	Suite       string                `json:"suite,omitempty" doc:"As the upstream names it"`
	Codename    string                `json:"codename,omitempty"`
	ReleaseDate time.Time             `json:"release_date,omitzero"`
	ValidUntil  time.Time             `json:"valid_until,omitzero"`
	SignedBy    []string              `json:"signed_by,omitempty" doc:"Fingerprints of the keys that signed the last Release"`
	Updating    bool                  `json:"updating,omitempty" doc:"A sync of it is under way, or about to begin"`
	// Meta has the fields of the last Release that was seen.
	Meta map[string]string `json:"meta,omitempty" doc:"The fields of the last Release that was seen, without its sums"`
}

// NewMirror is a mirror to be made.
type NewMirror struct {
	Name        string                `json:"name"`
	Description string                `json:"description,omitempty"`
	Config      MirrorConfig          `json:"config" required:"false" doc:"None makes an empty mirror, for APTMirror tasks to fill"`
	Retention   collections.Retention `json:"retention,omitzero" doc:"Which past states are kept; absent: all"`
	// Probe is what ProbeMirror told of the upstream, if it was asked.
	Probe *MirrorProbe `json:"-"`
}

// MirrorProbe is what an upstream says of a suite before it is mirrored.
type MirrorProbe = mirror.Probe

// ProbeMirror fetches and verifies the Release of a suite, and looks whether it
// has what the config wants: a problem of kind Invalid tells what it lacks,
// Upstream or NotFound that nothing could be had, Untrusted that it cannot be
// believed. Its Config names components and architectures, so that a mirror made
// with it keeps to what there is now.
func (s *Service) Probe(ctx context.Context, config MirrorConfig) (MirrorProbe, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return MirrorProbe{}, err
	}
	return s.syncer.Probe(ctx, config)
}

// CreateMirror adds a mirror; nothing is fetched before its first sync. One without
// an upstream is empty until it gets one: by an edit, or by RunMirrorTask.
func (s *Service) Create(ctx context.Context, in NewMirror) (Mirror, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Mirror{}, err
	}
	logged := in
	logged.Config = in.Config.Redacted()
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.create", Subject: "mirror:" + in.Name, Detail: logged}, func(tx *db.Tx, _ *usecase.Act) (Mirror, error) {
		m, err := s.mirror.Create(ctx, tx, in.Name, in.Description, in.Config, in.Probe)
		if err == nil {
			m.Collection.Retention = in.Retention
			err = s.k.Catalog.Retain(ctx, tx, m.Collection, in.Retention)
		}
		if err != nil {
			return Mirror{}, err
		}
		return s.showMirror(ctx, tx, m)
	})
}

// syncing tells which mirrors are being synced, by their refs.
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

func (svc *Service) showMirror(ctx context.Context, tx *db.Tx, m mirror.Mirror) (Mirror, error) {
	set, err := svc.k.Catalog.Set(ctx, tx, m.Collection.View())
	if err != nil {
		return Mirror{}, err
	}
	set, err = svc.k.Catalog.PackagesOf(ctx, tx, set)
	s := m.State
	return Mirror{
		ID: usecase.Number(m.Collection.ID), Name: m.Collection.Name, Description: m.Collection.Description, Config: m.Config.Redacted(),
		Revision: m.Collection.Head, Packages: set.Len(), CreatedAt: usecase.Stamp(m.Collection.CreatedAt),
		Retention: m.Collection.Retention,
		SyncedAt:  usecase.Stamp(s.SyncedAt), Suite: s.Suite, Codename: s.Codename, SignedBy: s.SignedBy,
		ReleaseDate: usecase.Stamp(s.Date * 1e6), ValidUntil: usecase.Stamp(s.ValidUntil * 1e6), Meta: s.Meta,
	}, err
}

// Mirrors lists mirrors by name.
func (s *Service) List(ctx context.Context, p usecase.Page) (usecase.List[Mirror], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[Mirror]{}, err
	}
	busy, err := s.syncing(ctx, "")
	if err != nil {
		return usecase.List[Mirror]{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[Mirror], error) {
		found, err := s.mirror.List(ctx, tx, p.After, p.Size()+1)
		if err != nil {
			return usecase.List[Mirror]{}, err
		}
		items := make([]Mirror, len(found))
		for i, m := range found {
			if items[i], err = s.showMirror(ctx, tx, m); err != nil {
				return usecase.List[Mirror]{}, err
			}
			items[i].Updating = busy[m.Collection.Ref()]
		}
		return usecase.PageOf(items, p.Size(), func(m Mirror) string { return m.Name }), nil
	})
}

// Mirror gives one mirror.
func (s *Service) Get(ctx context.Context, name string) (Mirror, error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return Mirror{}, err
	}
	busy, err := s.syncing(ctx, string(catalog.Mirror)+":"+name)
	if err != nil {
		return Mirror{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (Mirror, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		shown, err := s.showMirror(ctx, tx, m)
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

// Tally is a number of files and their bytes.
type Tally = mirror.Tally

// EditMirror replaces what a mirror follows; the next sync acts on it, and
// nothing is fetched before. A URL with its password as Mirror shows it keeps the
// one that is stored.
func (s *Service) Edit(ctx context.Context, name string, config MirrorConfig) (Mirror, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Mirror{}, err
	}
	return s.editMirror(ctx, name, config, nil)
}

func (s *Service) editMirror(ctx context.Context, name string, config MirrorConfig, probe *MirrorProbe) (Mirror, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: "mirror.edit", Subject: "mirror:" + name, Detail: config.Redacted()}, func(tx *db.Tx, _ *usecase.Act) (Mirror, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		if m.Config, err = config.WithSecretOf(m.Config); err != nil {
			return Mirror{}, err
		}
		m.Learn(probe)
		if err := s.mirror.Save(ctx, tx, m); err != nil {
			return Mirror{}, err
		}
		return s.showMirror(ctx, tx, m)
	})
}

// ReprobeMirror is EditMirror after a look at the upstream: where the URL, the
// suite, the components or the architectures are others than before, it is probed
// as ProbeMirror does it, and nothing is edited when it lacks what is wanted.
func (s *Service) Reprobe(ctx context.Context, name string, config MirrorConfig) (Mirror, error) {
	m, err := usecase.Read(ctx, s.k, access.Mirror, func(tx *db.Tx) (mirror.Mirror, error) { return s.mirror.Get(ctx, tx, name) })
	if err != nil {
		return Mirror{}, err
	}
	if config, err = config.WithSecretOf(m.Config); err != nil {
		return Mirror{}, err
	}
	if !config.NeedsProbe(m.Config) {
		return s.editMirror(ctx, name, config, nil)
	}
	probe, err := s.syncer.Probe(ctx, config)
	if err != nil {
		return Mirror{}, err
	}
	return s.editMirror(ctx, name, probe.Config, &probe)
}

// RenameMirror gives a mirror another name. Publications that it feeds and
// snapshots of it follow. While a sync of it is under way that is a conflict.
func (s *Service) Rename(ctx context.Context, name, to string) (Mirror, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Mirror{}, err
	}
	ref := string(catalog.Mirror) + ":" + name
	busy, err := s.syncing(ctx, ref)
	if err != nil {
		return Mirror{}, err
	}
	if busy[ref] {
		return Mirror{}, problem.New(problem.Conflict, "a sync of %s is under way", ref).WithHint("wait for it, or cancel it")
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.rename", Subject: ref, Detail: map[string]string{"to": to}}, func(tx *db.Tx, _ *usecase.Act) (Mirror, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return Mirror{}, err
		}
		if m.Collection, err = s.collections.Rename(ctx, tx, m.Collection, to); err != nil {
			return Mirror{}, err
		}
		return s.showMirror(ctx, tx, m)
	})
}

// DropMirror frees a mirror's name. Snapshots of it and past releases stay.
func (s *Service) Drop(ctx context.Context, name string) error {
	return s.collections.DropCollection(ctx, access.Mirror, catalog.Mirror, name)
}

// SyncOptions adjust one sync.
type SyncOptions struct {
	// Force reads everything anew, and takes over an upstream that lost many
	// packages.
	Force bool
	// LatestOnly keeps only the highest version of each package this time,
	// whatever the mirror's config says.
	LatestOnly bool
}

// syncPayload is what a sync activity is about: a mirror by the number of its
// collection.
type SyncPayload struct {
	Collection int64 `json:"collection"`
	Force      bool  `json:"force,omitempty"`
	LatestOnly bool  `json:"latest_only,omitempty"`
}

// registerMirrors makes the kinds of work on mirrors known.
func (s *Service) register() {
	usecase.Register(s.k, usecase.Kind[SyncPayload, mirror.Result]{Type: TypeSync, Run: s.runSync})
	usecase.Register(s.k, usecase.Kind[prefetchPayload, PrefetchResult]{Type: typePrefetch, Run: s.runPrefetch})
	usecase.Register(s.k, usecase.Kind[taskPayload, mirror.Result]{Type: typeTask, Run: s.runTask})
}

// SyncMirror starts to bring a mirror up to date. While a sync waits to begin,
// asking again gives the same activity.
func (s *Service) Sync(ctx context.Context, name string, o SyncOptions) (usecase.Activity, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.sync", Subject: "mirror:" + name}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return usecase.Activity{}, err
		}
		ref := m.Collection.Ref()
		if m.Config.FollowsNothing() {
			return usecase.Activity{}, problem.New(problem.Conflict, "%s follows no upstream yet", ref).WithHint("say which with `aptarium mirror edit`, or run an APTMirror task")
		}
		spec := SyncSpec(m, o)
		spec.UniqueKey = fmt.Sprintf("%s %s %+v", TypeSync, ref, o)
		return s.k.Submit(ctx, tx, spec)
	})
}

func SyncSpec(m mirror.Mirror, o SyncOptions) activity.Spec {
	ref := m.Collection.Ref()
	return activity.Spec{
		Type: TypeSync, Subject: ref, Payload: SyncPayload{m.Collection.ID, o.Force, o.LatestOnly},
		Locks:       []activity.Lock{{Resource: ref}, {Resource: followLock(m.Collection)}},
		MaxAttempts: 3,
	}
}

// runSync is the activity of a sync.
func (s *Service) runSync(ctx context.Context, run *activity.Run, in SyncPayload) (mirror.Result, error) {
	defer s.k.Hold("sync of " + run.Activity().Subject)()
	m, err := usecase.View(ctx, s.k, func(tx *db.Tx) (mirror.Mirror, error) { return s.mirror.Kept(ctx, tx, in.Collection) })
	if err != nil {
		return mirror.Result{}, err
	}
	m.Config.LatestOnly = m.Config.LatestOnly || in.LatestOnly
	plan, err := s.syncer.Plan(ctx, s.k.DB, m, in.Force, run.Progress)
	if err != nil {
		return mirror.Result{}, err
	}
	if err := plan.Fetch(ctx, s.k.DB, run.Progress); err != nil {
		return mirror.Result{}, err
	}
	var result mirror.Result
	err = run.Commit(ctx, &result, func(tx *db.Tx) (err error) {
		result, err = plan.Commit(ctx, tx, run.Activity().ID)
		return err
	})
	return result, err
}
