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
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// The activities that work on pockets. Of those on one distribution there is one at a
// time; their progress is in percent.
const (
	TypePocketSync   = "pocket.sync"
	TypePocketPull   = "pocket.pull"
	TypePocketRemove = "pocket.remove"
)

// pocketPayload is what such an activity is about.
type pocketPayload struct {
	Pocket   int64    `json:"pocket,omitempty"`
	Name     string   `json:"name,omitempty"`
	Packages []string `json:"packages,omitempty"` // to be removed
	Check    *Joined  `json:"check,omitempty"`    // pull only what breaks nothing
	Revision int64    `json:"revision,omitempty"` // to go back to
}

// PocketResult is what such an activity did.
type PocketResult struct {
	Pocket  string         `json:"pocket"`
	Sync    *mirror.Result `json:"sync,omitempty"`
	Added   int            `json:"added"`
	Removed int            `json:"removed"`
	Release int64          `json:"release" doc:"The newest release of its suite"`
}

// SyncPocket starts to bring a pocket that mirrors up to date, and its suite with it.
func (s *Service) Sync(ctx context.Context, path PocketPath) (usecase.Activity, error) {
	return s.startOn(ctx, path, TypePocketSync, "Sync", pocket.Mirror, pocketPayload{})
}

// PullPocket starts to give a pocket that pulls what its origin has, as far as its
// filters, components and architectures take it. It is one revision.
func (s *Service) Pull(ctx context.Context, path PocketPath) (usecase.Activity, error) {
	return s.startOn(ctx, path, TypePocketPull, "Pull packages to", pocket.Pull, pocketPayload{})
}

// RemoveFromPocket starts to remove every version of packages from a pocket that takes
// uploads. Names that it does not have do no harm.
func (s *Service) Remove(ctx context.Context, path PocketPath, packages []string) (usecase.Activity, error) {
	return s.startOn(ctx, path, TypePocketRemove, "Remove packages from", pocket.Upload, pocketPayload{Packages: packages})
}

// startOn starts an operation on a pocket, if none is at work on its distribution.
func (s *Service) startOn(ctx context.Context, path PocketPath, typ, what string, mode pocket.Mode, in pocketPayload) (usecase.Activity, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: typ, Subject: pocketSubject(path), Detail: in}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		at, err := s.pocketToChange(ctx, tx, path)
		if err != nil {
			return usecase.Activity{}, err
		}
		if err := at.Pocket.Needs(mode); err != nil {
			return usecase.Activity{}, err
		}
		return s.submitOn(ctx, tx, at, typ, what, in)
	})
}

func (s *Service) submitOn(ctx context.Context, tx *db.Tx, at pocketAt, typ, what string, in pocketPayload) (usecase.Activity, error) {
	in.Pocket, in.Name = at.Pocket.ID, at.Pocket.Name
	return s.k.Submit(ctx, tx, activity.Spec{
		Type: typ, Subject: at.subject(), Summary: at.summary(what), Payload: in,
		Locks:       []activity.Lock{{Resource: distributionLock(at.Distribution)}},
		MaxAttempts: 3,
	})
}

// registerPockets makes the kinds of operations known.
func (s *Service) register() {
	s.registerOperation(TypePocketSync, syncShare, (*operation).sync)
	s.registerOperation(TypePocketPull, pullShare, (*operation).pull)
	s.registerOperation(TypePocketRevert, pullShare, (*operation).revert)
	s.registerOperation(TypePocketRemove, pullShare, (*operation).remove)
}

func (s *Service) registerOperation(typ string, share int64, work func(*operation, context.Context) error) {
	usecase.Register(s.k, usecase.Kind[pocketPayload, PocketResult]{
		Type: typ, Run: s.operate(share, work), MayCancel: s.mayCancelOperation,
		About: func(in pocketPayload, show *usecase.Activity) { show.PocketID, show.PocketName = in.Pocket, in.Name },
	})
}

// mayCancelOperation lets those end an operation who may begin it.
func (s *Service) mayCancelOperation(ctx context.Context, in pocketPayload) error {
	at, err := usecase.View(ctx, s.k, func(tx *db.Tx) (pocketAt, error) { return s.PocketByID(ctx, tx, in.Pocket) })
	if problem.Is(err, problem.NotFound) {
		return access.Require(ctx, access.Repository)
	}
	if err != nil {
		return err
	}
	return access.RequireIn(ctx, access.Repository, at.Distribution.AccessGroup)
}

// operation is one of these activities at work.
type operation struct {
	app    *Service
	run    *activity.Run
	in     pocketPayload
	at     pocketAt
	result PocketResult
}

// operate returns the work of an operation: its own part, and then a release of the suite,
// which begins at a share of the whole.
func (s *Service) operate(share int64, work func(o *operation, ctx context.Context) error) func(context.Context, *activity.Run, pocketPayload) (PocketResult, error) {
	return func(ctx context.Context, run *activity.Run, in pocketPayload) (PocketResult, error) {
		o := &operation{app: s, run: run, in: in}
		var err error
		if o.at, err = usecase.View(ctx, s.k, func(tx *db.Tx) (pocketAt, error) { return s.PocketByID(ctx, tx, in.Pocket) }); err != nil {
			return PocketResult{}, err
		}
		o.result.Pocket = o.at.Path().String()
		if err := work(o, ctx); err != nil {
			return PocketResult{}, err
		}
		if err := o.publish(ctx, share); err != nil {
			return PocketResult{}, err
		}
		return o.result, run.Commit(ctx, &o.result, func(*db.Tx) error { return nil })
	}
}

// sync brings the mirror up to date.
func (o *operation) sync(ctx context.Context) error {
	m, err := usecase.View(ctx, o.app.k, func(tx *db.Tx) (mirror.Mirror, error) { return o.app.mirror.ByID(ctx, tx, o.at.Pocket.Collection) })
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
	place, err := usecase.View(ctx, o.app.k, func(tx *db.Tx) (publish.Publication, error) {
		return o.app.publish.ByID(ctx, tx, o.at.Pocket.Publication)
	})
	if err != nil {
		return err
	}
	spec := publications.Spec(place, publications.Payload{Publication: place.ID})
	spec.UniqueKey = "" // it is to be a step of this operation
	var did publications.Result
	err = o.step(ctx, spec, from, 100, &did)
	o.result.Release = did.Release
	return err
}

// step does a part of the operation as an activity below it, which goes from one percentage to
// another, and reads its result.
func (o *operation) step(ctx context.Context, spec activity.Spec, from, to int64, result any) error {
	spec.CreatedBy = o.run.Activity().CreatedBy
	child, err := o.run.Child(ctx, spec)
	if err != nil {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	var watcher sync.WaitGroup
	watcher.Go(func() { o.tell(watching, child, from, to) })
	all, err := o.run.WaitChildren(ctx)
	stop()
	watcher.Wait()
	if err != nil {
		return err
	}
	return resultOf(all, child.ID, result)
}

// resultOf reads the result of the child with a number, or gives why it has none.
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

// tell reports the progress of a step as that of the operation, between two percentages.
func (o *operation) tell(ctx context.Context, child activity.Activity, from, to int64) {
	far := int64(1)
	for ctx.Err() == nil && !child.Status.Finished() {
		far = max(far, from+int64(float64(to-from)*child.Progress.Fraction()))
		o.run.Progress(activity.Progress{Phase: child.Progress.Phase, Done: far, Total: 100})
		next, err := o.app.k.Engine.Watch(ctx, child.ID, child.Version)
		if err != nil {
			return
		}
		child = next
	}
}

// The percentages of operations at which the packages are there, and the suite is to be
// published.
const (
	syncShare = 95
	pullShare = 20
)

// pull gives the pocket what its origin has.
func (o *operation) pull(ctx context.Context) error {
	// Looked at before, what it needs to know is in memory when others wait for it.
	if _, err := usecase.View(ctx, o.app.k, func(tx *db.Tx) (bitset.Set, error) { return o.app.pullable(ctx, tx, o.at) }); err != nil {
		return err
	}
	// Whoever asked for it may look at what it looks at: that was checked then.
	if err := o.app.checkedPull(usecase.AsProcess(ctx), o.at, o.in.Check); err != nil {
		return err
	}
	return o.replace(ctx, func(tx *db.Tx, _ bitset.Set) (bitset.Set, error) { return o.app.pullable(ctx, tx, o.at) })
}

// remove takes packages out of the pocket.
func (o *operation) remove(ctx context.Context) error {
	return o.replace(ctx, func(tx *db.Tx, now bitset.Set) (bitset.Set, error) {
		gone, err := o.app.k.Catalog.Called(ctx, tx, now, o.in.Packages)
		return now.Minus(gone), err
	})
}

// replace gives the pocket's collection another set, as one revision.
func (o *operation) replace(ctx context.Context, other func(tx *db.Tx, now bitset.Set) (bitset.Set, error)) error {
	a := o.app
	return a.k.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := a.k.Catalog.ByID(ctx, tx, o.at.Pocket.Collection)
		if err != nil {
			return err
		}
		now, err := a.k.Catalog.Set(ctx, tx, c.View())
		if err != nil {
			return err
		}
		then, err := other(tx, now)
		if err != nil {
			return err
		}
		o.result.Added, o.result.Removed = then.Minus(now).Len(), now.Minus(then).Len()
		_, _, err = a.k.Catalog.Replace(ctx, tx, c, then, o.run.Activity().ID)
		return err
	})
}

// pullable gives the set that a pull would leave in a pocket.
func (s *Service) pullable(ctx context.Context, tx *db.Tx, at pocketAt) (bitset.Set, error) {
	origin, err := s.PocketIn(ctx, tx, at.Distribution, at.Pocket.Origin(at.Distribution.Name))
	if err != nil {
		return bitset.Set{}, problem.Because(fmt.Errorf("the pocket that %s pulls from: %w", at.Path(), err), pocket.Unknown)
	}
	c, err := s.k.Catalog.ByID(ctx, tx, origin.Pocket.Collection)
	if err != nil {
		return bitset.Set{}, err
	}
	set, err := s.k.Catalog.Set(ctx, tx, c.View())
	if err != nil {
		return bitset.Set{}, err
	}
	if set, err = s.shownIn(ctx, tx, set, at.Pocket); err != nil || at.Pocket.Filter == pocket.NoFilter {
		return set, err
	}
	named, err := s.k.Catalog.Called(ctx, tx, set, at.Pocket.Filters)
	if err != nil {
		return bitset.Set{}, err
	}
	if at.Pocket.Filter == pocket.Blocklist {
		return set.Minus(named), nil
	}
	return named, nil
}

// shownIn gives the packages of a set that are of the components, architectures and kinds of
// a pocket.
func (s *Service) shownIn(ctx context.Context, tx *db.Tx, set bitset.Set, p pocket.Pocket) (bitset.Set, error) {
	single, err := s.single(ctx, tx, p)
	if err != nil {
		return set, err
	}
	if !single {
		if set, err = s.ofAny(ctx, tx, set, p.Components, s.k.Catalog.OfComponent); err != nil {
			return set, err
		}
	}
	wanted := p.Architectures
	if !onlySources(wanted) {
		wanted = append([]string{"all"}, wanted...)
	}
	if set, err = s.ofAny(ctx, tx, set, wanted, s.k.Catalog.OfArchitecture); err != nil {
		return set, err
	}
	udebs, err := s.k.Catalog.OfType(ctx, tx, catalog.UDeb)
	if err == nil && !p.UDebs {
		set = set.Minus(udebs)
	}
	if err != nil {
		return set, err
	}
	return s.k.Catalog.PackagesOf(ctx, tx, set)
}

// onlySources tells whether no architecture is one of binary packages.
func onlySources(architectures []string) bool {
	for _, name := range architectures {
		if name != "source" {
			return false
		}
	}
	return true
}

// ofAny gives the members of a set that one of the values chooses.
func (s *Service) ofAny(ctx context.Context, tx *db.Tx, set bitset.Set, values []string, of func(context.Context, *db.Tx, string) (bitset.Set, error)) (bitset.Set, error) {
	var union bitset.Set
	for _, value := range values {
		chosen, err := of(ctx, tx, value)
		if err != nil {
			return union, err
		}
		union = union.Union(set.Intersect(chosen))
	}
	return union, nil
}
