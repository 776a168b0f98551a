// Package dbtest creates a database for each test, on every engine that Aptarium
// supports:
//
//	func TestStore(t *testing.T) {
//		dbtest.Run(t, []db.Schema{catalog.Schema()}, func(t *testing.T, d *db.DB) {
//			…
//		})
//	}
package dbtest

import (
	"path/filepath"
	"testing"

	"github.com/aptarium/aptarium/internal/db"
)

// engine opens a fresh database with some schemas.
type engine struct {
	name string
	open func(testing.TB, []db.Schema) *db.DB
}

// engines is the one place where an engine joins every test of every store.
func engines() []engine {
	return []engine{{"sqlite", openSQLite}}
}

// Run runs test once for each engine, as parallel subtests named by it, with a
// fresh migrated database that is closed at the end.
func Run(t *testing.T, schemas []db.Schema, test func(*testing.T, *db.DB)) {
	t.Helper()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			test(t, e.open(t, schemas))
		})
	}
}

// New returns a fresh migrated database of the embedded engine, closed at the
// end of the test: for benchmarks, examples and fuzz targets.
func New(tb testing.TB, schemas ...db.Schema) *db.DB {
	tb.Helper()
	return openSQLite(tb, schemas)
}

func openSQLite(tb testing.TB, schemas []db.Schema) *db.DB {
	tb.Helper()
	d, err := db.Open(tb.Context(), db.Options{
		Path:     filepath.Join(tb.TempDir(), "test.db"),
		Schemas:  schemas,
		Volatile: true,
	})
	if err != nil {
		tb.Fatalf("opening a database: %v", err)
	}
	tb.Cleanup(func() {
		if err := d.Close(); err != nil {
			tb.Errorf("closing the database: %v", err)
		}
	})
	return d
}
