// Package debfile reads and writes .deb files (and .udeb and .ddeb, which have the
// same format), and reads .dsc and .changes files.
//
// A .deb is an ar archive of three members, deb(5): debian-binary with the
// format's version, control.tar with the control stanza and the maintainer's
// scripts, and data.tar with the files to install; the tar files may be
// compressed. [Read] reads one from a stream, no further than necessary; [Write]
// writes one, with the same bytes for the same input.
//
// A .dsc describes a source package and a .changes file an upload; both are one
// deb822 stanza, usually clear-signed. [ReadDsc] and [ReadChanges] parse the text
// inside the signature, after the caller has verified it.
//
// Input is untrusted: every size, count and compression ratio is limited, and every
// returned name is checked. An error in a file is a problem of kind invalid or
// too-large.
package debfile

import (
	"fmt"

	"github.com/aptarium/aptarium/internal/problem"
)

// Compression is that of a tar member, named by its suffix without the dot.
type Compression string

// The compressions that dpkg supports. [Write] writes the first three.
const (
	None  Compression = ""
	Gzip  Compression = "gz"
	Zstd  Compression = "zst"
	XZ    Compression = "xz"
	Bzip2 Compression = "bz2"
)

// invalid returns the problem of a malformed file.
func invalid(format string, args ...any) error {
	return problem.New(problem.Invalid, format, args...)
}

// in adds the part of the file to an error.
func in(part string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", part, err)
}
