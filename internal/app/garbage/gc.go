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

// GC adjusts a collection of garbage.
type GC struct {
	DryRun bool `json:"dry_run,omitempty" doc:"Only tell what would go; what is shared with the states that would go is not counted"`
}

// GCReport is what a collection of garbage did, or would do.
type GCReport struct {
	DryRun bool `json:"dry_run,omitempty"`

	Revisions int   `json:"revisions" doc:"States of mirrors, repos and snapshots that were dropped"`
	Releases  int   `json:"releases" doc:"Releases of publications that were dropped"`
	Packages  int   `json:"packages" doc:"That no state lists any more"`
	Members   int   `json:"members" doc:"Packages as suites list them, likewise"`
	Indexes   int   `json:"indexes" doc:"Tables of indexes, and parts of such, that no release has any more"`
	Deferred  int   `json:"deferred" doc:"Files left upstream that nothing needs any more"`
	Blobs     int   `json:"blobs" doc:"Files of the pool that nothing needs any more"`
	Bytes     int64 `json:"bytes" doc:"Of those"`
	Saved     int   `json:"saved,omitempty" doc:"Files of the pool that came to be needed meanwhile"`

	Kept GCKept `json:"kept" doc:"States that stay, counted by the first reason that holds"`

	PoolBlobs int   `json:"pool_blobs" doc:"Left in the pool"`
	PoolBytes int64 `json:"pool_bytes"`
}

// GCKept counts the states that stay.
type GCKept struct {
	Newest    int `json:"newest" doc:"What there is now"`
	Retention int `json:"retention" doc:"By the retention of their collections and publications"`
	Pinned    int `json:"pinned" doc:"Pinned releases, what snapshots are the same as, what places of other servers have"`
	Releases  int `json:"releases" doc:"Built into a release that stays"`
	Grace     int `json:"grace" doc:"Clients or work under way may ask for them still"`
}

// CollectGarbage starts to drop the past states that no retention keeps, and all
// that nothing needs any more then: packages, indexes, files of the pool. Other work
// goes on meanwhile. The result of the activity is a GCReport. While a collection
// waits to begin, asking again gives the same activity.
func (s *Service) Collect(ctx context.Context, in GC) (usecase.Activity, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Admin, Action: "gc", Subject: "", Detail: in}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) { return s.k.Submit(ctx, tx, collectSpec(in)) })
}

func collectSpec(in GC) activity.Spec {
	return activity.Spec{
		Type: typeCollect, Payload: in, UniqueKey: fmt.Sprintf("%s dry=%t", typeCollect, in.DryRun),
		Locks: []activity.Lock{{Resource: typeCollect}}, MaxAttempts: 3,
	}
}

// gcPayload is what is stored of a collection.
type gcPayload struct {
	GC
	Scheduled bool `json:"scheduled,omitempty"` // it is one of a row
}

// StartCollecting has garbage collected from time to time, as often as
// [Parts.CollectEvery] says: the first time so long from now, if it is not planned
// for an earlier time already.
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

// planCollection plans the next collection of the row, unless one is planned.
func (s *Service) planCollection(ctx context.Context, tx *db.Tx) error {
	if s.k.Settings.CollectEvery <= 0 {
		return nil
	}
	spec := collectSpec(GC{})
	spec.Payload, spec.UniqueKey, spec.RunAt = gcPayload{Scheduled: true}, typeCollect+" scheduled", s.k.Now().Add(s.k.Settings.CollectEvery)
	_, err := s.k.Submit(ctx, tx, spec)
	return err
}

// registerGarbage makes the kind of collections known.
func (s *Service) register() {
	usecase.Register(s.k, usecase.Kind[gcPayload, GCReport]{Type: typeCollect, Run: s.runCollect})
}

// runCollect is the activity of a collection.
func (s *Service) runCollect(ctx context.Context, run *activity.Run, in gcPayload) (GCReport, error) {
	if in.Scheduled { // whatever becomes of this one
		if err := s.k.DB.Tx(ctx, func(tx *db.Tx) error { return s.planCollection(ctx, tx) }); err != nil {
			return GCReport{}, err
		}
	}
	c := collector{app: s, run: run, dry: in.DryRun, report: GCReport{DryRun: in.DryRun}}
	if err := c.collect(ctx); err != nil {
		return GCReport{}, err
	}
	return c.report, nil
}

// collector carries one collection.
type collector struct {
	app    *Service
	run    *activity.Run
	dry    bool
	report GCReport
}

// collect does the parts in the order in which each sets free what the next one
// looks for.
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

// waiting tells for whom a collection waits.
func (c *collector) waiting(holders []string) {
	const most = 5
	text := strings.Join(holders[:min(len(holders), most)], ", ")
	if len(holders) > most {
		text += fmt.Sprintf(" and %d more", len(holders)-most)
	}
	c.run.Progress(activity.Progress{Phase: "wait for " + text})
}
