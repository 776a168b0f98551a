package upload

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

// Schema returns the table of uploaders.
func Schema() db.Schema { return db.Schema{Name: "upload", Migrations: migrations} }

// Store stores the uploaders of repos. Its methods work in the given transaction.
type Store struct{}

// Uploaders returns the rules of a repo, or nil.
func (Store) Uploaders(ctx context.Context, tx *db.Tx, repo int64) (*Uploaders, error) {
	found, err := db.All(ctx, tx, db.Value[string], "SELECT rules FROM repo_uploaders WHERE collection_id = $1", repo)
	if err != nil {
		return nil, fmt.Errorf("reading who may upload: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	u := new(Uploaders)
	return u, problem.While(json.Unmarshal([]byte(found[0]), u), "reading who may upload")
}

// SetUploaders replaces the rules of a repo; nil deletes them.
func (Store) SetUploaders(ctx context.Context, tx *db.Tx, repo int64, u *Uploaders) error {
	if u == nil {
		_, err := tx.Exec(ctx, "DELETE FROM repo_uploaders WHERE collection_id = $1", repo)
		return problem.While(err, "deleting the uploaders")
	}
	rules, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("encoding the uploaders: %w", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO repo_uploaders (collection_id, rules) VALUES ($1, $2)
		ON CONFLICT (collection_id) DO UPDATE SET rules = excluded.rules`, repo, string(rules))
	return problem.While(err, "storing the uploaders")
}
