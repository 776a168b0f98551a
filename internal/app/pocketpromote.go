package app

import (
	"context"
	"strconv"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/pocket"
	"github.com/aptarium/aptarium/internal/problem"
)

// TypePocketRevert is the activity that gives a pocket what it had in the past.
const TypePocketRevert = "pocket.revert"

// PullChecked is PullPocket for a pull that breaks nothing for the machines that
// join so; one that would is problem.Conflict, which tells what, and nothing is
// changed. It is looked at before this returns, and again when the pull has the
// distribution for itself, as packages may have come to its origin until then.
func (a *App) PullChecked(ctx context.Context, path PocketPath, in Joined) (Activity, error) {
	at, err := read(ctx, a, func(tx *db.Tx) (pocketAt, error) {
		at, err := a.pocketToChange(ctx, tx, path)
		if err != nil {
			return at, err
		}
		return at, at.pocket.Needs(pocket.Pull)
	})
	if err != nil {
		return Activity{}, err
	}
	if err := a.checkedPull(ctx, at, &in); err != nil {
		return Activity{}, err
	}
	return a.startOn(ctx, path, TypePocketPull, "Pull packages to", pocket.Pull, pocketPayload{Check: &in})
}

// checkedPull refuses a pull that would break something; nil asks for no check.
func (a *App) checkedPull(ctx context.Context, at pocketAt, in *Joined) error {
	if in == nil {
		return nil
	}
	check, err := read(ctx, a, func(tx *db.Tx) (PullCheck, error) { return a.checkPull(ctx, tx, at, *in) })
	if err != nil {
		return err
	}
	return check.refusal(at)
}

// PocketLog lists the revisions of a pocket, newest first.
func (a *App) PocketLog(ctx context.Context, path PocketPath, p Page) (List[Revision], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return List[Revision]{}, err
	}
	ref, err := a.pocketRef(ctx, path)
	if err != nil {
		return List[Revision]{}, err
	}
	return a.History(ctx, ref, p)
}

// PocketPackages lists the packages of a pocket, now or at a past state that to names
// as in [App.RevertPocket], in the order of an index.
func (a *App) PocketPackages(ctx context.Context, path PocketPath, to string, terms Terms, p Page) (List[Package], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return List[Package]{}, err
	}
	ref, err := a.pocketRef(ctx, path)
	if err == nil && to != "" {
		ref, err = stateOf(ref, "at", to)
	}
	if err != nil {
		return List[Package]{}, err
	}
	return a.Packages(ctx, ref, terms, p)
}

// pocketRef names the collection of a pocket.
func (a *App) pocketRef(ctx context.Context, path PocketPath) (Ref, error) {
	return read(ctx, a, func(tx *db.Tx) (Ref, error) {
		at, err := a.pocketNamed(ctx, tx, path)
		if err != nil {
			return Ref{}, err
		}
		c, err := a.catalog.ByID(ctx, tx, at.pocket.Collection)
		return Ref{Kind: c.Kind, Name: c.Name}, err
	})
}

// stateOf names a state of a collection: by the number of a revision, or a time as
// ParseInstant reads it, which has more digits.
func stateOf(ref Ref, field, to string) (Ref, error) {
	n, err := strconv.ParseInt(to, 10, 64)
	if err == nil && len(to) < len("20261120") {
		if ref.Revision = n; n < 1 {
			return ref, problem.New(problem.Invalid, "%q is not the number of a revision", to).In(field).WithHint("`aptarium pocket log` lists those there are")
		}
		return ref, nil
	}
	ref.At, err = ParseInstant(field, to)
	return ref, err
}

// RevertPocket starts to give a pocket that pulls or takes uploads the packages that it
// had: in the revision of a number, or at a time. That is one further revision, and a
// release of its suite. A pocket that mirrors cannot be reverted, since its next sync
// would undo it: problem.Conflict. The next pull, too, takes what the origin has then.
func (a *App) RevertPocket(ctx context.Context, path PocketPath, to string) (Activity, error) {
	if _, err := stateOf(Ref{}, "to", to); err != nil {
		return Activity{}, err
	}
	return change(ctx, a, TypePocketRevert, pocketSubject(path), map[string]string{"to": to}, func(tx *db.Tx) (Activity, error) {
		at, err := a.pocketToChange(ctx, tx, path)
		if err != nil {
			return Activity{}, err
		}
		if at.pocket.Mode == pocket.Mirror {
			return Activity{}, problem.Because(problem.New(problem.Conflict, "the pocket %s follows an upstream: the next sync would undo it", path).In("pocket").
				WithHint("derive a series from this one, and revert its pocket"), pocket.InvalidMode)
		}
		v, err := a.pocketState(ctx, tx, at, to)
		if err != nil {
			return Activity{}, err
		}
		return a.submitOn(ctx, tx, at, TypePocketRevert, "Revert", pocketPayload{Revision: v.Revision})
	})
}

// pocketState finds a past state of a pocket, not of another one that had its name.
func (a *App) pocketState(ctx context.Context, tx *db.Tx, at pocketAt, to string) (catalog.View, error) {
	c, err := a.catalog.ByID(ctx, tx, at.pocket.Collection)
	if err != nil {
		return catalog.View{}, err
	}
	ref, err := stateOf(Ref{Kind: c.Kind, Name: c.Name}, "to", to)
	if err != nil {
		return catalog.View{}, err
	}
	then, v, err := a.view(ctx, tx, ref)
	if err == nil && then.ID != c.ID {
		err = problem.New(problem.NotFound, "the pocket %s of that time was another, which was dropped since", at.path()).In("to")
	}
	return v, err
}

// revert gives the pocket what it had.
func (o *operation) revert(ctx context.Context) error {
	return o.replace(ctx, func(tx *db.Tx, _ bitset.Set) (bitset.Set, error) {
		return o.app.catalog.Set(ctx, tx, catalog.View{Collection: o.at.pocket.Collection, Revision: o.in.Revision})
	})
}
