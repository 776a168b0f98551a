package app

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
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
func (a *App) SyncPocket(ctx context.Context, path PocketPath) (Activity, error) {
	return a.startOn(ctx, path, TypePocketSync, "Sync", pocket.Mirror, pocketPayload{})
}

// PullPocket starts to give a pocket that pulls what its origin has, as far as its
// filters, components and architectures take it. It is one revision.
func (a *App) PullPocket(ctx context.Context, path PocketPath) (Activity, error) {
	return a.startOn(ctx, path, TypePocketPull, "Pull packages to", pocket.Pull, pocketPayload{})
}

// RemoveFromPocket starts to remove every version of packages from a pocket that takes
// uploads. Names that it does not have do no harm.
func (a *App) RemoveFromPocket(ctx context.Context, path PocketPath, packages []string) (Activity, error) {
	return a.startOn(ctx, path, TypePocketRemove, "Remove packages from", pocket.Upload, pocketPayload{Packages: packages})
}

// startOn starts an operation on a pocket, if none is at work on its distribution.
func (a *App) startOn(ctx context.Context, path PocketPath, typ, what string, mode pocket.Mode, in pocketPayload) (Activity, error) {
	return change(ctx, a, typ, pocketSubject(path), in, func(tx *db.Tx) (Activity, error) {
		at, err := a.pocketToChange(ctx, tx, path)
		if err != nil {
			return Activity{}, err
		}
		if err := at.pocket.Needs(mode); err != nil {
			return Activity{}, err
		}
		return a.submitOn(ctx, tx, at, typ, what, in)
	})
}

func (a *App) submitOn(ctx context.Context, tx *db.Tx, at pocketAt, typ, what string, in pocketPayload) (Activity, error) {
	in.Pocket, in.Name = at.pocket.ID, at.pocket.Name
	return a.submit(ctx, tx, activity.Spec{
		Type: typ, Subject: at.subject(), Summary: at.summary(what), Payload: in,
		Locks:       []activity.Lock{{Resource: distributionLock(at.distribution)}},
		MaxAttempts: 3,
	})
}

// registerPockets makes the kinds of operations known.
func (a *App) registerPockets() {
	a.registerOperation(TypePocketSync, syncShare, (*operation).sync)
	a.registerOperation(TypePocketPull, pullShare, (*operation).pull)
	a.registerOperation(TypePocketRevert, pullShare, (*operation).revert)
	a.registerOperation(TypePocketRemove, pullShare, (*operation).remove)
}

func (a *App) registerOperation(typ string, share int64, work func(*operation, context.Context) error) {
	register(a, Kind[pocketPayload, PocketResult]{
		Type: typ, Run: a.operate(share, work), MayCancel: a.mayCancelOperation,
		About: func(in pocketPayload, show *Activity) { show.PocketID, show.PocketName = in.Pocket, in.Name },
	})
}

// mayCancelOperation lets those end an operation who may begin it.
func (a *App) mayCancelOperation(ctx context.Context, in pocketPayload) error {
	at, err := read(ctx, a, func(tx *db.Tx) (pocketAt, error) { return a.pocketByID(ctx, tx, in.Pocket) })
	if problem.Is(err, problem.NotFound) {
		return access.Require(ctx, access.Repository)
	}
	if err != nil {
		return err
	}
	return access.RequireIn(ctx, access.Repository, at.distribution.AccessGroup)
}

// operation is one of these activities at work.
type operation struct {
	app    *App
	run    *activity.Run
	in     pocketPayload
	at     pocketAt
	result PocketResult
}

// operate returns the work of an operation: its own part, and then a release of the suite,
// which begins at a share of the whole.
func (a *App) operate(share int64, work func(o *operation, ctx context.Context) error) func(context.Context, *activity.Run, pocketPayload) (PocketResult, error) {
	return func(ctx context.Context, run *activity.Run, in pocketPayload) (PocketResult, error) {
		o := &operation{app: a, run: run, in: in}
		var err error
		if o.at, err = read(ctx, a, func(tx *db.Tx) (pocketAt, error) { return a.pocketByID(ctx, tx, in.Pocket) }); err != nil {
			return PocketResult{}, err
		}
		o.result.Pocket = o.at.path().String()
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
	m, err := read(ctx, o.app, func(tx *db.Tx) (mirror.Mirror, error) { return o.app.mirrors.ByID(ctx, tx, o.at.pocket.Collection) })
	if err != nil {
		return err
	}
	var did mirror.Result
	if err := o.step(ctx, syncSpec(m, SyncOptions{}), 0, syncShare, &did); err != nil {
		return err
	}
	o.result.Sync, o.result.Added, o.result.Removed = &did, did.Added, did.Removed
	return nil
}

// publish makes the next release of the suite.
func (o *operation) publish(ctx context.Context, from int64) error {
	place, err := read(ctx, o.app, func(tx *db.Tx) (publish.Publication, error) {
		return o.app.publish.ByID(ctx, tx, o.at.pocket.Publication)
	})
	if err != nil {
		return err
	}
	spec := publishSpec(place, publishPayload{Publication: place.ID})
	spec.UniqueKey = "" // it is to be a step of this operation
	var did PublishResult
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
		next, err := o.app.Engine.Watch(ctx, child.ID, child.Version)
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
	if _, err := read(ctx, o.app, func(tx *db.Tx) (bitset.Set, error) { return o.app.pullable(ctx, tx, o.at) }); err != nil {
		return err
	}
	// Whoever asked for it may look at what it looks at: that was checked then.
	if err := o.app.checkedPull(AsProcess(ctx), o.at, o.in.Check); err != nil {
		return err
	}
	return o.replace(ctx, func(tx *db.Tx, _ bitset.Set) (bitset.Set, error) { return o.app.pullable(ctx, tx, o.at) })
}

// remove takes packages out of the pocket.
func (o *operation) remove(ctx context.Context) error {
	return o.replace(ctx, func(tx *db.Tx, now bitset.Set) (bitset.Set, error) {
		gone, err := o.app.catalog.Called(ctx, tx, now, o.in.Packages)
		return now.Minus(gone), err
	})
}

// replace gives the pocket's collection another set, as one revision.
func (o *operation) replace(ctx context.Context, other func(tx *db.Tx, now bitset.Set) (bitset.Set, error)) error {
	a := o.app
	return a.DB.Tx(ctx, func(tx *db.Tx) error {
		c, err := a.catalog.ByID(ctx, tx, o.at.pocket.Collection)
		if err != nil {
			return err
		}
		now, err := a.catalog.Set(ctx, tx, c.View())
		if err != nil {
			return err
		}
		then, err := other(tx, now)
		if err != nil {
			return err
		}
		o.result.Added, o.result.Removed = then.Minus(now).Len(), now.Minus(then).Len()
		_, _, err = a.catalog.Replace(ctx, tx, c, then, o.run.Activity().ID)
		return err
	})
}

// pullable gives the set that a pull would leave in a pocket.
func (a *App) pullable(ctx context.Context, tx *db.Tx, at pocketAt) (bitset.Set, error) {
	origin, err := a.pocketIn(ctx, tx, at.distribution, at.pocket.Origin(at.distribution.Name))
	if err != nil {
		return bitset.Set{}, problem.Because(fmt.Errorf("the pocket that %s pulls from: %w", at.path(), err), pocket.Unknown)
	}
	c, err := a.catalog.ByID(ctx, tx, origin.pocket.Collection)
	if err != nil {
		return bitset.Set{}, err
	}
	set, err := a.catalog.Set(ctx, tx, c.View())
	if err != nil {
		return bitset.Set{}, err
	}
	if set, err = a.shownIn(ctx, tx, set, at.pocket); err != nil || at.pocket.Filter == pocket.NoFilter {
		return set, err
	}
	named, err := a.catalog.Called(ctx, tx, set, at.pocket.Filters)
	if err != nil {
		return bitset.Set{}, err
	}
	if at.pocket.Filter == pocket.Blocklist {
		return set.Minus(named), nil
	}
	return named, nil
}

// shownIn gives the packages of a set that are of the components, architectures and kinds of
// a pocket.
func (a *App) shownIn(ctx context.Context, tx *db.Tx, set bitset.Set, p pocket.Pocket) (bitset.Set, error) {
	single, err := a.single(ctx, tx, p)
	if err != nil {
		return set, err
	}
	if !single {
		if set, err = a.ofAny(ctx, tx, set, p.Components, a.catalog.OfComponent); err != nil {
			return set, err
		}
	}
	wanted := p.Architectures
	if !onlySources(wanted) {
		wanted = append([]string{"all"}, wanted...)
	}
	if set, err = a.ofAny(ctx, tx, set, wanted, a.catalog.OfArchitecture); err != nil {
		return set, err
	}
	udebs, err := a.catalog.OfType(ctx, tx, catalog.UDeb)
	if err == nil && !p.UDebs {
		set = set.Minus(udebs)
	}
	if err != nil {
		return set, err
	}
	return a.catalog.PackagesOf(ctx, tx, set)
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
func (a *App) ofAny(ctx context.Context, tx *db.Tx, set bitset.Set, values []string, of func(context.Context, *db.Tx, string) (bitset.Set, error)) (bitset.Set, error) {
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
