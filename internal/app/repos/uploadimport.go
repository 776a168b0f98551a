package repos

import (
	"context"
	"errors"
	"path"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// ImportOptions are the options of ImportUploads.
type ImportOptions struct {
	// Replace removes packages with the name, version and architecture of a new package, but
	// with other content.
	Replace bool `json:"replace,omitempty"`
	Keep    bool `json:"keep,omitempty" doc:"Leave the files in the upload area"`
}

// ImportUploads adds packages of the upload area to a repo: one file (.deb, .udeb, .ddeb, or .dsc
// whose listed files lie beside it or in the pool), or a whole directory if file is empty. Each
// file counts alone: the report names a file that is no package, or that conflicts with another
// of the same name, version and architecture. All added packages make one revision. Unless
// o.Keep is set, their files leave the upload area, and so does a directory that is then empty.
//
// An unknown repo is problem.NotFound, and names outside the area are problem.Invalid ("wrong
// dir", "wrong file"). The report names a missing directory or file.
func (s *Service) ImportUploads(ctx context.Context, repo, dir, file string, o ImportOptions) (ImportReport, error) {
	c, err := s.repoToFill(ctx, repo)
	if err != nil {
		return ImportReport{}, err
	}
	defer s.k.Hold("importing uploads into repo:" + repo)()
	im := s.newAreaImport()
	names, err := im.uploaded(ctx, dir, file)
	if err != nil {
		return ImportReport{}, err
	}
	packages, err := im.sort(names, file != "")
	if err != nil {
		return ImportReport{}, err
	}
	from := intake.Source{Component: collections.ComponentOf(c), Fetch: im.fetch}
	detail := map[string]any{"dir": dir, "file": file, "replace": o.Replace}
	if err := im.take(ctx, repo, packages, from, o.Replace, "repo.import", detail); err != nil {
		return ImportReport{}, err
	}
	if !o.Keep {
		err = im.clear()
	}
	return im.report, err
}

// uploaded returns the paths of the files to import in the upload area. Missing ones are added to
// the report.
func (im *areaImport) uploaded(ctx context.Context, dir, file string) (names []string, err error) {
	if file != "" {
		if err := errors.Join(upload.CheckDir(dir), upload.CheckFile(file)); err != nil {
			return nil, err
		}
		f, err := im.s.area.Open(path.Join(dir, file))
		if err == nil {
			return []string{f.Name}, f.Close()
		}
		return nil, im.failIf(err, path.Join(dir, file), ImportFailure{Reason: ImportNotThere})
	}
	names, err = im.s.area.Walk(ctx, dir)
	for i := range names {
		names[i] = path.Join(dir, names[i])
	}
	if problem.Is(err, problem.NotFound) {
		return nil, im.failIf(err, dir, ImportFailure{Reason: ImportNotThere})
	}
	return names, err
}

// sort returns the packages among files. Another file fails if the caller named it, except a
// .buildinfo file, which belongs to packages.
func (im *areaImport) sort(names []string, named bool) (packages []string, err error) {
	for _, name := range names {
		switch {
		case intake.IsPackage(name):
			packages = append(packages, name)
		case path.Ext(name) == ".buildinfo":
			f, err := im.open(name)
			if problem.Is(err, problem.NotFound) {
				continue
			} else if err != nil {
				return nil, err
			}
			im.spent = append(im.spent, name)
			_ = f.Close() // it was not read
		case named:
			im.fail(name, ImportFailure{Reason: ImportNoPackage})
		}
	}
	return packages, nil
}
