package hold

import (
	"context"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
)

// Round is one collection's wait for all that was under way when it began.
type Round struct {
	node *Node
	own  before
}

// Begin begins a round, after the collector has condemned what it found: holds that
// are taken from now on are of those whose touch saves it.
func (n *Node) Begin(ctx context.Context) (*Round, error) {
	number := n.Rounds() + 1
	if !n.alone {
		err := n.db.Tx(ctx, func(tx *db.Tx) (err error) {
			number, err = db.One(ctx, tx, db.Value[int64], `UPDATE hold_round SET number = number + 1 RETURNING number`)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("beginning to wait for work under way: %w", err)
		}
	}
	return &Round{n, n.learn(number)}, nil
}

// Rounds counts the rounds that this process knows. Who looked something up before
// taking a hold, and finds another count after it, looks again.
func (n *Node) Rounds() int64 { return n.round.Load() }

// InUseSince returns an instant of the database's clock before which no work under way
// began, in any process. States that were the newest at any time since then may be what
// it builds upon.
func (n *Node) InUseSince(ctx context.Context) (int64, error) {
	if n.alone {
		return n.oldest(), nil
	}
	others := int64(0)
	err := n.db.Read(ctx, func(tx *db.Tx) (err error) {
		others, err = db.One(ctx, tx, db.Value[int64], `SELECT min(oldest) FROM hold_node`)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("asking since when work is under way: %w", err)
	}
	return min(others, n.oldest()), nil
}

// Wait returns when all holds have ended that were taken before the round began, in any
// process, or when the processes are dead that have them; or with the context's cause.
// Every now and then waiting is told who is waited for. Wait returns at once when nobody is.
func (r *Round) Wait(ctx context.Context, waiting func(holders []string)) error {
	if err := r.own.wait(ctx, waiting); err != nil {
		return err
	}
	for !r.node.alone {
		behind, err := r.behind(ctx)
		if err != nil {
			return fmt.Errorf("waiting for work in other processes: %w", err)
		}
		if len(behind) == 0 {
			return nil
		}
		waiting(behind)
		if err := pause(ctx, nil, waitStep); err != nil {
			return err
		}
	}
	return nil
}

// behind names the other processes that have work from before the round. Those whose
// leases have ended are shut out.
func (r *Round) behind(ctx context.Context) (names []string, err error) {
	type other struct {
		name  string
		until int64
	}
	const which = ` FROM hold_node WHERE id <> $1 AND passed < $2`
	var others []other
	err = r.node.db.Read(ctx, func(tx *db.Tx) (err error) {
		others, err = db.All(ctx, tx, func(row db.Scanner) (o other, err error) {
			return o, row.Scan(&o.name, &o.until)
		}, `SELECT name, lease_until`+which, r.node.id, r.own.number)
		return err
	})
	if err != nil {
		return nil, err
	}
	wall, dead := r.node.db.Wall(), false
	for _, o := range others {
		names = append(names, "process "+o.name)
		dead = dead || o.until < wall
	}
	if dead {
		return names, r.node.db.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `DELETE`+which+` AND lease_until < $3`, r.node.id, r.own.number, wall)
			return err
		})
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
