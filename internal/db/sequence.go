package db

import (
	"context"
	"fmt"

	"github.com/aptarium/aptarium/internal/problem"
)

// Allocate allocates n consecutive ids, at least one, of the named sequence, and returns the first. A
// sequence starts at 1, needs no declaration, and is dense: a failed transaction never skips an id.
func (tx *Tx) Allocate(ctx context.Context, name string, n int64) (first int64, err error) {
	if n < 1 {
		return 0, fmt.Errorf("allocating %d ids of %s", n, name)
	}
	err = tx.QueryRow(ctx, `
		INSERT INTO sequence(name, next) VALUES ($1, 1 + CAST($2 AS BIGINT))
		ON CONFLICT (name) DO UPDATE SET next = sequence.next + $2
		RETURNING next - $2`, name, n).Scan(&first)
	return first, problem.While(err, "allocating ids of %s", name)
}

// NewRow returns the id and the creation time of a new row: the next id of a sequence, and [Tx.Now].
func (tx *Tx) NewRow(ctx context.Context, sequence string) (id, now int64, err error) {
	if id, err = tx.Allocate(ctx, sequence, 1); err != nil {
		return 0, 0, err
	}
	now, err = tx.Now(ctx)
	return id, now, err
}
