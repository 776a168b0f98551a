// Package pocket stores distributions, their series, and the pockets of the series, as in
// Landscape's repositories.
//
// A Distribution, such as ubuntu, has series, such as noble; a Series has pockets, such as
// release, updates and staging. A Pocket has a collection and a publication, the suite
// SERIES-POCKET, or SERIES for the pocket release. Its Mode is the source of its packages: an
// upstream (mirror), another pocket (pull), or people (upload). The filters of a pull select
// packages by name.
//
// This package stores pockets, and computes the packages that a suite lists and a pull copies.
// The door implements the operations on them, with collections, publications and keys.
package pocket

import (
	"embed"

	"github.com/aptarium/aptarium/internal/db"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of distributions, series and pockets.
func Schema() db.Schema { return db.Schema{Name: "pocket", Migrations: migrations} }

// Store stores distributions, series and pockets. Its methods work in the given transaction. It
// is safe for concurrent use.
type Store struct{}
