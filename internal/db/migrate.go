package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

//go:embed migrations
var ownMigrations embed.FS

// Schema is the tables of one domain package, as scripts in
//
//	migrations/sqlite/0001_what_it_does.sql
//
// numbered from 1 without gaps, with a folder for each engine. A script can have several statements.
// A number can also be a [Step] in Go instead:
//
//	Steps: map[string]db.Step{"0002_what_it_does": whatItDoes}
//
// A missing script or step runs once, in one transaction, when the database is opened. Never change a
// released one: amend it with the next number.
type Schema struct {
	Name       string // unique; usually the package's name
	Migrations fs.FS
	Steps      map[string]Step // by number and name, for every engine
}

// Step is a migration in Go, for data that must be decoded and written again. The tables have the form
// of the previous number, so it must use its own SQL: the methods of the domain need today's tables. It
// must have no effects outside tx, which can fail and be repeated at the next start. An error undoes
// it, and the database is not opened.
type Step func(ctx context.Context, tx *Tx) error

// migration is one script or one step.
type migration struct {
	schema string
	number int64
	name   string
	script string
	step   Step   // nil for a script
	sha256 string // of the script; of a step, of its name
}

// migrate applies the missing migrations. It first compares with one read, so that opening a current
// database writes nothing.
func (d *DB) migrate(ctx context.Context, schemas []Schema) error {
	var wanted []migration
	for _, s := range append([]Schema{{Name: "db", Migrations: ownMigrations}}, schemas...) {
		scripts, err := s.load(d.dialect.name)
		if err != nil {
			return fmt.Errorf("migrations of schema %s: %w", s.Name, err)
		}
		wanted = append(wanted, scripts...)
	}
	applied, err := d.applied(ctx)
	if err != nil {
		return err
	}
	if err := compare(wanted, applied); err != nil {
		return err
	}
	for _, m := range wanted {
		if _, ok := applied[m.key()]; ok {
			continue
		}
		if err := d.apply(ctx, m); err != nil {
			return fmt.Errorf("migration %s/%04d_%s: %w", m.schema, m.number, m.name, err)
		}
	}
	return nil
}

// load reads and checks the scripts for an engine and the steps, in order.
func (s Schema) load(dialect string) ([]migration, error) {
	folder := path.Join("migrations", dialect)
	entries, err := fs.ReadDir(s.Migrations, folder)
	if err != nil {
		return nil, err
	}
	files := slices.Collect(maps.Keys(s.Steps))
	for _, e := range entries {
		files = append(files, e.Name())
	}
	slices.Sort(files)
	var all []migration
	for i, file := range files {
		base, isScript := strings.CutSuffix(file, ".sql")
		number, name, _ := strings.Cut(base, "_")
		n, err := strconv.ParseInt(number, 10, 64)
		step := s.Steps[file]
		if isScript == (step != nil) || err != nil || len(number) != 4 || name == "" || n != int64(i+1) {
			return nil, fmt.Errorf("%s: want %04d_NAME.sql here, or a step %04[2]d_NAME", file, i+1)
		}
		text := []byte("step " + base)
		if isScript {
			if text, err = fs.ReadFile(s.Migrations, path.Join(folder, file)); err != nil {
				return nil, err
			}
		}
		all = append(all, migration{s.Name, n, name, string(text), step, digest.Of(text).String()})
	}
	return all, nil
}

// migrationKey identifies a migration in the table of applied ones.
type migrationKey struct {
	schema string
	number int64
}

func (m migration) key() migrationKey { return migrationKey{m.schema, m.number} }

// applied returns the digests of the scripts that ran, empty for a new file.
func (d *DB) applied(ctx context.Context) (map[migrationKey]string, error) {
	if err := d.ensureTable(ctx); err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	applied := map[migrationKey]string{}
	err := d.Read(ctx, func(tx *Tx) error {
		rows, err := tx.Query(ctx, `SELECT schema, number, sha256 FROM schema_migration`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var key migrationKey
			var sum string
			if err := rows.Scan(&key.schema, &key.number, &sum); err != nil {
				return err
			}
			applied[key] = sum
		}
		return rows.Err()
	})
	return applied, problem.While(err, "reading the migrations applied")
}

// ensureTable creates the table of applied migrations, with one text for every engine. If it exists,
// nothing is written.
func (d *DB) ensureTable(ctx context.Context) error {
	return d.Tx(ctx, func(tx *Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS schema_migration (
			schema TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL,
			sha256 TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (schema, number))`)
		return err
	})
}

// compare refuses a database of another program: with a later migration of a known schema, or another
// text of a migration.
func compare(wanted []migration, applied map[migrationKey]string) error {
	latest := map[string]int64{}
	for _, m := range wanted {
		latest[m.schema] = m.number
		if sum, ok := applied[m.key()]; ok && sum != m.sha256 {
			return problem.New(problem.Conflict, "migration %s/%04d was applied with another text", m.schema, m.number).
				WithHint("a build that is no release created this database, such as one before 0.1; open it with that build, and move its content as the page for operators says")
		}
	}
	for key := range applied {
		if last, known := latest[key.schema]; known && key.number > last {
			return problem.New(problem.Conflict, "the database has migration %s/%04d, this program knows up to %04d",
				key.schema, key.number, last).WithHint("install a version of aptarium at least as new as the one that last opened it")
		}
	}
	return nil
}

// apply runs and records one migration, in one transaction. Another process may have done so since the
// comparison.
func (d *DB) apply(ctx context.Context, m migration) error {
	return d.Tx(ctx, func(tx *Tx) error {
		var sum string
		err := tx.QueryRow(ctx, `SELECT sha256 FROM schema_migration WHERE schema = $1 AND number = $2`, m.schema, m.number).Scan(&sum)
		if err == nil {
			return compare([]migration{m}, map[migrationKey]string{m.key(): sum})
		}
		if !errors.Is(err, ErrNoRows) {
			return err
		}
		if err := m.run(ctx, tx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO schema_migration(schema, number, name, sha256, at) VALUES ($1, $2, $3, $4, $5)`,
			m.schema, m.number, m.name, m.sha256, d.Wall())
		return err
	})
}

func (m migration) run(ctx context.Context, tx *Tx) error {
	if m.step != nil {
		return m.step(ctx, tx)
	}
	return tx.script(ctx, m.script)
}

// script runs several statements in one text, without keeping them prepared.
func (tx *Tx) script(ctx context.Context, text string) error {
	if _, err := tx.conn.raw.ExecContext(ctx, text); err != nil {
		return tx.spoil(ctx, err)
	}
	return nil
}
