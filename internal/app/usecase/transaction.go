package usecase

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Read checks that the caller has a permission and returns what fn reads in one consistent
// view of the database. Refusals are problem.Unauthenticated and problem.Denied.
func Read[T any](ctx context.Context, k *Kernel, p access.Permission, fn func(tx *db.Tx) (T, error)) (none T, err error) {
	if err := access.Require(ctx, p); err != nil {
		return none, err
	}
	return View(ctx, k, fn)
}

// View is [Read] without a check: for a use case that has checked its caller and looks
// again, and for the server's own work.
func View[T any](ctx context.Context, k *Kernel, fn func(tx *db.Tx) (T, error)) (result T, err error) {
	err = k.DB.Read(ctx, func(tx *db.Tx) error {
		result, err = fn(tx)
		return err
	})
	return result, err
}

// Act declares a change: who may make it, and how the audit log names it.
type Act struct {
	// Permission is the one that the caller needs: everywhere, or for the object where Scoped
	// is set.
	Permission access.Permission
	// Scoped leaves the check of the permission to fn, which knows the object: it calls
	// [Act.In] or [Act.For] before it changes anything. Unknown callers do not get that far.
	Scoped bool
	// Action names the change, such as repo.add. Databases store it, so it never changes.
	Action  string
	Subject string // the object, such as repo:tools
	Detail  any    // further facts for the audit log, as JSON; nil: none

	checked bool
}

// In checks that the caller has the permission in an access group.
func (a *Act) In(ctx context.Context, group string) error {
	a.checked = true
	return access.RequireIn(ctx, a.Permission, group)
}

// For checks that the caller is a person, whose affairs these are, or has the permission.
func (a *Act) For(ctx context.Context, person int64) error {
	a.checked = true
	return access.RequireFor(ctx, a.Permission, person)
}

// Change checks the caller's permission, runs fn in one transaction and writes the audit
// entry in the same. fn may complete Subject and Detail. Refusals are
// problem.Unauthenticated and problem.Denied. fn may run again after a conflict in the
// database.
func Change[T any](ctx context.Context, k *Kernel, act Act, fn func(tx *db.Tx, act *Act) (T, error)) (result T, err error) {
	needed := act.Permission
	if act.Scoped {
		needed = access.Known
	}
	if err := access.Require(ctx, needed); err != nil {
		return result, err
	}
	err = k.DB.Tx(ctx, func(tx *db.Tx) error {
		this := act
		if result, err = fn(tx, &this); err != nil {
			return err
		}
		if act.Scoped && !this.checked {
			return problem.New(problem.Internal, "%s did not check its permission", act.Action)
		}
		return access.Record(ctx, tx, this.Action, this.Subject, this.Detail)
	})
	return result, err
}

// Do is [Change] without a result.
func Do(ctx context.Context, k *Kernel, act Act, fn func(tx *db.Tx, act *Act) error) error {
	_, err := Change(ctx, k, act, func(tx *db.Tx, act *Act) (struct{}, error) { return struct{}{}, fn(tx, act) })
	return err
}

// Record is [Do] for a change outside the database: it writes the audit entry alone.
func Record(ctx context.Context, k *Kernel, act Act) error {
	return Do(ctx, k, act, func(*db.Tx, *Act) error { return nil })
}
