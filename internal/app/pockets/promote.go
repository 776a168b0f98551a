package pockets

import (
	"context"
	"strconv"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
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
func (s *Service) PullChecked(ctx context.Context, path PocketPath, in Joined) (usecase.Activity, error) {
	at, err := usecase.View(ctx, s.k, func(tx *db.Tx) (pocketAt, error) {
		at, err := s.pocketToChange(ctx, tx, path)
		if err != nil {
			return at, err
		}
		return at, at.Pocket.Needs(pocket.Pull)
	})
	if err != nil {
		return usecase.Activity{}, err
	}
	if err := s.checkedPull(ctx, at, &in); err != nil {
		return usecase.Activity{}, err
	}
	return s.startOn(ctx, path, TypePocketPull, "Pull packages to", pocket.Pull, pocketPayload{Check: &in})
}

// checkedPull refuses a pull that would break something; nil asks for no check.
func (s *Service) checkedPull(ctx context.Context, at pocketAt, in *Joined) error {
	if in == nil {
		return nil
	}
	check, err := usecase.View(ctx, s.k, func(tx *db.Tx) (PullCheck, error) { return s.checkPull(ctx, tx, at, *in) })
	if err != nil {
		return err
	}
	return check.refusal(at)
}

// PocketLog lists the revisions of a pocket, newest first.
func (s *Service) Log(ctx context.Context, path PocketPath, p usecase.Page) (usecase.List[collections.Revision], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[collections.Revision]{}, err
	}
	ref, err := s.pocketRef(ctx, path)
	if err != nil {
		return usecase.List[collections.Revision]{}, err
	}
	return s.collections.History(ctx, ref, p)
}

// PocketPackages lists the packages of a pocket, now or at a past state that to names
// as in [App.RevertPocket], in the order of an index.
func (s *Service) Packages(ctx context.Context, path PocketPath, to string, terms collections.Terms, p usecase.Page) (usecase.List[collections.Package], error) {
	if err := access.Require(ctx, access.Read); err != nil {
		return usecase.List[collections.Package]{}, err
	}
	ref, err := s.pocketRef(ctx, path)
	if err == nil && to != "" {
		ref, err = stateOf(ref, "at", to)
	}
	if err != nil {
		return usecase.List[collections.Package]{}, err
	}
	return s.collections.Packages(ctx, ref, terms, p)
}

// pocketRef names the collection of a pocket.
func (s *Service) pocketRef(ctx context.Context, path PocketPath) (collections.Ref, error) {
	return usecase.View(ctx, s.k, func(tx *db.Tx) (collections.Ref, error) {
		at, err := s.PocketNamed(ctx, tx, path)
		if err != nil {
			return collections.Ref{}, err
		}
		c, err := s.k.Catalog.ByID(ctx, tx, at.Pocket.Collection)
		return collections.Ref{Kind: c.Kind, Name: c.Name}, err
	})
}

// stateOf names a state of a collection: by the number of a revision, or a time as
// ParseInstant reads it, which has more digits.
func stateOf(ref collections.Ref, field, to string) (collections.Ref, error) {
	n, err := strconv.ParseInt(to, 10, 64)
	if err == nil && len(to) < len("20261120") {
		if ref.Revision = n; n < 1 {
			return ref, problem.New(problem.Invalid, "%q is not the number of a revision", to).In(field).WithHint("`aptarium pocket log` lists those there are")
		}
		return ref, nil
	}
	ref.At, err = usecase.ParseInstant(field, to)
	return ref, err
}

// RevertPocket starts to give a pocket that pulls or takes uploads the packages that it
// had: in the revision of a number, or at a time. That is one further revision, and a
// release of its suite. A pocket that mirrors cannot be reverted, since its next sync
// would undo it: problem.Conflict. The next pull, too, takes what the origin has then.
func (s *Service) Revert(ctx context.Context, path PocketPath, to string) (usecase.Activity, error) {
	if _, err := stateOf(collections.Ref{}, "to", to); err != nil {
		return usecase.Activity{}, err
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: TypePocketRevert, Subject: pocketSubject(path), Detail: map[string]string{"to": to}}, func(tx *db.Tx, _ *usecase.Act) (usecase.Activity, error) {
		at, err := s.pocketToChange(ctx, tx, path)
		if err != nil {
			return usecase.Activity{}, err
		}
		if at.Pocket.Mode == pocket.Mirror {
			return usecase.Activity{}, problem.Because(problem.New(problem.Conflict, "the pocket %s follows an upstream: the next sync would undo it", path).In("pocket").
				WithHint("derive a series from this one, and revert its pocket"), pocket.InvalidMode)
		}
		v, err := s.pocketState(ctx, tx, at, to)
		if err != nil {
			return usecase.Activity{}, err
		}
		return s.submitOn(ctx, tx, at, TypePocketRevert, "Revert", pocketPayload{Revision: v.Revision})
	})
}

// pocketState finds a past state of a pocket, not of another one that had its name.
func (s *Service) pocketState(ctx context.Context, tx *db.Tx, at pocketAt, to string) (catalog.View, error) {
	c, err := s.k.Catalog.ByID(ctx, tx, at.Pocket.Collection)
	if err != nil {
		return catalog.View{}, err
	}
	ref, err := stateOf(collections.Ref{Kind: c.Kind, Name: c.Name}, "to", to)
	if err != nil {
		return catalog.View{}, err
	}
	then, v, err := s.collections.View(ctx, tx, ref)
	if err == nil && then.ID != c.ID {
		err = problem.New(problem.NotFound, "the pocket %s of that time was another, which was dropped since", at.Path()).In("to")
	}
	return v, err
}

// revert gives the pocket what it had.
func (o *operation) revert(ctx context.Context) error {
	return o.replace(ctx, func(tx *db.Tx, _ bitset.Set) (bitset.Set, error) {
		return o.app.k.Catalog.Set(ctx, tx, catalog.View{Collection: o.at.Pocket.Collection, Revision: o.in.Revision})
	})
}
