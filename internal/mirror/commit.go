package mirror

import (
	"context"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Result is what a sync did.
type Result struct {
	Unchanged  bool   `json:"unchanged"`
	Revision   int64  `json:"revision"`
	Packages   int    `json:"packages"`
	Added      int    `json:"added"`
	Removed    int    `json:"removed"`
	Downloaded int    `json:"downloaded"`
	Bytes      int64  `json:"bytes"`
	Suite      string `json:"suite,omitempty"`
	Codename   string `json:"codename,omitempty"`
	// Duplicates counts what the upstream lists as a version that it listed
	// before with another file; the first counts. FirstDuplicates names a few.
	Duplicates      int      `json:"duplicates,omitempty"`
	FirstDuplicates []string `json:"first_duplicates,omitempty"`
	// Warnings tell what was asked for by name that the upstream does not have.
	Warnings []string `json:"warnings,omitempty"`
}

// Commit makes what was planned and fetched the newest revision of the
// mirror.
func (p *Plan) Commit(ctx context.Context, tx *db.Tx, activity int64) (Result, error) {
	s := p.syncer
	m, err := s.Store.of(ctx, tx, p.mirror.Collection) // as it is now: it may have been edited
	if err != nil {
		return Result{}, err
	}
	m.Collection, err = s.Catalog.ByID(ctx, tx, m.Collection.ID)
	if err != nil {
		return Result{}, err
	}
	r, err := p.replace(ctx, tx, m.Collection, activity)
	if err != nil {
		return Result{}, err
	}
	m.State = p.state
	return r, s.Store.Save(ctx, tx, m)
}

// replace gives the collection the suite's packages, if they changed.
func (p *Plan) replace(ctx context.Context, tx *db.Tx, c catalog.Collection, activity int64) (Result, error) {
	old, err := p.syncer.Catalog.Set(ctx, tx, c.View())
	if err != nil {
		return Result{}, err
	}
	r := Result{
		Unchanged: p.Unchanged, Revision: c.Head, Packages: old.Len(), Downloaded: p.Download, Bytes: p.Bytes,
		Suite: p.state.Suite, Codename: p.state.Codename, Warnings: p.state.Warnings,
		Duplicates: p.duplicates, FirstDuplicates: p.firstFew,
	}
	if p.Unchanged {
		return r, nil
	}
	r.Packages, r.Added, r.Removed = p.members.Len(), p.members.Minus(old).Len(), old.Minus(p.members).Len()
	if err := p.guard(old.Len(), r.Removed); err != nil {
		return Result{}, err
	}
	head, _, err := p.syncer.Catalog.Replace(ctx, tx, c, p.members, activity)
	r.Revision = head.Revision
	return r, err
}

// guard refuses a sync that would drop more than the set share of a suite. It
// does not look when people changed what the mirror wants.
func (p *Plan) guard(before, removed int) error {
	limit := p.mirror.Config.ShrinkGuard
	if limit == 0 {
		limit = defaultShrinkGuard
	}
	if p.force || p.mirror.State.Wanted != p.mirror.Config.wanted() || before < smallSuite || removed*100 <= before*limit {
		return nil
	}
	return problem.New(problem.Conflict, "the upstream dropped %d of %d packages, more than %d percent", removed, before, limit).
		WithHint("look at the upstream; to take it over all the same, sync with --force")
}
