package app

import (
	"context"
	"fmt"
	"path"
	"slices"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// packageImport takes packages of the upload area into a repo, each for itself, and
// makes one revision of them.
type packageImport struct {
	packageReader
	packages interning
	repo     catalog.Collection
	replace  bool
	// fetch brings a file of the upload area into the pool, by its path. NotFound
	// means that there is none; other problems are the file's own.
	fetch func(ctx context.Context, name string) (catalog.File, upload.Seen, error)
	// accepts tells whether a package is one of those to be taken; nil: all are.
	accepts func(catalog.Entry) bool

	arrivals []*arrival
	latest   map[identity]*arrival
	others   []upload.Seen // no packages, but spent with them
	report   ImportReport
}

// arrival is a package that is to be in the repo.
type arrival struct {
	name    string // of its file in the upload area
	shown   Package
	sums    []digest.SHA256 // of its files
	files   []upload.Seen
	refused bool
}

// identity is what a list has only one package of.
type identity struct {
	kind catalog.Type
	catalog.Position
}

func newPackageImport(a *App, repo catalog.Collection, replace bool) *packageImport {
	return &packageImport{
		packageReader: packageReader{a, componentOf(repo)}, packages: interning{app: a},
		repo: repo, replace: replace, latest: map[identity]*arrival{},
		report: emptyReport(),
	}
}

// warn adds a line to the report.
func (im *packageImport) warn(format string, args ...any) {
	im.report.Warnings = append(im.report.Warnings, fmt.Sprintf(format, args...))
}

// fail tells of a file that is not taken.
func (im *packageImport) fail(name, format string, args ...any) {
	im.warn(format, args...)
	im.report.Failed = append(im.report.Failed, im.app.uploads.Path(name))
}

// failIf tells of a file that is not taken because of an error which is its own; an
// error of the server comes back. The format gets the file's path and the error.
func (im *packageImport) failIf(err error, name, format string) error {
	switch problem.KindOf(err) {
	case problem.Invalid, problem.TooLarge, problem.Untrusted, problem.NotFound, problem.Conflict, problem.Denied:
		im.fail(name, format, im.app.uploads.Path(name), err)
		return nil
	}
	return err
}

// atOnce is how many files are read at a time.
const atOnce = 4

// takeAll takes packages, which are files of the upload area, in their order. Only an
// error that is not a file's own comes back.
func (im *packageImport) takeAll(ctx context.Context, names []string) error {
	for name, r := range inOrder(ctx, names, atOnce, im.read) {
		var err error
		switch {
		case r.err == nil:
			err = im.arrive(ctx, r.arrival, r.entry)
		case r.stored:
			err = im.failIf(r.err, name, "Unable to read file %s: %v")
		default:
			err = im.failIf(r.err, name, "Unable to import file %s into pool: %v")
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// readPackage is what came of reading a file.
type readPackage struct {
	*arrival
	entry  catalog.Entry
	stored bool // what is wrong is in the file
	err    error
}

// read brings one package into the pool. It changes nothing here, so several may be
// read at once.
func (im *packageImport) read(ctx context.Context, name string) (r readPackage) {
	f, seen, err := im.fetch(ctx, name)
	if err != nil {
		return readPackage{err: err}
	}
	r = readPackage{arrival: &arrival{name: name, files: []upload.Seen{seen}}, stored: true}
	if path.Ext(name) == ".dsc" {
		r.entry, r.err = im.dsc(ctx, f, r.arrival)
	} else {
		r.entry, r.err = im.binary(ctx, f)
	}
	return r
}

// dsc reads a source, whose parts lie beside it or are in the pool.
func (im *packageImport) dsc(ctx context.Context, f catalog.File, t *arrival) (catalog.Entry, error) {
	text, err := im.list(ctx, f)
	if err != nil {
		return catalog.Entry{}, err
	}
	return im.source(f, text, func(want debfile.ListedFile) (catalog.File, error) {
		part, seen, err := im.fetch(ctx, path.Join(path.Dir(t.name), want.Name))
		if problem.Is(err, problem.NotFound) {
			if part, known := im.earlier(ctx, want); known {
				return part, nil
			}
			return catalog.File{}, problem.New(problem.Invalid, "lists %s, which was not uploaded", want.Name).WithHint("upload it beside the .dsc file")
		}
		if err != nil {
			return catalog.File{}, err
		}
		t.files = append(t.files, seen)
		return part, matches(part, want)
	})
}

// arrive decides between packages of one import; conflicts with those of the repo
// are for settle.
func (im *packageImport) arrive(ctx context.Context, t *arrival, e catalog.Entry) error {
	t.shown = showPackage(catalog.Listed{Entry: e})
	for _, f := range e.Files {
		t.sums = append(t.sums, f.SHA256)
	}
	id := identityOf(e)
	if im.accepts != nil && !im.accepts(e) {
		im.fail(t.name, "%s has been ignored as it doesn't match restriction", display(t.shown))
		return nil
	}
	if other := im.latest[id]; other != nil && !im.replace && !slices.Equal(other.sums, t.sums) {
		im.refuse(t)
		return nil
	}
	im.latest[id] = t
	im.arrivals = append(im.arrivals, t)
	return im.packages.add(ctx, e)
}

func identityOf(e catalog.Entry) identity {
	return identity{e.Type, e.PositionOf()}
}

// display names a package as aptly's clients know it.
func display(p Package) string { return p.Name + "_" + p.Version + "_" + p.Architecture }

// refuse tells of a package that is there with other content.
func (im *packageImport) refuse(t *arrival) {
	t.refused = true
	im.fail(t.name, "Unable to add package: package already exists and is different: %s", display(t.shown))
}

// commit makes the revision, and tells of it in the report and the audit log.
func (im *packageImport) commit(ctx context.Context, action string, detail map[string]any) error {
	if len(im.arrivals) == 0 {
		return nil
	}
	if err := im.packages.flush(ctx); err != nil {
		return err
	}
	if err := im.app.Pool.Flush(ctx); err != nil {
		return err
	}
	done, err := change(ctx, im.app, action, "repo:"+im.repo.Name, detail, func(tx *db.Tx) (settlement, error) { return im.settle(ctx, tx) })
	if err != nil {
		return err
	}
	im.report.Removed = done.removed
	for _, t := range im.arrivals {
		if done.refused[t] {
			im.refuse(t)
		} else {
			im.report.Added = append(im.report.Added, t.shown)
		}
	}
	return nil
}
