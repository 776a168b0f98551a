// Package debfile reads and writes the files that Debian packages travel in:
// .deb (and .udeb and .ddeb, which are the same), .dsc and .changes.
//
// A .deb is an ar archive of three members, deb(5): debian-binary with the
// format's version, control.tar with the control stanza and the maintainer's
// scripts, and data.tar with the files to install; the tar files may be
// compressed. [Read] takes one from a stream and reads no further than it must;
// [Write] makes one, always the same bytes for the same input.
//
// A .dsc describes a source package and a .changes file an upload; both are one
// deb822 stanza, mostly clear-signed. [ReadDsc] and [ReadChanges] take the text
// inside the signature, after it was verified.
//
// Packages come from strangers: every size, count and compression ratio is
// bounded, and every name is checked before it is given out. What is wrong with
// a file is a problem of kind invalid or too-large.
package debfile

import (
	"fmt"

	"github.com/aptarium/aptarium/internal/problem"
)

// Compression of a tar member, named by its suffix without the dot.
type Compression string

// The compressions that dpkg knows. [Write] makes the first three.
const (
	None  Compression = ""
	Gzip  Compression = "gz"
	Zstd  Compression = "zst"
	XZ    Compression = "xz"
	Bzip2 Compression = "bz2"
)

// invalid makes the problem of a file that breaks its format.
func invalid(format string, args ...any) error {
	return problem.New(problem.Invalid, format, args...)
}

// in says which part of a file an error is about.
func in(part string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", part, err)
}
