package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/aptarium/aptarium/internal/problem"
)

// fault wraps an error of the disk. If the operator can correct it, it becomes a problem with a hint.
func (p *Place) fault(doing, path string, err error) error {
	if _, explained := errors.AsType[*problem.Problem](err); explained {
		return err
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return problem.New(problem.Full, "the disk is full: cannot %s %s: %w", doing, path, err).
			WithHint("free some space, or inodes, in the file system of %s", p.root)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return problem.New(problem.Conflict, "not allowed to %s %s: %w", doing, path, err).
			WithHint("allow the server's user to write to %s", p.root)
	case errors.Is(err, syscall.EXDEV):
		return problem.New(problem.Conflict, "cannot %s %s across mounts: %w", doing, path, err).
			WithHint("a parent directory is a bind mount of the same disk; replace the mount by a symbolic link")
	}
	return fmt.Errorf("%s %s: %w", doing, path, err)
}

// inTheWay returns the problem of a directory instead of a file, or the reverse.
func inTheWay(path, what, wanted string) error {
	return problem.New(problem.Conflict, "%s is %s, but must be %s", path, what, wanted).In(path).
		WithHint("move it away, or deploy to another directory")
}
