package apply

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/declared"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish"
)

// decideDrops plans to drop the things that an earlier declaration of this name stated and this
// one does not.
func (ap *applying) decideDrops(ctx context.Context, tx *db.Tx) error {
	if !ap.prune {
		return nil
	}
	var gone []declared.Record
	for _, r := range ap.known {
		if !ap.statesNow(thing{r.Kind, r.Name}) {
			gone = append(gone, r)
		}
	}
	// A thing goes before its sources.
	order := []string{publicationKind, snapshotKind, repoKind, mirrorKind, keyringKind, endpointKind}
	slices.SortFunc(gone, func(a, b declared.Record) int {
		return cmp.Or(slices.Index(order, a.Kind)-slices.Index(order, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	for _, r := range gone {
		if err := ap.decideDrop(ctx, tx, r); err != nil {
			return err
		}
	}
	return nil
}

// statesNow reports whether the declaration has a thing.
func (ap *applying) statesNow(t thing) (states bool) {
	switch t.kind {
	case endpointKind:
		_, states = ap.in.Endpoints[t.name]
	case keyringKind:
		_, states = ap.in.Keyrings[t.name]
	case mirrorKind:
		_, states = ap.in.Mirrors[t.name]
	case repoKind:
		_, states = ap.in.Repos[t.name]
	case snapshotKind:
		_, states = ap.in.Snapshots[t.name]
	case publicationKind:
		_, states = ap.places[t.name]
	}
	return states
}

// decideDrop drops a thing that still exists and that no other declaration states.
func (ap *applying) decideDrop(ctx context.Context, tx *db.Tx, r declared.Record) error {
	t := thing{r.Kind, r.Name}
	elsewhere, err := declared.Elsewhere(ctx, tx, r)
	if err != nil || elsewhere {
		return err
	}
	switch r.Kind {
	case publicationKind:
		return ap.dropPublication(ctx, tx, t, r)
	case endpointKind:
		return ap.dropEndpoint(ctx, tx, t, r)
	case keyringKind:
		keys, err := ap.service.k.Settings.GnuPG.List(ctx, t.name)
		if there, err := found(err); err != nil || !there || len(keys) == 0 {
			return err
		}
		ap.drop(dropRest, t, r, func(ctx context.Context, _ *applyRun) error {
			return ap.service.dropTrusted(ctx, t.name, fingerprintsOf(keys))
		})
		return nil
	}
	return ap.dropCollection(ctx, tx, t, r)
}

// drop adds a step that drops a thing and forgets its record.
func (ap *applying) drop(s stage, t thing, r declared.Record, do func(context.Context, *applyRun) error) {
	ap.step(s, "drop", t, nil, func(ctx context.Context, run *applyRun) error {
		if err := do(ctx, run); err != nil {
			return err
		}
		return run.service.k.DB.Tx(ctx, func(tx *db.Tx) error { return declared.Drop(ctx, tx, r) })
	}).Destructive = true
}

func (ap *applying) dropPublication(ctx context.Context, tx *db.Tx, t thing, r declared.Record) error {
	p, err := ap.service.publish.ByID(ctx, tx, r.Local)
	if there, err := found(err); err != nil || !there || p.Dropped {
		return err
	}
	ap.drop(dropPublications, t, r, func(ctx context.Context, run *applyRun) error {
		withdrawal, err := ap.service.publications.Withdraw(ctx, publish.JoinPlace(p.Endpoint, p.Prefix), p.Distribution)
		if withdrawal.ID != 0 {
			run.withdrawn[p.Endpoint] = append(run.withdrawn[p.Endpoint], withdrawal.ID)
		}
		return err
	})
	return nil
}

// dropCollection drops a mirror, repo or snapshot, unless it feeds a publication that stays.
func (ap *applying) dropCollection(ctx context.Context, tx *db.Tx, t thing, r declared.Record) error {
	c, err := ap.service.k.Catalog.ByName(ctx, tx, catalog.Kind(t.kind), t.name)
	if there, err := found(err); err != nil || !there || c.ID != r.Local {
		return err
	}
	using, err := ap.service.publish.Using(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	for _, p := range using {
		if !ap.freed(p, c) {
			ap.faults = append(ap.faults, Fault{
				Path: []string{sections[t.kind]}, Kind: problem.Conflict, Message: t.String() + " is declared no longer, but feeds the publication " + p.Ref(),
				Hint: "declare it, or give the publication other sources",
			})
			return nil
		}
	}
	ap.drop(dropRest, t, r, func(ctx context.Context, _ *applyRun) error {
		return ap.service.collections.Drop(ctx, c.Kind, t.name)
	})
	return nil
}

// freed reports whether a collection no longer feeds a publication when the plan is done.
func (ap *applying) freed(p publish.Publication, c catalog.Collection) bool {
	place := placeName(p.Endpoint, p.Prefix, p.Distribution)
	if want, declares := ap.places[place]; declares {
		return !slices.ContainsFunc(want.Sources, func(source string) bool {
			_, name, named := strings.Cut(source, "=")
			if !named {
				name = source
			}
			ref, err := collections.ParseRef("sources", name)
			return err == nil && ref.Kind == c.Kind && ref.Name == c.Name
		})
	}
	return ap.drops(place)
}

// drops reports whether a step drops the publication of a place.
func (ap *applying) drops(place string) bool {
	return slices.ContainsFunc(ap.steps, func(s applyStep) bool { return s.Action == "drop" && s.thing() == thing{publicationKind, place} })
}

// dropEndpoint drops an endpoint, unless a publication stays there.
func (ap *applying) dropEndpoint(ctx context.Context, tx *db.Tx, t thing, r declared.Record) error {
	_, err := ap.service.endpoint.Get(ctx, tx, t.name)
	if there, err := found(err); err != nil || !there {
		return err
	}
	all, err := ap.service.publish.List(ctx, tx, "", "", "", math.MaxInt32)
	if err != nil {
		return err
	}
	for _, p := range all {
		place := placeName(p.Endpoint, p.Prefix, p.Distribution)
		dropped := ap.drops(place)
		if p.Endpoint == t.name && !dropped {
			ap.faults = append(ap.faults, Fault{
				Path: []string{sections[t.kind]}, Kind: problem.Conflict, Message: t.String() + " is declared no longer, but " + p.Ref() + " is published there",
				Hint: "declare it, or drop the publication",
			})
			return nil
		}
	}
	ap.drop(dropRest, t, r, func(ctx context.Context, run *applyRun) error {
		waiting, cancel := context.WithTimeout(ctx, withdrawTimeout)
		defer cancel()
		for _, id := range run.withdrawn[t.name] { // DropEndpoint reports one that has not ended
			if _, err := ap.service.k.Engine.Wait(waiting, id); err != nil && ctx.Err() != nil {
				return err
			}
		}
		return ap.service.publications.DropEndpoint(ctx, t.name)
	})
	return nil
}

// withdrawTimeout bounds the wait for the withdrawal of publications from an endpoint to drop.
const withdrawTimeout = 5 * time.Minute
