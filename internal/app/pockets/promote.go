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

// TypeRevert is the type of the activities that revert a pocket.
const TypeRevert = "pocket.revert"

// PullChecked is Pull for a pull that breaks no package on the machines that join so. Another pull
// is problem.Conflict, which names the broken packages, and changes nothing. The check runs before
// this returns, and again when the pull has locked the distribution, because its origin can have
// changed until then.
func (s *Service) PullChecked(ctx context.Context, path Path, in Joined) (usecase.Activity, error) {
	at, err := usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (pocket.Located, error) {
		at, err := s.pocketToChange(ctx, tx, &usecase.Act{Permission: access.Repository}, path)
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
	return s.startOn(ctx, path, TypePull, "Pull packages to", pocket.Pull, payload{Check: &in})
}

// checkedPull refuses a pull that would break packages. A nil in skips the check.
func (s *Service) checkedPull(ctx context.Context, at pocket.Located, in *Joined) error {
	if in == nil {
		return nil
	}
	check, err := usecase.View(ctx, s.k, func(tx *db.Tx) (PullCheck, error) { return s.checkPull(ctx, tx, at, *in) })
	if err != nil {
		return err
	}
	return check.refusal(at)
}

// Log returns the revisions of a pocket, newest first.
func (s *Service) Log(ctx context.Context, path Path, p usecase.Page) (usecase.List[collections.Revision], error) {
	ref, err := s.visibleRef(ctx, path)
	if err != nil {
		return usecase.List[collections.Revision]{}, err
	}
	return s.collections.History(ctx, ref, p)
}

// Packages returns the packages of a pocket, sorted as in an index. An empty to means the newest
// state; another one names a state as in [Service.Revert].
func (s *Service) Packages(ctx context.Context, path Path, to string, terms collections.Terms, p usecase.Page) (usecase.List[collections.Package], error) {
	ref, err := s.visibleRef(ctx, path)
	if err == nil && to != "" {
		ref, err = stateOf(ref, "at", to)
	}
	if err != nil {
		return usecase.List[collections.Package]{}, err
	}
	return s.collections.Packages(ctx, ref, terms, p)
}

// visibleRef returns the reference of the collection of a pocket.
func (s *Service) visibleRef(ctx context.Context, path Path) (collections.Ref, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (collections.Ref, error) {
		at, err := s.Visible(ctx, tx, path)
		if err != nil {
			return collections.Ref{}, err
		}
		c, err := s.k.Catalog.ByID(ctx, tx, at.Pocket.Collection)
		return collections.Ref{Kind: c.Kind, Name: c.Name}, err
	})
}

// stateOf returns a reference to a state of a collection. to is the number of a revision, or a time
// for ParseInstant, which has more digits.
func stateOf(ref collections.Ref, field, to string) (collections.Ref, error) {
	n, err := strconv.ParseInt(to, 10, 64)
	if err == nil && len(to) < len("20261120") {
		if ref.Revision = n; n < 1 {
			return ref, problem.New(problem.Invalid, "%q is not the number of a revision", to).In(field).WithHint("`aptarium pocket log` lists the revisions")
		}
		return ref, nil
	}
	ref.At, err = usecase.ParseInstant(field, to)
	return ref, err
}

// Revert starts an activity that makes a past state of a pocket its newest revision, and publishes
// it. to is the number of a revision, or a time. A pocket that mirrors is problem.Conflict, because
// its next sync would undo the revert; so does the next pull of a pocket that pulls.
func (s *Service) Revert(ctx context.Context, path Path, to string) (usecase.Activity, error) {
	if _, err := stateOf(collections.Ref{}, "to", to); err != nil {
		return usecase.Activity{}, err
	}
	return usecase.Change(ctx, s.k, scoped(TypeRevert, path.Subject(), map[string]string{"to": to}), func(tx *db.Tx, act *usecase.Act) (usecase.Activity, error) {
		at, err := s.pocketToChange(ctx, tx, act, path)
		if err != nil {
			return usecase.Activity{}, err
		}
		if at.Pocket.Mode == pocket.Mirror {
			return usecase.Activity{}, problem.Because(problem.New(problem.Conflict, "the pocket %s follows an upstream: the next sync would undo it", path).In("pocket").
				WithHint("derive a series from this one, and revert its pocket"), pocket.InvalidMode)
		}
		v, err := s.pastState(ctx, tx, at, to)
		if err != nil {
			return usecase.Activity{}, err
		}
		return s.submitOn(ctx, tx, at, TypeRevert, "Revert", payload{Revision: v.Revision})
	})
}

// pastState returns a past state of a pocket. A state of another pocket of the same name is
// problem.NotFound.
func (s *Service) pastState(ctx context.Context, tx *db.Tx, at pocket.Located, to string) (catalog.View, error) {
	c, err := s.k.Catalog.ByID(ctx, tx, at.Pocket.Collection)
	if err != nil {
		return catalog.View{}, err
	}
	ref, err := stateOf(collections.Ref{Kind: c.Kind, Name: c.Name}, "to", to)
	if err != nil {
		return catalog.View{}, err
	}
	then, v, err := s.collections.Resolve(ctx, tx, ref)
	if err == nil && then.ID != c.ID {
		err = problem.New(problem.NotFound, "at that time, %s was the name of another pocket, which was dropped", at.Path()).In("to")
	}
	return v, err
}

// revert makes a past state the newest one.
func (o *operation) revert(ctx context.Context) error {
	return o.replace(ctx, func(tx *db.Tx, _ bitset.Set) (bitset.Set, error) {
		return o.s.k.Catalog.Set(ctx, tx, catalog.View{Collection: o.at.Pocket.Collection, Revision: o.in.Revision})
	})
}
