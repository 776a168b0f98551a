package filesystem

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"

	"github.com/aptarium/aptarium/internal/endpoint"
)

// prepareAll writes the files of a batch that must be written, and makes them durable. Files with a Like come
// second, to use the written ones.
func (d *deploy) prepareAll(ctx context.Context, batch []*work) error {
	var first, alike []*work
	for _, w := range batch {
		if w.Like == "" {
			first = append(first, w)
		} else {
			alike = append(alike, w)
		}
	}
	if err := each(ctx, first, d.prepare); err != nil {
		return err
	}
	written := map[string]string{} // the written files that are the Like of others
	for _, w := range first {
		if d.originals[w.Path] != nil && w.temp != "" {
			written[w.Path] = w.temp
		}
	}
	err := each(ctx, alike, func(ctx context.Context, w *work) error { return d.prepareAlike(ctx, w, written[w.Like]) })
	if err != nil {
		return err
	}
	return d.flush()
}

// prepare determines that a file exists or can be linked, or else writes it.
func (d *deploy) prepare(ctx context.Context, w *work) error {
	if err := d.locate(w); err != nil || w.there || w.blob != "" {
		return err
	}
	return d.write(ctx, w, false)
}

// prepareAlike does the same for a file with a Like, which the endpoint may have, or which may have been written.
func (d *deploy) prepareAlike(ctx context.Context, w *work, written string) error {
	if err := d.locate(w); err != nil || w.there || w.blob != "" {
		return err
	}
	if source := d.alike(w, written); source != "" {
		// A failed link does no harm: the bytes can be written.
		if name := w.area.name(); d.disk.Link(source, name) == nil {
			w.temp = name
			return nil
		}
	}
	return d.write(ctx, w, false)
}

// alike returns an existing file with the bytes and the time of a file's Like, or "". Only the time distinguishes
// the old from the new content of a path, so both files must have the same time.
func (d *deploy) alike(w *work, written string) string {
	original := d.originals[w.Like]
	switch {
	case original != nil && !original.Modified.Equal(w.Modified):
		return ""
	case written != "":
		return written
	case d.holds(w.Like, w.File):
		return d.at(w.Like)
	}
	return ""
}

// locate determines the directory of a file, whether it exists, and whether it can be linked from the pool.
func (d *deploy) locate(w *work) (err error) {
	if w.area, err = d.dirs.enter(path.Dir(w.Path)); err != nil {
		return err
	}
	if w.blob, err = d.linkable(w); err != nil || w.blob != "" {
		return err // linking reports an existing file
	}
	w.there, err = d.isThere(w)
	return err
}

// linkable returns the blob to which a file can be linked, or "".
func (d *deploy) linkable(w *work) (string, error) {
	name := d.blob(w.File)
	if name == "" {
		return "", nil
	}
	linked, err := true, error(nil)
	switch d.link {
	case Auto:
		linked, err = w.area.links(name)
	case Symbolic:
		_, gone := os.Stat(name) // symlink(2) does not check its target
		linked = gone == nil
	}
	if err != nil {
		return "", d.fault("link", name, err)
	}
	if !linked {
		return "", nil
	}
	return name, nil
}

// isThere reports whether a file already is deployed. A directory at its path is an error.
func (d *deploy) isThere(w *work) (bool, error) {
	name := d.at(w.Path)
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, d.fault("look at", name, err)
	case info.Mode()&fs.ModeSymlink != 0:
		return d.isLinked(w, name)
	case info.IsDir():
		return false, inTheWay(name, "a directory", "a file")
	case same(info, w.File):
		return true, nil
	case w.blob == "" || d.link == Symbolic:
		return false, nil
	}
	blob, err := os.Stat(w.blob)
	return err == nil && os.SameFile(info, blob), nil
}

// isLinked reports whether the symbolic link at a file's path is right.
func (d *deploy) isLinked(w *work, name string) (bool, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return false, inTheWay(name, "a symbolic link to a directory", "a file")
	}
	if d.link != Symbolic || w.blob == "" {
		return false, nil
	}
	target, err := os.Readlink(name)
	return err == nil && target == w.blob, nil
}

// holds reports whether a path has the content and the time of a file.
func (p *Place) holds(path string, f *endpoint.File) bool {
	info, err := os.Lstat(p.at(path))
	return err == nil && same(info, f)
}

// same reports whether an existing file equals the deployed one.
func same(info fs.FileInfo, f *endpoint.File) bool {
	return info.Mode().IsRegular() && info.Size() == f.Size && info.ModTime().Equal(f.Modified)
}
