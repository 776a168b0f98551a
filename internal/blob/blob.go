// Package blob is the pool: bytes addressed by their SHA-256 sum, each stored once for all mirrors, repos,
// snapshots and publications.
//
// Bytes enter a [Store] only through a verifying writer, so the bytes that it returns for a digest have that
// digest. Usually, blobs are stored so:
//
//	ref, err := blob.Put(ctx, store, reader, blob.Expect{SHA256: d, Size: n})
//	…many more of them…
//	err = store.Flush(ctx) // one wait for the disk for all of them
//	…commit the database rows that name the blobs…
//
// For downloads use [Store.Resume], which keeps the bytes of an interrupted download for the next attempt,
// also in another process.
//
// Package blob/file implements a pool in a directory; package blob/blobtest is the specification of every
// store, as tests.
package blob

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Ref is the name and the length in bytes of a stored blob.
type Ref struct {
	SHA256 digest.SHA256
	Size   int64
}

// Expect is what a writer knows of the bytes beforehand.
type Expect struct {
	SHA256 digest.SHA256 // zero: not known
	Size   int64         // bytes; -1: not known
}

// Anything means that neither digest nor size is known.
func Anything() Expect { return Expect{Size: -1} }

// Allows reports whether ref matches the expectation.
func (e Expect) Allows(ref Ref) bool {
	return (e.SHA256.IsZero() || e.SHA256 == ref.SHA256) && (e.Size < 0 || e.Size == ref.Size)
}

// String returns the expectation for an error message.
func (e Expect) String() string {
	size := "any number of bytes"
	if e.Size >= 0 {
		size = fmt.Sprintf("%d bytes", e.Size)
	}
	if e.SHA256.IsZero() {
		return size + " with any SHA-256"
	}
	return fmt.Sprintf("%s with SHA-256 %s", size, e.SHA256)
}

// Blob is an open blob. Flushing or removing the blob does not disturb its readers.
//
// If a store has files, its Blob also implements syscall.Conn, so that http.ServeContent and io.Copy to a
// TCP connection use sendfile.
type Blob interface {
	io.ReadSeekCloser
	io.ReaderAt
	// Size is the length in bytes.
	Size() int64
}

// Store stores blobs. It is safe for concurrent use.
//
// A blob is visible (to Open, Stat and Each) when its writer's Commit has returned, and durable when a later
// Flush has returned. In between, a power failure can lose it, but never change it: a store never returns bytes
// with another digest than the requested one.
//
// A full store returns a problem of kind [problem.Full] with a hint; it loses nothing, and the same call works
// when there is space again.
type Store interface {
	// Open opens a blob for reading. An unknown digest is a [problem.NotFound] that wraps
	// [fs.ErrNotExist].
	Open(ctx context.Context, d digest.SHA256) (Blob, error)

	// Load reads a whole blob into a slice of its size: use it for many small ones. Its
	// errors are those of Open; another size is an error, too. After an error, do not use
	// the slice.
	Load(ctx context.Context, d digest.SHA256, into []byte) error

	// Stat returns the size in bytes of a blob, flushed or not. Its errors are those of
	// Open. It is cheap: a sync calls it for every file of a suite.
	Stat(ctx context.Context, d digest.SHA256) (size int64, err error)

	// Writer returns a writer for a new blob. Writing an existing blob, also with several
	// writers at once, is harmless: it is stored once.
	Writer(ctx context.Context, expect Expect) (Writer, error)

	// Resume returns a writer for a blob of known digest. It continues from the bytes of an
	// earlier ResumableWriter of the digest, if any, also of another process. Only one
	// writer at a time can resume a digest: the second waits until the first is done or ctx
	// ends. If the blob exists, as often for the second, the error is a [problem.Conflict]
	// that wraps [fs.ErrExist].
	Resume(ctx context.Context, expect Expect) (ResumableWriter, error)

	// Flush makes every blob that was committed before the call durable. Concurrent calls
	// share the work. If it fails, the blobs stay visible, but are not durable; call Flush
	// again.
	Flush(ctx context.Context) error

	// Condemn starts a collection of the listed blobs, which nothing needed a moment ago: see
	// [Trial]. A call of any other method for one of them, by any process that shares the
	// store, saves it. Interrupted downloads above the store's limits are deleted at the
	// same time.
	Condemn(list []digest.SHA256) (*Trial, error)

	// Remove deletes a blob at once, even if it is needed. A missing one is not an error. A
	// deleted blob can reappear after a power failure. To collect garbage, use Condemn.
	Remove(ctx context.Context, d digest.SHA256) error

	// Each returns all visible blobs, in any order. Blobs that appear or disappear meanwhile
	// can be included or not. An error ends the sequence.
	Each(ctx context.Context) iter.Seq2[Ref, error]
}

// Writer writes and checks the bytes of one blob.
//
// A write beyond the expected size fails at once. After a failed write, only Abort is useful. A Writer is for
// one goroutine.
type Writer interface {
	io.Writer

	// Commit completes the blob and makes it visible. Unexpected bytes are a
	// [problem.Untrusted] that wraps a [*MismatchError]. After an error the writer is closed
	// and nothing is stored.
	Commit() (Ref, error)

	// Abort discards the bytes. It does nothing after Commit, so it can be deferred.
	Abort() error
}

// ResumableWriter is a Writer whose bytes can be kept for later.
type ResumableWriter interface {
	Writer

	// Offset returns the number of bytes so far, including those of earlier writers: the
	// position of the next byte in the blob.
	Offset() int64

	// Restart discards the bytes and starts again at offset 0, also after a failed write.
	Restart() error

	// Suspend closes the writer and keeps its bytes for a later Resume, for as
	// long as the store's limits allow. It does nothing after Commit or Abort,
	// so it can be deferred.
	Suspend() error
}

// MismatchError means that bytes are not the expected ones.
type MismatchError struct {
	Expect Expect
	// Got describes the actual bytes. Its digest is zero if the bytes were refused for their
	// number, before all were received.
	Got Ref
}

// Error returns the expected and the actual bytes.
func (e *MismatchError) Error() string {
	if e.Got.SHA256.IsZero() {
		return fmt.Sprintf("expected %s, got %d bytes", e.Expect, e.Got.Size)
	}
	return fmt.Sprintf("expected %s, got %s", e.Expect, Expect(e.Got))
}

// Mismatch returns the problem of a writer that received unexpected bytes.
func Mismatch(e *MismatchError) error { return problem.New(problem.Untrusted, "%w", e) }

// NotStored returns the problem of a store for an unknown digest.
func NotStored(d digest.SHA256) error {
	return problem.New(problem.NotFound, "no blob %s is stored: %w", d, fs.ErrNotExist)
}

// AlreadyStored returns the problem of Resume for an existing blob.
func AlreadyStored(d digest.SHA256) error {
	return problem.New(problem.Conflict, "blob %s is already stored: %w", d, fs.ErrExist)
}
