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

// recheck copies and hashes a doubtful blob. Afterwards it is staged, or deleted if its digest is wrong. It is
// copied, not only read, because a page cache that failed to reach the disk still reads correctly.
func (s *Store) recheck(ctx context.Context, d digest.SHA256) error {
	s.checking.Lock()
	defer s.checking.Unlock()
	if !s.isDoubtful(d) {
		return nil
	}
	sound, err := s.copyDoubtful(ctx, d)
	switch {
	case err != nil:
		return fmt.Errorf("take over blob %s: %w", d, err)
	case !sound:
		return s.dropDoubtful(d)
	case s.isDoubtful(d):
		return fmt.Errorf("take over blob %s: the disk failed meanwhile", d)
	}
	return nil
}

func (s *Store) isDoubtful(d digest.SHA256) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, doubtful := s.doubtful[d]
	return doubtful
}

// copyDoubtful stores a doubtful blob again, from its own bytes, and reports whether they were right. Unreadable
// bytes are wrong.
func (s *Store) copyDoubtful(ctx context.Context, d digest.SHA256) (sound bool, err error) {
	from, err := os.Open(s.committedPath(d))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer from.Close()
	w, err := s.newWriter(blob.Expect{SHA256: d, Size: -1})
	if err != nil {
		return false, err
	}
	defer w.Abort() // does nothing once committed
	if _, err := io.Copy(w, blob.WithContext(ctx, from)); err != nil {
		return false, errors.Join(w.failed, context.Cause(ctx))
	}
	_, err = w.Commit()
	if _, mismatch := errors.AsType[*blob.MismatchError](err); mismatch {
		return false, nil
	}
	return err == nil, err
}

// dropDoubtful deletes a damaged doubtful blob, unless it was stored again meanwhile.
func (s *Store) dropDoubtful(d digest.SHA256) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown, doubtful := s.doubtful[d]
	if !doubtful {
		return nil
	}
	if err := s.fs.Remove(s.committedPath(d)); err != nil {
		return s.fault("remove the damaged blob "+d.String(), err)
	}
	delete(s.doubtful, d)
	if shown {
		s.lost[d] = true
	}
	return nil
}
