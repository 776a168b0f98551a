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

// Index is the type of an index item: a file of a suite that is published with its packages, such
// as a translation, AppStream metadata or an image of the installer. Its name is its path below the
// folder of its component, or of the suite where it has no component:
// dep11/Components-amd64.yml.gz, installer-amd64/current/images/SHA256SUMS. It has one file, no
// source, no stanza that anyone else reads, and the version 0: a suite has one of each name.
const Index Type = "index"

// itemArchitecture matches the architecture in the name of an index item.
var itemArchitecture = regexp.MustCompile(`^(?:installer-([a-z0-9-]+)/` +
	`|dep11/(?:Components|CID-Index)-([a-z0-9-]+)\.` +
	`|Contents-(?:udeb-)?([a-z0-9-]+)(?:\.|$)` +
	`|cnf/Commands-([a-z0-9-]+)(?:\.|$)` +
	`|(?:debian-installer/)?binary-([a-z0-9-]+)/` +
	`|(source)/)`)

// FromIndexItem returns the entry of an index item by its name; the file's name becomes the last
// element. A name that leaves its folder is a problem of kind Invalid.
func FromIndexItem(name string, f File, component string) (Entry, error) {
	return itemEntry(Index, name, f, component)
}

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
	e.Stanza = []byte("Index: " + name + "\n") // distinguishes items with the same bytes
	e.Files = []File{f}
	return e, nil
}

// Text is the uncompressed text of an index item's file.
type Text struct {
	SHA256 digest.SHA256
	Size   int64
}

const textField = "Text: "

// Expanding returns the entry with its checked uncompressed text.
func (e Entry) Expanding(to Text) Entry {
	e.Stanza = fmt.Appendf(e.Stanza[:len(e.Stanza):len(e.Stanza)], "%s%s %d\n", textField, to.SHA256, to.Size)
	return e
}

// Text returns the uncompressed text of an index item, if recorded.
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

// ItemArchitecture returns the architecture in an index item's name: "source" for sources, "all"
// for no certain one.
func ItemArchitecture(name string) string {
	found := itemArchitecture.FindStringSubmatch(name)
	if found == nil {
		return "all"
	}
	return strings.Join(found[1:], "")
}

// notPackages are the types of items.
var notPackages = []Type{Index, Verbatim, Placed}

// IsPackage reports whether the member is a package, not an item.
func (p *Package) IsPackage() bool { return !slices.Contains(notPackages, p.Type) }

// PackagesOf returns the packages among the members of set.
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

// Types of items that allow publishing a suite byte for byte as upstream. They are in no component.
const (
	// Verbatim is the type of a file of the upstream's own metadata that lists
	// packages, or begins the suite: InRelease, main/binary-amd64/Packages.xz. Its
	// name is its path below the folder of the suite.
	Verbatim Type = "verbatim"
	// Placed is the type of a package's file whose upstream path differs from deb.PoolDirectory.
	// Its name is its path below the archive's root, and its source is the folder of that path.
	Placed Type = "placed"
)

// FromVerbatim returns the entry of a file of the upstream's metadata, by its path below the folder
// of the suite.
func FromVerbatim(name string, f File) (Entry, error) { return itemEntry(Verbatim, name, f, "") }

// FromPlaced returns the entry of a package's file, by its path below the archive's root.
func FromPlaced(name string, f File) (Entry, error) {
	e, err := itemEntry(Placed, name, f, "")
	if err != nil {
		return e, err
	}
	e.Architecture = "all"
	e.Source = strings.TrimSuffix(path.Dir(e.Name), ".")
	return e, nil
}

// NameOfSet returns a digest of a set's members.
func NameOfSet(set bitset.Set) (name digest.SHA256) {
	h := sha256.New()
	for id := range set.All() {
		h.Write(binary.LittleEndian.AppendUint32(nil, id))
	}
	h.Sum(name[:0])
	return name
}

const wholeField = "Whole: "

// Beginning returns the entry of InRelease or Release with the [NameOfSet] of its suite's packages:
// a collection with other packages is not that suite.
func (e Entry) Beginning(packages digest.SHA256) Entry {
	e.Stanza = fmt.Appendf(e.Stanza[:len(e.Stanza):len(e.Stanza)], "%s%s\n", wholeField, packages)
	return e
}

// Begins returns the digest that Beginning recorded.
func (p *Package) Begins() (packages digest.SHA256, noted bool) {
	for line := range strings.Lines(string(p.Stanza)) {
		if value, is := strings.CutPrefix(line, wholeField); is && p.Type == Verbatim {
			packages, err := digest.Parse(strings.TrimSpace(value))
			return packages, err == nil
		}
	}
	return packages, false
}
