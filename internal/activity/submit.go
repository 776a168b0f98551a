package activity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Submit writes an activity in tx, and wakes a worker after the commit. created is false if it
// returns a waiting activity with the spec's UniqueKey instead. An invalid spec, a NoWait lock that
// is not free, and a finished parent are problems.
func (e *Engine) Submit(ctx context.Context, tx *db.Tx, spec Spec) (a Activity, created bool, err error) {
	if err := spec.check(); err != nil {
		return Activity{}, false, err
	}
	if spec.UniqueKey != "" {
		id, err := e.coalesce(ctx, tx, &spec)
		if err != nil {
			return Activity{}, false, fmt.Errorf("joining a waiting activity: %w", err)
		}
		if id != 0 {
			a, err := load(ctx, tx, id)
			return a, false, err
		}
	}
	a, err = e.insert(ctx, tx, &spec, false)
	return a, err == nil, err
}

// coalesce returns the waiting activity with the spec's key, or 0. It changes its time to the
// earlier one, and its interval to the spec's, if any.
func (e *Engine) coalesce(ctx context.Context, tx *db.Tx, spec *Spec) (int64, error) {
	at, err := tx.Now(ctx)
	if err != nil {
		return 0, err
	}
	runAt := toMicros(spec.RunAt)
	id, err := db.One(ctx, tx, db.Value[int64], `
		UPDATE activity SET `+bump+`,
			run_at = CASE WHEN run_at > $3 THEN $3 ELSE run_at END,
			place  = CASE WHEN run_at > $3 AND parent_id IS NULL THEN $4 ELSE place END,
			every  = CASE WHEN $5 > 0 THEN $5 ELSE every END
		WHERE id = (SELECT min(id) FROM activity WHERE status = 'waiting' AND unique_key <> '' AND unique_key = $2)
		RETURNING id`,
		e.db.Wall(), spec.UniqueKey, runAt, max(runAt, at), spec.Every.Microseconds())
	if errors.Is(err, db.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	e.changed(tx, id)
	e.wakeQueue(tx)
	return id, requeue(ctx, tx, id)
}

// insert writes a new waiting activity with the locks that it wants. An inline one belongs to this
// process from the start.
func (e *Engine) insert(ctx context.Context, tx *db.Tx, spec *Spec, inline bool) (Activity, error) {
	payload, err := encode("payload", spec.Payload)
	if err != nil {
		return Activity{}, err
	}
	if err := free(ctx, tx, spec.Locks); err != nil {
		return Activity{}, err
	}
	id, at, err := tx.NewRow(ctx, "activity")
	if err != nil {
		return Activity{}, err
	}
	path, place := fmt.Sprintf("/%d/", id), max(at, toMicros(spec.RunAt))
	var parent any
	if spec.Parent != 0 {
		parent = spec.Parent
		if path, place, err = e.under(ctx, tx, spec.Parent, id); err != nil {
			return Activity{}, err
		}
	}
	owner, until := "", int64(0)
	if inline {
		owner, until = e.owner, e.db.Wall()+e.lease.Microseconds()
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO activity(id, parent_id, path, type, status, subject, summary, payload, created_by, created_at,
			run_at, place, every, inline, lease_owner, lease_until, max_attempts, unique_key, version)
		VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		id, parent, path, spec.Type, spec.Subject, spec.Summary, payload, spec.CreatedBy, at,
		toMicros(spec.RunAt), place, spec.Every.Microseconds(), toInt(inline), owner, until,
		max(spec.MaxAttempts, 1), spec.UniqueKey, e.db.Wall())
	if err != nil {
		return Activity{}, fmt.Errorf("submitting %s: %w", spec.Type, err)
	}
	if err := enqueue(ctx, tx, id, place, spec.Locks); err != nil {
		return Activity{}, fmt.Errorf("the locks of %s: %w", spec.Type, err)
	}
	e.changed(tx, id)
	e.wakeQueue(tx)
	return load(ctx, tx, id)
}

// under returns the path of a new child and its position in the queues, which is its root's: a
// started tree comes before waiting ones.
func (e *Engine) under(ctx context.Context, tx *db.Tx, parent, id int64) (path string, place int64, err error) {
	var status Status
	err = tx.QueryRow(ctx, `SELECT status, path, place FROM activity WHERE id = $1`, parent).Scan(&status, &path, &place)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return "", 0, problem.New(problem.NotFound, "there is no activity %d", parent).In("parent")
	case err != nil:
		return "", 0, fmt.Errorf("reading activity %d: %w", parent, err)
	case status.Finished():
		return "", 0, problem.New(problem.Conflict, "activity %d is %s and cannot have more children", parent, status).In("parent")
	case strings.Count(path, "/")-1 >= maxDepth:
		return "", 0, problem.New(problem.Invalid, "activities can be nested at most %d deep", maxDepth).In("parent")
	}
	return fmt.Sprintf("%s%d/", path, id), place, nil
}

// free refuses NoWait locks that are not free.
func free(ctx context.Context, tx *db.Tx, locks []Lock) error {
	for _, l := range locks {
		if !l.NoWait {
			continue
		}
		if err := Free(ctx, tx, l.Resource); err != nil {
			return err
		}
	}
	return nil
}

// Free returns a problem of kind Conflict if an unfinished activity holds or wants one of the
// resources. The result is valid for the rest of the transaction.
func Free(ctx context.Context, tx *db.Tx, resources ...string) error {
	for _, resource := range resources {
		id, err := db.One(ctx, tx, db.Value[int64], `SELECT activity_id FROM activity_lock WHERE resource = $1 ORDER BY activity_id LIMIT 1`, resource)
		switch {
		case err == nil:
			return problem.New(problem.Conflict, "activity %d holds or waits for a lock that this one needs: %s", id, resource).WithHint("wait for it, or cancel it")
		case !errors.Is(err, db.ErrNoRows):
			return fmt.Errorf("reading the queue for %s: %w", resource, err)
		}
	}
	return nil
}

// enqueue writes the locks that an activity waits for. A lock that occurs twice is exclusive if
// either is.
func enqueue(ctx context.Context, tx *db.Tx, id, place int64, locks []Lock) error {
	shared := map[string]bool{}
	for _, l := range locks {
		before, named := shared[l.Resource]
		shared[l.Resource] = l.Shared && (before || !named)
	}
	rows := make([][]any, 0, len(shared))
	for resource, s := range shared {
		rows = append(rows, []any{resource, toInt(s), place, id})
	}
	_, err := db.Bulk(ctx, tx, "activity_lock", []string{"resource", "shared", "place", "activity_id"}, slices.Values(rows))
	return err
}
