// Package blob is the pool: bytes addressed by their SHA-256 sum and stored
// once, whatever mirror, suite, snapshot or publication they belong to.
//
// Bytes enter a [Store] only through a verifying writer, so what a store gives
// back under a digest has that digest. The usual way in is
//
//	ref, err := blob.Put(ctx, store, reader, blob.Expect{SHA256: d, Size: n})
//	…many more of them…
//	err = store.Flush(ctx) // one wait for the disk for all of them
//	…commit the database rows that name the blobs…
//
// and a download that may be cut goes through [Store.Resume], which keeps the
// bytes it got for the next try, even in another process.
//
// Package blob/file keeps the pool in a directory; package blob/blobtest is the
// specification that every store passes.
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

// Ref names a stored blob and tells its length in bytes.
type Ref struct {
	SHA256 digest.SHA256
	Size   int64
}

// Expect is what the one who writes knows of the bytes beforehand.
type Expect struct {
	SHA256 digest.SHA256 // zero: not known
	Size   int64         // bytes; -1: not known
}

// Anything expects nothing: neither digest nor size is known.
func Anything() Expect { return Expect{Size: -1} }

// Allows tells whether ref is what was expected.
func (e Expect) Allows(ref Ref) bool {
	return (e.SHA256.IsZero() || e.SHA256 == ref.SHA256) && (e.Size < 0 || e.Size == ref.Size)
}

// String describes the expectation for an error message.
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

// Blob is an open blob. Readers hold it safely while the blob is flushed or
// removed: they read to the end what they opened.
//
// A store that keeps blobs in files gives a Blob that also is a syscall.Conn,
// so that http.ServeContent and io.Copy to a TCP connection use sendfile.
type Blob interface {
	io.ReadSeekCloser
	io.ReaderAt
	// Size is the length in bytes.
	Size() int64
}

// Store keeps blobs. All methods may be called from many goroutines at once.
//
// A blob is visible (to Open, Stat and Each) from the moment its writer's
// Commit returns, and durable from the moment a Flush that began after that
// returns. In between, a power cut may lose it, but never turn it into other
// bytes: a store never shows bytes that do not have the digest they are asked
// for by.
//
// A store that has run out of room answers with a problem of kind
// [problem.Full] whose hint names the place; nothing is lost by that, and the
// same call works again once there is room.
type Store interface {
	// Open gives a blob to read. A digest that is not stored is a
	// [problem.NotFound] that wraps [fs.ErrNotExist].
	Open(ctx context.Context, d digest.SHA256) (Blob, error)

	// Load reads a whole blob into room of its size: the quick way to many small
	// ones. It fails as Open does; a blob of another size is an error too, and
	// what is in the room then is not to be used.
	Load(ctx context.Context, d digest.SHA256, into []byte) error

	// Stat gives the size in bytes of a blob, flushed or not, and fails as Open
	// does. It is cheap: a sync asks it for every file of a suite.
	Stat(ctx context.Context, d digest.SHA256) (size int64, err error)

	// Writer starts a blob. Writing what is stored already is harmless, also
	// from several writers at once: the bytes are stored once.
	Writer(ctx context.Context, expect Expect) (Writer, error)

	// Resume continues a blob whose digest is known from the bytes that an
	// earlier ResumableWriter of the same digest left behind, if any. The
	// earlier writer may have lived in another process. One writer at a time
	// resumes a digest: the second waits until the first is done or ctx ends.
	// When the blob turns out to be stored already, which is what the second
	// then often finds, the error is a [problem.Conflict] wrapping
	// [fs.ErrExist].
	Resume(ctx context.Context, expect Expect) (ResumableWriter, error)

	// Flush makes every blob that was committed before the call durable.
	// Concurrent calls share the work. When it fails, the blobs stay visible,
	// none of them may be relied upon, and Flush may be called again.
	Flush(ctx context.Context) error

	// Condemn begins to collect the blobs in a list, which nothing needed a
	// moment ago: see [Trial]. A call of any other method for one of them saves
	// it, by whichever process that shares the store. Interrupted downloads past
	// the store's limits go at the same time.
	Condemn(list []digest.SHA256) (*Trial, error)

	// Remove deletes a blob at once, whoever needs it; one that is not there is
	// no error. A removed blob may come back after a power cut. Garbage is
	// collected by way of Condemn.
	Remove(ctx context.Context, d digest.SHA256) error

	// Each walks over all visible blobs, in no promised order. One that is put
	// or removed during the walk may be given or not. The walk ends at the
	// first error.
	Each(ctx context.Context) iter.Seq2[Ref, error]
}

// Writer takes the bytes of one blob and checks them as they pass.
//
// A write beyond the expected size fails at once. After a failed write the
// writer can only be given up. A Writer is used by one goroutine.
type Writer interface {
	io.Writer

	// Commit ends the blob and makes it visible. Bytes that are not what was
	// expected are dropped and told as a [problem.Untrusted] that wraps a
	// [*MismatchError]. After any error the writer is closed and nothing of it
	// is stored.
	Commit() (Ref, error)

	// Abort drops the bytes. It does nothing after Commit, so it can be deferred.
	Abort() error
}

// ResumableWriter is a Writer whose bytes can be kept for later.
type ResumableWriter interface {
	Writer

	// Offset is the count of bytes held, those of earlier writers included:
	// the place in the blob where the next byte belongs.
	Offset() int64

	// Restart drops the bytes held and begins again at offset 0, also after a
	// failed write.
	Restart() error

	// Suspend closes the writer and keeps its bytes for a later Resume, for as
	// long as the store's limits allow. It does nothing after Commit or Abort,
	// so it can be deferred.
	Suspend() error
}

// MismatchError tells that bytes were not those expected.
type MismatchError struct {
	Expect Expect
	// Got is what came instead. Its digest is zero when the bytes were refused
	// for their number alone, before all of them had come.
	Got Ref
}

// Error gives both sides.
func (e *MismatchError) Error() string {
	if e.Got.SHA256.IsZero() {
		return fmt.Sprintf("expected %s, got %d bytes", e.Expect, e.Got.Size)
	}
	return fmt.Sprintf("expected %s, got %s", e.Expect, Expect(e.Got))
}

// Mismatch gives the problem that a writer answers with when it got other bytes
// than expected.
func Mismatch(e *MismatchError) error { return problem.New(problem.Untrusted, "%w", e) }

// NotStored gives the problem that a store answers with for an unknown digest.
func NotStored(d digest.SHA256) error {
	return problem.New(problem.NotFound, "no blob %s is stored: %w", d, fs.ErrNotExist)
}

// AlreadyStored gives the problem that Resume answers with when nothing is left
// to be written.
func AlreadyStored(d digest.SHA256) error {
	return problem.New(problem.Conflict, "blob %s is stored already: %w", d, fs.ErrExist)
}
