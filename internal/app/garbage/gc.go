package garbage

import (
	"context"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// typeCollect is the activity that collects garbage.
const typeCollect = "gc"

// GC are the options of a collection of garbage.
type GC struct {
	DryRun bool `json:"dry_run,omitempty" doc:"Only report what would be deleted, without the files that only the deleted states need"`
}

// GCReport counts what a collection of garbage deleted and kept, or would.
type GCReport struct {
	DryRun bool `json:"dry_run,omitempty"`

	Revisions int   `json:"revisions" doc:"Deleted states of mirrors, repos and snapshots"`
	Releases  int   `json:"releases" doc:"Deleted releases of publications"`
	Packages  int   `json:"packages" doc:"Deleted packages, which no state listed any more"`
	Members   int   `json:"members" doc:"Deleted packages as suites list them"`
	Indexes   int   `json:"indexes" doc:"Deleted tables of indexes and their parts, which no release had any more"`
	Deferred  int   `json:"deferred" doc:"Files left upstream that nothing needs any more, and that are forgotten"`
	Blobs     int   `json:"blobs" doc:"Deleted files of the pool"`
	Bytes     int64 `json:"bytes" doc:"Bytes of the deleted files"`
	Saved     int   `json:"saved,omitempty" doc:"Files of the pool that were to be deleted, but are needed again"`

	Kept GCKept `json:"kept" doc:"Kept states, each counted by the first reason that keeps it"`

	PoolBlobs int   `json:"pool_blobs" doc:"Files left in the pool"`
	PoolBytes int64 `json:"pool_bytes"`
}

// GCKept counts the kept states by their reasons.
type GCKept struct {
	Newest    int `json:"newest" doc:"The newest state of each collection and publication"`
	Retention int `json:"retention" doc:"By the retention of their collections and publications"`
	Pinned    int `json:"pinned" doc:"Pinned releases, states with a snapshot, releases that an endpoint has"`
	Releases  int `json:"releases" doc:"States from which a kept release was built"`
	Grace     int `json:"grace" doc:"States that clients or running work may still read"`
}

// Collect starts an activity that deletes the past states that no retention keeps, and then
// the packages, indexes and files of the pool that nothing needs any more. Other work continues
// meanwhile. The activity's result is a [GCReport]. While a collection waits to start, Collect
// returns that activity.
func (s *Service) Collect(ctx context.Context, in GC) (usecase.Activity, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Admin, Action: "gc", Detail: in}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		return s.k.Submit(ctx, tx, collectSpec(in))
	})
}

func collectSpec(in GC) activity.Spec {
	return activity.Spec{
		Type: typeCollect, Payload: in, UniqueKey: fmt.Sprintf("%s dry=%t", typeCollect, in.DryRun),
		Locks: []activity.Lock{{Resource: typeCollect}}, MaxAttempts: 3,
	}
}

// gcPayload is the payload of a collection.
type gcPayload struct {
	GC
	Scheduled bool `json:"scheduled,omitempty"` // it plans its successor
}

// StartCollecting plans a collection at each interval [usecase.Settings.CollectEvery], from now
// on; 0: none. A collection that is already planned for an earlier time stays planned. The server
// calls it once, when it starts.
func (s *Service) StartCollecting(ctx context.Context) error {
	planned, err := s.k.Engine.List(ctx, activity.Filter{Type: typeCollect, Statuses: []activity.Status{activity.Waiting}}, activity.Page{Limit: 10})
	if err != nil {
		return err
	}
	next := s.k.Now().Add(s.k.Settings.CollectEvery)
	for _, x := range planned {
		if s.k.Settings.CollectEvery > 0 && !x.RunAt.After(next) {
			continue
		}
		if _, err := s.k.Engine.Cancel(ctx, x.ID, "the configuration"); err != nil && !problem.Is(err, problem.Conflict) {
			return err
		}
	}
	return s.k.DB.Tx(ctx, func(tx *db.Tx) error { return s.planCollection(ctx, tx) })
}

// planCollection plans the next scheduled collection, unless one is planned.
func (s *Service) planCollection(ctx context.Context, tx *db.Tx) error {
	if s.k.Settings.CollectEvery <= 0 {
		return nil
	}
	spec := collectSpec(GC{})
	spec.Payload, spec.UniqueKey, spec.RunAt = gcPayload{Scheduled: true}, typeCollect+" scheduled", s.k.Now().Add(s.k.Settings.CollectEvery)
	_, err := s.k.Submit(ctx, tx, spec)
	return err
}

func (s *Service) register() {
	usecase.Register(s.k, usecase.Kind[gcPayload, GCReport]{Type: typeCollect, Run: s.runCollect})
}

// runCollect runs a collection.
func (s *Service) runCollect(ctx context.Context, run *activity.Run, in gcPayload) (GCReport, error) {
	if in.Scheduled { // first, so that the schedule survives a failure of this one
		if err := s.k.DB.Tx(ctx, func(tx *db.Tx) error { return s.planCollection(ctx, tx) }); err != nil {
			return GCReport{}, err
		}
	}
	c := collector{Service: s, run: run, dry: in.DryRun, report: GCReport{DryRun: in.DryRun}}
	if err := c.collect(ctx); err != nil {
		return GCReport{}, err
	}
	return c.report, nil
}

// collector is one running collection.
type collector struct {
	*Service
	run    *activity.Run
	dry    bool
	report GCReport
}

// collect does the parts in the order in which each frees what the next one deletes.
func (c *collector) collect(ctx context.Context) error {
	for _, part := range []func(context.Context) error{c.thinPublications, c.thinCollections, c.expireQueues, c.pruneIndexes, c.prunePool} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) progress(phase string, done, total int) {
	c.run.Progress(activity.Progress{Phase: phase, Done: int64(done), Total: int64(total)})
}

// waiting reports the holders for whom the collection waits.
func (c *collector) waiting(holders []string) {
	const most = 5
	text := strings.Join(holders[:min(len(holders), most)], ", ")
	if len(holders) > most {
		text += fmt.Sprintf(" and %d more", len(holders)-most)
	}
	c.run.Progress(activity.Progress{Phase: "wait for " + text})
}
