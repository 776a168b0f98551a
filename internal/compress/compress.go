// Package compress reads and writes the compressions that Debian archives use.
//
// [NewReader] decodes any [Format] as a stream, under [Limits]: input from an
// upstream or an uploader may be a bomb, so the output is limited in bytes and in
// proportion to the input read. Concatenated members, frames and streams decode to
// the concatenation of their texts; truncated input and trailing data are errors.
//
// [AppendMember] compresses one text to one complete gzip member or zstd frame,
// always to the same bytes, so that the pieces of an index can be stored and joined
// to a valid file without compressing them again. The pieces of an xz file are
// blocks of one stream instead, because apt does not read a second stream:
// [AppendXZBlock], between [AppendXZHeader] and [AppendXZTrailer]. The pieces of a
// bzip2 file are blocks, too: [AppendBzip2Blocks].
//
//	r, err := compress.NewReader(body, compress.FormatOf(name), compress.Limits{})
//	…
//	defer r.Close()
//	scanner := deb822.NewScanner(r, deb822.Options{})
package compress

import (
	"path"
	"strings"
)

// Format is a compression, named by its file name suffix without the dot.
type Format string

// The formats of apt and dpkg that this package reads. [AppendMember] writes None,
// Gzip and Zstd; [AppendXZBlock] and [AppendBzip2Blocks] write blocks of XZ and Bzip2.
const (
	None  Format = ""
	Gzip  Format = "gz"  // RFC 1952
	XZ    Format = "xz"  // tukaani.org/xz/xz-file-format.txt
	Zstd  Format = "zst" // RFC 8878
	Bzip2 Format = "bz2"
	LZ4   Format = "lz4" // lz4's frame format, in which apt stores its lists
)

// Suffix returns the suffix of file names: ".gz", or "" for None.
func (f Format) Suffix() string {
	if f == None {
		return ""
	}
	return "." + string(f)
}

// String returns the name of the format for messages.
func (f Format) String() string {
	if f == None {
		return "uncompressed"
	}
	return string(f)
}

// FormatOf returns the format that the suffix of a file name or path names, or None.
func FormatOf(filename string) Format {
	switch f := Format(strings.TrimPrefix(path.Ext(filename), ".")); f {
	case Gzip, XZ, Zstd, Bzip2, LZ4:
		return f
	}
	return None
}
