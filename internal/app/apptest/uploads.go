package apptest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/problem"
)

// putAll puts files into a directory of the upload area.
func PutAll(h *House, dir string, files ...Upload) {
	h.TB.Helper()
	for _, f := range files {
		if err := h.Uploads.Put(h.Ctx, dir, f.Name, strings.NewReader(string(f.Data))); err != nil {
			h.TB.Fatal(err)
		}
	}
}

// left returns the files of a directory of the upload area; nil when it is gone.
func Left(h *House, dir string) []string {
	h.TB.Helper()
	names, err := h.Uploads.Files(h.Ctx, dir)
	if err != nil && !problem.Is(err, problem.NotFound) {
		h.TB.Fatal(err)
	}
	return names
}

// Told is the summary of a report.
type Told struct {
	Added, Removed, Failed []string
	Why                    []string // a part of each failure's reason
}

// Tells checks that a report has this summary.
func Tells(h *House, doing string, r repos.ImportReport, want Told) {
	h.TB.Helper()
	short := func(list []collections.Package) (names []string) {
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
		failed, why = append(failed, path.Base(f.File)), append(why, fmt.Sprintf("%s %s %q %v", f.Reason, short([]collections.Package{f.Package})[0], f.SignedBy, f.Err))
	}
	if got := short(r.Added); !slices.Equal(got, want.Added) {
		h.TB.Errorf("%s: added %q, not %q", doing, got, want.Added)
	}
	if got := short(r.Removed); !slices.Equal(got, want.Removed) {
		h.TB.Errorf("%s: removed %q, not %q", doing, got, want.Removed)
	}
	if !slices.Equal(failed, want.Failed) {
		h.TB.Errorf("%s: failed %q, not %q", doing, failed, want.Failed)
	}
	if !slices.EqualFunc(why, want.Why, strings.Contains) {
		h.TB.Errorf("%s: failed because %q, not %q", doing, why, want.Why)
	}
}

// listing returns the lines of lists of files.
func Listing(between string, files ...Upload) string {
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
func Dsc(name, version string, files ...Upload) Upload {
	return File(name+"_"+version+".dsc", []byte("Format: 3.0 (quilt)\nSource: "+name+"\nBinary: "+name+
		"\nArchitecture: any\nVersion: "+version+"\nMaintainer: T <t@example.org>\n"+Listing("", files...)))
}
