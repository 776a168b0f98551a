package aptly

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

func (s *service) fileRoutes() []route {
	return []route{
		{"GET", "files", "List the directories of uploaded files", func(c *call) (answer, error) {
			list, err := c.service.app.Uploads.Dirs(c.Context())
			return ok(usecase.OrEmpty(list)), err
		}},
		{"POST", "files/:dir", "Upload files", uploadForm},
		{"PUT", "files/:dir/:file", "Upload one file", uploadBody},
		{"GET", "files/:dir", "List the files of a directory", func(c *call) (answer, error) {
			list, err := c.service.app.Uploads.Files(c.Context(), c.parameter("dir"))
			return ok(usecase.OrEmpty(list)), err
		}},
		{"DELETE", "files/:dir", "Delete a directory with its files", dropUpload},
		{"DELETE", "files/:dir/:file", "Delete a file", dropUpload},
	}
}

// uploadForm stores every file of a form, with any field name.
func uploadForm(c *call) (answer, error) {
	form, err := c.MultipartReader()
	if err != nil {
		return answer{}, fail(http.StatusBadRequest, "%v", err)
	}
	dir, stored := c.parameter("dir"), []string{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return ok(stored), nil
		}
		if err != nil {
			return answer{}, fail(http.StatusBadRequest, "the form is cut short or garbled")
		}
		if part.FileName() == "" {
			continue // a field that is no file
		}
		name := path.Base(part.FileName())
		if err := c.store(dir, name, part); err != nil {
			return answer{}, err
		}
		stored = append(stored, path.Join(dir, name))
	}
}

// uploadBody stores the body as a file, as dput sends it.
func uploadBody(c *call) (answer, error) {
	dir, name := c.parameter("dir"), c.parameter("file")
	if err := c.store(dir, name, c.Body); err != nil {
		return answer{}, err
	}
	return ok([]string{path.Join(dir, name)}), nil
}

func (c *call) store(dir, name string, body io.Reader) error {
	err := c.service.app.Uploads.Put(c.Context(), dir, name, body)
	if err == nil {
		c.service.metrics.uploaded.WithLabelValues(dir).Inc()
	}
	return err
}

func dropUpload(c *call) (answer, error) {
	return ok(nothing{}), c.service.app.Uploads.Drop(c.Context(), c.parameter("dir"), c.parameter("file"))
}

// report is the report of an import.
type report struct {
	Warnings, Added, Removed []string
}

// importAnswer is the answer of both imports of uploaded files.
type importAnswer struct {
	Report      report
	FailedFiles []string
}

func showImport(r repos.ImportReport) importAnswer {
	shown := importAnswer{Report: report{Warnings: []string{}, Added: []string{}, Removed: []string{}}, FailedFiles: []string{}}
	for _, f := range r.Failed {
		shown.Report.Warnings = append(shown.Report.Warnings, importWarning(f))
		shown.FailedFiles = append(shown.FailedFiles, f.File)
	}
	for _, p := range r.Added {
		shown.Report.Added = append(shown.Report.Added, displayName(p)+" added")
	}
	for _, p := range r.Removed {
		shown.Report.Removed = append(shown.Report.Removed, displayName(p)+" removed due to conflict with package being added")
	}
	return shown
}

// importWarning returns aptly's words for a failed file, which its clients search for.
func importWarning(f repos.ImportFailure) string {
	switch f.Reason {
	case repos.ImportNotThere:
		return fmt.Sprintf("Unable to process %s: %v", f.File, f.Err)
	case repos.ImportNoPackage:
		return "Unknown file extension: " + f.File
	case repos.ImportNotStored:
		return fmt.Sprintf("Unable to import file %s into pool: %v", f.File, f.Err)
	case repos.ImportUnwanted:
		return displayName(f.Package) + " has been ignored as it doesn't match restriction"
	case repos.ImportDifferent:
		return "Unable to add package: package already exists and is different: " + displayName(f.Package)
	case repos.ImportBadChanges:
		if problem.ReasonOf(f.Err) == repos.ReasonUnsigned {
			return fmt.Sprintf("unable to process file %s: .changes file is not signed and unsigned processing hasn't been enabled", path.Base(f.File))
		}
		return fmt.Sprintf("unable to process file %s: %v", path.Base(f.File), f.Err)
	case repos.ImportSignerMayNot:
		return fmt.Sprintf("changes file skipped due to uploaders config: %s, keys %q: %v", path.Base(f.File), f.SignedBy, f.Err)
	}
	return fmt.Sprintf("Unable to read file %s: %v", f.File, f.Err)
}

func displayName(p collections.Package) string {
	return p.Name + "_" + p.Version + "_" + p.Architecture
}

// importFiles adds uploaded packages to a repo.
func importFiles(c *call) (answer, error) {
	repo, err := c.repo()
	if err != nil {
		return answer{}, err
	}
	dir, file := c.parameter("dir"), c.parameter("file")
	options := repos.ImportOptions{Replace: c.flag("forceReplace"), Keep: c.flag("noRemove")}
	name := "Add packages from dir " + path.Join(dir, file) + " to repo " + repo.Name
	return c.task(name, []string{repoResource(repo), path.Join(dir, file)}, func(ctx context.Context, run usecase.JobRun) (answer, error) {
		r, err := c.service.app.Repos.ImportUploads(ctx, repo.Name, dir, file, options)
		shown := showImport(r)
		tell(run, shown)
		return ok(shown), err
	})
}

// tell logs the result of an import.
func tell(run usecase.JobRun, shown importAnswer) {
	for _, lines := range [][]string{shown.Report.Warnings, shown.Report.Removed, shown.Report.Added} {
		for _, line := range lines {
			run.Log(line)
		}
	}
	for _, name := range shown.FailedFiles {
		run.Log("Failed file: " + name)
	}
}

// includeChanges adds the files that a .changes file lists. The name of the repo may be a
// template with its fields.
func includeChanges(c *call) (answer, error) {
	dir, file, repo := c.parameter("dir"), c.parameter("file"), c.parameter("name")
	resources := []string{path.Join(dir, file)}
	if found, err := c.repo(); err == nil {
		resources = append(resources, repoResource(found))
	} else if !isTemplate(repo) {
		return answer{}, err
	} else {
		resources = append(resources, allRepos)
	}
	options := repos.IncludeOptions{
		Replace: c.flag("forceReplace"), KeepFiles: c.flag("noRemoveFiles"),
		AcceptUnsigned: c.flag("acceptUnsigned"), IgnoreSignature: c.flag("ignoreSignature") || c.service.options.Config.DisableVerify,
	}
	if !options.IgnoreSignature {
		keys, err := c.service.app.Keys.ExportTrusted(c.Context(), nil)
		if err != nil && !problem.Is(err, problem.NotFound) {
			return answer{}, err
		}
		options.Keyrings = []string{keys}
	}
	return c.task("Include packages from changes files from dir "+path.Join(dir, file)+" to repo matching template "+repo, resources,
		func(ctx context.Context, run usecase.JobRun) (answer, error) {
			r, err := c.service.app.Repos.IncludeChanges(ctx, repo, dir, file, options)
			shown := showImport(r)
			tell(run, shown)
			return ok(shown), err
		})
}
