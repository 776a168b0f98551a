package dput

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/problem"
)

// take does the work of the activity: it reads the packages, and in one transaction
// makes the revision, claims the files, and has the pocket published.
func (u *pocketIntake) take(ctx context.Context, run *activity.Run, taken *PocketTaken) error {
	defer u.app.k.Hold(fmt.Sprintf("taking %s into %s", u.name, u.target.path))()
	*taken = PocketTaken{Changes: u.name, Source: u.changes.Source, Version: u.changes.Version, SignedBy: u.uploaders(), Added: []collections.Package{}}
	again, err := usecase.View(ctx, u.app.k, func(tx *db.Tx) (bool, error) { return u.again(ctx, tx) })
	if err != nil {
		return err
	}
	if again {
		taken.Again = true
		return run.Commit(ctx, taken, func(tx *db.Tx) error { return u.publish(ctx, tx, u.target.publication, taken) })
	}
	r := readUpload{arrivals: u.app.intake.Arrivals(intake.Rule{Unordered: true})}
	if r.files, err = usecase.View(ctx, u.app.k, func(tx *db.Tx) (map[string]catalog.File, error) { return u.gather(ctx, tx) }); err != nil {
		return err
	}
	if err := u.packages(ctx, run, &r); err != nil {
		return err
	}
	if err := r.arrivals.Ready(ctx); err != nil {
		return err
	}
	return run.Commit(ctx, taken, func(tx *db.Tx) error { return u.commit(ctx, tx, run, r, taken) })
}

// readUpload is all of an upload, as it is in the pool and the catalog.
type readUpload struct {
	files    map[string]catalog.File // by name
	entries  []catalog.Entry
	arrivals *intake.Arrivals
}

// again tells whether the same .changes file was taken in before. While its packages
// are there nothing is to be done; when they were removed, whoever has a copy of the
// file must not bring them back.
func (u *pocketIntake) again(ctx context.Context, tx *db.Tx) (bool, error) {
	keys, taken, err := u.app.queue.Taken(ctx, tx, u.target.collection.ID, u.signatures)
	if err != nil || !taken {
		return false, err
	}
	set, err := u.app.membersOf(ctx, tx, []int64{u.target.collection.ID})
	if err != nil {
		return false, err
	}
	listed, err := u.app.k.Catalog.Listed(ctx, tx, keys, set)
	if err != nil {
		return false, err
	}
	for _, k := range keys {
		if !listed[k] {
			return false, problem.New(problem.Conflict, "%s was taken in before, and its packages were removed since then", u.name).
				WithHint("sign it again to bring them back: debsign --re-sign")
		}
	}
	return true, nil
}

// packages reads the packages among the listed files. Parts of a source are listed too, or
// are there from before.
func (u *pocketIntake) packages(ctx context.Context, run *activity.Run, r *readUpload) error {
	parts := intake.FirstOf(notUploaded, intake.Among(r.files), u.storedPart)
	for i, f := range u.changes.Files {
		run.Progress(activity.Progress{Phase: "read packages", Done: int64(i), Total: int64(len(u.changes.Files))})
		if !intake.IsPackage(f.Name) {
			continue
		}
		e, err := u.app.intake.Package(ctx, r.files[f.Name], u.target.componentOf(f.Section), parts)
		if err == nil {
			err = u.belongs(e)
		}
		if err != nil {
			return inUpload(f.Name, err)
		}
		r.entries = append(r.entries, e)
		if err := r.arrivals.Add(ctx, f.Name, e); err != nil {
			return err
		}
	}
	return nil
}

func notUploaded(name string) error {
	return problem.New(problem.Invalid, "%s is listed there, and neither in the .changes file nor in the distribution", name).
		WithHint("upload the whole source: dpkg-buildpackage -sa")
}

func (u *pocketIntake) storedPart(ctx context.Context, want debfile.ListedFile) (f catalog.File, known bool, err error) {
	err = u.app.k.DB.Read(ctx, func(tx *db.Tx) error {
		f, known, err = u.stored(ctx, tx, want)
		return err
	})
	return f, known, err
}

// belongs refuses a package that the .changes file does not speak of, or speaks of
// otherwise.
func (u *pocketIntake) belongs(e catalog.Entry) error {
	c := u.changes
	switch {
	case !intake.Belongs(c, e):
		return problem.New(problem.Invalid, "%s %s %s is none of the packages that the upload is of (fields Source, Binary and Architecture)", e.Name, e.Version, e.Architecture)
	case e.Type == catalog.Source && e.Version != c.SourceVersion:
		return problem.New(problem.Invalid, "it is version %s of the source, and the upload is of %s", e.Version, c.SourceVersion)
	case e.Source != c.Source:
		return problem.New(problem.Invalid, "it was built from the source %s, and the upload is of %s", e.Source, c.Source)
	}
	return nil
}

// commit makes the revision, if the pocket is as it was when the upload was looked
// at.
func (u *pocketIntake) commit(ctx context.Context, tx *db.Tx, run *activity.Run, r readUpload, taken *PocketTaken) error {
	now, err := u.app.uploadTarget(ctx, tx, u.target.path)
	if err != nil {
		return err
	}
	if !now.same(u.target) {
		return problem.New(problem.Conflict, "the pocket %s was edited meanwhile", u.target.path).WithHint("send the .changes file again")
	}
	if err := u.checkPool(ctx, tx, now, r.entries); err != nil {
		return err
	}
	done, err := u.app.repos.ListArrivals(ctx, tx, now.collection.Name, r.arrivals, run.Activity().ID)
	if p, is := errors.AsType[*problem.Problem](err); is && p.Kind == problem.Conflict {
		return otherContent(p.Message)
	} else if err != nil {
		return err
	}
	taken.Added, taken.Revision = done.Added, done.Revision
	if err := u.settle(ctx, tx, r); err != nil {
		return err
	}
	if err := u.publish(ctx, tx, now.publication, taken); err != nil {
		return err
	}
	return access.Record(ctx, tx, typePocketUpload, run.Activity().Subject, map[string]any{"changes": u.name, "signed_by": repos.Fingerprints(u.signed)})
}

// settle takes the files out of the queue, and remembers the signatures.
func (u *pocketIntake) settle(ctx context.Context, tx *db.Tx, r readUpload) error {
	repo := u.target.collection.ID
	if err := u.app.queue.Claim(ctx, tx, repo, slices.Collect(maps.Values(r.files))); err != nil {
		return err
	}
	keys := make([]digest.SHA256, len(r.entries))
	for i := range r.entries {
		keys[i] = r.entries[i].Key()
	}
	return u.app.queue.Take(ctx, tx, repo, u.signatures, keys)
}

// publish has the next release of the pocket made, if the newest has not all that the
// pocket has: also when an earlier upload came in whose release failed.
func (u *pocketIntake) publish(ctx context.Context, tx *db.Tx, publication int64, taken *PocketTaken) error {
	p, err := u.app.publish.ByID(ctx, tx, publication)
	if err != nil {
		return err
	}
	behind, err := u.app.publications.Behind(ctx, tx, p)
	if err != nil || !behind {
		return err
	}
	started, err := u.app.publications.Submit(ctx, tx, p, publications.Payload{Publication: p.ID})
	taken.Publish = started.ID
	return err
}

// checkPool refuses packages with a file that the distribution has under the same
// path with other content: no release of the pocket could be made.
func (u *pocketIntake) checkPool(ctx context.Context, tx *db.Tx, now uploadTarget, entries []catalog.Entry) error {
	all, err := u.app.membersOf(ctx, tx, now.siblings)
	if err != nil {
		return err
	}
	for _, e := range entries {
		names := make([]string, len(e.Files))
		for i, f := range e.Files {
			names[i] = f.Name
		}
		for f, err := range u.app.k.Catalog.FilesNamed(ctx, tx, names) {
			if err != nil {
				return err
			}
			sameContent := slices.ContainsFunc(e.Files, func(mine catalog.File) bool { return mine.Name == f.Name && mine.SHA256 == f.SHA256 })
			if !sameContent && f.Source == e.Source && f.Component == e.Component && all.Contains(f.Member) {
				return otherContent(fmt.Sprintf("the distribution has the file %s of %s %s with other content", f.Name, f.Package, f.Version))
			}
		}
	}
	return nil
}

func otherContent(message string) error {
	return problem.New(problem.Conflict, "%s", message).WithHint("what is published does not change: give the upload a new version (dch -i)")
}
