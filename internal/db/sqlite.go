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

// sqliteDialect speaks to the embedded engine.
//
// BEGIN IMMEDIATE takes the write lock first: a transaction that began by
// reading could otherwise find, at its first write, that its snapshot is old,
// and fail where no waiting helps.
//
// SQLite keeps the names of $n placeholders in a list that it walks for each
// of them, when preparing and at each run: quadratic, and seconds for the
// thousands of placeholders of a bulk insert. A ? has no name.
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

// Cache sizes in KiB; see the package comment for their reason.
const (
	writerCacheKiB = 8 << 10
	readerCacheKiB = 2 << 10
)

// busyMillis is how long SQLite itself waits for another process's lock. It
// sleeps without hearing a cancellation, so the long wait is a loop of these.
const busyMillis = 100

// openSQLite prepares the file, readable by its owner only (it holds
// credentials), and gives the pools of writing and reading connections.
func openSQLite(o Options) (writer, reader *sql.DB, err error) {
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, nil, fmt.Errorf("the database's path: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, problem.New(problem.Invalid, "cannot open the database: %w", err).In(o.Path).
			WithHint("its folder must exist and be writable for the user that runs aptarium")
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

// sqliteConnector makes connections that start with some pragmas. Double
// quoted strings are off, so that a misspelt column is an error as elsewhere.
func sqliteConnector(path string, pragmas []string) (driver.Connector, error) {
	query := url.Values{"_pragma": pragmas, "_dqs": {"0"}, "_error_rc": {"1"}}
	file := url.URL{Path: path}
	c, err := sqlite.NewConnector("file:" + file.EscapedPath() + "?" + query.Encode())
	if err != nil {
		return nil, fmt.Errorf("the database's address: %w", err)
	}
	return c, nil
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
		return problem.New(problem.Full, "no space left to write the database: %w", err).
			WithHint("free space on the disk that holds the data folder; nothing was changed")
	case sqlite3.SQLITE_CORRUPT:
		return problem.New(problem.Internal, "the database file is damaged: %w", err).
			WithHint("stop the server, keep a copy of the file and restore the latest backup")
	case sqlite3.SQLITE_NOTADB:
		return problem.New(problem.Invalid, "the file is not an SQLite database: %w", err).
			WithHint("name another data folder, or move the file away")
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return problem.New(problem.Unavailable, "the database file cannot be written: %w", err).
			WithHint("check the owner and the permissions of the data folder")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return problem.New(problem.Unavailable, "another process holds the database: %w", err).
			WithHint("end the other process, or try again later")
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
