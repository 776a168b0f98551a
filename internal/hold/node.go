package hold

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of this package.
func Schema() db.Schema { return db.Schema{Name: "hold", Migrations: migrations} }

// ErrLost is the cause of every failed commit of a process that counts as dead.
var ErrLost = errors.New("this process was taken for dead by another one")

// Options configure a node; the zero value is valid.
type Options struct {
	// Alone declares that no other process uses this database.
	Alone bool
	// Name names the process for people (default "aptarium").
	Name string
	// Lease is the time for which a killed process still counts as alive (default 30 s).
	Lease time.Duration
	// Logger logs failures of the database (default slog.Default).
	Logger *slog.Logger
}

// Node is this process among the processes that share a database. It is safe for concurrent use; a
// process has one node for each database.
type Node struct {
	db    *db.DB
	log   *slog.Logger
	alone bool
	id    string
	name  string
	lease time.Duration
	round atomic.Int64 // the number of the newest round

	mu     sync.Mutex
	holds  map[*Hold]struct{}
	newest before // the newest round

	lost    chan struct{}
	rest    context.CancelFunc
	beating sync.WaitGroup
}

// Join returns the node of this process, with a lease until Leave.
func Join(ctx context.Context, d *db.DB, o Options) (*Node, error) {
	n := &Node{
		db: d, log: o.Logger, alone: o.Alone, id: rand.Text(), name: o.Name, lease: o.Lease,
		holds: map[*Hold]struct{}{}, lost: make(chan struct{}), rest: func() {},
	}
	if n.log == nil {
		n.log = slog.Default()
	}
	if n.name == "" {
		n.name = "aptarium"
	}
	if n.lease <= 0 {
		n.lease = 30 * time.Second
	}
	if n.alone {
		return n, n.forgetOthers(ctx)
	}
	if err := n.enter(ctx); err != nil {
		return nil, fmt.Errorf("joining the processes of the database: %w", err)
	}
	d.Guard(n.check)
	ctx, n.rest = context.WithCancel(context.WithoutCancel(ctx))
	n.beating.Go(func() { n.beat(ctx) })
	return n, nil
}

// forgetOthers deletes the rows of processes that cannot be alive. Usually it finds none, and
// writes nothing.
func (n *Node) forgetOthers(ctx context.Context) error {
	var dead int64
	err := n.db.Read(ctx, func(tx *db.Tx) (err error) {
		dead, err = db.One(ctx, tx, db.Value[int64], `SELECT count(*) FROM hold_node`)
		return err
	})
	if err == nil && dead > 0 {
		err = n.db.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE FROM hold_node`)
			return err
		})
	}
	return problem.While(err, "deleting killed processes")
}

// enter writes the row. All rounds so far started before any hold of this process.
func (n *Node) enter(ctx context.Context) error {
	return n.db.Tx(ctx, func(tx *db.Tx) error {
		at, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		round, err := newestRound(ctx, tx)
		if err != nil {
			return err
		}
		n.learn(round)
		_, err = tx.Exec(ctx, `INSERT INTO hold_node (id, name, lease_until, oldest, passed) VALUES ($1, $2, $3, $4, $5)`,
			n.id, n.name, n.leaseEnd(), at, round)
		return err
	})
}

// Leave ends the lease, after all work has ended. Leaving again does nothing.
func (n *Node) Leave(ctx context.Context) error {
	n.rest()
	n.beating.Wait()
	if n.alone {
		return nil
	}
	n.db.Guard(nil)
	err := n.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM hold_node WHERE id = $1`, n.id)
		return err
	})
	return problem.While(err, "leaving the processes of the database")
}

// Lost is closed when this process counts as dead. It can commit nothing any more: end it, and
// start it again.
func (n *Node) Lost() <-chan struct{} { return n.lost }

// beat keeps the lease until ctx ends.
func (n *Node) beat(ctx context.Context) {
	tick := time.NewTicker(n.lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch err := n.renew(ctx); {
		case errors.Is(err, ErrLost):
			n.log.Error("this process was taken for dead, and commits nothing any more; start it again")
			close(n.lost)
			return
		case err != nil && ctx.Err() == nil:
			n.log.Warn("the lease of this process could not be renewed", "error", err)
		}
	}
}

// renew extends the lease, and writes this process's passed round and oldest instant.
func (n *Node) renew(ctx context.Context) error {
	return n.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := tx.Now(ctx); err != nil { // so that oldest moves on when this process is idle
			return err
		}
		round, err := newestRound(ctx, tx)
		if err != nil {
			return err
		}
		newest, passed := n.learn(round), int64(0)
		if len(newest.holders()) == 0 {
			passed = newest.number
		}
		_, err = tx.Exec(ctx, `UPDATE hold_node SET lease_until = $1, oldest = $2, passed = CASE WHEN passed < $3 THEN $3 ELSE passed END
			WHERE id = $4`, n.leaseEnd(), n.oldest(), passed, n.id)
		return err // the guard finds a row that is gone
	})
}

// check is the guard of every transaction of this process that writes.
func (n *Node) check(ctx context.Context, tx *db.Tx) error {
	_, err := db.One(ctx, tx, db.Value[int64], `SELECT 1 FROM hold_node WHERE id = $1`, n.id)
	if errors.Is(err, db.ErrNoRows) {
		return problem.New(problem.Unavailable, "%w", ErrLost).WithHint("try again when it was started again")
	}
	return err
}

func (n *Node) leaseEnd() int64 { return n.db.Wall() + n.lease.Microseconds() }

func newestRound(ctx context.Context, tx *db.Tx) (int64, error) {
	return db.One(ctx, tx, db.Value[int64], `SELECT number FROM hold_round`)
}
