package usecase

import (
	"time"

	"github.com/aptarium/aptarium/internal/publish"
)

// hold says that work begins which relies on what is stored until it has committed
// what it does: blobs of the pool that nothing names yet, members that no revision lists,
// and the states that are the newest now. It comes before the work looks at anything, and
// release after its last commit. What names the work for people.
func (k *Kernel) Hold(what string) (release func()) { return k.Holds.Hold(what).Release }

// grace is for how long what releases left out is served on.
func (k *Kernel) Grace() publish.Grace {
	g := publish.DefaultGrace(k.Now())
	if k.Settings.Grace != 0 {
		g.Since = k.Now().Add(-k.Settings.Grace).UnixMicro()
	}
	return g
}

// readerPatience is how long a collection of garbage waits for one who reads a file
// that is joined from pieces, and who may be as slow as the network. Readers of the
// newest release, and of all others that are kept, may take as long as they like.
const ReaderPatience = 10 * time.Minute
