package filesystem

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"

	"github.com/aptarium/aptarium/internal/endpoint"
)

// prepareAll writes what has to be written for a batch and makes it durable.
// Files that are like others come second, to find those written.
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
	written := map[string]string{} // where the files are that others are like
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

// prepare leaves a file either there, or to be linked, or written.
func (d *deploy) prepare(ctx context.Context, w *work) error {
	if err := d.locate(w); err != nil || w.there || w.blob != "" {
		return err
	}
	return d.write(ctx, w, false)
}

// prepareAlike does the same for a file whose bytes may be found in the place,
// or where they have been written for the other file, if anywhere.
func (d *deploy) prepareAlike(ctx context.Context, w *work, written string) error {
	if err := d.locate(w); err != nil || w.there || w.blob != "" {
		return err
	}
	if source := d.alike(w, written); source != "" {
		// A link that fails for whatever reason is no loss: there are the bytes.
		if name := w.area.name(); d.disk.Link(source, name) == nil {
			w.temp = name
			return nil
		}
	}
	return d.write(ctx, w, false)
}

// alike gives a file with the bytes of another and its time, or "". What is
// under the path of a file that is still to come is told from it by its time
// alone, so that the times of both must be the same.
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

// locate finds out where a file goes, whether it is there, and whether it can be
// linked from the pool.
func (d *deploy) locate(w *work) (err error) {
	if w.area, err = d.dirs.enter(path.Dir(w.Path)); err != nil {
		return err
	}
	if w.blob, err = d.linkable(w); err != nil || w.blob != "" {
		return err // linking tells whether it is there
	}
	w.there, err = d.isThere(w)
	return err
}

// linkable gives the blob that a file is to be linked to, or "".
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
		_, gone := os.Stat(name) // a link to nothing is made without complaint
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

// isThere tells whether a file needs nothing to be done. A directory at its path
// is in the way.
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

// isLinked tells whether the symbolic link at a file's path is the right one.
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

// holds tells whether a path has the content of a file and its time.
func (p *Place) holds(path string, f *endpoint.File) bool {
	info, err := os.Lstat(p.at(path))
	return err == nil && same(info, f)
}

// same tells whether what is there is a file as it was deployed.
func same(info fs.FileInfo, f *endpoint.File) bool {
	return info.Mode().IsRegular() && info.Size() == f.Size && info.ModTime().Equal(f.Modified)
}
