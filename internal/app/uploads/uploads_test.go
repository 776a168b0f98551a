package uploads_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestAnUploadAreaTakesFiles(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		if dirs := apptest.Must(h.Uploads.Dirs(h.Ctx))(h.TB); len(dirs) != 0 {
			h.TB.Errorf("directories %q", dirs)
		}
		if _, err := h.Uploads.Files(h.Ctx, "none"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("an unknown directory: %v", err)
		}
		apptest.PutAll(h, "in", apptest.File("b", nil), apptest.File("a", nil))
		apptest.PutAll(h, "in/sub", apptest.File("c", nil))
		if got := apptest.Left(h, "in"); !slices.Equal(got, []string{"a", "b", "c"}) {
			h.TB.Errorf("files %q", got)
		}
		if err := h.Uploads.Put(h.Ctx, "..", "x", strings.NewReader("")); err == nil || err.Error() != "wrong dir" || !problem.Is(err, problem.Invalid) {
			h.TB.Errorf("a way out: %v", err)
		}
		if err := h.Uploads.Drop(h.Ctx, "in", ".."); err == nil || err.Error() != "wrong file" {
			h.TB.Errorf("a way out: %v", err)
		}
		for range 2 {
			if err := h.Uploads.Drop(h.Ctx, "in", ""); err != nil {
				h.TB.Error(err)
			}
		}
		log := apptest.Must(h.Audit.Log(h.Ctx, audit.Filter{Subject: "upload:in/a"}, usecase.Page{}))(h.TB)
		if len(log.Items) != 1 || log.Items[0].Action != "upload.put" {
			h.TB.Errorf("the audit log has %+v", log.Items)
		}
		for _, err := range []error{h.Uploads.Put(context.Background(), "in", "x", strings.NewReader("")), h.Uploads.Drop(context.Background(), "in", "")} {
			if !problem.Is(err, problem.Unauthenticated) {
				h.TB.Errorf("as nobody: %v", err)
			}
		}
	})
}

func TestUploadedPackagesAreTakenEachForItself(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "tools"}))(h.TB)
		a, b := apptest.Deb(h.TB, "a", "1", "amd64", ""), apptest.Deb(h.TB, "b", "1", "all", "")
		apptest.PutAll(h, "in", b, a, apptest.File("broken_1_all.deb", []byte("x")), apptest.File("notes.txt", nil), apptest.File("a.buildinfo", nil))
		apptest.PutAll(h, "in/deep", apptest.Deb(h.TB, "c", "1", "all", ""))
		r := apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", "", repos.ImportOptions{}))(h.TB)
		apptest.Tells(h, "a directory", r, apptest.Told{
			Added: []string{"a_1_amd64", "b_1_all", "c_1_all"}, Failed: []string{"broken_1_all.deb"}, Why: []string{"unreadable"},
		})
		if got := apptest.Left(h, "in"); !slices.Equal(got, []string{"broken_1_all.deb", "notes.txt"}) {
			h.TB.Errorf("left are %q", got)
		}
		if c := apptest.Must(h.Repos.Get(h.Ctx, "tools"))(h.TB); c.Revision != 1 {
			h.TB.Errorf("the import made %d revisions", c.Revision)
		}
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", "notes.txt", repos.ImportOptions{}))(h.TB)
		apptest.Tells(h, "what is no package", r, apptest.Told{Failed: []string{"notes.txt"}, Why: []string{"no package"}})
		for _, file := range []string{"none.deb", ""} {
			r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "none", file, repos.ImportOptions{}))(h.TB)
			apptest.Tells(h, "what is not there", r, apptest.Told{Failed: []string{path.Base(path.Join("none", file))}, Why: []string{"not there"}})
		}

		apptest.PutAll(h, "again", a)
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "again", a.Name, repos.ImportOptions{Keep: true}))(h.TB)
		apptest.Tells(h, "the same again", r, apptest.Told{Added: []string{"a_1_amd64"}})
		if got := apptest.Left(h, "again"); !slices.Equal(got, []string{a.Name}) {
			h.TB.Errorf("left are %q", got)
		}
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "again", "", repos.ImportOptions{}))(h.TB)
		apptest.Tells(h, "the same again", r, apptest.Told{Added: []string{"a_1_amd64"}})
		if got := apptest.Left(h, "again"); got != nil {
			h.TB.Errorf("left are %q", got)
		}
		if c := apptest.Must(h.Repos.Get(h.Ctx, "tools"))(h.TB); c.Revision != 1 {
			h.TB.Errorf("the same again made revision %d", c.Revision)
		}
	})
}

func TestUploadsInConflictFailUnlessTheyReplace(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		old, changed, third := apptest.Deb(h.TB, "a", "1", "all", "old"), apptest.Deb(h.TB, "a", "1", "all", "new"), apptest.Deb(h.TB, "a", "1", "all", "third")
		h.MakeRepo("tools", old)
		fine := apptest.Deb(h.TB, "fine", "1", "all", "")
		exists := "different a_1_all"

		apptest.PutAll(h, "in", changed, fine)
		r := apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", "", repos.ImportOptions{}))(h.TB)
		apptest.Tells(h, "a conflict", r, apptest.Told{Added: []string{"fine_1_all"}, Failed: []string{changed.Name}, Why: []string{exists}})
		if got := apptest.Left(h, "in"); !slices.Equal(got, []string{changed.Name}) {
			h.TB.Errorf("left are %q", got)
		}
		holds := func(want apptest.Upload) {
			h.TB.Helper()
			sum := fmt.Sprintf("%x", sha256.Sum256(want.Data))
			for _, p := range apptest.Must(h.Collections.Packages(h.Ctx, apptest.Must(collections.ParseRef("ref", "repo:tools"))(h.TB), collections.Terms{Name: "a"}, usecase.Page{}))(h.TB).Items {
				if p.Files[0].SHA256 != sum {
					h.TB.Errorf("the repo holds %s, not %s", p.Files[0].SHA256, sum)
				}
			}
			if names := h.Names("repo:tools"); !slices.Equal(names, []string{"a 1", "fine 1"}) {
				h.TB.Errorf("the repo has %q", names)
			}
		}
		holds(old)
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", changed.Name, repos.ImportOptions{Replace: true}))(h.TB)
		apptest.Tells(h, "replacing", r, apptest.Told{Added: []string{"a_1_all"}, Removed: []string{"a_1_all"}})
		holds(changed)

		apptest.PutAll(h, "in/1", old)
		apptest.PutAll(h, "in/2", changed)
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", "", repos.ImportOptions{Replace: true, Keep: true}))(h.TB)
		apptest.Tells(h, "one that is there replaces one before it", r, apptest.Told{Added: []string{"a_1_all", "a_1_all"}, Removed: []string{"a_1_all"}})
		holds(changed)
		apptest.PutAll(h, "in/3", third)
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", "", repos.ImportOptions{Replace: true, Keep: true}))(h.TB)
		apptest.Tells(h, "the last replaces all", r, apptest.Told{Added: []string{"a_1_all", "a_1_all", "a_1_all"}, Removed: []string{"a_1_all", "a_1_all"}})
		holds(third)
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "fresh"}))(h.TB)
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "fresh", "in", "", repos.ImportOptions{}))(h.TB)
		apptest.Tells(h, "the first counts", r, apptest.Told{Added: []string{"a_1_all"}, Failed: []string{old.Name, old.Name}, Why: []string{exists, exists}})
	})
}

func TestSourcesNeedTheirFilesBesideThemOrInThePool(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "tools"}))(h.TB)
		orig := apptest.File("hello_1.orig.tar.gz", []byte("upstream"))
		first, second := apptest.File("hello_1-1.debian.tar.xz", []byte("one")), apptest.File("hello_1-2.debian.tar.xz", []byte("two"))
		one, two := apptest.Dsc("hello", "1-1", orig, first), apptest.Dsc("hello", "1-2", orig, second)

		apptest.PutAll(h, "in", one, first)
		r := apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", "", repos.ImportOptions{}))(h.TB)
		apptest.Tells(h, "a part is missing", r, apptest.Told{Failed: []string{one.Name}, Why: []string{"hello_1.orig.tar.gz"}})
		apptest.PutAll(h, "in", apptest.File(orig.Name, []byte("other data")))
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", "", repos.ImportOptions{}))(h.TB)
		apptest.Tells(h, "a part is another", r, apptest.Told{Failed: []string{one.Name}, Why: []string{"size mismatch"}})
		apptest.PutAll(h, "in", apptest.File(orig.Name, []byte("UPSTREAM")))
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", "", repos.ImportOptions{}))(h.TB)
		apptest.Tells(h, "a part is another", r, apptest.Told{Failed: []string{one.Name}, Why: []string{"checksum mismatch MD5"}})
		apptest.PutAll(h, "in", orig)
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", "", repos.ImportOptions{}))(h.TB)
		apptest.Tells(h, "whole", r, apptest.Told{Added: []string{"hello_1-1_source"}})
		apptest.PutAll(h, "in", two, second)
		r = apptest.Must(h.Repos.ImportUploads(h.Ctx, "tools", "in", two.Name, repos.ImportOptions{}))(h.TB)
		apptest.Tells(h, "a part from the pool", r, apptest.Told{Added: []string{"hello_1-2_source"}})
		if got := apptest.Left(h, "in"); got != nil {
			h.TB.Errorf("left are %q", got)
		}
	})
}
