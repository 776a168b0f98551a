package db

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/aptarium/aptarium/internal/problem"
)

// sqliteDialect returns the dialect of the embedded engine.
//
// BEGIN IMMEDIATE acquires the write lock first: otherwise the first write of a transaction could fail
// because its snapshot is old, and waiting would not help.
//
// SQLite searches a list of names for each $n placeholder, when preparing and at each run: this is
// quadratic, and takes seconds for the thousands of placeholders of a bulk insert. A ? has no name.
func sqliteDialect() dialect {
	return dialect{
		name:       "sqlite",
		beginRead:  "BEGIN",
		beginWrite: "BEGIN IMMEDIATE",
		variables:  32766, // SQLITE_MAX_VARIABLE_NUMBER's default
		nameless:   true,
		explain:    explainSQLite,
		busy: func(err error) bool {
			code := sqliteCode(err)
			return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED
		},
	}
}

// Cache sizes in KiB; see the package comment.
const (
	writerCacheKiB = 8 << 10
	readerCacheKiB = 2 << 10
)

// busyMillis is the time that SQLite itself waits for another process's lock. A cancellation cannot
// interrupt it, so the long wait is a loop of short ones.
const busyMillis = 100

// openSQLite creates the file if necessary, readable only by its owner (it contains credentials), and
// returns the pools of write and read connections.
func openSQLite(o Options) (writer, reader *sql.DB, err error) {
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("the database's path: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, problem.New(problem.Invalid, "cannot open the database: %w", err).In(o.Path).
			WithHint("its folder must exist, and the user that runs aptarium must be able to write to it")
	}
	if err := f.Close(); err != nil {
		return nil, nil, fmt.Errorf("the database's file: %w", err)
	}
	synchronous := "FULL"
	if o.Volatile {
		synchronous = "OFF"
	}
	common := []string{fmt.Sprintf("busy_timeout(%d)", busyMillis), "foreign_keys(1)"}
	w, err := sqliteConnector(path, append(common, "journal_mode(WAL)", "synchronous("+synchronous+")",
		fmt.Sprintf("cache_size(-%d)", writerCacheKiB), "journal_size_limit(67108864)"))
	if err != nil {
		return nil, nil, err
	}
	r, err := sqliteConnector(path, append(common, "query_only(1)", fmt.Sprintf("cache_size(-%d)", readerCacheKiB)))
	if err != nil {
		return nil, nil, err
	}
	return sql.OpenDB(w), sql.OpenDB(r), nil
}

// sqliteConnector opens connections with some pragmas. Double-quoted strings are disabled, so that a
// misspelt column is an error.
func sqliteConnector(path string, pragmas []string) (driver.Connector, error) {
	query := url.Values{"_pragma": pragmas, "_dqs": {"0"}, "_error_rc": {"1"}}
	file := url.URL{Path: path}
	c, err := sqlite.NewConnector("file:" + file.EscapedPath() + "?" + query.Encode())
	return c, problem.While(err, "the database's address")
}

// sqliteCode returns SQLite's primary result code, or 0 for other errors.
func sqliteCode(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}

// explainSQLite follows https://www.sqlite.org/rescode.html.
func explainSQLite(err error) error {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_CONSTRAINT:
		return explainConstraint(err)
	case sqlite3.SQLITE_FULL:
		return problem.New(problem.Full, "the disk is full: cannot write the database: %w", err).
			WithHint("free some space on the disk of the data folder; nothing was changed")
	case sqlite3.SQLITE_CORRUPT:
		return problem.New(problem.Internal, "the database file is damaged: %w", err).
			WithHint("stop the server, copy the file, and restore the latest backup")
	case sqlite3.SQLITE_NOTADB:
		return problem.New(problem.Invalid, "the file is not an SQLite database: %w", err).
			WithHint("use another data folder, or move the file away")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return problem.New(problem.Unavailable, "the database file cannot be written: %w", err).
			WithHint("check the owner and the permissions of the data folder")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return problem.New(problem.Unavailable, "another process has locked the database: %w", err).
			WithHint("stop the other process, or try again later")
	}
	return err
}

func explainConstraint(err error) error {
	switch e, _ := errors.AsType[*sqlite.Error](err); e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return fmt.Errorf("%w: %s", ErrUnique, strings.TrimPrefix(err.Error(), "constraint failed: "))
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("%w: %s", ErrReference, strings.TrimPrefix(err.Error(), "constraint failed: "))
	}
	return err
}
