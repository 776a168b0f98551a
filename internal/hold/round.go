package hold

import (
	"context"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
)

// Round is a collector's wait for all work that had started before it.
type Round struct {
	node *Node
	own  before
}

// Begin starts a round. Call it after condemning: work that takes its hold from now on saves
// condemned data by a touch.
func (n *Node) Begin(ctx context.Context) (*Round, error) {
	number := n.Rounds() + 1
	if !n.alone {
		err := n.db.Tx(ctx, func(tx *db.Tx) (err error) {
			number, err = db.One(ctx, tx, db.Value[int64], `UPDATE hold_round SET number = number + 1 RETURNING number`)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("starting a round of collection: %w", err)
		}
	}
	return &Round{n, n.learn(number)}, nil
}

// Rounds returns the number of rounds that this process knows. After a read before a hold, read
// again if the number changed.
func (n *Node) Rounds() int64 { return n.round.Load() }

// InUseSince returns an instant of the database's clock before which no current work started, in
// any process. The work may build upon any state that was the newest since then.
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
		return 0, fmt.Errorf("reading the start of current work: %w", err)
	}
	return min(others, n.oldest()), nil
}

// Wait returns when all holds from before the round have ended, in any process, or their processes
// are dead; or with the context's cause. It regularly calls waiting with the names of the awaited
// work. It returns at once if there is none.
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

// behind returns the names of other processes that have work from before the round. It shuts out
// processes whose leases have ended.
func (r *Round) behind(ctx context.Context) (names []string, err error) {
	type other struct {
		name  string
		until int64
	}
	const which = ` FROM hold_node WHERE id <> $1 AND passed < $2`
	var others []other
	err = r.node.db.Read(ctx, func(tx *db.Tx) (err error) {
		others, err = db.All(ctx, tx, func(row db.Scanner) (o other, err error) {
			err = row.Scan(&o.name, &o.until)
			return o, err
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
