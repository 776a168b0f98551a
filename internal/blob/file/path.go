package file

import (
	"path/filepath"

	"github.com/aptarium/aptarium/internal/digest"
)

// Path gives the absolute path of a blob's file, for those that link it instead of
// copying it, and false while the blob is not durable yet. Nobody looks whether
// it is stored at all. The file must never be written to.
func (s *Store) Path(d digest.SHA256) (path string, ok bool) {
	s.Touch(d)
	if _, staged, doubtful := s.look(d); staged || doubtful {
		return "", false
	}
	path, err := filepath.Abs(s.poolPath(d))
	return path, err == nil
}
