// Package deb822 reads and writes Debian's control data: Packages, Sources and
// Release files, the control file of a package, .dsc and .changes files.
//
// The format, from deb822(5) and Debian policy 5.1: a text is a sequence of
// stanzas, separated by empty lines; a stanza is a sequence of fields; a field is
// "Name: value", whose value may continue in lines that begin with a space or tab.
//
//	Package: hello
//	Version: 2.10-3
//	Description: example package
//	 The text continues in lines that begin with a space,
//	 .
//	 and a lone dot stands for an empty line.
//
// A [Scanner] reads a stream stanza by stanza and does not copy or allocate per
// field; [Parse] parses a text of exactly one stanza. [Lines], [Unfold] and
// [Checksums] read values of several lines. [AppendField] and [Writer] write
// stanzas that a Scanner reads back unchanged.
//
// An error in the text is a problem of kind invalid or too-large that names the
// line. Remove the signature of a clear-signed text before parsing.
package deb822

import "bytes"

// Field is one field of a stanza. Both slices point into the scanned text: do not
// change them.
type Field struct {
	// Name is spelled as in the text; names are compared without regard to
	// ASCII case (policy 5.1).
	Name []byte
	// Value has no space at either end. Each line after the first still begins
	// with its space or tab.
	Value []byte
}

// Stanza is a sequence of fields with unique names.
type Stanza struct {
	Fields []Field
	raw    []byte
	line   int
}

// Get returns the value of the named field, or nil if the stanza lacks it. The value
// of an empty field is empty but not nil.
func (s *Stanza) Get(name string) []byte {
	for i := range s.Fields {
		if sameName(s.Fields[i].Name, name) {
			return s.Fields[i].Value
		}
	}
	return nil
}

// Raw returns the exact text of the stanza, through the newline of its last line,
// without the empty line that ends it. It is valid as long as the fields are.
func (s *Stanza) Raw() []byte { return s.raw }

// Line returns the number of the stanza's first line in the text, counted from 1.
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

// isBlank reports whether c is a space, a tab, or the carriage return of a CRLF line.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// trimBlank removes spaces from both ends of a line. It never returns nil.
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

// validName reports whether name is a valid field name: printable ASCII without
// space and colon, not beginning with '#' or '-' (policy 5.1).
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

// cutLine returns the first line of text without its newline, and the rest.
func cutLine(text []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(text, []byte{'\n'})
	return line, rest
}
