// Package pocket knows distributions, their series, and the pockets of these: the
// way in which Landscape orders what a site serves.
//
// A Distribution, such as ubuntu, has series, such as noble; a Series has pockets,
// such as release, updates and staging. A Pocket lists packages (its collection) and
// shows them at one place (its publication), the suite SERIES-POCKET, or SERIES for
// the pocket called release. Its Mode tells how it comes by its packages: it follows
// an upstream (mirror), it takes over what another pocket has (pull), or people send
// them (upload). Package names that a pull takes, or leaves, are its filters.
//
// This package keeps what pockets are; what is done with them happens above, where
// collections, publications and keys meet.
package pocket

import (
	"embed"

	"github.com/aptarium/aptarium/internal/db"
)

//go:embed migrations
var migrations embed.FS

// Schema returns the tables of distributions, series and pockets.
func Schema() db.Schema { return db.Schema{Name: "pocket", Migrations: migrations} }

// Store keeps distributions, series and pockets. Every method works inside the
// transaction it is given, and many goroutines may use it.
type Store struct{}
