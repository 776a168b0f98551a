package apptest

import (
	"testing"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/db/dbtest"
)

// New creates an application on the embedded database, for fuzz targets and benchmarks.
func New(tb testing.TB) *House {
	tb.Helper()
	return open(tb, dbtest.New(tb, app.Schemas()...), nil, nil)
}
