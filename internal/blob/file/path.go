package file

import (
	"path/filepath"

	"github.com/aptarium/aptarium/internal/digest"
)

// Path returns the absolute path of a blob's file, for linking, or false while the blob is not durable. It does not
// check that the blob exists. Never write to the file.
func (s *Store) Path(d digest.SHA256) (path string, ok bool) {
	s.Touch(d)
	if _, staged, doubtful := s.look(d); staged || doubtful {
		return "", false
	}
	path, err := filepath.Abs(s.poolPath(d))
	return path, err == nil
}
