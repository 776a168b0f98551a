package repos

import (
	"context"
	"errors"
	"path"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/intake"
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
func (s *Service) ImportUploads(ctx context.Context, repo, dir, file string, o ImportOptions) (ImportReport, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return ImportReport{}, err
	}
	c, err := s.repoNamed(ctx, repo)
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

// uploaded lists what is to be looked at, as paths in the upload area. What is not
// there is told in the report.
func (im *areaImport) uploaded(ctx context.Context, dir, file string) (names []string, err error) {
	if file != "" {
		if err := errors.Join(upload.CheckDir(dir), upload.CheckFile(file)); err != nil {
			return nil, err
		}
		f, err := im.app.area.Open(path.Join(dir, file))
		if err == nil {
			return []string{f.Name}, f.Close()
		}
		return nil, im.failIf(err, path.Join(dir, file), ImportFailure{Reason: ImportNotThere})
	}
	names, err = im.app.area.Walk(ctx, dir)
	for i := range names {
		names[i] = path.Join(dir, names[i])
	}
	if problem.Is(err, problem.NotFound) {
		return nil, im.failIf(err, dir, ImportFailure{Reason: ImportNotThere})
	}
	return names, err
}

// sort returns the packages among files. What is neither that nor goes with packages
// fails if it was asked for by name.
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
