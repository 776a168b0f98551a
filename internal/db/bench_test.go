package db_test

import (
	"path/filepath"
	"testing"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
)

// BenchmarkCommit shows what synchronous=FULL costs for one small change.
func BenchmarkCommit(b *testing.B) {
	for name, volatile := range map[string]bool{"durable": false, "volatile": true} {
		b.Run(name, func(b *testing.B) {
			d, err := db.Open(b.Context(), db.Options{
				Path: filepath.Join(b.TempDir(), "bench.db"), Schemas: shelf(), Volatile: volatile})
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			for b.Loop() {
				if err := d.Tx(b.Context(), func(tx *db.Tx) error { _, err := tx.Now(b.Context()); return err }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkPointQuery reads one row by key in a snapshot of its own.
func BenchmarkPointQuery(b *testing.B) {
	d := dbtest.New(b, shelf()...)
	if err := put(b.Context(), d, 1, "one"); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		err := d.Read(b.Context(), func(tx *db.Tx) error {
			_, err := db.One(b.Context(), tx, db.Value[string], `SELECT title FROM book WHERE id = $1`, 1)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBulk inserts as many rows as a large suite has packages.
func BenchmarkBulk(b *testing.B) {
	const rows = 60_000
	for b.Loop() {
		d := dbtest.New(b, shelf()...)
		err := d.Tx(b.Context(), func(tx *db.Tx) error {
			_, err := db.Bulk(b.Context(), tx, "book", []string{"id", "title"}, books(rows))
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen makes a migrated database, as each test does.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		if err := dbtest.New(b, shelf()...).Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIn finds 500 rows by id.
func BenchmarkIn(b *testing.B) {
	d := dbtest.New(b, shelf()...)
	err := d.Tx(b.Context(), func(tx *db.Tx) error {
		_, err := db.Bulk(b.Context(), tx, "book", []string{"id", "title"}, books(1000))
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	ids := make([]int64, 500)
	for i := range ids {
		ids[i] = int64(2 * i)
	}
	for b.Loop() {
		err := d.Read(b.Context(), func(tx *db.Tx) error {
			for list, args := range db.In(ids, 1) {
				if _, err := db.All(b.Context(), tx, db.Value[int64], `SELECT id FROM book WHERE id IN `+list, args...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
