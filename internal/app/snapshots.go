package app

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// NewSnapshot is a snapshot to be made: of one view, or of several merged.
type NewSnapshot struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	// From names views as ParseRef reads them. With several, a package name and
	// architecture is taken from the last one that has it.
	From []string `json:"from" doc:"mirror:NAME, repo:NAME or snapshot:NAME, with @TIME for a past state" minItems:"1"`
	// Latest keeps only the highest version of each name and architecture, from
	// whichever source.
	Latest bool `json:"latest,omitempty"`
	// KeepAll keeps every version of every source.
	KeepAll bool `json:"keep_all,omitempty"`
}

// CreateSnapshot names a view, which costs the same whatever its size, or merges
// several into a new set.
func (a *App) CreateSnapshot(ctx context.Context, in NewSnapshot) (Collection, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Collection{}, err
	}
	if len(in.From) == 0 {
		return Collection{}, problem.New(problem.Invalid, "a snapshot is made from something").In("from").WithHint("name a source, such as mirror:bookworm")
	}
	if in.Latest && in.KeepAll {
		return Collection{}, problem.New(problem.Invalid, "latest and keep_all exclude each other").In("latest").WithHint("leave out one of the two")
	}
	return change(ctx, a, "snapshot.create", "snapshot:"+in.Name, in, func(tx *db.Tx) (Collection, error) {
		views, err := a.views(ctx, tx, "from", in.From)
		if err != nil {
			return Collection{}, err
		}
		c, err := a.catalog.Create(ctx, tx, catalog.Collection{Kind: catalog.Snapshot, Name: in.Name, Description: in.Description})
		if err != nil {
			return Collection{}, err
		}
		if err := a.fillSnapshot(ctx, tx, c, views, in); err != nil {
			return Collection{}, err
		}
		if c, err = a.catalog.ByID(ctx, tx, c.ID); err != nil {
			return Collection{}, err
		}
		return a.showCollection(ctx, tx, c)
	})
}

func (a *App) views(ctx context.Context, tx *db.Tx, field string, names []string) ([]catalog.View, error) {
	views := make([]catalog.View, len(names))
	for i, name := range names {
		ref, err := ParseRef(field, name)
		if err != nil {
			return nil, err
		}
		if _, views[i], err = a.view(ctx, tx, ref); err != nil {
			return nil, err
		}
	}
	return views, nil
}

func (a *App) fillSnapshot(ctx context.Context, tx *db.Tx, c catalog.Collection, views []catalog.View, in NewSnapshot) error {
	if len(views) == 1 && !in.Latest {
		_, err := a.catalog.Point(ctx, tx, c, views[0], 0)
		return err
	}
	sets := make([]bitset.Set, len(views))
	for i, v := range views {
		var err error
		if sets[i], err = a.catalog.Set(ctx, tx, v); err != nil {
			return err
		}
	}
	rule := catalog.LastSource
	switch {
	case in.Latest:
		rule = catalog.Latest
	case in.KeepAll:
		rule = catalog.KeepAll
	}
	merged, err := a.catalog.Merge(ctx, tx, sets, rule)
	if err != nil {
		return err
	}
	_, _, err = a.catalog.Replace(ctx, tx, c, merged, 0)
	return err
}

// PullSnapshot is a snapshot to be made of another, with some packages taken
// from a third.
type PullSnapshot struct {
	Name     string   `json:"name"`
	To       string   `json:"to" doc:"What to start from"`
	From     string   `json:"from" doc:"Where to take packages"`
	Packages []string `json:"packages" doc:"Names or globs of the packages to take" minItems:"1"`
	KeepOld  bool     `json:"keep_old,omitempty" doc:"Keep other versions of what is taken"`
}

// Pull makes a snapshot of one view with packages of another. Other versions of
// the same name and architecture give way, unless they are to be kept.
func (a *App) Pull(ctx context.Context, in PullSnapshot) (Collection, error) {
	if err := access.Require(ctx, access.Mirror); err != nil {
		return Collection{}, err
	}
	return change(ctx, a, "snapshot.pull", "snapshot:"+in.Name, in, func(tx *db.Tx) (Collection, error) {
		views, err := a.views(ctx, tx, "from", []string{in.To, in.From})
		if err != nil {
			return Collection{}, err
		}
		to, err := a.catalog.Set(ctx, tx, views[0])
		if err != nil {
			return Collection{}, err
		}
		from, err := a.catalog.Set(ctx, tx, views[1])
		if err != nil {
			return Collection{}, err
		}
		taken, err := a.catalog.Named(ctx, tx, from, in.Packages)
		if err != nil {
			return Collection{}, err
		}
		if taken.IsEmpty() {
			return Collection{}, problem.New(problem.NotFound, "%s has none of these packages", in.From).In("packages")
		}
		rule := catalog.LastSource
		if in.KeepOld {
			rule = catalog.KeepAll
		}
		merged, err := a.catalog.Merge(ctx, tx, []bitset.Set{to, taken}, rule)
		if err != nil {
			return Collection{}, err
		}
		c, err := a.catalog.Create(ctx, tx, catalog.Collection{Kind: catalog.Snapshot, Name: in.Name})
		if err != nil {
			return Collection{}, err
		}
		if _, _, err := a.catalog.Replace(ctx, tx, c, merged, 0); err != nil {
			return Collection{}, err
		}
		if c, err = a.catalog.ByID(ctx, tx, c.ID); err != nil {
			return Collection{}, err
		}
		return a.showCollection(ctx, tx, c)
	})
}

// Snapshots lists snapshots by name.
func (a *App) Snapshots(ctx context.Context, p Page) (List[Collection], error) {
	return a.collections(ctx, catalog.Snapshot, p)
}

// Snapshot gives one snapshot.
func (a *App) Snapshot(ctx context.Context, name string) (Collection, error) {
	return a.collection(ctx, catalog.Snapshot, name)
}

// DropSnapshot frees a snapshot's name. Past releases of it stay.
func (a *App) DropSnapshot(ctx context.Context, name string) error {
	return a.dropCollection(ctx, access.Mirror, catalog.Snapshot, name)
}
