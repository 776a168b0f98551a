package testkit

import (
	"context"
	"fmt"
	"time"

	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/openpgp"
)

// Archive describes a small archive. Its parts say what is special; all else
// has a sensible default. The same description always produces the same bytes.
type Archive struct {
	Suites []Suite // they share one pool
}

// Suite describes one suite: what it lists, how its Release is made and
// signed, and in which ways it is odd. A test must set Codename (unless Flat)
// and mostly sets Packages and Keys.
type Suite struct {
	Codename string
	Path     string // the folder under dists, or of a flat archive; empty means Codename, or the root
	Flat     bool   // one folder of packages and indexes, without components and architectures

	Origin, Label string    // empty means "Example"
	Suite         string    // empty means Codename
	Version       string    // of the distribution; may be empty
	Date          time.Time // zero means 2025-01-01
	ValidUntil    time.Time // zero means none

	Packages      []Package
	Sources       []Source
	Components    []string          // empty means those of the packages and sources, or main
	Architectures []string          // without all; empty means those of the packages, or amd64
	All           All               // where packages for all are listed
	Extra         map[string][]byte // more files that Release lists, by their path in the suite

	// Formats are the formats of each index, listed and served; empty means
	// None and Gzip. Release lists the text itself in any case, as all archives
	// do: apt passes over an index without it.
	Formats     []compress.Format
	Missing     []compress.Format // listed, and not there
	ByHash      ByHash
	ReleaseSums []string // of MD5Sum, SHA1, SHA256, SHA512; empty means SHA256
	PackageSums []string // of MD5sum, SHA1, SHA256, SHA512; empty means MD5sum and SHA256

	Keys      []*openpgp.SecretKey // sign InRelease and Release.gpg; none means a Release alone
	Signature Signature

	// ReleaseFields replace, add or (when empty) drop fields of Release.
	ReleaseFields map[string]string
	// EditEntries changes the list of files in Release, so that it lies.
	EditEntries func([]ReleaseEntry) []ReleaseEntry
	// Before and After are text outside of InRelease's signed block.
	Before, After string
	// Bomb is a number of newlines at the end of each index of packages: they
	// mean nothing, and compress to a thousandth.
	Bomb int
}

// All says which indexes list the packages of architecture all.
type All int

// The ways of listing them.
const (
	AllInEach All = iota // those of every architecture
	AllApart             // binary-all, and no other; Architectures has all
	AllInBoth            // both, as Debian does since 12; with No-Support-for-Architecture-all, clients ignore binary-all
)

// ByHash says where a suite's indexes are besides their names.
type ByHash int

// The ways of by-hash.
const (
	WithoutByHash ByHash = iota
	WithByHash           // under their names and by-hash/SHA256/…; Release says Acquire-By-Hash: yes
	OnlyByHash           // not under their names
)

// Signature says which files carry a suite's signatures.
type Signature int

// The forms of a signed Release.
const (
	InlineAndDetached Signature = iota
	InlineOnly                  // InRelease, without Release and Release.gpg
	DetachedOnly                // Release and Release.gpg, without InRelease
)

// defaultDate is the date of everything that has no other.
var defaultDate = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// NewKey makes a key that may sign archives of any date from 2024 on.
func NewKey(name string) (*openpgp.SecretKey, error) {
	return openpgp.Generate(openpgp.Params{Name: name, Created: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)})
}

// Files returns the archive's files by their path.
func (a Archive) Files(ctx context.Context) (map[string][]byte, error) {
	all := files{}
	for _, suite := range a.Suites {
		if err := suite.withDefaults().build(ctx, all); err != nil {
			return nil, fmt.Errorf("suite %s: %w", suite.Codename, err)
		}
	}
	return all, nil
}

// Write writes the archive's files to dir, which is made when missing. Each file
// that is there already is replaced at once, with all others left alone; InRelease goes
// last. So an archive grows, with by-hash files of the past, as real ones do.
func (a Archive) Write(ctx context.Context, dir string) error {
	files, err := a.Files(ctx)
	if err != nil {
		return err
	}
	return writeFiles(dir, files)
}
