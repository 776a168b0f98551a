package repos

import (
	"context"
	"path"
	"sync"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/upload"
)

// ImportReport is the result of an import of uploaded files.
type ImportReport struct {
	Added   []collections.Package // sorted as their files, also packages that the repo had
	Removed []collections.Package // replaced packages
	Failed  []ImportFailure
}

// ImportFailure is a file that was not imported.
type ImportFailure struct {
	File     string // its path on the server
	Reason   ImportReason
	Package  collections.Package // if the reason is ImportUnwanted or ImportDifferent
	SignedBy []string            // fingerprints of the keys that signed a .changes file
	Err      error               // for the other reasons
}

// ImportReason is the reason of a failure.
type ImportReason = intake.Reason

// The reasons of failures.
const (
	ImportNotStored  = intake.NotStored
	ImportUnreadable = intake.Unreadable
	ImportUnwanted   = intake.Unwanted
	ImportDifferent  = intake.Different

	ImportNotThere     ImportReason = "not there"      // there is no upload with this name
	ImportNoPackage    ImportReason = "no package"     // the name is not that of a package
	ImportBadChanges   ImportReason = "bad changes"    // an invalid .changes file
	ImportSignerMayNot ImportReason = "signer may not" // a .changes file that the repo's uploaders exclude
)

// areaImport imports files of the upload area into a repo.
type areaImport struct {
	s      *Service
	report ImportReport

	mu   sync.Mutex
	seen map[string]upload.Seen // the files that were read, by their paths in the area

	spent []string // the files that can leave the area
}

func (s *Service) newAreaImport() *areaImport {
	return &areaImport{s: s, seen: map[string]upload.Seen{}}
}

// fail adds a failure to the report.
func (im *areaImport) fail(name string, f ImportFailure) {
	f.File = im.s.area.Path(name)
	im.report.Failed = append(im.report.Failed, f)
}

// failIf adds a failure to the report if an error is due to the file, and returns any other
// error.
func (im *areaImport) failIf(err error, name string, f ImportFailure) error {
	if err != nil && intake.IsOfFile(err) {
		f.Err = err
		im.fail(name, f)
		return nil
	}
	return err
}

// open opens a file of the area.
func (im *areaImport) open(name string) (*upload.File, error) {
	f, err := im.s.area.Open(name)
	if err == nil {
		im.mu.Lock()
		defer im.mu.Unlock()
		im.seen[name] = f.Seen()
	}
	return f, err
}

// fetch stores a file of the area in the pool.
func (im *areaImport) fetch(ctx context.Context, name string) (catalog.File, error) {
	base := path.Base(name)
	if err := catalog.CheckFileName(base); err != nil {
		return catalog.File{}, err
	}
	f, err := im.open(name)
	if err != nil {
		return catalog.File{}, err
	}
	defer f.Close()
	return im.s.intake.Store(ctx, base, f)
}

// take adds packages to a repo as one revision, and reports the result for each.
func (im *areaImport) take(ctx context.Context, repo string, names []string, from intake.Source, replace bool, action string, detail map[string]any) error {
	arrivals := im.s.intake.Arrivals(intake.Rule{Replace: replace})
	if err := arrivals.Take(ctx, names, from); err != nil {
		return err
	}
	var settled intake.Settlement
	if !arrivals.IsEmpty() {
		err := arrivals.Ready(ctx)
		if err == nil {
			settled, err = im.commit(ctx, repo, arrivals, action, detail)
		}
		if err != nil {
			return err
		}
	}
	for _, l := range settled.Replaced {
		im.report.Removed = append(im.report.Removed, collections.ShowPackage(l))
	}
	taken, failed := arrivals.Outcome(settled)
	for _, t := range taken {
		im.report.Added = append(im.report.Added, collections.ShowPackage(catalog.Listed{Entry: t.Entry}))
		for _, f := range t.Files {
			im.spent = append(im.spent, path.Join(path.Dir(t.Name), f.Name))
		}
	}
	for _, f := range failed {
		im.fail(f.Name, ImportFailure{Reason: f.Reason, Package: collections.ShowPackage(catalog.Listed{Entry: f.Package}), Err: f.Err})
	}
	return nil
}

// commit adds the revision.
func (im *areaImport) commit(ctx context.Context, repo string, arrivals *intake.Arrivals, action string, detail map[string]any) (intake.Settlement, error) {
	return usecase.Change(ctx, im.s.k, usecase.Act{Permission: access.Upload, Action: action, Subject: "repo:" + repo, Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (intake.Settlement, error) {
		c, err := im.s.k.Catalog.ByName(ctx, tx, catalog.Repo, repo)
		if err != nil {
			return intake.Settlement{}, err
		}
		settled, err := arrivals.Settle(ctx, tx, c)
		if err == nil {
			_, _, err = im.s.k.Catalog.Append(ctx, tx, c, settled.Added, settled.Removed, 0)
		}
		return settled, err
	})
}

// clear removes the spent files from the area, except those that were replaced since they were
// read.
func (im *areaImport) clear() error {
	var files []upload.Seen
	for _, name := range im.spent {
		if seen, ok := im.seen[name]; ok {
			files = append(files, seen)
		}
	}
	return im.s.area.Remove(files)
}
