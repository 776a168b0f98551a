package usecase

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/db"
)

// read runs fn in a consistent view of the database.
func Read[T any](ctx context.Context, a *Kernel, fn func(tx *db.Tx) (T, error)) (result T, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		result, err = fn(tx)
		return err
	})
	return result, err
}

// change runs fn in one transaction and leaves an audit entry in it.
func Change[T any](ctx context.Context, a *Kernel, action, subject string, detail any, fn func(tx *db.Tx) (T, error)) (result T, err error) {
	err = a.DB.Tx(ctx, func(tx *db.Tx) error {
		result, err = fn(tx)
		if err != nil {
			return err
		}
		return access.Record(ctx, tx, action, subject, detail)
	})
	return result, err
}
