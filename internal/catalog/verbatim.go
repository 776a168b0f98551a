package catalog

import (
	"fmt"
	"path"
	"strings"
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

const completeField = "Packages: "

// Completing notes in InRelease or Release how many packages its suite has, as the
// mirror keeps it: a collection with another number of them is not that suite.
func (e Entry) Completing(packages int) Entry {
	e.Stanza = fmt.Appendf(e.Stanza[:len(e.Stanza):len(e.Stanza)], "%s%d\n", completeField, packages)
	return e
}

// Complete gives the number that Completing noted.
func (p *Package) Complete() (packages int, noted bool) {
	for line := range strings.Lines(string(p.Stanza)) {
		if value, is := strings.CutPrefix(line, completeField); is && p.Type == Verbatim {
			_, err := fmt.Sscan(value, &packages)
			return packages, err == nil
		}
	}
	return 0, false
}
