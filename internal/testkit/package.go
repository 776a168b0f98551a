package testkit

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/digest"
)

// Package describes a binary package. A test must set Name, Version and
// Architecture.
type Package struct {
	Name, Version string
	Architecture  string
	Kind          string // deb, udeb or ddeb; empty means deb
	Component     string // empty means main
	Section       string // empty means misc
	Priority      string // empty means optional
	Source        string // the Source field: name or "name (version)"; may be empty
	Depends       string
	Description   string // empty means a few words

	// Fields replace, add or (when empty) drop fields of the control stanza.
	Fields map[string]string
	// Listed does so in the Packages index alone: overrides, and lies.
	Listed map[string]string

	Files        []debfile.File // what it installs; empty means one small text
	ControlFiles []debfile.File // maintainer's scripts and the like
	Compression  debfile.Compression

	Filename string // in the index; empty means its place in the pool
	Missing  bool   // it is listed but not there
}

// FileName is the usual name of the package's file: hello_2.10-3_amd64.deb.
func (p Package) FileName() string {
	return fmt.Sprintf("%s_%s_%s.%s", p.Name, withoutEpoch(p.Version), p.Architecture, cmp.Or(p.Kind, "deb"))
}

// Deb returns the package's file.
func (p Package) Deb() ([]byte, error) {
	control, err := p.control().appendTo(nil)
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", p.Name, err)
	}
	content := p.Files
	if len(content) == 0 {
		text := fmt.Sprintf("This is %s, version %s for %s.\n", p.Name, p.Version, p.Architecture)
		content = []debfile.File{{Name: "usr/share/doc/" + p.Name + "/about", Body: []byte(text)}}
	}
	var file bytes.Buffer
	options := debfile.WriteOptions{Compression: p.Compression, ModTime: defaultDate, ControlFiles: p.ControlFiles}
	if err := debfile.Write(&file, control, content, options); err != nil {
		return nil, fmt.Errorf("package %s: %w", p.Name, err)
	}
	return file.Bytes(), nil
}

func (p Package) control() fields {
	return fields{
		{"Package", p.Name},
		{"Source", p.Source},
		{"Version", p.Version},
		{"Architecture", p.Architecture},
		{"Maintainer", "Example <example@example.org>"},
		{"Depends", p.Depends},
		{"Section", cmp.Or(p.Section, "misc")},
		{"Priority", cmp.Or(p.Priority, "optional")},
		{"Description", cmp.Or(p.Description, "example package "+p.Name)},
	}.with(p.Fields)
}

// stanza is the package's entry in an index, with the sums named.
func (p Package) stanza(file []byte, filename string, sums []string) fields {
	stanza := append(p.control(), [2]string{"Filename", filename}, [2]string{"Size", strconv.Itoa(len(file))})
	return append(stanza, sumFields(file, sums)...).with(p.Listed)
}

// path is where the package's file goes in the archive. An archive writes
// nothing outside its folder, whatever Filename says.
func (p Package) path(s Suite) string {
	if p.Filename != "" && filepath.IsLocal(p.Filename) {
		return path.Clean(p.Filename)
	}
	if s.Flat {
		return path.Join(s.Path, p.FileName())
	}
	source, _ := deb.SourceOf(p.Source, p.Name, p.Version)
	return path.Join(deb.PoolDirectory(component(p.Component), source), p.FileName())
}

// component returns the component, by default main.
func component(name string) string { return cmp.Or(name, "main") }

// withoutEpoch returns a version as file names have it.
func withoutEpoch(version string) string {
	if epoch, rest, ok := strings.Cut(version, ":"); ok && epoch != "" {
		return rest
	}
	return version
}

// sumFields returns the named sums of content as fields.
func sumFields(content []byte, names []string) (found fields) {
	all := sumsOf(content)
	for _, name := range names {
		found = append(found, [2]string{name, sumNamed(all, name)})
	}
	return found
}

func sumsOf(content []byte) digest.Sums {
	hasher := digest.NewHasher(digest.Kinds{MD5: true, SHA1: true, SHA512: true})
	_, _ = hasher.Write(content) // never fails
	return hasher.Sums()
}

// sumNamed picks a sum by the name of the field that has it: MD5sum in
// Packages is MD5Sum in Release.
func sumNamed(sums digest.Sums, name string) string {
	switch strings.ToUpper(name) {
	case "MD5SUM":
		return sums.MD5
	case "SHA1":
		return sums.SHA1
	case "SHA512":
		return sums.SHA512
	}
	return sums.SHA256
}
