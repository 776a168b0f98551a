package pockets

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// The types of the operations on pockets. A distribution has one operation at a time. Their progress
// is in percent.
const (
	TypeSync   = "pocket.sync"
	TypePull   = "pocket.pull"
	TypeRemove = "pocket.remove"
)

// payload is the stored payload of an operation.
type payload struct {
	Pocket   int64    `json:"pocket,omitempty"`
	Name     string   `json:"name,omitempty"`
	Packages []string `json:"packages,omitempty"` // to remove
	Check    *Joined  `json:"check,omitempty"`    // refuse a pull that breaks packages
	Revision int64    `json:"revision,omitempty"` // to revert to
}

// Result is the result of an operation.
type Result struct {
	Pocket  string         `json:"pocket"`
	Sync    *mirror.Result `json:"sync,omitempty"`
	Added   int            `json:"added"`
	Removed int            `json:"removed"`
	Release int64          `json:"release" doc:"The newest release of its suite"`
}

// Sync starts an activity that syncs a pocket that mirrors, and publishes it.
func (s *Service) Sync(ctx context.Context, path Path) (usecase.Activity, error) {
	return s.startOn(ctx, path, TypeSync, "Sync", pocket.Mirror, payload{})
}

// Pull starts an activity that copies the packages of the origin into a pocket that pulls, as one
// revision, and publishes it. The pocket's filters, components and architectures select them.
func (s *Service) Pull(ctx context.Context, path Path) (usecase.Activity, error) {
	return s.startOn(ctx, path, TypePull, "Pull packages to", pocket.Pull, payload{})
}

// Remove starts an activity that removes all versions of packages from a pocket that accepts
// uploads, and publishes it. It ignores names that the pocket lacks.
func (s *Service) Remove(ctx context.Context, path Path, packages []string) (usecase.Activity, error) {
	return s.startOn(ctx, path, TypeRemove, "Remove packages from", pocket.Upload, payload{Packages: packages})
}

// startOn starts an operation on a pocket of an idle distribution.
func (s *Service) startOn(ctx context.Context, path Path, typ, what string, mode pocket.Mode, in payload) (usecase.Activity, error) {
	return usecase.Change(ctx, s.k, scoped(typ, path.Subject(), in), func(tx *db.Tx, act *usecase.Act) (usecase.Activity, error) {
		at, err := s.pocketToChange(ctx, tx, act, path)
		if err != nil {
			return usecase.Activity{}, err
		}
		if err := at.Pocket.Needs(mode); err != nil {
			return usecase.Activity{}, err
		}
		return s.submitOn(ctx, tx, at, typ, what, in)
	})
}

func (s *Service) submitOn(ctx context.Context, tx *db.Tx, at pocket.Located, typ, what string, in payload) (usecase.Activity, error) {
	in.Pocket, in.Name = at.Pocket.ID, at.Pocket.Name
	return s.k.Submit(ctx, tx, activity.Spec{
		Type: typ, Subject: at.Path().Subject(), Summary: at.Summary(what), Payload: in,
		Locks:       []activity.Lock{{Resource: distributionLock(at.Distribution)}},
		MaxAttempts: 3,
	})
}

// register registers the kinds of operations.
func (s *Service) register() {
	s.registerOperation(TypeSync, syncShare, (*operation).sync)
	s.registerOperation(TypePull, pullShare, (*operation).pull)
	s.registerOperation(TypeRevert, pullShare, (*operation).revert)
	s.registerOperation(TypeRemove, pullShare, (*operation).remove)
}

func (s *Service) registerOperation(typ string, share int64, work func(*operation, context.Context) error) {
	usecase.Register(s.k, usecase.Kind[payload, Result]{
		Type: typ, Run: s.operate(share, work), MayCancel: s.mayCancelOperation,
		About: func(in payload, show *usecase.Activity) { show.PocketID, show.PocketName = in.Pocket, in.Name },
	})
}

// mayCancelOperation requires the permission to start an operation.
func (s *Service) mayCancelOperation(ctx context.Context, in payload) error {
	at, err := s.locate(ctx, in.Pocket)
	if problem.Is(err, problem.NotFound) {
		return access.Require(ctx, access.Repository)
	}
	if err != nil {
		return err
	}
	return access.RequireIn(ctx, access.Repository, at.Distribution.AccessGroup)
}

// locate returns a pocket by id.
func (s *Service) locate(ctx context.Context, id int64) (pocket.Located, error) {
	return usecase.View(ctx, s.k, func(tx *db.Tx) (pocket.Located, error) { return s.pocket.Locate(ctx, tx, id) })
}

// operation is a running activity on a pocket.
type operation struct {
	s      *Service
	run    *activity.Run
	in     payload
	at     pocket.Located
	result Result
}

// operate returns the handler of an operation: its work, and then a release of the suite. share is
// the progress after the work, in percent.
func (s *Service) operate(share int64, work func(o *operation, ctx context.Context) error) func(context.Context, *activity.Run, payload) (Result, error) {
	return func(ctx context.Context, run *activity.Run, in payload) (Result, error) {
		o := &operation{s: s, run: run, in: in}
		var err error
		if o.at, err = s.locate(ctx, in.Pocket); err != nil {
			return Result{}, err
		}
		o.result.Pocket = o.at.Path().String()
		if err := work(o, ctx); err != nil {
			return Result{}, err
		}
		if err := o.publish(ctx, share); err != nil {
			return Result{}, err
		}
		return o.result, run.Commit(ctx, &o.result, func(*db.Tx) error { return nil })
	}
}

// sync syncs the mirror.
func (o *operation) sync(ctx context.Context) error {
	m, err := usecase.View(ctx, o.s.k, func(tx *db.Tx) (mirror.Mirror, error) { return o.s.mirror.ByID(ctx, tx, o.at.Pocket.Collection) })
	if err != nil {
		return err
	}
	var did mirror.Result
	if err := o.step(ctx, mirrors.SyncSpec(m, mirrors.SyncOptions{}), 0, syncShare, &did); err != nil {
		return err
	}
	o.result.Sync, o.result.Added, o.result.Removed = &did, did.Added, did.Removed
	return nil
}

// publish makes the next release of the suite.
func (o *operation) publish(ctx context.Context, from int64) error {
	publication, err := usecase.View(ctx, o.s.k, func(tx *db.Tx) (publish.Publication, error) {
		return o.s.publish.ByID(ctx, tx, o.at.Pocket.Publication)
	})
	if err != nil {
		return err
	}
	spec := publications.Spec(publication, publications.Payload{Publication: publication.ID})
	spec.UniqueKey = "" // always a step of this operation, never a release that already waits
	var did publications.Result
	err = o.step(ctx, spec, from, 100, &did)
	o.result.Release = did.Release
	return err
}

// step runs a part of the operation as a child activity, between two percentages of progress, and
// decodes its result.
func (o *operation) step(ctx context.Context, spec activity.Spec, from, to int64, result any) error {
	spec.CreatedBy = o.run.Activity().CreatedBy
	child, err := o.run.Child(ctx, spec)
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { o.report(watching, child, from, to) })
	all, err := o.run.WaitChildren(ctx)
	stop()
	watcher.Wait()
	if err != nil {
		return err
	}
	return resultOf(all, child.ID, result)
}

// resultOf decodes the result of a child activity, or returns its error.
func resultOf(all []activity.Activity, id int64, result any) error {
	for _, c := range all {
		switch {
		case c.ID != id:
		case c.Status == activity.Done:
			return json.Unmarshal(c.Result, result)
		case c.Error != nil:
			return c.Error.Problem()
		default:
			return problem.New(problem.Conflict, "activity %d, which was a step of this one, was %s", id, c.Status)
		}
	}
	return fmt.Errorf("activity %d is gone", id)
}

// report shows the progress of a step as progress of the operation, between two percentages.
func (o *operation) report(ctx context.Context, child activity.Activity, from, to int64) {
	far := int64(1)
	for ctx.Err() == nil && !child.Status.Finished() {
		far = max(far, from+int64(float64(to-from)*child.Progress.Fraction()))
		o.run.Progress(activity.Progress{Phase: child.Progress.Phase, Done: far, Total: 100})
		next, err := o.s.k.Engine.Watch(ctx, child.ID, child.Version)
		if err != nil {
			return
		}
		child = next
	}
}

// The progress of operations in percent after their work, before the release.
const (
	syncShare = 95
	pullShare = 20
)

// pull copies the packages of the origin.
func (o *operation) pull(ctx context.Context) error {
	// The first look loads the needed columns into memory, so that the transaction below is short.
	if _, err := usecase.View(ctx, o.s.k, func(tx *db.Tx) (bitset.Set, error) { return o.s.pullable(ctx, tx, o.at) }); err != nil {
		return err
	}
	// The caller's permissions were checked at the start.
	if err := o.s.checkedPull(usecase.AsProcess(ctx), o.at, o.in.Check); err != nil {
		return err
	}
	return o.replace(ctx, func(tx *db.Tx, _ bitset.Set) (bitset.Set, error) { return o.s.pullable(ctx, tx, o.at) })
}

// remove removes packages.
func (o *operation) remove(ctx context.Context) error {
	return o.replace(ctx, func(tx *db.Tx, now bitset.Set) (bitset.Set, error) {
		gone, err := o.s.k.Catalog.Called(ctx, tx, now, o.in.Packages)
		return now.Minus(gone), err
	})
}

// replace replaces the packages of the pocket by other ones, as one revision.
func (o *operation) replace(ctx context.Context, other func(tx *db.Tx, now bitset.Set) (bitset.Set, error)) error {
	return o.s.k.DB.Tx(ctx, func(tx *db.Tx) error {
		c, now, err := o.s.k.Catalog.Current(ctx, tx, o.at.Pocket.Collection)
		if err != nil {
			return err
		}
		then, err := other(tx, now)
		if err != nil {
			return err
		}
		o.result.Added, o.result.Removed = then.Minus(now).Len(), now.Minus(then).Len()
		_, _, err = o.s.k.Catalog.Replace(ctx, tx, c, then, o.run.Activity().ID)
		return err
	})
}
