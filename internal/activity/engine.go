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
	// ErrLeaseLost: the run was taken for dead. Whatever it does now,
	// another may be doing too; it cannot commit any more.
	ErrLeaseLost = errors.New("the lease on the activity has ended")
)

// Handler does the work of one type of activity. ctx ends with one of the
// causes above; the handler then returns soon, with an error. What it returns
// otherwise is the activity's result (JSON, at most 1 MiB) or its failure; an
// error made with [Retry] gives it another attempt. After a successful
// [Run.Commit] the activity is done, whatever the handler returns. A panic is
// a failure.
type Handler func(ctx context.Context, run *Run) (result any, err error)

// Options of an engine; the zero value serves.
type Options struct {
	// Workers is the most activities run at one time by this engine's own
	// goroutines (default 4). One that waits for its children, and those of
	// [Engine.Run], do not count.
	Workers int
	// Owner names this process in leases (default "aptarium"); the engine
	// adds a random part.
	Owner string
	// Lease is how long a run whose process died still counts as running
	// (default 30 s). A heartbeat renews it three times as often.
	Lease time.Duration
	// Exclusive says that no other process works on this database, so that
	// leases found at Start are of dead ones and end at once.
	Exclusive bool
	// Logger hears of panics and of trouble with the database (default
	// slog.Default).
	Logger *slog.Logger
}

// Engine submits, runs and shows activities. Any number of goroutines may use
// it; one engine to a process is enough.
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

// New makes an engine that shows and submits, and runs what [Engine.Run] is
// given. Its workers begin with Start.
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

// Register names the handler for a type of activity. Types without one wait
// until somebody else ends them. It is called before Start.
func (e *Engine) Register(typ string, h Handler) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.handlers[typ] = h
}

// types lists what this engine can run.
func (e *Engine) types() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Sorted(maps.Keys(e.handlers))
}

// Start takes up the activities that a former process left and starts the
// workers, which run until Stop or the end of ctx. Starting a started engine
// does nothing; one that was stopped may be started again.
func (e *Engine) Start(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stop != nil {
		return nil
	}
	if err := e.recoverLeases(ctx); err != nil {
		return fmt.Errorf("taking up activities: %w", err)
	}
	ctx, e.stop = context.WithCancelCause(ctx)
	e.running.Go(func() { e.dispatch(ctx) })
	return nil
}

// Stop ends the workers: their contexts end with [ErrShutdown]. Activities
// that may have more than one attempt wait again, without having used one up;
// the others fail, unless their handlers still end well. Stop returns when
// all handlers have returned, or with ctx's error. Stopping a stopped engine
// does nothing.
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

// topicQueue is published when a waiting activity may have become ready.
const topicQueue = "activity"

// topicOf is published when the activity changed in a visible way.
func topicOf(id int64) string { return fmt.Sprintf("activity/%d", id) }

// topicCancel is published when a run should look whether it was cancelled.
func topicCancel(id int64) string { return fmt.Sprintf("activity/%d/cancel", id) }

// changed tells those who watch these activities, once tx is committed.
func (e *Engine) changed(tx *db.Tx, ids ...int64) {
	tx.AfterCommit(func() {
		for _, id := range ids {
			e.hub.Publish(topicOf(id))
		}
	})
}

// wakeQueue has the queue looked at once tx is committed.
func (e *Engine) wakeQueue(tx *db.Tx) {
	tx.AfterCommit(func() { e.hub.Publish(topicQueue) })
}
