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

// ImportReport is what became of uploaded files.
type ImportReport struct {
	Added   []collections.Package // in the order of their files, also those that were there already
	Removed []collections.Package // what others replaced
	Failed  []ImportFailure       // the files that were not taken
}

// ImportFailure is a file that was not taken.
type ImportFailure struct {
	File     string // its path on the server
	Reason   ImportReason
	Package  collections.Package // of a file that is unwanted or different
	SignedBy []string            // the keys that signed a .changes file, by fingerprint
	Err      error               // for the other reasons
}

// ImportReason says why a file was not taken.
type ImportReason = intake.Reason

// The reasons of failures.
const (
	ImportNotStored  = intake.NotStored
	ImportUnreadable = intake.Unreadable
	ImportUnwanted   = intake.Unwanted
	ImportDifferent  = intake.Different

	ImportNotThere     ImportReason = "not there"      // nothing was uploaded under this name
	ImportNoPackage    ImportReason = "no package"     // its name is none of a package
	ImportBadChanges   ImportReason = "bad changes"    // a .changes file that cannot be followed
	ImportSignerMayNot ImportReason = "signer may not" // a .changes file that the repo's uploaders rule out
)

// areaImport takes files of the upload area into a repo.
type areaImport struct {
	app    *Service
	report ImportReport

	mu   sync.Mutex
	seen map[string]upload.Seen // what was read, by its path in the area
	// spent are the files that have no more use in the area.
	spent []string
}

func (s *Service) newAreaImport() *areaImport {
	return &areaImport{app: s, seen: map[string]upload.Seen{}}
}

// fail reports a file that is not taken.
func (im *areaImport) fail(name string, f ImportFailure) {
	f.File = im.app.area.Path(name)
	im.report.Failed = append(im.report.Failed, f)
}

// failIf reports a file that is not taken because of an error which is its own; an error
// of the server is returned.
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
	f, err := im.app.area.Open(name)
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
	return im.app.intake.Store(ctx, base, f)
}

// take takes packages, each for itself, makes one revision of them, and reports what
// became of them.
func (im *areaImport) take(ctx context.Context, repo string, names []string, from intake.Source, replace bool, action string, detail map[string]any) error {
	arrivals := im.app.intake.Arrivals(intake.Rule{Replace: replace})
	if err := arrivals.Take(ctx, names, from); err != nil {
		return err
	}
	var s intake.Settlement
	if !arrivals.IsEmpty() {
		err := arrivals.Ready(ctx)
		if err == nil {
			s, err = im.commit(ctx, repo, arrivals, action, detail)
		}
		if err != nil {
			return err
		}
	}
	for _, l := range s.Replaced {
		im.report.Removed = append(im.report.Removed, collections.ShowPackage(l))
	}
	taken, failed := arrivals.Outcome(s)
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

// commit makes the revision.
func (im *areaImport) commit(ctx context.Context, repo string, arrivals *intake.Arrivals, action string, detail map[string]any) (intake.Settlement, error) {
	return usecase.Change(ctx, im.app.k, usecase.Act{Permission: access.Anyone, Action: action, Subject: "repo:" + repo, Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (intake.Settlement, error) {
		c, err := im.app.k.Catalog.ByName(ctx, tx, catalog.Repo, repo)
		if err != nil {
			return intake.Settlement{}, err
		}
		s, err := arrivals.Settle(ctx, tx, c)
		if err == nil {
			_, _, err = im.app.k.Catalog.Append(ctx, tx, c, s.Added, s.Removed, 0)
		}
		return s, err
	})
}

// clear removes what is spent from the area, unless others took its place since it was
// read.
func (im *areaImport) clear() error {
	var files []upload.Seen
	for _, name := range im.spent {
		if seen, ok := im.seen[name]; ok {
			files = append(files, seen)
		}
	}
	return im.app.area.Remove(files)
}
