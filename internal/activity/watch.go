package activity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Get returns an activity, with the current progress if it runs in this process. An unknown id is a
// NotFound problem.
func (e *Engine) Get(ctx context.Context, id int64) (a Activity, err error) {
	err = e.db.Read(ctx, func(tx *db.Tx) error {
		a, err = load(ctx, tx, id)
		return err
	})
	if err != nil {
		return Activity{}, err
	}
	return e.overlay(a), nil
}

// overlay adds the reports of a live run that are not stored yet.
func (e *Engine) overlay(a Activity) Activity {
	e.mu.Lock()
	r := e.live[a.ID]
	e.mu.Unlock()
	if r == nil || a.Status != Running || r.activity.fence != a.fence {
		return a
	}
	r.report.mu.Lock()
	defer r.report.mu.Unlock()
	a.Progress = r.report.progress
	a.Version = max(a.Version, r.report.version)
	return a
}

// Watch waits until the activity's version is greater than since, and returns the activity. It
// returns a finished activity at once, because it never changes. For a long poll, start with 0 and
// continue with the returned version. If the context ends, it returns the error and the latest known
// activity.
func (e *Engine) Watch(ctx context.Context, id, since int64) (Activity, error) {
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	wake := e.hub.Subscribe(watching, topicOf(id))
	var seen Activity
	for {
		a, err := e.Get(ctx, id)
		if err != nil {
			return seen, err
		}
		if a.Version > since || a.Status.Finished() {
			return a, nil
		}
		seen = a
		if err := e.look(ctx, wake); err != nil {
			return seen, err
		}
	}
}

// Wait waits until the activity is finished, and returns it.
func (e *Engine) Wait(ctx context.Context, id int64) (Activity, error) {
	var since int64
	for {
		a, err := e.Watch(ctx, id, since)
		if err != nil || a.Status.Finished() {
			return a, err
		}
		since = a.Version
	}
}

// look waits for a notification, or for some time, because changes by other processes do not notify
// this one.
func (e *Engine) look(ctx context.Context, wake <-chan struct{}) error {
	timer := time.NewTimer(e.lease / 3)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-timer.C:
	}
	return ctx.Err()
}

// Filter selects activities. Zero fields select all.
type Filter struct {
	Statuses []Status
	Type     string
	Subject  string
	Parent   int64
	Roots    bool      // only activities without a parent
	Since    time.Time // created at or after
}

// Page is a part of a list, newest first.
type Page struct {
	Limit int   // 1 to 1000; 0 means 100
	After int64 // only smaller ids: the last id of the previous page; 0: from the newest
}

// List returns the activities that the filter selects, newest first.
func (e *Engine) List(ctx context.Context, f Filter, p Page) (all []Activity, err error) {
	if p.Limit < 0 || p.Limit > 1000 {
		return nil, problem.New(problem.Invalid, "%d is not a possible length of a page", p.Limit).In("limit").WithHint("use 1 to 1000")
	}
	if p.Limit == 0 {
		p.Limit = 100
	}
	where, args := f.where(p)
	err = e.db.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All(ctx, tx, scan, `SELECT `+columns+` FROM activity a `+where, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing activities: %w", err)
	}
	for i := range all {
		all[i] = e.overlay(all[i])
	}
	return all, nil
}

func (f *Filter) where(p Page) (text string, args []any) {
	var all []string
	add := func(condition string, arg any) {
		args = append(args, arg)
		all = append(all, fmt.Sprintf(condition, len(args)))
	}
	if p.After > 0 {
		add("a.id < $%d", p.After)
	}
	if f.Type != "" {
		add("a.type = $%d", f.Type)
	}
	if f.Subject != "" {
		add("a.subject = $%d", f.Subject)
	}
	if f.Parent != 0 {
		add("a.parent_id = $%d", f.Parent)
	}
	if f.Roots {
		all = append(all, "a.parent_id IS NULL")
	}
	if !f.Since.IsZero() {
		add("a.created_at >= $%d", f.Since.UnixMicro())
	}
	if len(f.Statuses) > 0 {
		list := make([]string, len(f.Statuses))
		for i, s := range f.Statuses {
			args = append(args, string(s))
			list[i] = fmt.Sprintf("$%d", len(args))
		}
		all = append(all, "a.status IN ("+strings.Join(list, ",")+")")
	}
	if len(all) > 0 {
		text = "WHERE " + strings.Join(all, " AND ")
	}
	args = append(args, p.Limit)
	return fmt.Sprintf("%s ORDER BY a.id DESC LIMIT $%d", text, len(args)), args
}

// Log returns the lines of an activity's log after a number, the oldest first. Lines of the last
// second can be missing.
func (e *Engine) Log(ctx context.Context, id, after int64) (lines []Line, err error) {
	err = e.db.Read(ctx, func(tx *db.Tx) error {
		lines, err = db.All(ctx, tx, func(row db.Scanner) (l Line, err error) {
			var at int64
			err = row.Scan(&l.Number, &at, &l.Text)
			l.At = toTime(at)
			return l, err
		}, `SELECT number, at, line FROM activity_log WHERE activity_id = $1 AND number > $2 ORDER BY number`, id, after)
		return err
	})
	return lines, problem.While(err, "reading the log of activity %d", id)
}
