package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
)

// Index is the type of an index item: a file of a suite that is no package and is
// carried along with its packages, such as a translation, AppStream metadata or an
// image of the installer. Its name is its path below the folder of its component,
// or of the suite where it has no component: dep11/Components-amd64.yml.gz,
// installer-amd64/current/images/SHA256SUMS. It has one file, no source, no stanza
// that anyone else reads, and the version 0: a suite has one of each name.
const Index Type = "index"

// itemArchitecture finds the architecture in the name of an index item.
var itemArchitecture = regexp.MustCompile(`^(?:installer-([a-z0-9-]+)/` +
	`|dep11/(?:Components|CID-Index)-([a-z0-9-]+)\.` +
	`|Contents-(?:udeb-)?([a-z0-9-]+)(?:\.|$)` +
	`|cnf/Commands-([a-z0-9-]+)(?:\.|$)` +
	`|(?:debian-installer/)?binary-([a-z0-9-]+)/` +
	`|(source)/)`)

// FromIndexItem makes an entry of an index item by its name; the name of the file
// is set to the end of that. What could leave its folder is a problem of kind
// Invalid.
func FromIndexItem(name string, f File, component string) (Entry, error) {
	return itemEntry(Index, name, f, component)
}

// itemEntry makes an entry of a file that is no package.
func itemEntry(kind Type, name string, f File, component string) (Entry, error) {
	name, err := CleanPath(name)
	if err != nil {
		return Entry{}, err
	}
	f.Name = baseName(name)
	if err := CheckFileName(f.Name); err != nil {
		return Entry{}, err
	}
	e := Entry{Component: component}
	e.Type, e.Name, e.Version, e.Architecture = kind, name, "0", ItemArchitecture(name)
	e.Stanza = []byte("Index: " + name + "\n") // tells items apart whose bytes are the same
	e.Files = []File{f}
	return e, nil
}

// Text is what the compressed file of an index item expands to.
type Text struct {
	SHA256 digest.SHA256
	Size   int64
}

const textField = "Text: "

// Expanding notes in an index item what its file expands to, which somebody has
// checked.
func (e Entry) Expanding(to Text) Entry {
	e.Stanza = fmt.Appendf(e.Stanza[:len(e.Stanza):len(e.Stanza)], "%s%s %d\n", textField, to.SHA256, to.Size)
	return e
}

// Text gives what the file of an index item expands to, if anybody noted it.
func (p *Package) Text() (t Text, noted bool) {
	for line := range strings.Lines(string(p.Stanza)) {
		value, is := strings.CutPrefix(line, textField)
		if p.Type != Index || !is {
			continue
		}
		var hex string
		if _, err := fmt.Sscan(value, &hex, &t.Size); err != nil {
			return Text{}, false
		}
		var err error
		t.SHA256, err = digest.Parse(hex)
		return t, err == nil
	}
	return Text{}, false
}

// ItemArchitecture tells which architecture an index item is for by its name:
// "source" if that of sources, "all" if none alone.
func ItemArchitecture(name string) string {
	found := itemArchitecture.FindStringSubmatch(name)
	if found == nil {
		return "all"
	}
	return strings.Join(found[1:], "")
}

// notPackages are the types of members that are no packages.
var notPackages = []Type{Index, Verbatim, Placed}

// IsPackage tells a package from the other members.
func (p *Package) IsPackage() bool { return !slices.Contains(notPackages, p.Type) }

// PackagesOf gives the members of set that are packages.
func (s *Store) PackagesOf(ctx context.Context, tx *db.Tx, set bitset.Set) (bitset.Set, error) {
	for _, kind := range notPackages {
		items, err := s.OfType(ctx, tx, kind)
		if err != nil {
			return bitset.Set{}, err
		}
		set = set.Minus(items)
	}
	return set, nil
}

// Types of members that are no packages and make it possible to publish a suite
// byte for byte as its upstream has it. They are in no component.
const (
	// Verbatim is the type of a file of the upstream's own metadata that lists
	// packages, or begins the suite: InRelease, main/binary-amd64/Packages.xz. Its
	// name is its path below the folder of the suite.
	Verbatim Type = "verbatim"
	// Placed is the type of a package's file that the upstream has elsewhere than
	// deb.PoolDirectory says. Its name is its path below the archive's root, and
	// its source the folder of that.
	Placed Type = "placed"
)

// FromVerbatim makes an entry of a file of the upstream's metadata, by its path
// below the folder of the suite.
func FromVerbatim(name string, f File) (Entry, error) { return itemEntry(Verbatim, name, f, "") }

// FromPlaced makes an entry of a package's file by its path below the archive's
// root.
func FromPlaced(name string, f File) (Entry, error) {
	e, err := itemEntry(Placed, name, f, "")
	if err != nil {
		return e, err
	}
	e.Architecture = "all"
	e.Source = strings.TrimSuffix(path.Dir(e.Name), ".")
	return e, nil
}

// NameOfSet gives a digest of which members a set has.
func NameOfSet(set bitset.Set) (name digest.SHA256) {
	h := sha256.New()
	for id := range set.All() {
		h.Write(binary.LittleEndian.AppendUint32(nil, id))
	}
	h.Sum(name[:0])
	return name
}

const wholeField = "Whole: "

// Beginning notes in InRelease or Release which packages its suite has, by
// [NameOfSet]: a collection with others is not that suite.
func (e Entry) Beginning(packages digest.SHA256) Entry {
	e.Stanza = fmt.Appendf(e.Stanza[:len(e.Stanza):len(e.Stanza)], "%s%s\n", wholeField, packages)
	return e
}

// Begins gives what Beginning noted.
func (p *Package) Begins() (packages digest.SHA256, noted bool) {
	for line := range strings.Lines(string(p.Stanza)) {
		if value, is := strings.CutPrefix(line, wholeField); is && p.Type == Verbatim {
			packages, err := digest.Parse(strings.TrimSpace(value))
			return packages, err == nil
		}
	}
	return packages, false
}
