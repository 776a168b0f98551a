package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/digest"
)

// Type is a package's type: the index it is listed in and the ending of its file.
type Type string

// The types of packages.
const (
	Deb    Type = "deb"
	UDeb   Type = "udeb" // for the installer, deb-version(7)
	DDeb   Type = "ddeb" // debug symbols, as Ubuntu names them
	Source Type = "source"
)

// Package is one version of one package for one architecture. It never changes.
type Package struct {
	ID            int64 // 0 until it is interned
	Type          Type
	Name          string
	Version       string
	Architecture  string // "all", "amd64", … ; "source" for sources
	Source        string // name of the source package it was built from
	SourceVersion string
	// Stanza is the control text, each line ended by a newline, without what a
	// suite or a place decides: Section, Priority, Filename, Directory, and
	// without the fields that Files holds.
	Stanza []byte
	Files  []File // one for a binary package; the .dsc and its parts for a source
}

// File is one file of a package.
type File struct {
	Name   string // base name, safe as the last part of a path
	Size   int64
	SHA256 digest.SHA256
	MD5    string // these three in lower-case hexadecimal, "" when nobody told us
	SHA1   string
	SHA512 string
}

// Entry is a package as a suite lists it: a member that may not be interned yet.
type Entry struct {
	Package
	Component string
	Section   string
	Priority  string
}

// Key is what makes a package itself: its type, control text, and the names,
// sizes and sums of its files. Two upstreams that list the same bytes with the
// same text and the same sums list the same package. The weak sums count too:
// nobody checked them, so those of one upstream must not appear as another's.
func (p *Package) Key() digest.SHA256 {
	h := sha256.New()
	part := func(b []byte) {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	part([]byte(p.Type))
	part(p.Stanza)
	for _, f := range p.Files {
		part([]byte(f.Name))
		part(binary.BigEndian.AppendUint64(nil, uint64(f.Size)))
		h.Write(f.SHA256[:])
		part([]byte(f.MD5))
		part([]byte(f.SHA1))
		part([]byte(f.SHA512))
	}
	var d digest.SHA256
	h.Sum(d[:0])
	return d
}

// Position is the place of a package in an index: ordered by name, then by
// version as Debian compares them, then by architecture.
type Position struct {
	Name         string
	VersionKey   string // deb.SortKey of the version, as a string of bytes
	Architecture string
}

// PositionOf gives a package's place.
func (p Package) PositionOf() Position {
	return Position{Name: p.Name, VersionKey: string(deb.SortKey(p.Version)), Architecture: p.Architecture}
}

// Compare orders positions as an index does: below 0 when p comes first.
func (p Position) Compare(q Position) int {
	return cmp.Or(
		cmp.Compare(p.Name, q.Name),
		cmp.Compare(p.VersionKey, q.VersionKey),
		cmp.Compare(p.Architecture, q.Architecture),
	)
}
