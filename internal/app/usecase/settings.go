package usecase

import (
	"time"

	"github.com/aptarium/aptarium/internal/keyring/gnupg"
	"github.com/aptarium/aptarium/internal/upload"
)

// Settings are decisions of the operator. The zero value suits most. They may change until
// the server serves.
type Settings struct {
	// PublicURL is the address under which clients reach the published trees, such as
	// https://deb.example.org/archive; empty: unknown.
	PublicURL string
	// ListenURL is the address of the published trees where the program itself listens. Users
	// see it when there is no PublicURL.
	ListenURL string
	// GnuPG holds the keys that the key store lacks.
	GnuPG gnupg.Program
	// OpenUploads lets anybody upload to pockets that take unsigned uploads.
	OpenUploads bool
	// UploadLimits bound the waiting files of an upload pocket from known senders and from
	// strangers; nil: [upload.DefaultLimits].
	UploadLimits func(stranger bool) upload.Limits
	// UploadPatience is how long a .changes file waits for files that have not begun to
	// arrive; 0: two seconds.
	UploadPatience time.Duration
	// CollectEvery is the time between two collections of garbage; 0: only by hand.
	CollectEvery time.Duration
	// Grace is how long files that a release left out stay served; 0: an hour.
	Grace time.Duration
}
