package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
)

var _ blob.Adopter = (*Store)(nil)

// Adopt implements [blob.Adopter]: it links the file into the pool. A file of
// another file system, one that may not be linked (as of another user, see
// protected_hardlinks in proc_sys_fs(5)), or what is no plain file is copied.
func (s *Store) Adopt(ctx context.Context, path string, expect blob.Expect) (blob.Ref, error) {
	s.Touch(expect.SHA256)
	if known := blob.Ref(expect); !expect.SHA256.IsZero() && s.keeps(known) {
		return known, nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return blob.Ref{}, fmt.Errorf("read what is to be stored: %w", err)
	}
	if !info.Mode().IsRegular() {
		return blob.PutFile(ctx, s, path, expect)
	}
	failures, name := s.failedSyncs(), s.temporaryPath()
	if err := s.fs.Link(path, name); err != nil {
		return blob.PutFile(ctx, s, path, expect)
	}
	ref, err := s.measure(ctx, name, expect)
	if err != nil {
		return blob.Ref{}, errors.Join(fmt.Errorf("%s: %w", path, err), s.fs.Remove(name))
	}
	s.Touch(ref.SHA256)
	return ref, s.place(name, ref, failures)
}

// keeps reports whether a blob is stored beyond doubt.
func (s *Store) keeps(ref blob.Ref) bool {
	size, staged, doubtful := s.look(ref.SHA256)
	if doubtful {
		return false
	}
	return staged && size == ref.Size || s.holds(ref)
}

// measure reads a file of ours and checks that it is what is expected. It is read
// under the name that it keeps: the other one may be given to another file
// meanwhile.
func (s *Store) measure(ctx context.Context, name string, expect blob.Expect) (blob.Ref, error) {
	f, err := os.Open(name)
	if err != nil {
		return blob.Ref{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return blob.Ref{}, err
	}
	if info.Mode()&fs.ModeType != 0 {
		return blob.Ref{}, errors.New("it is no plain file")
	}
	h := digest.NewHasher(digest.Kinds{})
	if _, err := io.Copy(h, blob.WithContext(ctx, f)); err != nil {
		return blob.Ref{}, err
	}
	ref := blob.Ref{SHA256: h.SHA256(), Size: h.Size()}
	if !expect.Allows(ref) {
		return blob.Ref{}, blob.Mismatch(&blob.MismatchError{Expect: expect, Got: ref})
	}
	return ref, nil
}
