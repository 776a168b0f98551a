package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"

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
	path, size, err := s.find(ctx, d)
	if err != nil {
		return nil, err
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

// Stat implements [blob.Store].
func (s *Store) Stat(ctx context.Context, d digest.SHA256) (int64, error) {
	_, size, err := s.find(ctx, d)
	return size, err
}

// find tells where a visible blob is at this moment, and its size.
func (s *Store) find(ctx context.Context, d digest.SHA256) (path string, size int64, err error) {
	size, err = s.pooled(d)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return s.poolPath(d), size, err
	}
	s.mu.Lock()
	_, doubtful := s.doubtful[d]
	s.mu.Unlock()
	if doubtful {
		if err := s.adopt(ctx, d); err != nil {
			return "", 0, err
		}
	}
	s.mu.Lock()
	size, staged := s.staged[d]
	s.mu.Unlock()
	if staged {
		return s.committedPath(d), size, nil
	}
	size, err = s.pooled(d) // a flush may have moved it since the first look
	return s.poolPath(d), size, err
}

// pooled gives the size of a blob in the pool proper.
func (s *Store) pooled(d digest.SHA256) (int64, error) {
	info, err := os.Lstat(s.poolPath(d))
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !info.Mode().IsRegular():
		return 0, blob.NotStored(d)
	case err != nil:
		return 0, fmt.Errorf("look for blob %s: %w", d, err)
	}
	return info.Size(), nil
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

// allStaged gives the blobs that are visible but not in the pool proper. It
// looks into every doubtful one, because nobody else may ever ask for them.
func (s *Store) allStaged(ctx context.Context) (map[digest.SHA256]int64, error) {
	s.mu.Lock()
	doubtful := maps.Clone(s.doubtful)
	s.mu.Unlock()
	for d := range doubtful {
		if err := s.adopt(ctx, d); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.staged), nil
}

// eachOnShelf yields the blobs in one directory of the pool, and tells whether
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
		size, err := s.pooled(d)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if !yield(blob.Ref{SHA256: d, Size: size}, err) || err != nil {
			return false
		}
	}
	return true
}
