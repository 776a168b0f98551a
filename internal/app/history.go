package app

import (
	"context"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// Revision is one change of a collection, or one release of a publication.
type Revision struct {
	Number   int64     `json:"number"`
	At       time.Time `json:"at"`
	Added    int       `json:"added"`
	Removed  int       `json:"removed"`
	Packages int       `json:"packages" doc:"How many there were then"`
	Activity int64     `json:"activity,omitempty"`
	By       string    `json:"by,omitempty" doc:"Who did it, or asked for it"`
	Action   string    `json:"action,omitempty" doc:"What was done, such as repo.add or sync"`
	Sources  []string  `json:"sources,omitempty" doc:"Of a release: what it was built from, with revisions"`
	Snapshot string    `json:"snapshot,omitempty" doc:"Of a release: the time under which it is served, below the prefix"`
}

// History lists what became of a collection or publication, newest first: its
// revisions or its releases, from the state on that a reference names.
func (a *App) History(ctx context.Context, ref Ref, p Page) (List[Revision], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return List[Revision]{}, err
	}
	before, err := pageNumber(p)
	if err != nil {
		return List[Revision]{}, err
	}
	if err := a.settle(ctx, ref); err != nil {
		return List[Revision]{}, err
	}
	list, err := read(ctx, a, func(tx *db.Tx) ([]Revision, error) {
		if ref.Kind == Published {
			return a.releaseHistory(ctx, tx, ref, before, p.limit()+1)
		}
		return a.collectionHistory(ctx, tx, ref, before, p.limit()+1)
	})
	if err != nil {
		return List[Revision]{}, err
	}
	l := pageOf(list, p.limit(), func(r Revision) string { return number(r.Number) })
	return l, a.tellWho(ctx, l.Items)
}

// CollectionLog lists the revisions of a collection, newest first.
func (a *App) CollectionLog(ctx context.Context, ref Ref, p Page) (List[Revision], error) {
	return a.History(ctx, ref, p)
}

func (a *App) collectionHistory(ctx context.Context, tx *db.Tx, ref Ref, before int64, limit int) ([]Revision, error) {
	c, v, err := a.view(ctx, tx, ref)
	if err != nil {
		return nil, err
	}
	if v.Revision == 0 {
		return nil, nil
	}
	if before == 0 || before > v.Revision {
		before = v.Revision + 1
	}
	log, err := a.catalog.Log(ctx, tx, c.ID, before, limit)
	if err != nil {
		return nil, err
	}
	list := make([]Revision, len(log))
	for i, r := range log {
		list[i] = Revision{Number: r.Number, At: stamp(r.At), Added: r.Added, Removed: r.Removed, Packages: r.Members, Activity: r.Activity}
	}
	return list, a.auditedBy(ctx, tx, c.Ref(), list)
}

// auditedBy adds who made revisions that no activity made: the entry of the log
// that was made at the same instant.
func (a *App) auditedBy(ctx context.Context, tx *db.Tx, subject string, list []Revision) error {
	var first, last int64
	at := map[int64]*Revision{}
	for i := range list {
		if r := &list[i]; r.Activity == 0 {
			first, last = r.At.UnixMicro(), max(last, r.At.UnixMicro())
			at[first] = r
		}
	}
	if len(at) == 0 {
		return nil
	}
	// People also do what makes no revision, so there may be more entries.
	for before := int64(0); ; {
		entries, err := access.Log(ctx, tx, access.Filter{Subject: subject, Since: first, Until: last + 1}, before, maxShown)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if r := at[e.At]; r != nil {
				r.By, r.Action = e.Who, e.Action
			}
		}
		if len(entries) < maxShown {
			return nil
		}
		before = entries[len(entries)-1].ID
	}
}

// tellWho adds who asked for the activities that made revisions. Those that were
// forgotten since tell nothing.
func (a *App) tellWho(ctx context.Context, list []Revision) error {
	for i := range list {
		r := &list[i]
		if r.Activity == 0 {
			continue
		}
		made, err := a.Engine.Get(ctx, r.Activity)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		r.By, r.Action = made.CreatedBy, made.Type
	}
	return nil
}

// releaseHistory compares each release with the one before it.
func (a *App) releaseHistory(ctx context.Context, tx *db.Tx, ref Ref, before int64, limit int) ([]Revision, error) {
	p, newest, err := a.releaseOf(ctx, tx, ref)
	if err != nil || newest.Number == 0 {
		return nil, err
	}
	if before == 0 || before > newest.Number {
		before = newest.Number + 1
	}
	log, err := a.publish.Log(ctx, tx, p.ID, before, limit+1)
	if err != nil {
		return nil, err
	}
	sets := make([]bitset.Set, len(log)+1)
	for i, r := range log {
		if sets[i], err = a.publish.Members(ctx, tx, r); err != nil {
			return nil, err
		}
	}
	list := make([]Revision, min(limit, len(log)))
	for i := range list {
		r := log[i]
		list[i] = Revision{
			Number: r.Number, At: stamp(r.At), Added: sets[i].Minus(sets[i+1]).Len(), Removed: sets[i+1].Minus(sets[i]).Len(), Packages: r.Packages,
			Activity: r.Activity, Sources: publish.SourceNames(r.Sources), Snapshot: stamp(r.At).Format(snapshotForm),
		}
	}
	return list, nil
}

// Reverted is what became of a revert: the change of a repo, or the work on a
// publication's next release.
type Reverted struct {
	Change   *RepoChange `json:"change,omitempty"`
	Activity *Activity   `json:"activity,omitempty"`
}

// Revert makes a repo or a publication as a past state of it was: a repo gets a
// further revision with the packages of then, a publication a further release of
// the views of then. The sources of the publication are held at these views until
// it is given others, or is told to follow them again.
//
// A mirror cannot be reverted, for its next sync would undo it, nor a snapshot,
// which never changes: both are problem.Invalid.
func (a *App) Revert(ctx context.Context, ref Ref) (Reverted, error) {
	if !ref.Past() {
		return Reverted{}, problem.New(problem.Invalid, "nothing says to which state").In("ref").WithHint("put @TIME or #NUMBER behind it; `aptarium log` lists the states")
	}
	switch ref.Kind {
	case catalog.Repo:
		change, err := a.revertRepo(ctx, ref)
		return Reverted{Change: &change}, err
	case Published:
		started, err := a.revertPublication(ctx, ref)
		return Reverted{Activity: &started}, err
	case catalog.Mirror:
		return Reverted{}, problem.New(problem.Invalid, "a mirror follows its upstream: the next sync would undo it").In("ref").
			WithHint("revert the publication, or make a snapshot of mirror:%s at that time and publish it", ref.Name)
	}
	return Reverted{}, problem.New(problem.Invalid, "a snapshot never changes").In("ref").WithHint("revert a repo or a publication")
}

func (a *App) revertRepo(ctx context.Context, ref Ref) (RepoChange, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return RepoChange{}, err
	}
	return change(ctx, a, "repo.revert", "repo:"+ref.Name, ref, func(tx *db.Tx) (RepoChange, error) {
		c, now, err := a.repoSet(ctx, tx, ref.Name)
		if err != nil {
			return RepoChange{}, err
		}
		then, v, err := a.view(ctx, tx, ref)
		if err != nil {
			return RepoChange{}, err
		}
		if then.ID != c.ID {
			return RepoChange{}, problem.New(problem.NotFound, "the repo %s of that time was another, which was dropped since", ref.Name).In("ref").
				WithHint("`aptarium repo copy` takes packages of it over")
		}
		set, err := a.catalog.Set(ctx, tx, v)
		if err != nil {
			return RepoChange{}, err
		}
		return a.appendRevision(ctx, tx, c, set.Minus(now), now.Minus(set), 0)
	})
}

func (a *App) revertPublication(ctx context.Context, ref Ref) (Activity, error) {
	if err := access.Require(ctx, access.Publish); err != nil {
		return Activity{}, err
	}
	return change(ctx, a, "publish.revert", "publish:"+ref.Name, ref, func(tx *db.Tx) (Activity, error) {
		p, r, err := a.releaseOf(ctx, tx, ref)
		if err != nil {
			return Activity{}, err
		}
		if p.Dropped {
			return Activity{}, problem.New(problem.NotFound, "%s was dropped since", p.Ref()).In("ref").WithHint("`aptarium publish create` makes another")
		}
		p.Sources = r.Sources
		if err := a.publish.Update(ctx, tx, p); err != nil {
			return Activity{}, err
		}
		return a.submitPublish(ctx, tx, p, publishPayload{Publication: p.ID})
	})
}

// followAgain lets the sources of a publication be what they are at each release again.
func (a *App) followAgain(ctx context.Context, tx *db.Tx, sources []publish.Source) error {
	for i := range sources {
		c, err := a.catalog.ByName(ctx, tx, sources[i].Kind, sources[i].Name)
		if err == nil && c.ID != sources[i].Collection {
			err = problem.New(problem.NotFound, "the %s %q of then was another", c.Kind, c.Name)
		}
		if err != nil {
			return fmt.Errorf("following the sources again: %w", err)
		}
		sources[i].Revision = 0
	}
	return nil
}
