package debfile

import (
	"bytes"
	"iter"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/deb/deb822"
)

// ListedFile is one file that a .dsc or .changes file lists.
type ListedFile struct {
	Name string // without slash, safe as a path element
	Size int64  // in bytes

	// Sums in lower-case hexadecimal digits; empty if the file has no list of
	// that sum. Old files may have only MD5, which proves nothing.
	MD5, SHA1, SHA256 string

	// Section and Priority, only in .changes files. Section may begin with a
	// component, as in contrib/net.
	Section, Priority string
}

// fileLists joins the file lists of one stanza by name.
type fileLists struct {
	files   []ListedFile
	index   map[string]int
	started bool // one list was joined
}

// readLists reads the fields Files, Checksums-Sha1 and Checksums-Sha256. All lists
// that the stanza has must contain the same files with the same sizes.
func readLists(s *deb822.Stanza, files iter.Seq2[deb822.Checksum, error]) ([]ListedFile, error) {
	lists := fileLists{index: map[string]int{}}
	if s.Get("Files") == nil && s.Get("Checksums-Sha256") == nil {
		return nil, invalid("has neither a field Files nor a field Checksums-Sha256")
	}
	for _, list := range []struct {
		field string
		lines iter.Seq2[deb822.Checksum, error]
		set   func(*ListedFile, deb822.Checksum)
	}{
		{"Files", files, func(f *ListedFile, c deb822.Checksum) {
			f.MD5, f.Section, f.Priority = lowerText(c.Sum), string(c.Section), string(c.Priority)
		}},
		{"Checksums-Sha1", deb822.Checksums(s.Get("Checksums-Sha1"), deb822.SHA1),
			func(f *ListedFile, c deb822.Checksum) { f.SHA1 = lowerText(c.Sum) }},
		{"Checksums-Sha256", deb822.Checksums(s.Get("Checksums-Sha256"), deb822.SHA256),
			func(f *ListedFile, c deb822.Checksum) { f.SHA256 = lowerText(c.Sum) }},
	} {
		if s.Get(list.field) == nil {
			continue
		}
		if err := lists.join(list.lines, list.set); err != nil {
			return nil, in(list.field, err)
		}
	}
	return lists.files, nil
}

// join adds one list. The first defines the names and sizes, the others must agree.
func (l *fileLists) join(lines iter.Seq2[deb822.Checksum, error], set func(*ListedFile, deb822.Checksum)) error {
	first := !l.started
	l.started = true
	seen := map[string]bool{}
	for c, err := range lines {
		if err != nil {
			return err
		}
		name := string(c.Name)
		if strings.Contains(name, "/") {
			return invalid("lists %.200q, but a file name must not contain a slash", name)
		}
		if seen[name] {
			return invalid("lists %.200q twice", name)
		}
		seen[name] = true
		if first {
			l.index[name] = len(l.files)
			l.files = append(l.files, ListedFile{Name: name, Size: c.Size})
		}
		at, known := l.index[name]
		switch {
		case !known:
			return invalid("lists %.200q, but another list of files does not", name)
		case l.files[at].Size != c.Size:
			return invalid("lists %.200q with the size %d, but another list with %d", name, c.Size, l.files[at].Size)
		}
		set(&l.files[at], c)
	}
	if len(seen) != len(l.files) {
		return invalid("lists %d files, but another list %d", len(seen), len(l.files))
	}
	return nil
}

func lowerText(digits []byte) string { return string(bytes.ToLower(digits)) }

func sourceName(s *deb822.Stanza) (name, sourceVersion, version string, err error) {
	version = string(s.Get("Version"))
	if _, err := deb.ParseVersion(version); err != nil {
		return "", "", "", in("Version", err)
	}
	name, sourceVersion = deb.SourceOf(string(s.Get("Source")), "", version)
	if !deb.DpkgAcceptsName(name) {
		return "", "", "", invalid("Source is %.100q, which is not a valid package name", name)
	}
	if _, err := deb.ParseVersion(sourceVersion); err != nil {
		return "", "", "", in("Source", err)
	}
	return name, sourceVersion, version, nil
}

// words splits a folded list at spaces and commas.
func words(value []byte) []string {
	return strings.FieldsFunc(string(value), func(r rune) bool {
		return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r'
	})
}

// architectures reads the names and wildcards of an Architecture field.
func architectures(s *deb822.Stanza) ([]string, error) {
	list := words(s.Get("Architecture"))
	if len(list) == 0 {
		return nil, invalid("has no field Architecture")
	}
	for _, name := range list {
		if !deb.ValidArchitectureName(name) {
			return nil, invalid("Architecture contains %.100q, which is not a valid architecture name", name)
		}
	}
	return list, nil
}

// binaries reads a Binary field.
func binaries(s *deb822.Stanza) ([]string, error) {
	list := words(s.Get("Binary"))
	for _, name := range list {
		if !deb.DpkgAcceptsName(name) {
			return nil, invalid("Binary contains %.100q, which is not a valid package name", name)
		}
	}
	return list, nil
}
