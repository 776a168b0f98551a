package activity

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/notify"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of this package.
func Schema() db.Schema { return db.Schema{Name: "activity", Migrations: migrations} }

// The causes (context.Cause) with which a run's context ends.
var (
	// ErrCancelled: somebody cancelled the activity or an ancestor.
	ErrCancelled = errors.New("the activity was cancelled")
	// ErrShutdown: the engine stops.
	ErrShutdown = errors.New("the server is shutting down")
	// ErrLeaseLost: the lease has ended. Another process may run the activity now; this
	// run cannot commit any more.
	ErrLeaseLost = errors.New("the lease on the activity has ended")
)

// Handler does the work of one type of activity. When ctx ends, with one of the causes above, the
// handler must return soon, with an error. Otherwise it returns the activity's result (encoded as
// JSON, at most 1 MiB) or its failure; an error of [Retry] allows another attempt. After a
// successful [Run.Commit] the activity is done, for any return values. A panic is a failure.
type Handler func(ctx context.Context, run *Run) (result any, err error)

// Options configure an engine. The zero value means the defaults.
type Options struct {
	// Workers is the number of activities that this engine's own goroutines run at the
	// same time (default 4). Those that wait for children, and those of [Engine.Run], do
	// not count.
	Workers int
	// Owner names this process in leases (default "aptarium"); the engine
	// adds a random part.
	Owner string
	// Lease is the time for which a run counts as running after its process died
	// (default 30 s). A heartbeat renews it three times as often.
	Lease time.Duration
	// Exclusive means that no other process uses this database, so that existing leases
	// end at Start.
	Exclusive bool
	// Logger logs panics and errors of the database (default slog.Default).
	Logger *slog.Logger
}

// Engine submits, runs and shows activities. It is safe for concurrent use; use one per process.
type Engine struct {
	db      *db.DB
	hub     *notify.Hub
	log     *slog.Logger
	owner   string
	lease   time.Duration
	workers int

	exclusive bool

	mu       sync.Mutex
	handlers map[string]Handler
	live     map[int64]*Run // runs of this process, by activity
	busy     int            // of the workers
	stop     context.CancelCauseFunc
	running  sync.WaitGroup // the dispatcher and the workers' runs
}

// New returns an engine. Before Start it shows and submits activities, and runs only those of
// [Engine.Run].
func New(d *db.DB, hub *notify.Hub, o Options) *Engine {
	if o.Workers < 1 {
		o.Workers = 4
	}
	if o.Owner == "" {
		o.Owner = "aptarium"
	}
	if o.Lease <= 0 {
		o.Lease = 30 * time.Second
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Engine{
		db: d, hub: hub, log: o.Logger, lease: o.Lease, workers: o.Workers, exclusive: o.Exclusive,
		owner:    o.Owner + "#" + rand.Text(),
		handlers: map[string]Handler{},
		live:     map[int64]*Run{},
	}
}

// Register sets the handler for a type of activity, before Start. Activities of other types wait
// until another process runs them.
func (e *Engine) Register(typ string, h Handler) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.handlers[typ] = h
}

func (e *Engine) types() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(e.handlers))
}

// Start recovers the activities of a former process and starts the workers, which run until Stop or
// the end of ctx. Starting a started engine does nothing; a stopped one can be started again.
func (e *Engine) Start(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		return nil
	}
	if err := e.recoverLeases(ctx); err != nil {
		return fmt.Errorf("recovering activities: %w", err)
	}
	ctx, e.stop = context.WithCancelCause(ctx)
	e.running.Go(func() { e.dispatch(ctx) })
	return nil
}

// Stop ends the workers: their contexts end with [ErrShutdown]. Activities with several attempts
// wait again, without using one up; the others fail, unless their handlers still succeed. Stop
// returns when all handlers have returned, or with ctx's error. Stopping a stopped engine does
// nothing.
func (e *Engine) Stop(ctx context.Context) error {
	e.mu.Lock()
	stop := e.stop
	e.mu.Unlock()
	if stop == nil {
		return nil
	}
	stop(ErrShutdown)
	ended := make(chan struct{})
	go func() {
		e.running.Wait()
		close(ended)
	}()
	select {
	case <-ctx.Done():
		return fmt.Errorf("stopping the workers: %w", ctx.Err())
	case <-ended:
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stop = nil
	return nil
}

// topicQueue is published when a waiting activity may be ready.
const topicQueue = "activity"

// topicOf is published after a visible change of the activity.
func topicOf(id int64) string { return fmt.Sprintf("activity/%d", id) }

// topicCancel is published when a run should check whether it was cancelled.
func topicCancel(id int64) string { return fmt.Sprintf("activity/%d/cancel", id) }

// changed wakes the watchers of these activities after the commit of tx.
func (e *Engine) changed(tx *db.Tx, ids ...int64) {
	tx.AfterCommit(func() {
		for _, id := range ids {
			e.hub.Publish(topicOf(id))
		}
	})
}

// wakeQueue wakes the dispatcher after the commit of tx.
func (e *Engine) wakeQueue(tx *db.Tx) {
	tx.AfterCommit(func() { e.hub.Publish(topicQueue) })
}
