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

// take is the work of the activity: it reads the packages, and in one transaction adds the revision,
// claims the files, and starts the release of the pocket.
func (u *delivery) take(ctx context.Context, run *activity.Run, taken *Taken) error {
	defer u.s.k.Hold(fmt.Sprintf("taking %s into %s", u.name, u.target.path))()
	*taken = Taken{Changes: u.name, Source: u.changes.Source, Version: u.changes.Version, SignedBy: u.uploaders(), Added: []collections.Package{}}
	again, err := usecase.View(ctx, u.s.k, func(tx *db.Tx) (bool, error) { return u.again(ctx, tx) })
	if err != nil {
		return err
	}
	if again {
		taken.Again = true
		return run.Commit(ctx, taken, func(tx *db.Tx) error { return u.publish(ctx, tx, u.target.publication, taken) })
	}
	r := readUpload{arrivals: u.s.intake.Arrivals(intake.Rule{Unordered: true})}
	if r.files, err = usecase.View(ctx, u.s.k, func(tx *db.Tx) (map[string]catalog.File, error) { return u.gather(ctx, tx) }); err != nil {
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

// readUpload is an upload in the pool and the catalog.
type readUpload struct {
	files    map[string]catalog.File // by name
	entries  []catalog.Entry
	arrivals *intake.Arrivals
}

// again reports whether the pocket accepted the same .changes file before. If its packages were
// removed since then, that is an error: a copy of the file must not bring them back.
func (u *delivery) again(ctx context.Context, tx *db.Tx) (bool, error) {
	keys, taken, err := u.s.queue.Taken(ctx, tx, u.target.collection.ID, u.signatures)
	if err != nil || !taken {
		return false, err
	}
	set, err := u.s.membersOf(ctx, tx, []int64{u.target.collection.ID})
	if err != nil {
		return false, err
	}
	listed, err := u.s.k.Catalog.Listed(ctx, tx, keys, set)
	if err != nil {
		return false, err
	}
	for _, k := range keys {
		if !listed[k] {
			return false, problem.New(problem.Conflict, "%s was uploaded before, and its packages were removed since then", u.name).
				WithHint("sign it again to bring them back: debsign --re-sign")
		}
	}
	return true, nil
}

// packages reads the packages among the listed files. The parts of a source are listed too, or are
// stored in the distribution.
func (u *delivery) packages(ctx context.Context, run *activity.Run, r *readUpload) error {
	parts := intake.FirstOf(notUploaded, intake.Among(r.files), u.storedPart)
	for i, f := range u.changes.Files {
		run.Progress(activity.Progress{Phase: "read packages", Done: int64(i), Total: int64(len(u.changes.Files))})
		if !intake.IsPackage(f.Name) {
			continue
		}
		e, err := u.s.intake.Package(ctx, r.files[f.Name], u.target.componentOf(f.Section), parts)
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

func (u *delivery) storedPart(ctx context.Context, want debfile.ListedFile) (f catalog.File, known bool, err error) {
	err = u.s.k.DB.Read(ctx, func(tx *db.Tx) error {
		f, known, err = u.stored(ctx, tx, want)
		return err
	})
	return f, known, err
}

// belongs refuses a package that does not match the fields of the .changes file.
func (u *delivery) belongs(e catalog.Entry) error {
	c := u.changes
	switch {
	case !intake.Belongs(c, e):
		return problem.New(problem.Invalid, "%s %s %s is not a package of the upload (fields Source, Binary and Architecture)", e.Name, e.Version, e.Architecture)
	case e.Type == catalog.Source && e.Version != c.SourceVersion:
		return problem.New(problem.Invalid, "it is version %s of the source, and the upload is of %s", e.Version, c.SourceVersion)
	case e.Source != c.Source:
		return problem.New(problem.Invalid, "it was built from the source %s, and the upload is of %s", e.Source, c.Source)
	}
	return nil
}

// commit adds the revision, if the pocket has not changed since the upload was checked.
func (u *delivery) commit(ctx context.Context, tx *db.Tx, run *activity.Run, r readUpload, taken *Taken) error {
	now, err := u.s.uploadTarget(ctx, tx, u.target.path)
	if err != nil {
		return err
	}
	if !now.same(u.target) {
		return problem.New(problem.Conflict, "the pocket %s was edited meanwhile", u.target.path).WithHint("send the .changes file again")
	}
	if err := u.checkPool(ctx, tx, now, r.entries); err != nil {
		return err
	}
	done, err := u.s.repos.ListArrivals(ctx, tx, now.collection.Name, r.arrivals, run.Activity().ID)
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

// settle removes the files from the queue, and stores the signatures.
func (u *delivery) settle(ctx context.Context, tx *db.Tx, r readUpload) error {
	repo := u.target.collection.ID
	if err := u.s.queue.Claim(ctx, tx, repo, slices.Collect(maps.Values(r.files))); err != nil {
		return err
	}
	return u.s.queue.Take(ctx, tx, repo, u.signatures, usecase.Map(r.entries, func(e catalog.Entry) digest.SHA256 { return e.Key() }))
}

// publish starts a release of the pocket if its newest one lacks packages, also after an earlier
// upload whose release failed.
func (u *delivery) publish(ctx context.Context, tx *db.Tx, publication int64, taken *Taken) error {
	p, err := u.s.publish.ByID(ctx, tx, publication)
	if err != nil {
		return err
	}
	behind, err := u.s.publications.Behind(ctx, tx, p)
	if err != nil || !behind {
		return err
	}
	started, err := u.s.publications.Submit(ctx, tx, p, publications.Payload{Publication: p.ID})
	taken.Publish = started.ID
	return err
}

// checkPool refuses packages with a file that the distribution has at the same path with other
// content: such a pocket cannot be published.
func (u *delivery) checkPool(ctx context.Context, tx *db.Tx, now uploadTarget, entries []catalog.Entry) error {
	all, err := u.s.membersOf(ctx, tx, now.siblings)
	if err != nil {
		return err
	}
	for _, e := range entries {
		names := usecase.Map(e.Files, func(f catalog.File) string { return f.Name })
		for f, err := range u.s.k.Catalog.FilesNamed(ctx, tx, names) {
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
	return problem.New(problem.Conflict, "%s", message).WithHint("published files never change: give the upload a new version (dch -i)")
}
