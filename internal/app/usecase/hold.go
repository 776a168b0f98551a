package usecase

import (
	"time"

	"github.com/aptarium/aptarium/internal/publish"
)

// Hold protects what running work relies on from the collector of garbage: blobs that no
// commit names yet, members that no revision lists, and the states that are the newest now.
// Call it before the work reads anything, and release after its last commit. what names the
// work for people.
func (k *Kernel) Hold(what string) (release func()) { return k.Holds.Hold(what).Release }

// Grace returns for how long files that a release left out stay served.
func (k *Kernel) Grace() publish.Grace {
	g := publish.DefaultGrace(k.Now())
	if k.Settings.Grace != 0 {
		g.Since = k.Now().Add(-k.Settings.Grace).UnixMicro()
	}
	return g
}

// ReaderPatience is how long a collection of garbage waits for a reader of a file that is
// joined from pieces, who may be as slow as the network. Readers of releases that are kept
// may take any time.
const ReaderPatience = 10 * time.Minute
