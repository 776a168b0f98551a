package collections

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// changes returns the permission to change collections of a kind.
func changes(kind catalog.Kind) access.Permission {
	if kind == catalog.Repo {
		return access.Upload
	}
	return access.Mirror
}

// Set stores a value at into, unless it is nil: a nil field of an edit changes nothing.
func Set[T any](into *T, value *T) {
	if value != nil {
		*into = *value
	}
}

// Edit changes a repo or a snapshot by edit, renames it if to is not nil, and returns it. A used
// name is problem.Conflict. detail is kept in the audit entry.
func (s *Service) Edit(ctx context.Context, kind catalog.Kind, name string, to *string, detail any, edit func(*catalog.Collection) error) (Collection, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: changes(kind), Action: string(kind) + ".edit", Subject: string(kind) + ":" + name, Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (Collection, error) {
		c, err := s.k.Catalog.ByName(ctx, tx, kind, name)
		if err != nil {
			return Collection{}, err
		}
		if err := edit(&c); err != nil {
			return Collection{}, err
		}
		if err := s.k.Catalog.Edit(ctx, tx, c); err != nil {
			return Collection{}, err
		}
		if kind != catalog.Snapshot {
			if err := s.k.Catalog.Retain(ctx, tx, c, c.Retention); err != nil {
				return Collection{}, err
			}
		}
		if to != nil {
			if c, err = s.Rename(ctx, tx, c, *to); err != nil {
				return Collection{}, err
			}
		}
		return s.Show(ctx, tx, c)
	})
}

// Rename renames a collection within the caller's transaction, also in the publications that name
// it. It checks no permission.
func (s *Service) Rename(ctx context.Context, tx *db.Tx, c catalog.Collection, to string) (catalog.Collection, error) {
	c, err := s.k.Catalog.Rename(ctx, tx, c, to)
	if err != nil {
		return c, err
	}
	return c, s.publish.Renamed(ctx, tx, c.ID, c.Name)
}

// Drop ends a mirror, repo or snapshot and frees its name. Its snapshots and past releases stay. A
// collection that feeds a publication, or belongs to a pocket, is problem.Conflict.
func (s *Service) Drop(ctx context.Context, kind Kind, name string) error {
	return usecase.Do(ctx, s.k, usecase.Act{Permission: changes(kind), Action: string(kind) + ".drop", Subject: string(kind) + ":" + name}, func(tx *db.Tx, _ *usecase.Act) error {
		c, err := s.k.Catalog.ByName(ctx, tx, kind, name)
		if err != nil {
			return err
		}
		if err := s.pocket.CheckUnused(ctx, tx, c.ID, 0); err != nil {
			return err
		}
		return s.DropUnused(ctx, tx, c)
	})
}

// DropUnused drops a collection within the caller's transaction. A source of a publication is
// problem.Conflict. It checks no permission, and allows the collection of a pocket.
func (s *Service) DropUnused(ctx context.Context, tx *db.Tx, c catalog.Collection) error {
	using, err := s.publish.Using(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	if len(using) > 0 {
		return problem.New(problem.Conflict, "%s feeds the publication %s", c.Ref(), using[0].Ref()).
			WithHint("drop that first, or change its sources")
	}
	return s.k.Catalog.Drop(ctx, tx, c)
}
