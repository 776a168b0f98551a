// Package endpoint names the places where published trees appear for another
// server (nginx, Apache, an object store) to serve.
//
// A release is deployed to a [Place] as a list of stages: packages first, then
// the indexes that list them, then Release, and InRelease last and alone. A
// [Place] makes them visible in that order, so that a client that reads the new
// InRelease finds everything it leads to, whatever happens in between:
//
//	err := place.Deploy(ctx, []endpoint.Stage{packages, indexes, release, inRelease}, nil)
//
// A place is told what has changed, never the whole tree: what it does costs in
// proportion to that.
//
// Package endpoint/filesystem is a directory as a place; package
// endpoint/endpointtest is the specification that every kind of place passes.
package endpoint

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/aptarium/aptarium/internal/digest"
)

// Place is where releases are deployed. All methods may be called from many
// goroutines and processes at once; two that change the same path at the same
// time leave one or the other.
//
// A path given to a place must pass [CheckPath]; one that does not is a
// [problem.Invalid], and nothing is done then. A place that is in the way of
// itself (a directory where a file belongs, a file where a directory does) is a
// [problem.Conflict], one without room a [problem.Full].
type Place interface {
	// Deploy makes the files of all stages appear, replacing what is there
	// under their paths.
	//
	// A file becomes visible only after every file of the earlier stages is
	// visible. Before the first file of the last stage becomes visible, all
	// files of the earlier ones are durable, and when Deploy returns nil, so
	// are those of the last. That holds for every file named, those included
	// that were there already.
	//
	// Each file appears whole and at once. A crash at any instant leaves each
	// path as it was or as it is to be. A repeated Deploy of the same stages
	// finishes the work at little cost: a file that is there already, which is
	// told by its size and its Modified or by its being a link to its blob, is
	// not written again.
	//
	// An error may leave files visible of the stage it happened in and of the
	// earlier ones, never of a later one. What was being written is removed,
	// and after a killed process by the next Deploy.
	//
	// Bytes are checked as they are copied: their number always, their SHA-256
	// for files that are Whole. (A file joined from verified blobs is as good
	// as they are, and hashing it again would take longer than writing it.)
	// Bytes that are not those promised are a [problem.Untrusted] that wraps a
	// [blob.MismatchError].
	//
	// progress, if not nil, is called after each file became visible or was
	// found there, with the count of those and of all files; never twice at a
	// time.
	Deploy(ctx context.Context, stages []Stage, progress func(done, total int)) error

	// Remove deletes files, those that are absent without error, and then the
	// directories above them that are empty, up to the root. Nothing that is
	// not named is touched. A removed file may come back after a power cut;
	// Remove may be repeated at any time.
	Remove(ctx context.Context, paths []string) error

	// Each walks over all files below a directory ("" is the root), in no
	// promised order, for a scrub to compare with what should be there. A
	// directory that does not exist holds nothing. Paths with a part that
	// begins with "." are left out. A file put or removed during the walk may
	// be given or not. The walk ends at the first error.
	Each(ctx context.Context, under string) iter.Seq2[Entry, error]
}

// Stage is a set of files that may become visible in any order.
type Stage = []File

// File is one file to be deployed.
type File struct {
	// Path is where it appears: slash-separated, below the root; see
	// [CheckPath].
	Path string

	// Size is its length in bytes, SHA256 its digest.
	Size   int64
	SHA256 digest.SHA256

	// Modified is what the place tells as its time of modification: whole
	// seconds after 1970. Every content that a path ever has must have a
	// Modified of its own: clients revalidate by it, and a repeated Deploy
	// knows by it what is there.
	Modified time.Time

	// Whole says that the bytes are those of the one blob named by SHA256: a
	// place may link it instead of copying it. A linked file keeps the blob's
	// own time, so that Whole suits files that are never changed: packages.
	Whole bool

	// Like, if not empty, is another path of the same place that has the same
	// bytes, there already or put by the same Deploy in this stage or an
	// earlier one. Where that file has the same Modified too, a place may link
	// or copy it on its own side instead of calling Open. It saves work and
	// promises nothing: if it is not there, Open is called.
	Like string

	// Open gives the bytes. It may be called from any goroutine, and not at all.
	Open func(context.Context) (io.ReadCloser, error)
}

// Entry is a file found by [Place.Each].
type Entry struct {
	Path     string
	Size     int64 // bytes; [Unreachable] for a link that leads nowhere
	Modified time.Time
}

// Unreachable is the size of an [Entry] whose bytes cannot be reached.
const Unreachable = -1
