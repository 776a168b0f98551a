package db

import (
	"database/sql"
	"errors"
)

// The errors that domain packages tell apart. They are reached with errors.Is.
var (
	// ErrNoRows: a query for one row found none.
	ErrNoRows = sql.ErrNoRows
	// ErrUnique: a row with the same unique key exists.
	ErrUnique = errors.New("a row with this key exists already")
	// ErrReference: a row refers to one that does not exist, or is still
	// referred to (a foreign key).
	ErrReference = errors.New("a row refers to one that does not exist")
	// ErrClosed: the database was closed.
	ErrClosed = errors.New("the database is closed")
)

// dialect is all that differs between database engines once their schemas are
// in place. PostgreSQL joins by a second value of this type, its connector in
// Open, and a folder migrations/postgres in each schema.
type dialect struct {
	name       string // the folder of migration scripts
	beginRead  string // starts a read-only snapshot
	beginWrite string // starts a transaction that may write
	variables  int    // the most placeholders in one statement
	nameless   bool   // bulk inserts use ? instead of $n

	// explain turns an engine's error into one of this package's errors or
	// a problem, keeping the cause; it returns the error unchanged if it has
	// nothing to add.
	explain func(error) error
	// busy reports whether the same work may succeed when tried again.
	busy func(error) bool
}
