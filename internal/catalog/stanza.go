package catalog

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Remote is the upstream paths of a package's files, from an index: relative to the archive's root,
// one for each file, checked to stay below it.
type Remote []string

// fields that a suite or a place decides, or that File holds; in lower case.
var (
	binaryExtras = []string{"section", "priority", "filename", "size", "md5sum", "sha1", "sha256", "sha512"}
	sourceExtras = []string{"section", "priority", "directory", "files", "checksums-md5", "checksums-sha1", "checksums-sha256", "checksums-sha512"}
)

// FromPackages reads a stanza of a Packages index (deb-control(5) and
// https://wiki.debian.org/DebianRepository/Format). The caller passes the component, because the
// index does not state it. Stanzas are hostile: values that could leave a path, a line or a stanza
// are refused.
func FromPackages(s *deb822.Stanza, component string) (Entry, Remote, error) {
	e := Entry{Component: component}
	e.Type = Deb
	if t := string(s.Get("Package-Type")); t == string(UDeb) {
		e.Type = UDeb
	}
	path := string(s.Get("Filename"))
	if strings.HasSuffix(path, ".udeb") {
		e.Type = UDeb
	}
	if err := e.identify(s); err != nil {
		return Entry{}, nil, err
	}
	path, err := CleanPath(path)
	if err != nil {
		return Entry{}, nil, e.fault("Filename", err)
	}
	f := File{Name: baseName(path), MD5: lower(s.Get("MD5sum")), SHA1: lower(s.Get("SHA1")), SHA512: lower(s.Get("SHA512"))}
	if err := CheckFileName(f.Name); err != nil {
		return Entry{}, nil, e.fault("Filename", err)
	}
	if f.Size, err = strconv.ParseInt(string(s.Get("Size")), 10, 64); err != nil || f.Size <= 0 {
		return Entry{}, nil, e.fault("Size", problem.New(problem.Invalid, "%q is not a size in bytes", s.Get("Size")))
	}
	if f.SHA256, err = digest.Parse(string(s.Get("SHA256"))); err != nil {
		return Entry{}, nil, e.fault("SHA256", missing(s.Get("SHA256"), err))
	}
	if err := f.checkSums(); err != nil {
		return Entry{}, nil, e.fault("MD5sum", err)
	}
	e.Files = []File{f}
	e.Stanza = strip(s, binaryExtras)
	return e, Remote{path}, nil
}

func lower(sum []byte) string { return strings.ToLower(string(sum)) }

// missing returns the error for an absent sum.
func missing(value []byte, err error) error {
	if value == nil {
		return problem.New(problem.Invalid, "it has no SHA-256 sum").WithHint("an archive must give one for every file")
	}
	return err
}

// FromSources reads a stanza of a Sources index.
func FromSources(s *deb822.Stanza, component string) (Entry, Remote, error) {
	e := Entry{Component: component}
	e.Type = Source
	if err := e.identify(s); err != nil {
		return Entry{}, nil, err
	}
	folder, err := cleanFolder(string(s.Get("Directory")))
	if err != nil {
		return Entry{}, nil, e.fault("Directory", err)
	}
	files, err := sourceFiles(s)
	if err != nil {
		return Entry{}, nil, e.fault("Checksums-Sha256", err)
	}
	e.Files = files
	e.Stanza = strip(s, sourceExtras)
	remote := make(Remote, len(files))
	for i, f := range files {
		remote[i] = folder + f.Name
	}
	return e, remote, nil
}

// sourceFiles joins the lists of sums of a source; SHA-256 decides which files
// there are.
func sourceFiles(s *deb822.Stanza) (files []File, err error) {
	list := s.Get("Checksums-Sha256")
	if list == nil {
		return nil, missing(nil, nil)
	}
	for sum, err := range deb822.Checksums(list, deb822.SHA256) {
		if err != nil {
			return nil, err
		}
		if err := CheckFileName(string(sum.Name)); err != nil {
			return nil, err
		}
		d, err := digest.Parse(string(sum.Sum))
		if err != nil {
			return nil, err
		}
		files = append(files, File{Name: string(sum.Name), Size: sum.Size, SHA256: d})
	}
	if len(files) == 0 || len(files) > maxSourceFiles {
		return nil, problem.New(problem.Invalid, "it lists %d files, not 1 to %d", len(files), maxSourceFiles)
	}
	for _, weaker := range []struct {
		field string
		kind  deb822.Sum
		put   func(*File, string)
	}{
		{"Files", deb822.MD5, func(f *File, sum string) { f.MD5 = sum }},
		{"Checksums-Sha1", deb822.SHA1, func(f *File, sum string) { f.SHA1 = sum }},
		{"Checksums-Sha512", deb822.SHA512, func(f *File, sum string) { f.SHA512 = sum }},
	} {
		for sum, err := range deb822.Checksums(s.Get(weaker.field), weaker.kind) {
			if err != nil {
				return nil, err
			}
			if i := slices.IndexFunc(files, func(f File) bool { return f.Name == string(sum.Name) }); i >= 0 {
				weaker.put(&files[i], strings.ToLower(string(sum.Sum)))
			}
		}
	}
	for i := range files {
		if err := files[i].checkSums(); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// maxSourceFiles bounds the files of one source package.
const maxSourceFiles = 1000

// identify reads the identifying fields of a package, and its overrides.
func (e *Entry) identify(s *deb822.Stanza) error {
	e.Name, e.Version, e.Architecture = string(s.Get("Package")), string(s.Get("Version")), string(s.Get("Architecture"))
	if !isPackageName(e.Name) {
		return problem.New(problem.Invalid, "%q is not the name of a package", e.Name).In("Package")
	}
	if !isVersion(e.Version) {
		return e.fault("Version", problem.New(problem.Invalid, "%q is not a version", e.Version))
	}
	e.Source, e.SourceVersion = e.Name, e.Version
	if e.Type == Source {
		e.Architecture = "source" // the field lists what it builds for
	} else {
		if !deb.ValidArchitectureName(e.Architecture) {
			return e.fault("Architecture", problem.New(problem.Invalid, "%q is not an architecture", e.Architecture))
		}
		e.Source, e.SourceVersion = deb.SourceOf(string(s.Get("Source")), e.Name, e.Version)
		if !isPackageName(e.Source) || !isVersion(e.SourceVersion) {
			// Packages built outside Debian have URLs and file names there.
			e.Source, e.SourceVersion = e.Name, e.Version
		}
	}
	e.Section, e.Priority = string(s.Get("Section")), string(s.Get("Priority"))
	if !isLine(e.Section) {
		return e.fault("Section", notALine(e.Section))
	}
	if !isLine(e.Priority) {
		return e.fault("Priority", notALine(e.Priority))
	}
	return nil
}

func (e *Entry) fault(field string, err error) error {
	return problem.New(problem.Invalid, "package %s %s %s: %w", e.Name, e.Version, e.Architecture, err).In(field)
}

// strip writes a stanza without some fields, lines ended by single newlines. A
// line of blanks, which some readers take for the stanza's end, is written as the
// empty line that it stands for (policy 5.6.13).
func strip(s *deb822.Stanza, without []string) []byte {
	text := make([]byte, 0, len(s.Raw()))
	for _, f := range s.Fields {
		if slices.ContainsFunc(without, func(name string) bool { return len(name) == len(f.Name) && strings.EqualFold(name, string(f.Name)) }) {
			continue
		}
		text = append(append(text, f.Name...), ':')
		value := f.Value
		if bytes.IndexByte(value, '\r') >= 0 {
			value = bytes.ReplaceAll(value, []byte("\r"), nil)
		}
		if len(value) > 0 && value[0] != '\n' {
			text = append(text, ' ')
		}
		text = append(appendLines(text, value), '\n')
	}
	return text
}

// appendLines writes a value whose lines of blanks become " .".
func appendLines(text, value []byte) []byte {
	for {
		end := bytes.IndexByte(value, '\n')
		if end < 0 {
			return append(text, value...)
		}
		text = append(append(text, value[:end]...), '\n')
		value = value[end+1:]
		line, _, _ := bytes.Cut(value, []byte{'\n'})
		if len(bytes.Trim(line, " \t")) == 0 {
			text = append(text, " ."...)
			value = value[len(line):]
		}
	}
}

// FromDeb returns the entry of a package file from its own control stanza. A section such as
// contrib/net names a component too (Debian policy 2.4), but the caller's component counts.
func FromDeb(control []byte, f File, component string) (Entry, error) {
	s, err := deb822.Parse(control)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Component: component}
	e.Type = Deb
	if strings.HasSuffix(f.Name, ".udeb") {
		e.Type = UDeb
	}
	if err := e.identify(s); err != nil {
		return Entry{}, err
	}
	e.Files = []File{f}
	e.Stanza = strip(s, binaryExtras)
	return e, nil
}

// FromDsc returns the entry of a source from the text of its .dsc file, without its signature.
// Files are the .dsc itself and the files that it lists.
func FromDsc(text []byte, files []File, component string) (Entry, error) {
	s, err := deb822.Parse(text)
	if err != nil {
		return Entry{}, err
	}
	if s.Get("Package") != nil {
		return Entry{}, problem.New(problem.Invalid, "a .dsc file names its package by Source").In("Package")
	}
	for i := range s.Fields {
		if strings.EqualFold(string(s.Fields[i].Name), "Source") {
			s.Fields[i].Name = []byte("Package") // as an index has it
		}
	}
	e := Entry{Component: component}
	e.Type = Source
	if err := e.identify(s); err != nil {
		return Entry{}, err
	}
	e.Files = files
	e.Stanza = strip(s, sourceExtras)
	return e, nil
}
