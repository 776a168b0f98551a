package deb822

import (
	"bytes"
	"iter"

	"github.com/aptarium/aptarium/internal/problem"
)

// Sum is a checksum algorithm. Its value is the number of hexadecimal digits.
type Sum int

// The algorithms that control data uses.
const (
	MD5    Sum = 32
	SHA1   Sum = 40
	SHA256 Sum = 64
	SHA512 Sum = 128
)

// maxSize is the largest file size that a list may contain: one exbibyte.
const maxSize = 1 << 60

// Checksum is one line of a list of files. The slices point into the value.
type Checksum struct {
	Sum  []byte // hexadecimal digits of either case
	Size int64  // in bytes
	Name []byte // a relative path of safe characters, see [Checksums]

	// Only in the Files field of a .changes file:
	Section, Priority []byte
}

// Checksums reads the lines "SUM SIZE NAME" of the fields Files,
// Checksums-Sha1 and Checksums-Sha256 of .dsc files and Sources indexes
// (policy 5.6.21 and 5.6.24). It stops after the first error.
//
// A name is a slash-separated relative path without empty, "." and ".." parts,
// backslashes, spaces and control characters. A caller that expects plain file
// names must refuse slashes itself.
func Checksums(value []byte, sum Sum) iter.Seq2[Checksum, error] {
	return checksumLines(value, sum, 3)
}

// ReleaseChecksums reads the lines "SUM SIZE NAME" of the fields MD5Sum, SHA1,
// SHA256 and SHA512 of a Release file (https://wiki.debian.org/DebianRepository/Format).
// It stops after the first error.
//
// A name is the unchecked text after the size, spaces included: an archive may list
// any file below its suite, and one bad name must not hide the other files. The
// caller checks the names that it uses.
func ReleaseChecksums(value []byte, sum Sum) iter.Seq2[Checksum, error] {
	return func(yield func(Checksum, error) bool) {
		for line := range fullLines(value) {
			c, err := parseReleaseChecksum(line, sum)
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func parseReleaseChecksum(line []byte, sum Sum) (Checksum, error) {
	digits, rest := cutBlank(line)
	number, name := cutBlank(rest)
	if len(name) == 0 {
		return Checksum{}, badLine(line, "has no name after sum and size")
	}
	size, ok := parseSize(number)
	return Checksum{Sum: digits, Size: size, Name: name}, checkSum(line, digits, sum, ok)
}

// cutBlank splits a line after its first word.
func cutBlank(line []byte) (word, rest []byte) {
	line = trimBlank(line)
	end := 0
	for end < len(line) && !isBlank(line[end]) {
		end++
	}
	return line[:end:end], trimBlank(line[end:])
}

func checkSum(line, digits []byte, sum Sum, sizeOK bool) error {
	switch {
	case !isHex(digits, int(sum)):
		return badLine(line, "does not begin with %d hexadecimal digits", int(sum))
	case !sizeOK:
		return badLine(line, "has no size in its second column")
	}
	return nil
}

// fullLines returns the lines that are not blank. The first line of a list is: the
// list begins below the field's name.
func fullLines(value []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for line := range Lines(value) {
			if len(trimBlank(line)) > 0 && !yield(line) {
				return
			}
		}
	}
}

// ChangesFiles reads the lines "MD5 SIZE SECTION PRIORITY NAME" of a .changes
// file's Files field (policy 5.6.21), under the rules of [Checksums].
func ChangesFiles(value []byte) iter.Seq2[Checksum, error] {
	return checksumLines(value, MD5, 5)
}

func checksumLines(value []byte, sum Sum, columns int) iter.Seq2[Checksum, error] {
	return func(yield func(Checksum, error) bool) {
		for line := range fullLines(value) {
			c, err := parseChecksum(line, sum, columns)
			if !yield(c, err) || err != nil {
				return
			}
		}
	}
}

func parseChecksum(line []byte, sum Sum, columns int) (Checksum, error) {
	var column [5][]byte
	n := 0
	for rest := trimBlank(line); len(rest) > 0; n++ {
		if n == columns {
			return Checksum{}, badLine(line, "has more than %d columns", columns)
		}
		column[n], rest = cutBlank(rest)
	}
	if n < columns {
		return Checksum{}, badLine(line, "has %d columns, not %d", n, columns)
	}
	c := Checksum{Sum: column[0], Name: column[n-1]}
	if columns == 5 {
		c.Section, c.Priority = column[2], column[3]
	}
	var ok bool
	c.Size, ok = parseSize(column[1])
	if err := checkSum(line, c.Sum, sum, ok); err != nil {
		return Checksum{}, err
	}
	if !safePath(c.Name) {
		return Checksum{}, badLine(line, "does not name a safe relative path")
	}
	return c, nil
}

func badLine(line []byte, format string, args ...any) error {
	return problem.New(problem.Invalid, "%.200q "+format, append([]any{line}, args...)...)
}

func isHex(text []byte, digits int) bool {
	if len(text) != digits {
		return false
	}
	for _, c := range text {
		if (c < '0' || c > '9') && (lower(c) < 'a' || lower(c) > 'f') {
			return false
		}
	}
	return true
}

func parseSize(text []byte) (size int64, ok bool) {
	if len(text) == 0 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' || size > maxSize/10 {
			return 0, false
		}
		size = size*10 + int64(c-'0')
	}
	return size, true
}

// safePath reports whether a path stays below any folder that it is joined to.
func safePath(path []byte) bool {
	for _, c := range path {
		if c <= ' ' || c == '\\' || c == 0x7f {
			return false
		}
	}
	for part := range bytes.SplitSeq(path, []byte{'/'}) {
		if s := string(part); s == "" || s == "." || s == ".." {
			return false
		}
	}
	return true
}
