// Package file implements a pool of blobs in a directory.
//
//	DIR/pool/ab/ab12…         durable blobs, named by their SHA-256, read-only
//	DIR/staged/committed/…    blobs that are complete but not yet flushed
//	DIR/staged/partial/…      interrupted downloads
//	DIR/staged/new/…          bytes being written
//	DIR/staged/lock           locked by the process that uses the pool
//
// A small blob is hashed in memory and written to committed in one go. A large
// one is written under a temporary name, hashed on the way, and renamed to
// committed. Flush waits once for the whole file system (syncfs), renames all
// committed blobs into the pool and waits again, so that the pool never holds
// bytes that could still be lost, at whatever moment the power goes. That costs
// two waits for thousands of blobs where an fsync for each file costs thousands.
//
// Blobs that an earlier process left in committed are doubtful: they may never have reached the disk. They are copied
// and hashed at their first use, and deleted if their digest is wrong.
//
// pool and staged must be on one file system.
package file

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

const (
	blobMode      = 0o444 // nobody writes to a stored blob
	partialMode   = 0o600
	directoryMode = 0o750
)

// Options configure a Store. The zero value is for production.
type Options struct {
	// PartialAge is how long an interrupted download is kept; 7 days if zero.
	PartialAge time.Duration
	// Partials is how many interrupted downloads are kept; 1000 if zero. The
	// oldest go first.
	Partials int
	// Held is the number of bytes of a blob that are kept in memory before a file is created;
	// 256 KiB if zero, none if negative. Suspend keeps these bytes of a download, but a killed
	// process loses them.
	Held int
	// FS wraps the disk, for tests that make it fail; the disk itself if nil.
	FS func(disk FS) FS
}

// Store is a [blob.Store] in a directory. Close it to let another process use
// the directory.
type Store struct {
	blob.Collector
	fs       FS
	disk     diskFS
	dir      string
	lock     *os.File
	limits   Options
	serial   atomic.Uint64 // numbers the files in staged/new
	buffers  sync.Pool     // of *[]byte, that held blobs
	masked   bool          // the process's umask keeps new files from having blobMode
	checking sync.Mutex    // one doubtful blob is copied at a time

	mu sync.Mutex
	// arriving are the blobs being written straight into staged/committed.
	arriving map[digest.SHA256]*arrival
	// staged are the blobs in staged/committed that are as good as their next
	// sync, with their sizes.
	staged map[digest.SHA256]int64
	// doubtful are the blobs in staged/committed that must be copied and hashed
	// before they count: left by another process, or caught in a failed sync.
	// The value is true when this process has shown the blob to anybody.
	doubtful map[digest.SHA256]bool
	// lost are the blobs that were shown and then fell to a failed sync. Flush
	// fails until they are put again or removed.
	lost map[digest.SHA256]bool
	// failures counts failed syncs; bytes written before one may be gone.
	failures uint64
	// unsettled is set while renames into the pool may not be durable.
	unsettled bool
	shelves   map[string]bool // directories of the pool that were made or seen
	running   *round
	waiting   *round
	rounds    sync.WaitGroup

	partials map[digest.SHA256]time.Time     // kept and idle, with the time of their last byte
	resuming map[digest.SHA256]chan struct{} // being written; closed at the end
}

var _ blob.Store = (*Store)(nil)

// buffer returns memory to hold the bytes of a blob, empty.
func (s *Store) buffer() []byte {
	if b, ok := s.buffers.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

func (s *Store) giveBuffer(b []byte) {
	if cap(b) > 0 {
		s.buffers.Put(&b)
	}
}

// Open opens or creates the pool in dir, and cleans up after a killed process. A pool in use by another process is a
// [problem.Conflict].
func Open(dir string, options Options) (*Store, error) {
	options.PartialAge = cmp.Or(options.PartialAge, 7*24*time.Hour)
	options.Partials = cmp.Or(options.Partials, 1000)
	options.Held = cmp.Or(options.Held, 256<<10)
	if err := os.MkdirAll(filepath.Join(dir, "staged"), directoryMode); err != nil {
		return nil, fmt.Errorf("make the pool's directory: %w", err)
	}
	lock, err := lockFile(filepath.Join(dir, "staged", "lock"))
	if err != nil {
		return nil, err
	}
	disk, err := openDisk(dir)
	if err != nil {
		return nil, errors.Join(err, unlock(lock))
	}
	s := &Store{
		fs: disk, disk: disk, dir: dir, lock: lock, limits: options,
		arriving: map[digest.SHA256]*arrival{},
		staged:   map[digest.SHA256]int64{},
		shelves:  map[string]bool{},
		doubtful: map[digest.SHA256]bool{},
		lost:     map[digest.SHA256]bool{},
		partials: map[digest.SHA256]time.Time{},
		resuming: map[digest.SHA256]chan struct{}{},
	}
	if options.FS != nil {
		s.fs = options.FS(disk)
	}
	if err := s.prepare(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close waits for running flushes and unlocks the directory. The next process recovers the unflushed blobs. Do not use
// the Store afterwards.
func (s *Store) Close() error {
	s.rounds.Wait()
	return errors.Join(s.disk.Close(), unlock(s.lock))
}

// lockFile acquires the lock, which ends with the process in any case.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, partialMode)
	if err != nil {
		return nil, fmt.Errorf("lock the pool: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, problem.New(problem.Conflict, "the pool %s is in use by another process", filepath.Dir(filepath.Dir(path))).
				WithHint("stop that process, or send the command to it with --server")
		}
		return nil, fmt.Errorf("lock the pool: %w", err)
	}
	return f, nil
}

// unlock releases the lock at once. Only closing the file would leave it to a child process that is between fork and
// exec at this moment.
func unlock(lock *os.File) error {
	return errors.Join(unix.Flock(int(lock.Fd()), unix.LOCK_UN), lock.Close())
}

func (s *Store) poolDir() string              { return filepath.Join(s.dir, "pool") }
func (s *Store) stagedDir(part string) string { return filepath.Join(s.dir, "staged", part) }

// shelf is the directory of the pool that holds a blob: one of 256, so that
// none gets too long.
func (s *Store) shelf(d digest.SHA256) string {
	return filepath.Join(s.poolDir(), d.String()[:2])
}

// The paths of blobs are joined by hand: a sync asks for some of each file.

// temporaryPath returns a name for a file that nobody has used yet.
func (s *Store) temporaryPath() string {
	return s.dir + "/staged/new/" + strconv.FormatUint(s.serial.Add(1), 10)
}

func (s *Store) poolPath(d digest.SHA256) string {
	name := d.String()
	return s.dir + "/pool/" + name[:2] + "/" + name
}

func (s *Store) committedPath(d digest.SHA256) string {
	return s.dir + "/staged/committed/" + d.String()
}

func (s *Store) partialPath(d digest.SHA256) string {
	return s.dir + "/staged/partial/" + d.String()
}
