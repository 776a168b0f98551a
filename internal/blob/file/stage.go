package file

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/aptarium/aptarium/internal/blob"
)

// place makes a complete file visible under its digest, or deletes it if the blob exists. The renames happen under mu:
// a file that replaced a staged one during a flush would get into the pool without its sync.
func (s *Store) place(from string, ref blob.Ref, failures uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := ref.SHA256
	if _, staged := s.staged[d]; staged {
		return s.dropCopy(from)
	}
	if s.holds(ref) {
		delete(s.doubtful, d)
		return errors.Join(s.dropCopy(from), s.dropCopy(s.committedPath(d)))
	}
	if err := s.fs.Rename(from, s.committedPath(d)); err != nil {
		return s.fault("commit blob "+d.String(), errors.Join(err, s.fs.Remove(from)))
	}
	delete(s.arriving, d)
	s.show(ref, failures)
	return nil
}

// show makes a blob visible whose file is in committed. It is doubtful when a
// sync has failed since its file was made. The caller holds mu.
func (s *Store) show(ref blob.Ref, failures uint64) {
	d := ref.SHA256
	s.dropPartial(d)
	delete(s.lost, d)
	delete(s.doubtful, d)
	if failures == s.failures {
		s.staged[d] = ref.Size
	} else {
		s.doubtful[d] = true
	}
}

// holds reports whether the pool proper has a blob of this size.
func (s *Store) holds(ref blob.Ref) bool {
	size, found, err := s.pooled(ref.SHA256)
	return found && err == nil && size == ref.Size
}

func (s *Store) dropCopy(path string) error {
	if err := s.fs.Remove(path); err != nil {
		return s.fault("drop a second copy of a blob", err)
	}
	return nil
}

// arrive makes a blob visible whose bytes are in memory and checked. They are
// written straight into committed: until the end of it the blob is visible to
// nobody, and what a process leaves there that dies meanwhile is doubtful. Where
// that name is taken, they are written under another and placed.
func (s *Store) arrive(ref blob.Ref, data []byte) error {
	a, staged := s.announce(ref)
	if staged {
		return nil
	}
	path := s.committedPath(ref.SHA256)
	err := error(fs.ErrExist)
	if a != nil {
		err = s.writeNew(path, data)
		err = s.arrived(a, ref, path, err)
	}
	if errors.Is(err, fs.ErrExist) {
		return s.arriveAside(ref, data)
	}
	return err
}

// arriveAside does it by way of a temporary name.
func (s *Store) arriveAside(ref blob.Ref, data []byte) error {
	path := s.temporaryPath()
	failures := s.failedSyncs()
	if err := s.writeNew(path, data); err != nil {
		return s.fault("write blob "+ref.SHA256.String(), errors.Join(err, s.fs.Remove(path)))
	}
	return s.place(path, ref, failures)
}

// arrival is a file being written in committed.
type arrival struct {
	failures uint64 // failed syncs when it began
}

// announce claims the name of a blob in committed; nil when it is taken. It
// reports whether the blob is staged already.
func (s *Store) announce(ref blob.Ref) (a *arrival, staged bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := ref.SHA256
	if _, staged := s.staged[d]; staged {
		return nil, true
	}
	_, doubtful := s.doubtful[d]
	if s.arriving[d] != nil || doubtful {
		return nil, false
	}
	a = &arrival{s.failures}
	s.arriving[d] = a
	return a, false
}

// arrived shows a blob whose file was written, or cleans up when that failed. A
// blob that was removed or placed meanwhile is left as it is then.
func (s *Store) arrived(a *arrival, ref blob.Ref, path string, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.arriving[ref.SHA256] == a
	if mine {
		delete(s.arriving, ref.SHA256)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return err
	case err == nil && mine:
		s.show(ref, a.failures)
		return nil
	}
	if s.named(ref) { // the file is not ours any more
		return nil
	}
	if removeErr := s.fs.Remove(path); err != nil {
		return s.fault("write blob "+ref.SHA256.String(), errors.Join(err, removeErr))
	}
	return nil
}

// named reports whether the file of a blob in committed belongs to anybody. The
// caller holds mu.
func (s *Store) named(ref blob.Ref) bool {
	_, staged := s.staged[ref.SHA256]
	_, doubtful := s.doubtful[ref.SHA256]
	return staged || doubtful || s.arriving[ref.SHA256] != nil
}

// writeNew makes a file, which must not be there yet.
func (s *Store) writeNew(path string, data []byte) error {
	f, err := s.fs.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, blobMode)
	if err != nil {
		return err
	}
	n, err := f.Write(data)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	if err == nil && s.masked {
		err = f.Chmod(blobMode)
	}
	return errors.Join(err, f.Close())
}
