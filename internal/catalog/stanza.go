package catalog

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// Remote is where an index says that a package's files are: paths relative to
// the archive's root, one for each file of the package, checked to stay below it.
type Remote []string

// fields that a suite or a place decides, or that File holds; in lower case.
var (
	binaryExtras = []string{"section", "priority", "filename", "size", "md5sum", "sha1", "sha256", "sha512"}
	sourceExtras = []string{"section", "priority", "directory", "files", "checksums-md5", "checksums-sha1", "checksums-sha256", "checksums-sha512"}
)

// FromPackages reads a stanza of a Packages index (deb-control(5) and
// https://wiki.debian.org/DebianRepository/Format). The component is the
// caller's: the index does not say. Everything in a stanza is hostile: what
// could leave a path, a line or a stanza is refused.
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
	if err := CheckPath(path); err != nil {
		return Entry{}, nil, e.fault("Filename", err)
	}
	f := File{Name: baseName(path), MD5: lower(s.Get("MD5sum")), SHA1: lower(s.Get("SHA1")), SHA512: lower(s.Get("SHA512"))}
	if err := CheckFileName(f.Name); err != nil {
		return Entry{}, nil, e.fault("Filename", err)
	}
	var err error
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

// missing says that a sum is absent rather than malformed.
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
	directory := string(s.Get("Directory"))
	if directory != "." && directory != "" {
		if err := CheckPath(directory); err != nil {
			return Entry{}, nil, e.fault("Directory", err)
		}
	}
	files, err := sourceFiles(s)
	if err != nil {
		return Entry{}, nil, e.fault("Checksums-Sha256", err)
	}
	e.Files = files
	e.Stanza = strip(s, sourceExtras)
	remote := make(Remote, len(files))
	for i, f := range files {
		remote[i] = f.Name
		if directory != "." && directory != "" {
			remote[i] = directory + "/" + f.Name
		}
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

// identify reads what names a package, and its overrides.
func (e *Entry) identify(s *deb822.Stanza) error {
	e.Name, e.Version, e.Architecture = string(s.Get("Package")), string(s.Get("Version")), string(s.Get("Architecture"))
	if !packagePattern.MatchString(e.Name) {
		return problem.New(problem.Invalid, "%q is not the name of a package", e.Name).In("Package")
	}
	if !versionPattern.MatchString(e.Version) {
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
		if !packagePattern.MatchString(e.Source) || !versionPattern.MatchString(e.SourceVersion) {
			return e.fault("Source", problem.New(problem.Invalid, "%q is not a source package", s.Get("Source")))
		}
	}
	e.Section, e.Priority = string(s.Get("Section")), string(s.Get("Priority"))
	for field, value := range map[string]string{"Section": e.Section, "Priority": e.Priority} {
		if value != "" && !wordPattern.MatchString(value) {
			return e.fault(field, problem.New(problem.Invalid, "%q is not one word", value))
		}
	}
	return nil
}

// fault says which package and field an error is about.
func (e *Entry) fault(field string, err error) error {
	return problem.New(problem.Invalid, "package %s %s %s: %w", e.Name, e.Version, e.Architecture, err).In(field)
}

// Names in the field are laxer than policy (5.6.1, 5.6.12) asks: what is refused
// here is what could not stand in a path or a stanza.
var (
	packagePattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9+._-]{0,250}$`)
	versionPattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+:~_-]{0,250}$`)
	wordPattern     = regexp.MustCompile(`^[A-Za-z0-9+._/-]{1,100}$`)
	fileNamePattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9+.,:~%@=_-]{0,250}$`)
	pathPattern     = regexp.MustCompile(`^[!-~]{1,1000}$`)
	sumPattern      = regexp.MustCompile(`^[0-9a-f]*$`)
)

// CheckFileName refuses what could not be the last part of a path anywhere.
func CheckFileName(name string) error {
	if !fileNamePattern.MatchString(name) {
		return problem.New(problem.Invalid, "%q is not a safe file name", name)
	}
	return nil
}

// CheckPath refuses a path that is not relative, or leaves or rewrites its root.
func CheckPath(path string) error {
	bad := !pathPattern.MatchString(path) || strings.ContainsAny(path, `\?#`)
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "./"), "/") {
		bad = bad || part == "" || part == "." || part == ".."
	}
	if bad {
		return problem.New(problem.Invalid, "%q is not a path below the archive's root", path)
	}
	return nil
}

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// checkSums refuses sums that are not what they are called.
func (f *File) checkSums() error {
	for _, sum := range []struct {
		kind, value string
		digits      int
	}{{"MD5", f.MD5, 32}, {"SHA1", f.SHA1, 40}, {"SHA512", f.SHA512, 128}} {
		if sum.value != "" && (len(sum.value) != sum.digits || !sumPattern.MatchString(sum.value)) {
			return problem.New(problem.Invalid, "%q is not the %s sum of a file", sum.value, sum.kind)
		}
	}
	return nil
}

// strip writes a stanza without some fields, lines ended by single newlines.
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
		text = append(append(text, value...), '\n')
	}
	return text
}

// FromDeb makes an entry of a package file by its own control stanza. A section
// such as contrib/net says the component too (Debian policy 2.4), but the
// caller's word counts.
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

// FromDsc makes an entry of a source by the text of its .dsc file, without its
// signature. Files are the .dsc itself and all that it lists.
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
