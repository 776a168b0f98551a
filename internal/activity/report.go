package activity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/db"
)

// Intervals of a run's reports. Handlers can report at any rate.
const (
	showEvery  = 100 * time.Millisecond // to watchers in this process
	storeEvery = time.Second            // to the database
)

// Limits on an activity's log.
const (
	maxLines = 1000 // the latest are kept
	maxLine  = 1000 // bytes
)

// Line is a line of an activity's log.
type Line struct {
	Number int64 // from 1, over all attempts
	At     time.Time
	Text   string
}

// report is the progress and the new log lines of a run.
type report struct {
	news chan struct{} // has a value after a change

	mu       sync.Mutex
	progress Progress
	version  int64  // shown last
	lines    []Line // not stored yet; store numbers them
	fresh    bool   // changed since shown last
}

func (p *report) init(version int64) {
	p.news = make(chan struct{}, 1)
	p.version = version
}

// touch records a change; p.mu is held.
func (p *report) touch() {
	if p.fresh {
		return // the heartbeat knows
	}
	p.fresh = true
	select {
	case p.news <- struct{}{}:
	default:
	}
}

// Progress sets the progress of the run. It is cheap: it is shown to watchers at most ten times a
// second, and stored at most once a second.
func (r *Run) Progress(progress Progress) {
	p := &r.report
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.progress != progress {
		p.progress = progress
		p.touch()
	}
}

// Log adds lines to the activity's log. The log keeps the latest 1000 lines, each truncated to 1000
// bytes.
func (r *Run) Log(text string) {
	now := toTime(r.engine.db.Wall())
	p := &r.report
	p.mu.Lock()
	defer p.mu.Unlock()
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if len(line) > maxLine {
			line = line[:maxLine]
		}
		p.lines = append(p.lines, Line{At: now, Text: strings.ToValidUTF8(line, "\uFFFD")})
	}
	if extra := len(p.lines) - maxLines; extra > 0 {
		p.lines = slices.Delete(p.lines, 0, extra)
	}
	p.touch()
}

// show numbers the current progress and wakes watchers.
func (r *Run) show() {
	p := &r.report
	p.mu.Lock()
	p.fresh = false
	p.version = max(p.version+1, r.engine.db.Wall())
	p.mu.Unlock()
	r.engine.hub.Publish(topicOf(r.activity.ID))
}

// store writes progress and log lines, and drops the lines after the commit of tx.
func (r *Run) store(ctx context.Context, tx *db.Tx) error {
	p := &r.report
	p.mu.Lock()
	progress, version, lines := p.progress, p.version, slices.Clone(p.lines)
	p.mu.Unlock()
	text, err := json.Marshal(storedProgress{progress, progress.Share})
	if err != nil {
		return fmt.Errorf("storing progress: %w", err)
	}
	_, err = tx.Exec(ctx, `UPDATE activity SET progress = $1, version = CASE WHEN version >= $2 THEN version ELSE $2 END
		WHERE id = $3 AND status = 'running' AND fence = $4`, string(text), version, r.activity.ID, r.activity.fence)
	if err != nil {
		return fmt.Errorf("storing progress: %w", err)
	}
	if len(lines) == 0 {
		return nil
	}
	if err := appendLog(ctx, tx, r.activity.ID, lines); err != nil {
		return fmt.Errorf("storing the log: %w", err)
	}
	last := lines[len(lines)-1]
	tx.AfterCommit(func() { r.forget(last, len(lines)) })
	return nil
}

// forget drops the lines up to the last stored one. Fewer than n of them are left if newer lines
// have displaced some.
func (r *Run) forget(last Line, n int) {
	p := &r.report
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := min(n, len(p.lines)); i > 0; i-- {
		if p.lines[i-1] == last {
			p.lines = slices.Delete(p.lines, 0, i)
			return
		}
	}
}

// appendLog writes lines after the stored ones, and deletes the oldest.
func appendLog(ctx context.Context, tx *db.Tx, id int64, lines []Line) error {
	last, err := db.One(ctx, tx, db.Value[int64], `SELECT coalesce(max(number), 0) FROM activity_log WHERE activity_id = $1`, id)
	if err != nil {
		return err
	}
	rows := func(yield func([]any) bool) {
		for i, l := range lines {
			if !yield([]any{id, last + int64(i) + 1, l.At.UnixMicro(), l.Text}) {
				return
			}
		}
	}
	if _, err := db.Bulk(ctx, tx, "activity_log", []string{"activity_id", "number", "at", "line"}, rows); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM activity_log WHERE activity_id = $1 AND number <= $2`, id, last+int64(len(lines))-maxLines)
	return err
}

// beat renews the lease and stores the report until ctx ends, when the handler has returned: a
// cancelled run needs its lease until then.
func (r *Run) beat(ctx context.Context) {
	e := r.engine
	stop := e.hub.Subscribe(ctx, topicCancel(r.activity.ID))
	heartbeat := time.NewTicker(e.lease / 3)
	defer heartbeat.Stop()
	leaseEnd := time.Now().Add(e.lease)
	renew := func() {
		if r.renew(ctx, time.Now().After(leaseEnd)) {
			leaseEnd = time.Now().Add(e.lease)
		}
	}
	r.checkCancelled(ctx) // a cancellation may precede the subscription
	var show, store <-chan time.Time
	var shown, stored time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-stop:
			renew()
		case <-heartbeat.C:
			renew()
		case <-r.report.news:
			show = time.After(max(0, showEvery-time.Since(shown)))
		case <-show:
			show, shown = nil, time.Now()
			r.show()
			if store == nil {
				store = time.After(max(0, storeEvery-time.Since(stored)))
			}
		case <-store:
			store, stored = nil, time.Now()
			renew()
		}
	}
}

// checkCancelled stops the run if it was cancelled, without renewing the lease.
func (r *Run) checkCancelled(ctx context.Context) {
	err := r.engine.db.Read(ctx, func(tx *db.Tx) error { return r.check(ctx, tx) })
	if errors.Is(err, ErrCancelled) {
		r.cancel(err)
	}
}

// renew extends the lease, stores the report, and stops the run if it was cancelled. It returns
// false if it could not renew the lease; if the lease has ended by then, it stops the run.
func (r *Run) renew(ctx context.Context, over bool) bool {
	e := r.engine
	err := e.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE activity SET lease_until = $1 WHERE id = $2 AND status = 'running' AND fence = $3`,
			e.db.Wall()+e.lease.Microseconds(), r.activity.ID, r.activity.fence)
		if err != nil || n == 0 {
			return errors.Join(err, r.check(ctx, tx))
		}
		return errors.Join(r.store(ctx, tx), r.check(ctx, tx))
	})
	r.mu.Lock()
	ended := r.committing || r.committed
	r.mu.Unlock()
	switch {
	case err == nil:
		return true
	case ctx.Err() != nil || ended && errors.Is(err, ErrLeaseLost):
		return false // the run is ending
	case errors.Is(err, ErrCancelled), errors.Is(err, ErrLeaseLost):
		r.cancel(err)
		return false
	case over:
		r.cancel(ErrLeaseLost)
	}
	e.log.Warn("the lease on an activity could not be renewed", "id", r.activity.ID, "error", err)
	return false
}
