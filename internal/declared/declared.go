// Package declared remembers what declarations state, so that a later apply knows
// what it no longer states, what was not finished, and what a snapshot was made
// from. It also keeps the declarations that wait to be applied.
package declared

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of what is declared.
func Schema() db.Schema { return db.Schema{Name: "declared", Migrations: migrations} }

// Record says that a declaration states a thing.
type Record struct {
	Declaration string // its name
	Kind        string // of the thing
	Name        string // of the thing, as the declaration has it
	// Local is the number of our collection or publication, 0 for what has none:
	// another thing of the same name is another thing.
	Local int64
	// Spec is what the thing was made from, if it never changes afterwards.
	Spec string
	// Pending tells that its sync or its release is still to come.
	Pending bool
}

// List returns what a declaration states, by kind and name.
func List(ctx context.Context, tx *db.Tx, declaration string) ([]Record, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (r Record, err error) {
		r.Declaration = declaration
		err = row.Scan(&r.Kind, &r.Name, &r.Local, &r.Spec, &r.Pending)
		return r, err
	}, "SELECT kind, name, local_id, spec, pending FROM declared WHERE declaration = $1 ORDER BY kind, name", declaration)
	if err != nil {
		return nil, fmt.Errorf("reading what %q declares: %w", declaration, err)
	}
	return list, nil
}

// Put stores a record, in place of the one that its thing had.
func Put(ctx context.Context, tx *db.Tx, r Record) error {
	_, err := tx.Exec(ctx, `INSERT INTO declared (declaration, kind, name, local_id, spec, pending) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (declaration, kind, name) DO UPDATE SET local_id = excluded.local_id, spec = excluded.spec, pending = excluded.pending`,
		r.Declaration, r.Kind, r.Name, r.Local, r.Spec, r.Pending)
	if err != nil {
		return fmt.Errorf("storing that %q declares the %s %s: %w", r.Declaration, r.Kind, r.Name, err)
	}
	return nil
}

// Drop forgets a record.
func Drop(ctx context.Context, tx *db.Tx, r Record) error {
	_, err := tx.Exec(ctx, "DELETE FROM declared WHERE declaration = $1 AND kind = $2 AND name = $3", r.Declaration, r.Kind, r.Name)
	if err != nil {
		return fmt.Errorf("forgetting that %q declares the %s %s: %w", r.Declaration, r.Kind, r.Name, err)
	}
	return nil
}

// Elsewhere reports whether another declaration states the same thing.
func Elsewhere(ctx context.Context, tx *db.Tx, r Record) (bool, error) {
	n, err := db.One(ctx, tx, db.Value[int64],
		"SELECT count(*) FROM declared WHERE kind = $1 AND name = $2 AND local_id = $3 AND declaration <> $4", r.Kind, r.Name, r.Local, r.Declaration)
	if err != nil {
		return false, fmt.Errorf("looking who else declares the %s %s: %w", r.Kind, r.Name, err)
	}
	return n > 0, nil
}

// PutRequest keeps what an apply is to do, and gives its number, which grows.
func PutRequest(ctx context.Context, tx *db.Tx, request string) (id int64, err error) {
	if id, err = tx.Allocate(ctx, "declared_request", 1); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO declared_request (id, request) VALUES ($1, $2)", id, request); err != nil {
		return 0, fmt.Errorf("storing a declaration to be applied: %w", err)
	}
	return id, nil
}

// Request returns what an apply is to do; one that is forgotten is problem.NotFound.
func Request(ctx context.Context, tx *db.Tx, id int64) (request string, err error) {
	err = tx.QueryRow(ctx, "SELECT request FROM declared_request WHERE id = $1", id).Scan(&request)
	if errors.Is(err, db.ErrNoRows) {
		return "", problem.New(problem.NotFound, "this declaration was applied already").WithHint("apply it again")
	}
	if err != nil {
		return "", fmt.Errorf("reading a declaration to be applied: %w", err)
	}
	return request, nil
}

// ForgetRequests drops the requests up to one.
func ForgetRequests(ctx context.Context, tx *db.Tx, last int64) error {
	if _, err := tx.Exec(ctx, "DELETE FROM declared_request WHERE id <= $1", last); err != nil {
		return fmt.Errorf("forgetting declarations that were applied: %w", err)
	}
	return nil
}

// Spec returns what a thing was made from, if any declaration tells; else it is
// empty.
func Spec(ctx context.Context, tx *db.Tx, kind string, local int64) (string, error) {
	list, err := db.All(ctx, tx, db.Value[string],
		"SELECT spec FROM declared WHERE kind = $1 AND local_id = $2 AND spec <> '' ORDER BY declaration LIMIT 1", kind, local)
	if err != nil {
		return "", fmt.Errorf("reading what a %s was made from: %w", kind, err)
	}
	if len(list) == 0 {
		return "", nil
	}
	return list[0], nil
}
