package mirror

import (
	"context"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Policy is when the files of a mirror's packages come.
type Policy string

// The policies. Under both, a sync fetches and verifies all metadata, and a
// package is listed only with a digest that the upstream's signature covers.
const (
	Full     Policy = "full"      // a sync downloads all files
	OnDemand Policy = "on-demand" // a sync leaves them upstream: each comes when it is asked for
)

func (p Policy) check() error {
	if p == "" || p == Full || p == OnDemand {
		return nil
	}
	return problem.New(problem.Invalid, "there is no policy %.40q", string(p)).In("policy").WithHint("give full or on-demand")
}

// settled tells whether each file of what the mirror lists now is known to be
// where a sync would bring it, so that the sync need not look: in the pool, or
// under the policy on-demand written down as deferred from the place that is
// synced with.
func (p *Plan) settled(ctx context.Context, tx *db.Tx) (bool, error) {
	if p.force {
		return false, nil
	}
	if p.mirror.Config.Policy == OnDemand {
		return p.mirror.State.Upstream == p.mirror.Config.upstream(), nil
	}
	deferred, err := p.syncer.Store.Defers(ctx, tx, p.mirror.Collection.ID)
	return !deferred, err
}
