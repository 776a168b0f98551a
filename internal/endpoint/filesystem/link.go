package filesystem

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/aptarium/aptarium/internal/problem"
)

// errGone means that a blob has no file any more. It is not a [fs.ErrNotExist], which means that the
// directory of the new name is missing.
var errGone = errors.New("the blob's file has gone")

// linkOrCopy links a file's blob under its path, with one call if possible. If the path exists, or linking
// fails, it sets temp to the file to rename.
func (d *deploy) linkOrCopy(ctx context.Context, w *work) error {
	name := d.at(w.Path)
	err := d.dirs.within(w.Path, func() error { return d.linkBlob(w, name) })
	if errors.Is(err, fs.ErrExist) {
		if w.there, err = d.isThere(w); w.there || err != nil {
			return err
		}
		temporary := w.area.name()
		if err = d.linkBlob(w, temporary); err == nil {
			w.temp = temporary
			return nil
		}
	}
	switch {
	case err == nil:
		w.there = true
		return nil
	case errors.Is(err, errGone), unlinkable(err) && d.link == Auto:
		return d.write(ctx, w, true)
	case unlinkable(err):
		return d.refuseLink(name, err)
	}
	return d.fault("put", name, err)
}

func (d *deploy) linkBlob(w *work, name string) error {
	if d.link == Symbolic {
		return d.disk.Symlink(w.blob, name)
	}
	err := d.disk.Link(w.blob, name)
	if errors.Is(err, fs.ErrNotExist) {
		if _, gone := os.Stat(w.blob); errors.Is(gone, fs.ErrNotExist) {
			return errGone
		}
	}
	return err
}

// refuseLink returns the problem that links of the configured kind are impossible.
func (d *deploy) refuseLink(name string, err error) error {
	p := problem.New(problem.Conflict, "%s cannot be a %s link into the pool: %w", name, d.link, err).In("link")
	if d.link == Symbolic {
		return p.WithHint("use %q, or a file system with symbolic links for %s", Copy, d.root)
	}
	return p.WithHint("move %s to the pool's file system, with both owned by the server's user, or use %q or %q", d.root, Symbolic, Copy)
}
