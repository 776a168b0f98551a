package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
)

// openBlob is a blob as readers get it. The embedded file makes it a
// syscall.Conn, which lets net/http send it with sendfile(2).
type openBlob struct {
	*os.File
	size int64
}

func (b openBlob) Size() int64 { return b.size }

// Open implements [blob.Store].
func (s *Store) Open(ctx context.Context, d digest.SHA256) (blob.Blob, error) {
	path, size, found, err := s.find(ctx, d)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, blob.NotStored(d)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) { // a flush has just moved it
		f, err = os.Open(s.poolPath(d))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, blob.NotStored(d)
	}
	if err != nil {
		return nil, fmt.Errorf("open blob %s: %w", d, err)
	}
	return openBlob{f, size}, nil
}

// Load implements [blob.Store]. It asks the system directly: to publish one
// package, thousands of pieces of an index are read.
func (s *Store) Load(ctx context.Context, d digest.SHA256, into []byte) error {
	s.Touch(d)
	path := s.poolPath(d)
	if _, staged, doubtful := s.look(d); staged || doubtful {
		var found bool
		var err error
		if path, _, found, err = s.find(ctx, d); err != nil {
			return err
		}
		if !found {
			return blob.NotStored(d)
		}
	}
	n, err := readFile(path, into)
	if errors.Is(err, fs.ErrNotExist) { // a flush has just moved it, or it never was
		n, err = readFile(s.poolPath(d), into)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return blob.NotStored(d)
	case err != nil:
		return fmt.Errorf("read blob %s: %w", d, err)
	case n != len(into):
		return fmt.Errorf("blob %s has not the %d bytes that are wanted: %w", d, len(into), io.ErrUnexpectedEOF)
	}
	return nil
}

// readFile reads a file into room of its size, and tells of one byte more if the
// file is longer.
func readFile(path string, into []byte) (n int, err error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	for errors.Is(err, unix.EINTR) {
		fd, err = unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	var beyond [1]byte
	for {
		got, err := unix.Readv(fd, [][]byte{into[n:], beyond[:]})
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return n, err
		}
		if n += got; got == 0 || n >= len(into) {
			return n, nil
		}
	}
}

// Stat implements [blob.Store].
func (s *Store) Stat(ctx context.Context, d digest.SHA256) (int64, error) {
	_, size, found, err := s.find(ctx, d)
	if err == nil && !found {
		err = blob.NotStored(d)
	}
	return size, err
}

// find returns where a visible blob is at this moment, and its size.
func (s *Store) find(ctx context.Context, d digest.SHA256) (path string, size int64, found bool, err error) {
	s.Touch(d)
	size, staged, doubtful := s.look(d)
	if doubtful {
		if size, found, err := s.pooled(d); found || err != nil {
			return s.poolPath(d), size, found, err
		}
		if err := s.recheck(ctx, d); err != nil {
			return "", 0, false, err
		}
		size, staged, _ = s.look(d)
	}
	if staged {
		return s.committedPath(d), size, true, nil
	}
	path = s.poolPath(d)
	size, found, err = sizeAt(path)
	return path, size, found, err
}

// look returns what is known of a blob that is not in the pool proper. One that is
// staged no more has got there by now, unless it was removed.
func (s *Store) look(d digest.SHA256) (size int64, staged, doubtful bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size, staged = s.staged[d]
	_, doubtful = s.doubtful[d]
	return size, staged, doubtful
}

// pooled returns the size of a blob in the pool proper, if it is there.
func (s *Store) pooled(d digest.SHA256) (size int64, found bool, err error) {
	return sizeAt(s.poolPath(d))
}

// sizeAt returns the size of a file, if there is one. It asks the system directly: a
// sync looks for every file of a suite, and most are not there at first.
func sizeAt(path string) (size int64, found bool, err error) {
	var info unix.Stat_t
	err = unix.Lstat(path, &info)
	for errors.Is(err, unix.EINTR) {
		err = unix.Lstat(path, &info)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && info.Mode&unix.S_IFMT != unix.S_IFREG:
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("look for blob %s: %w", filepath.Base(path), err)
	}
	return info.Size, true, nil
}

// Condemn implements [blob.Store].
func (s *Store) Condemn(list []digest.SHA256) (*blob.Trial, error) {
	s.mu.Lock()
	s.prunePartials()
	s.mu.Unlock()
	return s.Collector.Condemn(list, s.Remove)
}

// Remove implements [blob.Store].
func (s *Store) Remove(_ context.Context, d digest.SHA256) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, path := range []string{s.committedPath(d), s.poolPath(d)} {
		if err := s.fs.Remove(path); err != nil {
			return s.fault("remove blob "+d.String(), err)
		}
	}
	delete(s.arriving, d)
	delete(s.staged, d)
	delete(s.doubtful, d)
	delete(s.lost, d)
	return nil
}

// Each implements [blob.Store]. The flushed blobs come in the order of their
// digests, after those that are not flushed.
func (s *Store) Each(ctx context.Context) iter.Seq2[blob.Ref, error] {
	return func(yield func(blob.Ref, error) bool) {
		staged, err := s.allStaged(ctx)
		if err != nil {
			yield(blob.Ref{}, err)
			return
		}
		for d, size := range staged {
			if !yield(blob.Ref{SHA256: d, Size: size}, nil) {
				return
			}
		}
		shelves, err := os.ReadDir(s.poolDir())
		if err != nil {
			yield(blob.Ref{}, fmt.Errorf("list blobs: %w", err))
			return
		}
		for _, shelf := range shelves {
			if len(shelf.Name()) == 2 && !s.eachOnShelf(ctx, shelf.Name(), staged, yield) {
				return
			}
		}
	}
}

// allStaged returns the blobs that are visible but not in the pool proper. It
// looks into every doubtful one, because nobody else may ever ask for them.
func (s *Store) allStaged(ctx context.Context) (map[digest.SHA256]int64, error) {
	s.mu.Lock()
	doubtful := maps.Clone(s.doubtful)
	s.mu.Unlock()
	for d := range doubtful {
		if err := s.recheck(ctx, d); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.staged), nil
}

// eachOnShelf yields the blobs in one directory of the pool, and reports whether
// to go on. Files with other names are not blobs and are left alone, as is what
// disappears meanwhile.
func (s *Store) eachOnShelf(ctx context.Context, shelf string, seen map[digest.SHA256]int64, yield func(blob.Ref, error) bool) bool {
	if err := context.Cause(ctx); err != nil {
		yield(blob.Ref{}, err)
		return false
	}
	entries, err := os.ReadDir(filepath.Join(s.poolDir(), shelf))
	if err != nil {
		yield(blob.Ref{}, fmt.Errorf("list blobs: %w", err))
		return false
	}
	for _, e := range entries {
		d, err := digest.Parse(e.Name())
		if _, given := seen[d]; err != nil || given {
			continue
		}
		size, found, err := s.pooled(d)
		if err == nil && !found {
			continue
		}
		if !yield(blob.Ref{SHA256: d, Size: size}, err) || err != nil {
			return false
		}
	}
	return true
}
