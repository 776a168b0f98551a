package filesystem

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/aptarium/aptarium/internal/problem"
)

// errGone says that a blob has no file any more. It is not a [fs.ErrNotExist],
// which says that the directory of the new name has gone.
var errGone = errors.New("the blob's file has gone")

// linkOrCopy links a file's blob under its path, at best with one call. Where
// something else is there, or linking fails, it leaves in temp what is to be
// renamed.
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

// linkBlob gives a file's blob another name.
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

// refuseLink tells that links of the configured kind cannot be made.
func (d *deploy) refuseLink(name string, err error) error {
	p := problem.New(problem.Conflict, "%s cannot be a %s link into the pool: %w", name, d.link, err).In("link")
	if d.link == Symbolic {
		return p.WithHint("use %q, or a file system for %s that has symbolic links", Copy, d.root)
	}
	return p.WithHint("put %s on the pool's file system and let the server's user own both, or use %q or %q", d.root, Symbolic, Copy)
}
