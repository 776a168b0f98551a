// Package deb822 reads and writes the text format of Debian's control data:
// Packages, Sources and Release files, the control file of a package, .dsc and
// .changes files.
//
// The format, from deb822(5) and Debian policy 5.1: a text is a sequence of
// stanzas, parted by empty lines; a stanza is a sequence of fields; a field is
// "Name: value", whose value may go on in lines that begin with a space or tab.
//
//	Package: hello
//	Version: 2.10-3
//	Description: example package
//	 The text goes on in lines that begin with a space,
//	 .
//	 and a lone dot stands for an empty line.
//
// A [Scanner] gives one [Stanza] after another from a stream, without copying
// or allocating for each field; [Parse] takes a text of exactly one stanza.
// [Lines], [Unfold] and [Checksums] read the values of several lines.
// [AppendField] and [Writer] write what a Scanner reads back the same.
//
// All errors about the text are problems of kind invalid or too-large that name
// the line. A clear-signed text must be taken out of its armor first.
package deb822

import "bytes"

// Field is one field of a stanza. Both slices point into the text that was
// scanned and must not be changed.
type Field struct {
	// Name is the name as it was written; names are compared without regard
	// to ASCII case (policy 5.1).
	Name []byte
	// Value has no space at either end. When it has several lines, each but
	// the first begins with its space or tab, as it was written.
	Value []byte
}

// Stanza is a run of fields in their order. Names are unique.
type Stanza struct {
	Fields []Field
	raw    []byte
	line   int
}

// Get gives the value of the named field, or nil when there is none. A field
// that is there but empty gives an empty value that is not nil.
func (s *Stanza) Get(name string) []byte {
	for i := range s.Fields {
		if sameName(s.Fields[i].Name, name) {
			return s.Fields[i].Value
		}
	}
	return nil
}

// Raw gives the exact text of the stanza, from its first line through the
// newline of its last, without the empty line that ends it. It is valid as long
// as the fields are.
func (s *Stanza) Raw() []byte { return s.raw }

// Line is the number of the stanza's first line in the text, counted from 1.
func (s *Stanza) Line() int { return s.line }

// sameName compares names without regard to ASCII case.
func sameName[A, B []byte | string](a A, b B) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// isBlank tells spaces, tabs and the carriage return of a CRLF line.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// trimBlank takes spaces off both ends of a line. It never gives nil.
func trimBlank(line []byte) []byte {
	for len(line) > 0 && isBlank(line[0]) {
		line = line[1:]
	}
	return trimRight(line)
}

func trimRight(line []byte) []byte {
	for len(line) > 0 && isBlank(line[len(line)-1]) {
		line = line[:len(line)-1]
	}
	return line
}

// validName tells whether name may be a field's: printable ASCII without space
// and colon, not beginning with '#' or '-' (policy 5.1).
func validName[T []byte | string](name T) bool {
	if len(name) == 0 || name[0] == '#' || name[0] == '-' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == ':' {
			return false
		}
	}
	return true
}

// cutLine gives the first line of text without its newline, and the rest.
func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte{'\n'})
	return line, rest
}
