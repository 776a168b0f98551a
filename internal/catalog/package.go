package catalog

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
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
	// Stanza is the control text, each line ended by a newline, without the fields that a suite or
	// an archive decides: Section, Priority, Filename, Directory, and without the fields that Files
	// holds.
	Stanza []byte
	Files  []File // one for a binary package; the .dsc and its parts for a source
}

// File is one file of a package.
type File struct {
	Name   string // base name, safe as the last part of a path
	Size   int64
	SHA256 digest.SHA256
	MD5    string // these three in lower-case hexadecimal, "" if unknown
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

// Key identifies a package: it is a digest of its type, control text, and the names, sizes and sums
// of its files. Two upstreams that list the same bytes with the same text and sums list the same
// package. The weak sums count too: they are unchecked, so one upstream's must not appear as
// another's.
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

// Position is the position of a package in an index: ordered by name, then by version as Debian
// compares them, then by architecture.
type Position struct {
	Name         string
	VersionKey   string // deb.SortKey of the version, as a string of bytes
	Architecture string
}

// PositionOf returns a package's position.
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

// PackageKey names a package as aptly does: by name, version and architecture, and by a hash of its
// files, which distinguishes packages of the same name.
type PackageKey struct {
	Architecture, Name, Version string
	FilesHash                   uint64
	// Short keys have no hash: they name all packages of the name, version and architecture.
	Short bool
}

// String returns the form "Pamd64 hello 2.10-3 918d2f433384e378". The hash has at
// least eight hexadecimal digits, not always sixteen.
func (k PackageKey) String() string {
	if k.Short {
		return "P" + k.Architecture + " " + k.Name + " " + k.Version
	}
	return fmt.Sprintf("P%s %s %s %08x", k.Architecture, k.Name, k.Version, k.FilesHash)
}

// Shorten returns the key without its hash.
func (k PackageKey) Shorten() PackageKey {
	k.FilesHash, k.Short = 0, true
	return k
}

// ParseKey reads the form that String writes; any other is problem.Invalid.
func ParseKey(text string) (k PackageKey, err error) {
	parts := strings.Split(text, " ")
	rest, marked := strings.CutPrefix(parts[0], "P")
	if !marked || rest == "" || len(parts) < 3 || len(parts) > 4 || slices.Contains(parts, "") {
		return k, badKey(text)
	}
	k = PackageKey{Architecture: rest, Name: parts[1], Version: parts[2], Short: len(parts) == 3}
	if !k.Short {
		if k.FilesHash, err = strconv.ParseUint(parts[3], 16, 64); err != nil {
			return k, badKey(text)
		}
	}
	return k, nil
}

func badKey(text string) error {
	return problem.New(problem.Invalid, "%.*q is not the key of a package", maxLine, text).In("key").
		WithHint("write PARCHITECTURE NAME VERSION HASH, as a search shows it")
}

// FilesHash is the hash of a package's files in its key: FNV-1a with 64 bits
// (http://www.isthe.com/chongo/tech/comp/fnv/) over the files by name, of each
// its name, its size as eight bytes, highest first, and its MD5, SHA-1 and
// SHA-256 in hexadecimal.
func FilesHash(files []File) uint64 {
	if !slices.IsSortedFunc(files, compareNames) {
		files = slices.SortedFunc(slices.Values(files), compareNames)
	}
	h := fnv.New64a() // takes every write
	for _, f := range files {
		_, _ = io.WriteString(h, f.Name)
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(f.Size)))
		_, _ = io.WriteString(h, f.MD5)
		_, _ = io.WriteString(h, f.SHA1)
		_, _ = io.WriteString(h, f.SHA256.String())
	}
	return h.Sum64()
}

func compareNames(a, b File) int { return cmp.Compare(a.Name, b.Name) }

const providesField = "Provides:"

// provides returns the field of a stanza as Package.Stanza has it, in one line.
func provides(stanza []byte) string {
	for len(stanza) > 0 {
		end := bytes.IndexByte(stanza, '\n') + 1
		if end == 0 {
			end = len(stanza)
		}
		if end > len(providesField) && bytes.EqualFold(stanza[:len(providesField)], []byte(providesField)) {
			for end < len(stanza) && stanza[end] == ' ' {
				next := bytes.IndexByte(stanza[end:], '\n') + 1
				if next == 0 {
					next = len(stanza) - end
				}
				end += next
			}
			return strings.Join(strings.Fields(string(stanza[len(providesField):end])), " ")
		}
		stanza = stanza[end:]
	}
	return ""
}
