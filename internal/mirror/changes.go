package mirror

import (
	"context"
	"path"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// Changes are the changes that a sync of a strict config made to its collection, or would make.
type Changes struct {
	Sources  Changed `json:"sources"`
	Binaries Changed `json:"binaries"`
	Indexes  Changed `json:"indexes"` // other files of the suite
}

// Changed lists the changed members of one kind, named as in APTMirror tasks: hello_1:2.10-3 for a
// source, hello_1:2.10-3_amd64 for a binary package and index:PATH, with the path below the suite,
// for another file.
type Changed struct {
	Added    Names `json:"added"`
	Replaced Names `json:"replaced"` // by other content of the same name, or other overrides
	Removed  Names `json:"removed"`
	// Skipped members are missing because the upstream refused their files. Earlier members of
	// these names were removed.
	Skipped Names `json:"skipped"`
}

// Names is the length of a sorted list, and its first names.
type Names struct {
	Total int      `json:"total"`
	Names []string `json:"names,omitempty" doc:"The first hundred of them"`
}

// Bounds of a reported change, so that any result can be stored.
const (
	maxNamed      = 100
	maxNameLength = 300
)

// itemName returns the name of a member in an APTMirror task; the name of another file starts with
// its component's folder.
func itemName(t catalog.Type, component, name, version, architecture string) string {
	switch t {
	case catalog.Source:
		return name + "_" + version
	case catalog.Index, catalog.Verbatim:
		return "index:" + path.Join(component, name)
	default:
		return name + "_" + version + "_" + architecture
	}
}

// listNames sorts the names, and bounds their number and lengths.
func listNames(all []string) Names {
	slices.Sort(all)
	n := Names{Total: len(all), Names: all[:min(len(all), maxNamed)]}
	for i, name := range n.Names {
		n.Names[i] = name[:min(len(name), maxNameLength)]
	}
	return n
}

// tally lists names by the kind of the member.
type tally map[catalog.Type][]string

// kindOf maps all types of binary packages to one kind, and all other files of the suite to
// another.
func kindOf(t catalog.Type) catalog.Type {
	switch t {
	case catalog.Source, catalog.Index, catalog.Placed:
		return t
	case catalog.Verbatim:
		return catalog.Index
	}
	return catalog.Deb
}

func (t tally) add(kind catalog.Type, component, name, version, architecture string) {
	of := kindOf(kind)
	t[of] = append(t[of], itemName(kind, component, name, version, architecture))
}

func (t tally) addEntry(e *catalog.Entry) {
	t.add(e.Type, e.Component, e.Name, e.Version, e.Architecture)
}

// total counts the names.
func (t tally) total() (n int) {
	for _, names := range t {
		n += len(names)
	}
	return n
}

// changes separates the added and removed names from the replaced names, which are in both.
func changes(added, removed, skipped tally) *Changes {
	of := func(kind catalog.Type) Changed {
		gone := make(map[string]bool, len(removed[kind]))
		for _, name := range removed[kind] {
			gone[name] = true
		}
		var fresh, replaced, left []string
		for _, name := range added[kind] {
			if !gone[name] {
				fresh = append(fresh, name)
				continue
			}
			replaced = append(replaced, name)
			gone[name] = false
		}
		for name, still := range gone {
			if still {
				left = append(left, name)
			}
		}
		return Changed{Added: listNames(fresh), Replaced: listNames(replaced), Removed: listNames(left), Skipped: listNames(skipped[kind])}
	}
	return &Changes{Sources: of(catalog.Source), Binaries: of(catalog.Deb), Indexes: of(catalog.Index)}
}

// names returns the names of members.
func (p *Plan) names(ctx context.Context, tx *db.Tx, set bitset.Set) (tally, error) {
	list, err := p.syncer.Catalog.Summaries(ctx, tx, set)
	t := tally{}
	for _, s := range list {
		t.add(s.Type, s.Component, s.Name, s.Version, s.Architecture)
	}
	return t, err
}
