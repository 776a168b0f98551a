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

// wantedFile is a file that an upload lists, if it is found.
type wantedFile struct {
	catalog.File
	missing error // why it was not found; nil: it was
}

// find returns a listed file from the queue, or from the packages of the distribution. A file with
// the listed SHA-256, but another size or sum, is an error.
func (u *delivery) find(ctx context.Context, tx *db.Tx, want debfile.ListedFile) (wantedFile, error) {
	waiting, err := u.s.queue.Files(ctx, tx, u.target.collection.ID, []string{want.Name})
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

// stored returns a file of the packages of the distribution, such as the .orig.tar of the previous
// version.
func (u *delivery) stored(ctx context.Context, tx *db.Tx, want debfile.ListedFile) (catalog.File, bool, error) {
	sum, err := digest.Parse(want.SHA256)
	if err != nil {
		return catalog.File{}, false, nil // old lists have none
	}
	all, err := u.s.membersOf(ctx, tx, u.target.siblings)
	if err != nil {
		return catalog.File{}, false, err
	}
	for f, err := range u.s.k.Catalog.FilesNamed(ctx, tx, []string{want.Name}) {
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

// membersOf returns the union of some collections.
func (s *Service) membersOf(ctx context.Context, tx *db.Tx, collections []int64) (all bitset.Set, err error) {
	for _, id := range collections {
		_, set, err := s.k.Catalog.Current(ctx, tx, id)
		if err != nil {
			return all, err
		}
		all = all.Union(set)
	}
	return all, nil
}

// gather returns the files that the .changes file lists, by name.
func (u *delivery) gather(ctx context.Context, tx *db.Tx) (map[string]catalog.File, error) {
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

// inUpload adds the part of the upload to a problem, except to an error of the server.
func inUpload(part string, err error) error {
	if err == nil || problem.Is(err, problem.Internal) {
		return err
	}
	return problem.New(problem.KindOf(err), "%w", err).In(part)
}
