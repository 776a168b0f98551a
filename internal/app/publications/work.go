package publications

import (
	"context"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

const typePublish = "publish"

// Payload is the payload of an activity that publishes.
type Payload struct {
	Publication int64 `json:"publication"`
	Rebuild     bool  `json:"rebuild,omitempty"`
	Renewal     bool  `json:"renewal,omitempty"`   // before the release expires
	Withdraw    bool  `json:"withdraw,omitempty"`  // remove a dropped publication from its endpoint
	Overwrite   bool  `json:"overwrite,omitempty"` // replace files of the pool

	passphrase string // of GnuPG's keys; only in memory
}

// Result is the result of an activity that publishes.
type Result struct {
	Unchanged bool      `json:"unchanged"`
	Release   int64     `json:"release"`
	Packages  int       `json:"packages"`
	At        time.Time `json:"at"`
	Warnings  []string  `json:"warnings,omitempty"` // about faulty packages
}

// register registers the kinds of work on publications.
func (s *Service) register() {
	usecase.Register(s.k, usecase.Kind[Payload, Result]{
		Type: typePublish, Run: s.runPublish,
		MayCancel: func(ctx context.Context, _ Payload) error { return access.Require(ctx, access.Publish) },
	})
	usecase.Register(s.k, usecase.Kind[tidyPayload, any]{Type: typeTidy, Run: s.runTidy})
}

// Submit starts a publish. While an equal one waits, it returns that one.
func (s *Service) Submit(ctx context.Context, tx *db.Tx, p publish.Publication, in Payload) (usecase.Activity, error) {
	return s.k.Submit(ctx, tx, Spec(p, in))
}

// Spec returns the activity of a publish, for those who start it as a child of another.
func Spec(p publish.Publication, in Payload) activity.Spec {
	return activity.Spec{
		Type: typePublish, Subject: subject(p), Payload: in,
		Locks:       locks(p),
		UniqueKey:   fmt.Sprintf("%s %d rebuild=%t overwrite=%t", typePublish, p.ID, in.Rebuild, in.Overwrite),
		MaxAttempts: 3,
	}
}

// begin starts a publish that needs a passphrase, which is stored nowhere: it runs in this
// process, and ends with it.
func (s *Service) begin(ctx context.Context, in Payload) (usecase.Activity, error) {
	p, err := usecase.View(ctx, s.k, func(tx *db.Tx) (publish.Publication, error) { return s.publish.ByID(ctx, tx, in.Publication) })
	if err != nil {
		return usecase.Activity{}, err
	}
	spec := activity.Spec{Type: typePublish, Subject: subject(p), Payload: in, Locks: locks(p)}
	started, _, err := s.k.BeginHere(ctx, spec, func(ctx context.Context, run *activity.Run) (any, error) { return s.release(ctx, run, in) })
	return started, err
}

// renew schedules the release that follows one with a limited validity.
func (s *Service) renew(ctx context.Context, tx *db.Tx, p publish.Publication, r publish.Release) error {
	after := r.RenewAfter()
	if after == 0 {
		return nil
	}
	_, err := s.k.Submit(ctx, tx, activity.Spec{
		Type: typePublish, Subject: subject(p), Payload: Payload{Publication: p.ID, Renewal: true},
		Locks:       locks(p),
		RunAt:       s.k.Now().Add(after),
		UniqueKey:   fmt.Sprintf("%s %d renewal", typePublish, p.ID),
		MaxAttempts: 3,
	})
	return err
}

func subject(p publish.Publication) string {
	return "publish:" + publish.JoinPlace(p.Endpoint, p.Prefix) + "/" + p.Distribution
}

// locks makes the publications of one prefix take turns: they share a pool.
func locks(p publish.Publication) []activity.Lock { return placeLocks(p.Endpoint, p.Prefix) }

func placeLocks(endpoint, prefix string) []activity.Lock {
	return []activity.Lock{{Resource: "prefix:" + endpoint + "/" + prefix}}
}
