package debfile

import (
	"io"
	"strings"
)

// Magic strings and sizes of ar(5), as dpkg reads and writes them.
const (
	fileMagic    = "!<arch>\n"
	headerMagic  = "`\n"
	headerSize   = 60
	maxFieldSize = 9_999_999_999 // ten digits
)

// arReader reads the members of an ar archive in order.
type arReader struct {
	from io.Reader
	left int64 // bytes of the current member not yet read
	pad  int64 // 1 when the member's length is odd
}

// newArReader checks the magic at the start of the archive.
func newArReader(r io.Reader) (*arReader, error) {
	var magic [len(fileMagic)]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil && !isEnd(err) {
		return nil, err
	}
	if string(magic[:]) != fileMagic {
		return nil, invalid("is not a Debian package: it does not begin like an ar archive")
	}
	return &arReader{from: r}, nil
}

// next moves to the next member and returns its name and size, or io.EOF after the last.
func (a *arReader) next() (name string, size int64, err error) {
	if err := a.skip(); err != nil {
		return "", 0, err
	}
	var header [headerSize]byte
	if _, err := io.ReadFull(a.from, header[:]); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = invalid("ends within the header of an ar member")
		}
		return "", 0, err
	}
	if string(header[58:]) != headerMagic {
		return "", 0, invalid("has a damaged header of an ar member")
	}
	size, ok := decimal(strings.TrimRight(string(header[48:58]), " "))
	if !ok {
		return "", 0, invalid("has an ar member without a size")
	}
	a.left, a.pad = size, size%2
	// GNU ar ends names with a slash, dpkg does not (deb(5)).
	name = strings.TrimSuffix(strings.TrimRight(string(header[:16]), " "), "/")
	return name, size, nil
}

// skip moves to the end of the current member. The last member may lack its padding.
func (a *arReader) skip() error {
	if n, err := io.CopyN(io.Discard, a.from, a.left+a.pad); err == io.EOF && n < a.left {
		return invalid("ends within an ar member")
	} else if err != nil && err != io.EOF {
		return err
	}
	a.left, a.pad = 0, 0
	return nil
}

// Read reads from the current member.
func (a *arReader) Read(p []byte) (int, error) {
	if a.left == 0 {
		return 0, io.EOF
	}
	n, err := a.from.Read(p[:min(int64(len(p)), a.left)])
	a.left -= int64(n)
	if err == io.EOF && a.left > 0 {
		err = invalid("ends within an ar member, %d bytes early", a.left)
	}
	return n, err
}

// decimal parses a number of at most ten digits.
func decimal(text string) (n int64, ok bool) {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, text != "" && len(text) <= 10
}

// isEnd reports whether err is the end of a stream, expected or not.
func isEnd(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }
