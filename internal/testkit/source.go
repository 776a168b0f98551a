package testkit

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// Source describes a source package that dpkg-source unpacks: native, or of
// format 3.0 (quilt) when its version has a revision. A test must set Name and
// Version.
type Source struct {
	Name, Version string
	Component     string             // empty means main
	Section       string             // empty means misc
	Binaries      []string           // the names of its binary packages; empty means Name
	Architecture  string             // of its binary packages; empty means any
	Files         []debfile.File     // of the upstream part; empty means one small text
	Fields        map[string]string  // of the .dsc: replaced, added, or dropped when empty
	Listed        map[string]string  // the same, only in the Sources index
	Key           *openpgp.SecretKey // signs the .dsc; nil means none does
}

// DscName is the name of the package's .dsc file: hello_2.10-3.dsc.
func (s Source) DscName() string { return s.stem() + ".dsc" }

func (s Source) stem() string { return s.Name + "_" + withoutEpoch(s.Version) }

// SourceFiles returns the source package's files by their name: the .dsc and the
// tar files that it lists.
func (s Source) SourceFiles(ctx context.Context) (map[string][]byte, error) {
	dsc, tars, err := s.parts()
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", s.Name, err)
	}
	text, err := dsc.appendTo(nil)
	if err == nil && s.Key != nil {
		text, err = openpgp.ClearSign(ctx, text, signingTime(defaultDate, s.Key), s.Key)
	}
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", s.Name, err)
	}
	all := map[string][]byte{s.DscName(): text}
	for _, t := range tars {
		all[t.name] = t.content
	}
	return all, nil
}

// namedFile is a file of a list whose order matters.
type namedFile struct {
	name    string
	content []byte
}

// parts makes the text of the .dsc, not signed yet, and the tar files.
func (s Source) parts() (dsc fields, tars []namedFile, err error) {
	upstream, revision := withoutEpoch(s.Version), ""
	if i := strings.LastIndexByte(upstream, '-'); i >= 0 {
		upstream, revision = upstream[:i], upstream[i+1:]
	}
	format, top := "3.0 (native)", s.Name+"-"+upstream+"/"
	trees := map[string][]debfile.File{s.stem() + ".tar.gz": append(under(top, s.upstreamFiles()), under(top, s.packaging("3.0 (native)"))...)}
	names := []string{s.stem() + ".tar.gz"}
	if revision != "" {
		format = "3.0 (quilt)"
		names = []string{s.Name + "_" + upstream + ".orig.tar.gz", s.stem() + ".debian.tar.gz"}
		trees = map[string][]debfile.File{names[0]: under(top, s.upstreamFiles()), names[1]: s.packaging(format)}
	}
	for _, name := range names {
		content, err := tarGz(trees[name])
		if err != nil {
			return nil, nil, err
		}
		tars = append(tars, namedFile{name, content})
	}
	dsc = fields{
		{"Format", format},
		{"Source", s.Name},
		{"Binary", strings.Join(s.binaries(), ", ")},
		{"Architecture", cmp.Or(s.Architecture, "any")},
		{"Version", s.Version},
		{"Maintainer", "Example <example@example.org>"},
		{"Standards-Version", "4.7.0"},
	}
	return append(dsc, checksumFields(tars)...).with(s.Fields), tars, nil
}

// stanza is the package's entry in a Sources index: the .dsc's, which itself is
// added to the lists.
func (s Source) stanza(directory string, built map[string][]byte) (fields, error) {
	dsc, tars, err := s.parts()
	if err != nil {
		return nil, err
	}
	entry := fields{{"Package", dsc.get("Source")}}
	entry = append(entry, dsc.with(map[string]string{"Source": ""})...)
	lists := map[string]string{}
	for _, list := range checksumFields(append([]namedFile{{s.DscName(), built[s.DscName()]}}, tars...)) {
		lists[list[0]] = list[1]
	}
	return append(entry.with(lists), fields{
		{"Directory", directory},
		{"Priority", "optional"},
		{"Section", cmp.Or(s.Section, "misc")},
	}...).with(s.Listed), nil
}

func (s Source) binaries() []string {
	if len(s.Binaries) == 0 {
		return []string{s.Name}
	}
	return s.Binaries
}

func (s Source) upstreamFiles() []debfile.File {
	if len(s.Files) == 0 {
		return []debfile.File{{Name: "README", Body: []byte("This is the source of " + s.Name + ".\n")}}
	}
	return s.Files
}

// packaging is the folder debian, without what building would need.
func (s Source) packaging(format string) []debfile.File {
	var control strings.Builder
	fmt.Fprintf(&control, "Source: %s\nMaintainer: Example <example@example.org>\nStandards-Version: 4.7.0\n", s.Name)
	for _, name := range s.binaries() {
		fmt.Fprintf(&control, "\nPackage: %s\nArchitecture: %s\nDescription: example package %s\n", name, cmp.Or(s.Architecture, "any"), name)
	}
	changelog := fmt.Sprintf("%s (%s) unstable; urgency=medium\n\n  * Example.\n\n -- Example <example@example.org>  %s\n",
		s.Name, s.Version, defaultDate.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	return []debfile.File{
		{Name: "debian/changelog", Body: []byte(changelog)},
		{Name: "debian/control", Body: []byte(control.String())},
		{Name: "debian/rules", Mode: 0o755, Body: []byte("#!/usr/bin/make -f\n")},
		{Name: "debian/source/format", Body: []byte(format + "\n")},
	}
}

// directory is where the files go in the archive.
func (s Source) directory(suite Suite) string {
	if suite.Flat {
		return cmp.Or(suite.Path, ".")
	}
	return deb.PoolDirectory(component(s.Component), s.Name)
}

// checksumFields lists files as .dsc files and Sources indexes do (policy
// 5.6.21 and 5.6.24).
func checksumFields(listed []namedFile) fields {
	lists := fields{{"Checksums-Sha1", ""}, {"Checksums-Sha256", ""}, {"Files", ""}}
	for _, file := range listed {
		sums := sumsOf(file.content)
		for i, sum := range []string{sums.SHA1, sums.SHA256, sums.MD5} {
			lists[i][1] += fmt.Sprintf("\n %s %d %s", sum, len(file.content), file.name)
		}
	}
	return lists
}

// under puts files below a folder whose name ends in a slash.
func under(folder string, content []debfile.File) (moved []debfile.File) {
	for _, file := range content {
		file.Name = folder + file.Name
		moved = append(moved, file)
	}
	return moved
}

func tarGz(content []debfile.File) ([]byte, error) {
	var plain bytes.Buffer
	w := tar.NewWriter(&plain)
	for _, file := range content {
		err := w.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg, Name: file.Name, Size: int64(len(file.Body)), ModTime: defaultDate,
			Mode: int64(cmp.Or(file.Mode.Perm(), 0o644)), Format: tar.FormatGNU,
		})
		if err == nil {
			_, err = w.Write(file.Body)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("tar: %w", err)
	}
	return compress.AppendMember(nil, plain.Bytes(), compress.Gzip)
}
