package db

import (
	"database/sql"
	"errors"
)

// The errors that domain packages distinguish, with errors.Is.
var (
	// ErrNoRows: a query for one row returned none.
	ErrNoRows = sql.ErrNoRows
	// ErrUnique: a row with the same unique key exists.
	ErrUnique = errors.New("a row with this key already exists")
	// ErrReference: a row refers to a missing row, or a deleted row is still referred to
	// (a foreign key).
	ErrReference = errors.New("a row refers to one that does not exist")
	// ErrClosed: the database was closed.
	ErrClosed = errors.New("the database is closed")
)

// dialect has all differences between database engines, except their schemas. For PostgreSQL, add a
// second value of this type, its connector in Open, and a folder migrations/postgres in each schema.
type dialect struct {
	name       string // the folder of migration scripts
	beginRead  string // starts a read-only snapshot
	beginWrite string // starts a transaction that may write
	variables  int    // the most placeholders in one statement
	nameless   bool   // bulk inserts use ? instead of $n

	// explain converts an engine's error to one of this package's errors or a problem, with
	// the cause. It returns other errors unchanged.
	explain func(error) error
	// busy reports whether the same work can succeed if it is retried.
	busy func(error) bool
}
