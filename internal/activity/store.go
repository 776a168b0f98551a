package activity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// columns are the columns that scan reads, of a table with the alias a.
const columns = `a.id, coalesce(a.parent_id, 0), a.path, a.type, a.status, a.subject, a.summary, a.payload, a.progress, a.result, a.error,
	a.created_by, a.cancelled_by, a.created_at, a.run_at, a.started_at, a.finished_at,
	a.attempt, a.max_attempts, a.every, a.unique_key, a.version, a.fence, a.inline`

// bump increases a version above the old one and above any that a run in another process has shown
// from memory: all come from the time of day ($1).
const bump = `version = CASE WHEN version >= $1 THEN version + 1 ELSE $1 END`

func scan(row db.Scanner) (a Activity, err error) {
	var payload, progress, result, failure string
	var created, runAt, started, finished, every int64
	err = row.Scan(&a.ID, &a.Parent, &a.path, &a.Type, &a.Status, &a.Subject, &a.Summary, &payload, &progress, &result, &failure,
		&a.CreatedBy, &a.CancelledBy, &created, &runAt, &started, &finished,
		&a.Attempt, &a.MaxAttempts, &every, &a.UniqueKey, &a.Version, &a.fence, &a.inline)
	if err != nil {
		return Activity{}, err
	}
	a.Payload = json.RawMessage(payload)
	if result != "" {
		a.Result = json.RawMessage(result)
	}
	if progress != "" {
		var stored storedProgress
		err = json.Unmarshal([]byte(progress), &stored)
		a.Progress = stored.Progress
		a.Progress.Share = stored.Share
	}
	if failure != "" {
		err = errors.Join(err, json.Unmarshal([]byte(failure), &a.Error))
	}
	if err != nil {
		return Activity{}, fmt.Errorf("activity %d as stored: %w", a.ID, err)
	}
	a.CreatedAt, a.RunAt, a.StartedAt, a.FinishedAt = toTime(created), toTime(runAt), toTime(started), toTime(finished)
	a.Every = time.Duration(every) * time.Microsecond
	return a, nil
}

// toTime and toMicros convert instants from and to their stored form, in which 0 means none.
func toTime(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func toMicros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// toInt returns the stored form of a bool, a number in every engine.
func toInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func load(ctx context.Context, tx *db.Tx, id int64) (Activity, error) {
	a, err := db.One(ctx, tx, scan, `SELECT `+columns+` FROM activity a WHERE a.id = $1`, id)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return Activity{}, problem.New(problem.NotFound, "there is no activity %d", id)
	case err != nil:
		return Activity{}, fmt.Errorf("reading activity %d: %w", id, err)
	}
	return a, nil
}

// subtree returns the range of paths of an activity's descendants: those after
// low and before high. '0' follows '/' in ASCII.
func (a *Activity) subtree() (low, high string) {
	return a.path, a.path[:len(a.path)-1] + "0"
}
