package index

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/digest"
)

// renderer writes the stanzas of one component's indexes.
type renderer struct {
	component string // as published
	area      string // of the pool
	sums      digest.Kinds
	short     bool // long descriptions are in the Translation index
}

// renderVersion counts changes of how stanzas are written: a table of another
// version is of no use for the next release.
const renderVersion = "1"

// fingerprint names everything besides the packages and the sums that decides
// the text.
func (r renderer) fingerprint(kind catalog.Type) string {
	return fmt.Sprintf("%s %s %s short=%t", renderVersion, kind, r.area, r.short)
}

// appendStanza adds a package's stanza and the empty line after it.
func (r renderer) appendStanza(b []byte, l *catalog.Listed) []byte {
	if r.short {
		b = append(b, shortened(l.Stanza)...)
	} else {
		b = append(b, l.Stanza...)
	}
	b = AppendField(b, "Section", l.Section)
	b = AppendField(b, "Priority", l.Priority)
	directory := deb.PoolDirectory(r.area, l.Source)
	if l.Type == catalog.Source {
		b = AppendField(b, "Directory", directory)
		b = r.appendSourceFiles(b, l.Files)
	} else {
		b = r.appendBinaryFile(b, directory, l.Files[0])
	}
	return append(b, '\n')
}

func (r renderer) appendBinaryFile(b []byte, directory string, f catalog.File) []byte {
	b = AppendField(b, "Filename", directory+"/"+f.Name)
	b = AppendField(b, "Size", strconv.FormatInt(f.Size, 10))
	if r.sums.MD5 {
		b = AppendField(b, "MD5sum", f.MD5)
	}
	if r.sums.SHA1 {
		b = AppendField(b, "SHA1", f.SHA1)
	}
	b = AppendField(b, "SHA256", f.SHA256.String())
	if r.sums.SHA512 {
		b = AppendField(b, "SHA512", f.SHA512)
	}
	return b
}

// appendSourceFiles writes the lists of a source's files (Debian policy 5.6.21
// and 5.6.24). Files, which is MD5, stays whatever the options say: dpkg-source
// and older tools look for it.
func (r renderer) appendSourceFiles(b []byte, files []catalog.File) []byte {
	list := func(field string, sum func(catalog.File) string) {
		if slices.ContainsFunc(files, func(f catalog.File) bool { return sum(f) == "" }) {
			return // a list must name every file
		}
		b = append(append(b, field...), ":\n"...)
		for _, f := range files {
			b = append(b, ' ')
			b = append(append(b, sum(f)...), ' ')
			b = append(strconv.AppendInt(b, f.Size, 10), ' ')
			b = append(append(b, f.Name...), '\n')
		}
	}
	list("Files", func(f catalog.File) string { return f.MD5 })
	if r.sums.SHA1 {
		list("Checksums-Sha1", func(f catalog.File) string { return f.SHA1 })
	}
	list("Checksums-Sha256", func(f catalog.File) string { return f.SHA256.String() })
	if r.sums.SHA512 {
		list("Checksums-Sha512", func(f catalog.File) string { return f.SHA512 })
	}
	return b
}

// AppendField appends one line of a stanza; an empty value appends nothing.
func AppendField(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(b, name...), ": "...)
	return append(append(b, value...), '\n')
}
