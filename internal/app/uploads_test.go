package app_test

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/problem"
)

// putAll puts files into a directory of the upload area.
func putAll(h *apptest.House, dir string, files ...apptest.Upload) {
	h.TB.Helper()
	for _, f := range files {
		if err := h.PutUpload(h.Ctx, dir, f.Name, strings.NewReader(string(f.Data))); err != nil {
			h.TB.Fatal(err)
		}
	}
}

// left gives the files of a directory of the upload area; nil when it is gone.
func left(h *apptest.House, dir string) []string {
	h.TB.Helper()
	names, err := h.UploadedFiles(h.Ctx, dir)
	if err != nil && !problem.Is(err, problem.NotFound) {
		h.TB.Fatal(err)
	}
	return names
}

// told is a report in short.
type told struct {
	added, removed, failed []string
	why                    []string // a part of each failure's reason
}

// tells compares a report.
func tells(h *apptest.House, doing string, r app.ImportReport, want told) {
	h.TB.Helper()
	short := func(list []app.Package) (names []string) {
		for _, p := range list {
			names = append(names, p.Name+"_"+p.Version+"_"+p.Architecture)
		}
		return names
	}
	var failed, why []string
	for _, f := range r.Failed {
		if !filepath.IsAbs(f.File) {
			h.TB.Errorf("%s: %s is no path on the server", doing, f.File)
		}
		failed, why = append(failed, path.Base(f.File)), append(why, fmt.Sprintf("%s %s %q %v", f.Reason, short([]app.Package{f.Package})[0], f.SignedBy, f.Err))
	}
	if got := short(r.Added); !slices.Equal(got, want.added) {
		h.TB.Errorf("%s: added %q, not %q", doing, got, want.added)
	}
	if got := short(r.Removed); !slices.Equal(got, want.removed) {
		h.TB.Errorf("%s: removed %q, not %q", doing, got, want.removed)
	}
	if !slices.Equal(failed, want.failed) {
		h.TB.Errorf("%s: failed %q, not %q", doing, failed, want.failed)
	}
	if !slices.EqualFunc(why, want.why, strings.Contains) {
		h.TB.Errorf("%s: failed because %q, not %q", doing, why, want.why)
	}
}

func TestAnUploadAreaTakesFiles(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		if dirs := apptest.Must(h.UploadDirs(h.Ctx))(h.TB); len(dirs) != 0 {
			h.TB.Errorf("directories %q", dirs)
		}
		if _, err := h.UploadedFiles(h.Ctx, "none"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("an unknown directory: %v", err)
		}
		putAll(h, "in", apptest.File("b", nil), apptest.File("a", nil))
		putAll(h, "in/sub", apptest.File("c", nil))
		if got := left(h, "in"); !slices.Equal(got, []string{"a", "b", "c"}) {
			h.TB.Errorf("files %q", got)
		}
		if err := h.PutUpload(h.Ctx, "..", "x", strings.NewReader("")); err == nil || err.Error() != "wrong dir" || !problem.Is(err, problem.Invalid) {
			h.TB.Errorf("a way out: %v", err)
		}
		if err := h.DropUpload(h.Ctx, "in", ".."); err == nil || err.Error() != "wrong file" {
			h.TB.Errorf("a way out: %v", err)
		}
		for range 2 {
			if err := h.DropUpload(h.Ctx, "in", ""); err != nil {
				h.TB.Error(err)
			}
		}
		log := apptest.Must(h.AuditLog(h.Ctx, app.AuditFilter{Subject: "upload:in/a"}, app.Page{}))(h.TB)
		if len(log.Items) != 1 || log.Items[0].Action != "upload.put" {
			h.TB.Errorf("the audit log has %+v", log.Items)
		}
		for _, err := range []error{h.PutUpload(context.Background(), "in", "x", strings.NewReader("")), h.DropUpload(context.Background(), "in", "")} {
			if !problem.Is(err, problem.Unauthenticated) {
				h.TB.Errorf("as nobody: %v", err)
			}
		}
	})
}

func TestUploadedPackagesAreTakenEachForItself(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.CreateRepo(h.Ctx, app.NewRepo{Name: "tools"}))(h.TB)
		a, b := apptest.Deb(h.TB, "a", "1", "amd64", ""), apptest.Deb(h.TB, "b", "1", "all", "")
		putAll(h, "in", b, a, apptest.File("broken_1_all.deb", []byte("x")), apptest.File("notes.txt", nil), apptest.File("a.buildinfo", nil))
		putAll(h, "in/deep", apptest.Deb(h.TB, "c", "1", "all", ""))
		r := apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", "", app.ImportOptions{}))(h.TB)
		tells(h, "a directory", r, told{
			added: []string{"a_1_amd64", "b_1_all", "c_1_all"}, failed: []string{"broken_1_all.deb"}, why: []string{"unreadable"},
		})
		if got := left(h, "in"); !slices.Equal(got, []string{"broken_1_all.deb", "notes.txt"}) {
			h.TB.Errorf("left are %q", got)
		}
		if c := apptest.Must(h.Repo(h.Ctx, "tools"))(h.TB); c.Revision != 1 {
			h.TB.Errorf("the import made %d revisions", c.Revision)
		}
		r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", "notes.txt", app.ImportOptions{}))(h.TB)
		tells(h, "what is no package", r, told{failed: []string{"notes.txt"}, why: []string{"no package"}})
		for _, file := range []string{"none.deb", ""} {
			r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "none", file, app.ImportOptions{}))(h.TB)
			tells(h, "what is not there", r, told{failed: []string{path.Base(path.Join("none", file))}, why: []string{"not there"}})
		}

		putAll(h, "again", a)
		r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "again", a.Name, app.ImportOptions{Keep: true}))(h.TB)
		tells(h, "the same again", r, told{added: []string{"a_1_amd64"}})
		if got := left(h, "again"); !slices.Equal(got, []string{a.Name}) {
			h.TB.Errorf("left are %q", got)
		}
		r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "again", "", app.ImportOptions{}))(h.TB)
		tells(h, "the same again", r, told{added: []string{"a_1_amd64"}})
		if got := left(h, "again"); got != nil {
			h.TB.Errorf("left are %q", got)
		}
		if c := apptest.Must(h.Repo(h.Ctx, "tools"))(h.TB); c.Revision != 1 {
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

		putAll(h, "in", changed, fine)
		r := apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", "", app.ImportOptions{}))(h.TB)
		tells(h, "a conflict", r, told{added: []string{"fine_1_all"}, failed: []string{changed.Name}, why: []string{exists}})
		if got := left(h, "in"); !slices.Equal(got, []string{changed.Name}) {
			h.TB.Errorf("left are %q", got)
		}
		holds := func(want apptest.Upload) {
			h.TB.Helper()
			sum := fmt.Sprintf("%x", sha256.Sum256(want.Data))
			for _, p := range apptest.Must(h.Packages(h.Ctx, apptest.Must(app.ParseRef("ref", "repo:tools"))(h.TB), app.Terms{Name: "a"}, app.Page{}))(h.TB).Items {
				if p.Files[0].SHA256 != sum {
					h.TB.Errorf("the repo holds %s, not %s", p.Files[0].SHA256, sum)
				}
			}
			if names := h.Names("repo:tools"); !slices.Equal(names, []string{"a 1", "fine 1"}) {
				h.TB.Errorf("the repo has %q", names)
			}
		}
		holds(old)
		r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", changed.Name, app.ImportOptions{Replace: true}))(h.TB)
		tells(h, "replacing", r, told{added: []string{"a_1_all"}, removed: []string{"a_1_all"}})
		holds(changed)

		putAll(h, "in/1", old)
		putAll(h, "in/2", changed)
		r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", "", app.ImportOptions{Replace: true, Keep: true}))(h.TB)
		tells(h, "one that is there replaces one before it", r, told{added: []string{"a_1_all", "a_1_all"}, removed: []string{"a_1_all"}})
		holds(changed)
		putAll(h, "in/3", third)
		r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", "", app.ImportOptions{Replace: true, Keep: true}))(h.TB)
		tells(h, "the last replaces all", r, told{added: []string{"a_1_all", "a_1_all", "a_1_all"}, removed: []string{"a_1_all", "a_1_all"}})
		holds(third)
		apptest.Must(h.CreateRepo(h.Ctx, app.NewRepo{Name: "fresh"}))(h.TB)
		r = apptest.Must(h.ImportUploads(h.Ctx, "fresh", "in", "", app.ImportOptions{}))(h.TB)
		tells(h, "the first counts", r, told{added: []string{"a_1_all"}, failed: []string{old.Name, old.Name}, why: []string{exists, exists}})
	})
}

// listing gives the lines of lists of files.
func listing(between string, files ...apptest.Upload) string {
	var b strings.Builder
	for _, list := range []struct {
		field, between string
		sum            func([]byte) string
	}{
		{"Files", between, func(b []byte) string { return fmt.Sprintf("%x", md5.Sum(b)) }},
		{"Checksums-Sha1", "", func(b []byte) string { return fmt.Sprintf("%x", sha1.Sum(b)) }},
		{"Checksums-Sha256", "", func(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }},
	} {
		b.WriteString(list.field + ":\n")
		for _, f := range files {
			fmt.Fprintf(&b, " %s %d %s%s\n", list.sum(f.Data), len(f.Data), list.between, f.Name)
		}
	}
	return b.String()
}

// dsc makes the .dsc file of a source with some files.
func dsc(name, version string, files ...apptest.Upload) apptest.Upload {
	return apptest.File(name+"_"+version+".dsc", []byte("Format: 3.0 (quilt)\nSource: "+name+"\nBinary: "+name+
		"\nArchitecture: any\nVersion: "+version+"\nMaintainer: T <t@example.org>\n"+listing("", files...)))
}

func TestSourcesNeedTheirFilesBesideThemOrInThePool(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.CreateRepo(h.Ctx, app.NewRepo{Name: "tools"}))(h.TB)
		orig := apptest.File("hello_1.orig.tar.gz", []byte("upstream"))
		first, second := apptest.File("hello_1-1.debian.tar.xz", []byte("one")), apptest.File("hello_1-2.debian.tar.xz", []byte("two"))
		one, two := dsc("hello", "1-1", orig, first), dsc("hello", "1-2", orig, second)

		putAll(h, "in", one, first)
		r := apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", "", app.ImportOptions{}))(h.TB)
		tells(h, "a part is missing", r, told{failed: []string{one.Name}, why: []string{"hello_1.orig.tar.gz"}})
		putAll(h, "in", apptest.File(orig.Name, []byte("other data")))
		r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", "", app.ImportOptions{}))(h.TB)
		tells(h, "a part is another", r, told{failed: []string{one.Name}, why: []string{"size mismatch"}})
		putAll(h, "in", apptest.File(orig.Name, []byte("UPSTREAM")))
		r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", "", app.ImportOptions{}))(h.TB)
		tells(h, "a part is another", r, told{failed: []string{one.Name}, why: []string{"checksum mismatch MD5"}})
		putAll(h, "in", orig)
		r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", "", app.ImportOptions{}))(h.TB)
		tells(h, "whole", r, told{added: []string{"hello_1-1_source"}})
		putAll(h, "in", two, second)
		r = apptest.Must(h.ImportUploads(h.Ctx, "tools", "in", two.Name, app.ImportOptions{}))(h.TB)
		tells(h, "a part from the pool", r, told{added: []string{"hello_1-2_source"}})
		if got := left(h, "in"); got != nil {
			h.TB.Errorf("left are %q", got)
		}
	})
}
