package catalog

import (
	"context"
	"regexp"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/db"
)

// Index is the type of an index item: a file of a suite that is no package and is
// carried along with its packages, such as AppStream metadata or an image of the
// installer. Its name is its path below the folder of its component:
// dep11/Components-amd64.yml.gz, installer-amd64/current/images/SHA256SUMS. It has
// one file, no source, no stanza that anyone else reads, and the version 0: a suite
// has one of each name.
const Index Type = "index"

// itemArchitecture finds the architecture in the name of an index item.
var itemArchitecture = regexp.MustCompile(`^(?:installer-([a-z0-9-]+)/|dep11/(?:Components|CID-Index)-([a-z0-9-]+)\.)`)

// FromIndexItem makes an entry of an index item by its name; the name of the file
// is set to the end of that. What could leave its folder is a problem of kind
// Invalid.
func FromIndexItem(name string, f File, component string) (Entry, error) {
	name, err := CleanPath(name)
	if err != nil {
		return Entry{}, err
	}
	f.Name = baseName(name)
	if err := CheckFileName(f.Name); err != nil {
		return Entry{}, err
	}
	e := Entry{Component: component}
	e.Type, e.Name, e.Version, e.Architecture = Index, name, "0", ItemArchitecture(name)
	e.Stanza = []byte("Index: " + name + "\n") // tells items apart whose bytes are the same
	e.Files = []File{f}
	return e, nil
}

// ItemArchitecture tells which architecture an index item is for by its name, or
// "all".
func ItemArchitecture(name string) string {
	if found := itemArchitecture.FindStringSubmatch(name); found != nil {
		return found[1] + found[2]
	}
	return "all"
}

// PackagesOf gives the members of set that are packages: all but index items.
func (s *Store) PackagesOf(ctx context.Context, tx *db.Tx, set bitset.Set) (bitset.Set, error) {
	items, err := s.OfType(ctx, tx, Index)
	if err != nil || items.IsEmpty() {
		return set, err
	}
	return set.Minus(items), nil
}
