// Package declared records the objects of declarations, so that a later apply knows which ones
// are no longer stated, which ones are unfinished, and the specification of each snapshot. It
// also stores the declarations that wait to be applied.
package declared

import (
	"context"
	"embed"
	"errors"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of declared objects.
func Schema() db.Schema { return db.Schema{Name: "declared", Migrations: migrations} }

// Record records that a declaration states an object.
type Record struct {
	Declaration string // its name
	Kind        string // of the object
	Name        string // of the object in the declaration
	// Local is the id of the collection or publication, or 0. It distinguishes a new
	// object of the same name.
	Local int64
	// Spec is the specification of an object that never changes.
	Spec string
	// Pending means that its sync or its release is not done yet.
	Pending bool
}

// List returns the objects of a declaration, sorted by kind and name.
func List(ctx context.Context, tx *db.Tx, declaration string) ([]Record, error) {
	list, err := db.All(ctx, tx, func(row db.Scanner) (r Record, err error) {
		r.Declaration = declaration
		err = row.Scan(&r.Kind, &r.Name, &r.Local, &r.Spec, &r.Pending)
		return r, err
	}, "SELECT kind, name, local_id, spec, pending FROM declared WHERE declaration = $1 ORDER BY kind, name", declaration)
	return list, problem.While(err, "reading the objects of the declaration %q", declaration)
}

// Put stores a record, and replaces the earlier record of its object.
func Put(ctx context.Context, tx *db.Tx, r Record) error {
	_, err := tx.Exec(ctx, `INSERT INTO declared (declaration, kind, name, local_id, spec, pending) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (declaration, kind, name) DO UPDATE SET local_id = excluded.local_id, spec = excluded.spec, pending = excluded.pending`,
		r.Declaration, r.Kind, r.Name, r.Local, r.Spec, r.Pending)
	return problem.While(err, "storing that %q declares the %s %s", r.Declaration, r.Kind, r.Name)
}

// Drop deletes a record.
func Drop(ctx context.Context, tx *db.Tx, r Record) error {
	_, err := tx.Exec(ctx, "DELETE FROM declared WHERE declaration = $1 AND kind = $2 AND name = $3", r.Declaration, r.Kind, r.Name)
	return problem.While(err, "deleting that %q declares the %s %s", r.Declaration, r.Kind, r.Name)
}

// Elsewhere reports whether another declaration states the same object.
func Elsewhere(ctx context.Context, tx *db.Tx, r Record) (bool, error) {
	n, err := db.One(ctx, tx, db.Value[int64],
		"SELECT count(*) FROM declared WHERE kind = $1 AND name = $2 AND local_id = $3 AND declaration <> $4", r.Kind, r.Name, r.Local, r.Declaration)
	return n > 0, problem.While(err, "finding other declarations of the %s %s", r.Kind, r.Name)
}

// PutRequest stores the request of an apply, and returns its id, which grows.
func PutRequest(ctx context.Context, tx *db.Tx, request string) (id int64, err error) {
	if id, err = tx.Allocate(ctx, "declared_request", 1); err != nil {
		return 0, err
	}
	_, err = tx.Exec(ctx, "INSERT INTO declared_request (id, request) VALUES ($1, $2)", id, request)
	return id, problem.While(err, "storing a declaration to apply")
}

// Request returns the request of an apply. A deleted one is problem.NotFound.
func Request(ctx context.Context, tx *db.Tx, id int64) (request string, err error) {
	err = tx.QueryRow(ctx, "SELECT request FROM declared_request WHERE id = $1", id).Scan(&request)
	if errors.Is(err, db.ErrNoRows) {
		return "", problem.New(problem.NotFound, "this declaration was already applied").WithHint("apply it again")
	}
	return request, problem.While(err, "reading a declaration to apply")
}

// ForgetRequests deletes the requests up to an id.
func ForgetRequests(ctx context.Context, tx *db.Tx, last int64) error {
	_, err := tx.Exec(ctx, "DELETE FROM declared_request WHERE id <= $1", last)
	return problem.While(err, "deleting applied declarations")
}

// Spec returns the specification of an object from any declaration, or "".
func Spec(ctx context.Context, tx *db.Tx, kind string, local int64) (string, error) {
	list, err := db.All(ctx, tx, db.Value[string],
		"SELECT spec FROM declared WHERE kind = $1 AND local_id = $2 AND spec <> '' ORDER BY declaration LIMIT 1", kind, local)
	return db.First(list, problem.While(err, "reading the specification of a %s", kind), nil)
}
