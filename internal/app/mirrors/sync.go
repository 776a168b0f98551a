package mirrors

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

// TypeSync is the type of the activity of a sync.
const TypeSync = "mirror.sync"

// SyncOptions are the options of one sync.
type SyncOptions struct {
	// Force reads all indexes again, and accepts an upstream that lost many packages.
	Force bool
	// LatestOnly keeps only the highest version of each package, this time only.
	LatestOnly bool
}

// SyncPayload is the payload of a sync. Collection is the number of the mirror's collection.
type SyncPayload struct {
	Collection int64 `json:"collection"`
	Force      bool  `json:"force,omitempty"`
	LatestOnly bool  `json:"latest_only,omitempty"`
}

// Sync starts an activity that makes the upstream's current suite the newest revision of a mirror.
// While a sync with the same options waits to start, Sync returns that activity. A mirror without an
// upstream is problem.Conflict.
func (s *Service) Sync(ctx context.Context, name string, o SyncOptions) (usecase.Activity, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Mirror, Action: "mirror.sync", Subject: "mirror:" + name}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		m, err := s.mirror.Get(ctx, tx, name)
		if err != nil {
			return usecase.Activity{}, err
		}
		ref := m.Collection.Ref()
		if m.Config.FollowsNothing() {
			return usecase.Activity{}, problem.New(problem.Conflict, "%s follows no upstream yet", ref).WithHint("set one with `aptarium mirror edit`, or run an APTMirror task")
		}
		spec := SyncSpec(m, o)
		spec.UniqueKey = fmt.Sprintf("%s %s %+v", TypeSync, ref, o)
		return s.k.Submit(ctx, tx, spec)
	})
}

// SyncSpec returns the activity of a sync, for the work of other nouns that includes one.
func SyncSpec(m mirror.Mirror, o SyncOptions) activity.Spec {
	ref := m.Collection.Ref()
	return activity.Spec{
		Type: TypeSync, Subject: ref, Payload: SyncPayload{m.Collection.ID, o.Force, o.LatestOnly},
		Locks:       []activity.Lock{{Resource: ref}, {Resource: followLock(m.Collection)}},
		MaxAttempts: 3,
	}
}

// runSync runs a sync.
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
