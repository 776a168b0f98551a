package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/aptarium/aptarium/internal/problem"
)

// fault wraps an error of the disk; what the operator can mend becomes a
// problem with the remedy.
func (p *Place) fault(doing, path string, err error) error {
	if _, told := errors.AsType[*problem.Problem](err); told {
		return err
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return problem.New(problem.Full, "no room left to %s %s: %w", doing, path, err).
			WithHint("free some space, or inodes, in the file system of %s", p.root)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return problem.New(problem.Conflict, "not allowed to %s %s: %w", doing, path, err).
			WithHint("give the user that the server runs as the right to write in %s", p.root)
	case errors.Is(err, syscall.EXDEV):
		return problem.New(problem.Conflict, "cannot %s %s across mounts: %w", doing, path, err).
			WithHint("a directory above it is mounted from elsewhere on the same disk; replace that mount by a symbolic link")
	}
	return fmt.Errorf("%s %s: %w", doing, path, err)
}

// inTheWay tells that something else is where a file or directory belongs.
func inTheWay(path, what, wanted string) error {
	return problem.New(problem.Conflict, "%s is %s where %s belongs", path, what, wanted).In(path).
		WithHint("move it out of the way, or deploy to another directory")
}
