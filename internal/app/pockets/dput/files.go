package dput

import (
	"cmp"
	"context"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/problem"
)

// wantedFile is what there is of a file that an upload lists.
type wantedFile struct {
	catalog.File
	missing error // why it is not there, or with other content only; nil: it is
}

// find looks for a file that the upload lists: in the queue, and among the packages
// that the distribution has. One that has the SHA-256 and otherwise is not as it is
// listed is an error.
func (u *pocketIntake) find(ctx context.Context, tx *db.Tx, want debfile.ListedFile) (wantedFile, error) {
	waiting, err := u.app.queue.Files(ctx, tx, u.target.collection.ID, []string{want.Name})
	if err != nil {
		return wantedFile{}, err
	}
	for _, f := range waiting {
		if strings.EqualFold(f.SHA256.String(), want.SHA256) {
			return wantedFile{File: f}, inUpload("Files", intake.Check(f, want))
		}
	}
	f, known, err := u.stored(ctx, tx, want)
	switch {
	case known || err != nil:
		return wantedFile{File: f}, inUpload("Files", err)
	case len(waiting) > 0:
		return wantedFile{missing: inUpload("Files", intake.Check(waiting[0], want))}, nil
	}
	return wantedFile{missing: problem.New(problem.Invalid, "%s is listed and was not uploaded", want.Name).In("Files").
		WithHint("upload it, and the .changes file after it; dput --force sends all again")}, nil
}

// stored finds a file among the packages of the distribution, such as the
// .orig.tar of the version before.
func (u *pocketIntake) stored(ctx context.Context, tx *db.Tx, want debfile.ListedFile) (catalog.File, bool, error) {
	sum, err := digest.Parse(want.SHA256)
	if err != nil {
		return catalog.File{}, false, nil // old lists have none
	}
	all, err := u.app.membersOf(ctx, tx, u.target.siblings)
	if err != nil {
		return catalog.File{}, false, err
	}
	for f, err := range u.app.k.Catalog.FilesNamed(ctx, tx, []string{want.Name}) {
		if err != nil {
			return catalog.File{}, false, err
		}
		if f.SHA256 == sum && f.Size == want.Size && all.Contains(f.Member) {
			f.MD5, f.SHA1 = cmp.Or(f.MD5, want.MD5), cmp.Or(f.SHA1, want.SHA1)
			return f.File, true, intake.Check(f.File, want)
		}
	}
	return catalog.File{}, false, nil
}

// membersOf gives what some collections have together.
func (s *Service) membersOf(ctx context.Context, tx *db.Tx, collections []int64) (all bitset.Set, err error) {
	for _, id := range collections {
		c, err := s.k.Catalog.ByID(ctx, tx, id)
		if err != nil {
			return all, err
		}
		set, err := s.k.Catalog.Set(ctx, tx, c.View())
		if err != nil {
			return all, err
		}
		all = all.Union(set)
	}
	return all, nil
}

// gather finds all that the .changes file lists, each as it says.
func (u *pocketIntake) gather(ctx context.Context, tx *db.Tx) (map[string]catalog.File, error) {
	files := map[string]catalog.File{}
	for _, want := range u.changes.Files {
		found, err := u.find(ctx, tx, want)
		if err = cmp.Or(err, found.missing); err != nil {
			return nil, err
		}
		files[want.Name] = found.File
	}
	return files, nil
}

// inUpload says which part of an upload a problem is about; a fault of the server is
// about none.
func inUpload(part string, err error) error {
	if err == nil || problem.Is(err, problem.Internal) {
		return err
	}
	return problem.New(problem.KindOf(err), "%w", err).In(part)
}
