// Package endpoint defines endpoints: destinations of published trees, which another server (nginx,
// Apache, an object store) serves.
//
// A release is deployed to a [Place] as a list of stages: packages first, then the indexes that list
// them, then Release, and InRelease last and alone. A [Place] makes them visible in that order, so that
// a client that reads the new InRelease finds all files that it lists, even after a crash:
//
//	err := place.Deploy(ctx, []endpoint.Stage{packages, indexes, release, inRelease}, nil)
//
// A deploy contains only the changes, never the whole tree: its cost is in proportion to them.
//
// Package endpoint/filesystem implements a directory; package endpoint/endpointtest is the
// specification of every implementation, as tests.
package endpoint

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/aptarium/aptarium/internal/digest"
)

// Place is a destination of releases. Its methods are safe for concurrent use, also by several
// processes; after two concurrent changes of a path, one of them is in effect.
//
// A path that [CheckPath] refuses is a [problem.Invalid], and nothing is changed. A directory instead
// of a file, or the reverse, is a [problem.Conflict]; a full disk is a [problem.Full].
type Place interface {
	// Deploy makes the files of all stages visible, and replaces existing files.
	//
	// A file becomes visible only after every file of the earlier stages is
	// visible. Before the first file of the last stage becomes visible, all
	// files of the earlier ones are durable, and when Deploy returns nil, so
	// are those of the last. This also holds for files that already existed.
	//
	// Each file appears atomically. After a crash each path has its old or its new
	// content. Repeating Deploy with the same stages completes the work cheaply: it
	// does not write files again that exist with the same size and Modified, or as a
	// link to their blob.
	//
	// After an error, files of the failed stage and of earlier ones can be visible,
	// but not those of later ones. Incomplete files are deleted; after a crash, by the
	// next Deploy.
	//
	// Bytes are checked while they are copied: always their number, and the SHA-256 of
	// Whole files. (A file joined from verified blobs needs no check, and hashing it
	// would take longer than writing it.) Wrong bytes are a [problem.Untrusted] that
	// wraps a [blob.MismatchError].
	//
	// progress, if not nil, is called for each visible file, with the count of these
	// and of all files, one call at a time.
	Deploy(ctx context.Context, stages []Stage, progress func(done, total int)) error

	// Remove deletes files, then the empty directories above them, up to the root.
	// Missing files are not an error. No other file is changed. A deleted file can
	// reappear after a power failure; repeating Remove is harmless.
	Remove(ctx context.Context, paths []string) error

	// Each returns all files below a directory ("" is the root), in any order, for
	// comparison by a scrub. A missing directory is empty. Paths with a part that
	// starts with "." are left out. Files that appear or disappear meanwhile can be
	// included or not. An error ends the sequence.
	Each(ctx context.Context, under string) iter.Seq2[Entry, error]
}

// Stage is a set of files that can become visible in any order.
type Stage = []File

// File is one file to deploy.
type File struct {
	// Path is its path below the root; see [CheckPath].
	Path string

	// Size is its length in bytes, SHA256 its digest.
	Size   int64
	SHA256 digest.SHA256

	// Modified is its modification time, in whole seconds after 1970. Each content of a
	// path must have a different Modified: clients revalidate by it, and a repeated
	// Deploy recognises existing files by it.
	Modified time.Time

	// Whole means that the bytes are those of the blob SHA256: the endpoint can link it
	// instead of copying it. A linked file has the blob's own time, so Whole is for
	// files that never change: packages.
	Whole bool

	// Like, if not empty, is another path of the endpoint with the same bytes, which
	// exists or is in this or an earlier stage of the same Deploy. If that file also
	// has the same Modified, the endpoint can link or copy it instead of calling Open.
	// If that file is missing, Open is called.
	Like string

	// Open returns the bytes. It can be called from any goroutine, or never.
	Open func(context.Context) (io.ReadCloser, error)
}

// Entry is a file of [Place.Each].
type Entry struct {
	Path     string
	Size     int64 // bytes; [Unreachable] for a link that leads nowhere
	Modified time.Time
}

// Unreachable is the size of an [Entry] whose bytes cannot be reached.
const Unreachable = -1
