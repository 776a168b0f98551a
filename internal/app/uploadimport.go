package app

import (
	"context"
	"errors"
	"path"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// ImportOptions adjust ImportUploads.
type ImportOptions struct {
	// Replace takes packages out of the repo that have the same name, version and
	// architecture as a new one but other content.
	Replace bool `json:"replace,omitempty"`
	Keep    bool `json:"keep,omitempty" doc:"Leave the files in the upload area"`
}

// ImportReport is what became of uploaded files. The warnings are in the words that
// aptly has for them, because its clients look for these.
type ImportReport struct {
	Warnings []string  `json:"warnings"`
	Added    []Package `json:"added" doc:"In the order of their files, also those that were there already"`
	Removed  []Package `json:"removed" doc:"What others replaced"`
	Failed   []string  `json:"failed" doc:"The files that were not taken, by their paths on the server"`
}

// ImportUploads takes packages of the upload area into a repo: those in one file
// (.deb, .udeb, .ddeb, or .dsc with the files that it lists beside it or in the
// pool), or those of a whole directory when file is empty. Each file is taken for
// itself: one that is no package, or that is in conflict with another of the same
// name, version and architecture, is told in the report and fails alone. All that is
// taken makes one revision. Files that were taken leave the upload area, unless they
// are to be kept, and the directory too when it is empty then.
//
// A repo that is not there is problem.NotFound, and names that lead elsewhere are
// problem.Invalid ("wrong dir", "wrong file"); a directory or file that is not there
// is told in the report.
func (a *App) ImportUploads(ctx context.Context, repo, dir, file string, o ImportOptions) (ImportReport, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return ImportReport{}, err
	}
	c, err := a.repoNamed(ctx, repo)
	if err != nil {
		return ImportReport{}, err
	}
	defer a.hold("importing uploads into repo:" + repo)()
	im := newPackageImport(a, c, o.Replace)
	im.fetch = im.fromArea
	names, err := im.uploaded(ctx, dir, file)
	if err != nil {
		return ImportReport{}, err
	}
	packages, err := im.sort(names, file != "")
	if err != nil {
		return ImportReport{}, err
	}
	if err := im.takeAll(ctx, packages); err != nil {
		return ImportReport{}, err
	}
	if err := im.commit(ctx, "repo.import", map[string]any{"dir": dir, "file": file, "replace": o.Replace}); err != nil {
		return ImportReport{}, err
	}
	if !o.Keep {
		err = a.uploads.Remove(im.spent())
	}
	return im.report, err
}

func (a *App) repoNamed(ctx context.Context, name string) (catalog.Collection, error) {
	return read(ctx, a, func(tx *db.Tx) (catalog.Collection, error) { return a.catalog.ByName(ctx, tx, catalog.Repo, name) })
}

// uploaded lists what is to be looked at, as paths in the upload area. What is not
// there is told in the report.
func (im *packageImport) uploaded(ctx context.Context, dir, file string) (names []string, err error) {
	if file != "" {
		if err := errors.Join(upload.CheckDir(dir), upload.CheckFile(file)); err != nil {
			return nil, err
		}
		f, err := im.app.uploads.Open(path.Join(dir, file))
		if err == nil {
			return []string{f.Name}, f.Close()
		}
		return nil, im.failIf(err, path.Join(dir, file), "Unable to process %s: %v")
	}
	names, err = im.app.uploads.Walk(ctx, dir)
	for i := range names {
		names[i] = path.Join(dir, names[i])
	}
	if problem.Is(err, problem.NotFound) {
		return nil, im.failIf(err, dir, "Unable to process %s: %v")
	}
	return names, err
}

// sort gives the packages among files. What is neither that nor goes with packages
// fails if it was asked for by name.
func (im *packageImport) sort(names []string, named bool) (packages []string, err error) {
	for _, name := range names {
		switch {
		case isPackage(name):
			packages = append(packages, name)
		case path.Ext(name) == ".buildinfo":
			if err := im.discard(name); err != nil {
				return nil, err
			}
		case named:
			im.fail(name, "Unknown file extension: %s", im.app.uploads.Path(name))
		}
	}
	return packages, nil
}

// isPackage tells whether a file is a package by its name.
func isPackage(name string) bool {
	switch path.Ext(name) {
	case ".deb", ".udeb", ".ddeb", ".dsc":
		return true
	}
	return false
}

// fromArea stores a file of the upload area in the pool.
func (im *packageImport) fromArea(ctx context.Context, name string) (catalog.File, upload.Seen, error) {
	base := path.Base(name)
	if err := catalog.CheckFileName(base); err != nil {
		return catalog.File{}, upload.Seen{}, err
	}
	f, err := im.app.uploads.Open(name)
	if err != nil {
		return catalog.File{}, upload.Seen{}, err
	}
	defer f.Close()
	stored, err := im.store(ctx, base, f)
	return stored, f.Seen(), err
}

// discard has a file removed with those that were taken.
func (im *packageImport) discard(name string) error {
	f, err := im.app.uploads.Open(name)
	if problem.Is(err, problem.NotFound) {
		return nil
	} else if err != nil {
		return err
	}
	im.others = append(im.others, f.Seen())
	return f.Close()
}

// spent gives the files that have no more use in the upload area.
func (im *packageImport) spent() []upload.Seen {
	all := slices.Clone(im.others)
	for _, t := range im.arrivals {
		if !t.refused {
			all = append(all, t.files...)
		}
	}
	return all
}
