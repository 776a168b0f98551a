package catalog

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path"
	"strings"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/digest"
)

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
