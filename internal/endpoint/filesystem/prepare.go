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
// Files that are like others come second, to find those ready.
func (d *deploy) prepareAll(ctx context.Context, batch []*work) error {
	var alike []*work
	originals := make([]*work, 0, len(batch))
	named := map[string]*work{}
	for _, w := range batch {
		if w.Like != "" {
			alike = append(alike, w)
			named[w.Like] = nil
		} else {
			originals = append(originals, w)
		}
	}
	if err := each(ctx, originals, d.prepare); err != nil {
		return err
	}
	for _, w := range originals {
		if _, wanted := named[w.Path]; wanted {
			named[w.Path] = w
		}
	}
	err := each(ctx, alike, func(ctx context.Context, w *work) error { return d.prepareAlike(ctx, w, named[w.Like]) })
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
// or in original, if that is not nil.
func (d *deploy) prepareAlike(ctx context.Context, w, original *work) error {
	if err := d.locate(w); err != nil || w.there || w.blob != "" {
		return err
	}
	source := ""
	switch {
	case original != nil && original.temp != "" && original.Modified.Equal(w.Modified):
		source = original.temp
	case d.holds(w.Like, w.File):
		source = d.at(w.Like)
	}
	if source != "" {
		// A link that fails for whatever reason is no loss: there are the bytes.
		if name := w.area.name(); d.disk.Link(source, name) == nil {
			w.temp = name
			return nil
		}
	}
	return d.write(ctx, w, false)
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
