package server

import (
	"time"

	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/endpoint/filesystem"
)

// Seams are where tests come between a server and its machine, to end the
// process there, to fail what it does, or to let time pass. The zero value is
// what every other caller wants: nothing comes between.
type Seams struct {
	// Pool wraps the disk under the pool of blobs.
	Pool func(disk file.FS) file.FS
	// Place wraps the disk under the directories in which releases appear.
	Place func(disk filesystem.FS) filesystem.FS
	// Committing and Committed are called around each commit to the database,
	// those of migrations included; see [db.Options].
	Committing func() error
	Committed  func()
	// Volatile has the database leave out every fsync, which a process that
	// is killed does not need.
	Volatile bool
	// GnuPGHome replaces the GnuPG home of the server's user.
	GnuPGHome string
	// Now is the time of day.
	Now func() time.Time
}
