package endpoint

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the table of endpoints.
func Schema() db.Schema { return db.Schema{Name: "endpoint", Migrations: migrations} }

// Named is a stored endpoint.
type Named struct {
	Name      string
	CreatedAt int64 // microseconds since 1970
	Settings
}

// Store stores endpoints. Its methods work in the given transaction.
type Store struct{ Kinds Kinds }

// Put stores an endpoint, or the new settings of an existing one.
func (s Store) Put(ctx context.Context, tx *db.Tx, name string, in Settings) error {
	checked, err := s.Kinds.Check(name, in)
	if err != nil {
		return err
	}
	settings, err := json.Marshal(checked)
	if err != nil {
		return fmt.Errorf("encoding the settings of an endpoint: %w", err)
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO endpoint (name, settings, created_at) VALUES ($1, $2, $3)
		ON CONFLICT (name) DO UPDATE SET settings = excluded.settings`, name, string(settings), now); err != nil {
		return fmt.Errorf("storing endpoint %s: %w", name, err)
	}
	return nil
}

// Get returns an endpoint, or problem.NotFound.
func (s Store) Get(ctx context.Context, tx *db.Tx, name string) (Named, error) {
	found, err := s.list(ctx, tx, "name = $1", name)
	if err != nil {
		return Named{}, err
	}
	if len(found) == 0 {
		return Named{}, problem.New(problem.NotFound, "there is no endpoint %q", name).In("endpoint").
			WithHint("`aptarium endpoint list` lists the endpoints, `aptarium endpoint create` creates one")
	}
	return found[0], nil
}

// List returns up to limit endpoints after a name, sorted by name.
func (s Store) List(ctx context.Context, tx *db.Tx, after string, limit int) ([]Named, error) {
	return s.list(ctx, tx, "name > $1 ORDER BY name LIMIT $2", after, int64(limit))
}

// Drop deletes an endpoint. Its files stay.
func (Store) Drop(ctx context.Context, tx *db.Tx, name string) error {
	if _, err := tx.Exec(ctx, "DELETE FROM endpoint WHERE name = $1", name); err != nil {
		return fmt.Errorf("dropping endpoint %s: %w", name, err)
	}
	return nil
}

func (Store) list(ctx context.Context, tx *db.Tx, where string, args ...any) ([]Named, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (n Named, err error) {
		var settings string
		if err = row.Scan(&n.Name, &settings, &n.CreatedAt); err == nil {
			err = json.Unmarshal([]byte(settings), &n.Settings)
		}
		return n, err
	}, "SELECT name, settings, created_at FROM endpoint WHERE "+where, args...)
	if err != nil {
		return nil, fmt.Errorf("reading endpoints: %w", err)
	}
	return list, nil
}
