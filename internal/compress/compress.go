// Package compress reads and writes the compressions that Debian archives use.
//
// [NewReader] decodes any [Format] as a stream, under [Limits]: what comes from
// an upstream or an uploader may be a bomb, so output is bounded in bytes and
// in proportion to the input that was read. Concatenated members, frames and
// streams decode to the concatenation of their texts; input that ends early
// and input with anything after its end are errors.
//
// [AppendMember] is the other way: it compresses one text to one complete gzip
// member or zstd frame, always to the same bytes, so that an index can be kept
// as pieces and joined to a valid file without compressing it again. The pieces
// of an xz file are the blocks of one stream instead, since apt does not read a
// second stream: [AppendXZBlock], between [AppendXZHeader] and [AppendXZTrailer].
// Those of a bzip2 file are so too: [AppendBzip2Blocks].
//
//	r, err := compress.NewReader(body, compress.FormatOf(name), compress.Limits{})
//	…
//	defer r.Close()
//	scanner := deb822.NewScanner(r, deb822.Options{})
package compress

import (
	"bytes"
	"path"
)

// Format is a compression, named by its file name suffix without the dot.
type Format string

// The formats that apt and dpkg know and this package reads. [AppendMember]
// writes None, Gzip and Zstd, [AppendXZBlock] and [AppendBzip2Blocks] the blocks of
// XZ and Bzip2.
const (
	None  Format = ""
	Gzip  Format = "gz"  // RFC 1952
	XZ    Format = "xz"  // tukaani.org/xz/xz-file-format.txt
	Zstd  Format = "zst" // RFC 8878
	Bzip2 Format = "bz2"
	LZ4   Format = "lz4" // the frame format of lz4, which apt keeps its lists in
)

// magics are the first bytes of each format.
var magics = []struct {
	format Format
	magic  string
}{
	{Gzip, "\x1f\x8b"},
	{XZ, "\xfd7zXZ\x00"},
	{Zstd, "\x28\xb5\x2f\xfd"},
	{Bzip2, "BZh"},
	{LZ4, "\x04\x22\x4d\x18"},
}

// Suffix returns what the format adds to a file name: ".gz", or "" for None.
func (f Format) Suffix() string {
	if f == None {
		return ""
	}
	return "." + string(f)
}

// String names the format for people.
func (f Format) String() string {
	if f == None {
		return "uncompressed"
	}
	return string(f)
}

// FormatOf returns the format from the suffix of a file name or path. A suffix
// that names no known format, and a name without one, mean None.
func FormatOf(filename string) Format {
	ext := path.Ext(filename)
	for _, m := range magics {
		if ext == "."+string(m.format) {
			return m.format
		}
	}
	return None
}

// Sniff returns the format from the first bytes of a file: six are enough. Bytes
// that begin no known format mean None.
func Sniff(first []byte) Format {
	for _, m := range magics {
		if bytes.HasPrefix(first, []byte(m.magic)) {
			return m.format
		}
	}
	return None
}
