package mirror

import (
	"context"
	"path"
	"slices"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
)

// Changes is what a sync of a strict config did to its collection, or would do.
type Changes struct {
	Sources  Changed `json:"sources"`
	Binaries Changed `json:"binaries"`
	Indexes  Changed `json:"indexes"` // files of the suite that are no packages
}

// Changed is the changes among one kind of items. They are named as APTMirror tasks
// do it: hello_1:2.10-3 for a source, hello_1:2.10-3_amd64 for a binary package and
// index:PATH, with its path below the suite, for another file.
type Changed struct {
	Added    Names `json:"added"`
	Replaced Names `json:"replaced"` // by other content of the same name, or other overrides
	Removed  Names `json:"removed"`
	// Skipped are not there because the upstream refused their files. What was there
	// under their names was removed.
	Skipped Names `json:"skipped"`
}

// Names is a sorted list of which the first are told.
type Names struct {
	Total int      `json:"total"`
	Names []string `json:"names,omitempty" doc:"The first hundred of them"`
}

// Bounds of what is told of a change, so that any result can be stored.
const (
	maxNamed      = 100
	maxNameLength = 300
)

// itemName is how an APTMirror task calls what a suite lists; that of another file
// has its component's folder.
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

// listNames gives the names that are told of these.
func listNames(all []string) Names {
	slices.Sort(all)
	n := Names{Total: len(all), Names: all[:min(len(all), maxNamed)]}
	for i, name := range n.Names {
		n.Names[i] = name[:min(len(name), maxNameLength)]
	}
	return n
}

// tally gathers names by the kind of what they name.
type tally map[catalog.Type][]string

// kindOf joins the types that are binary packages, and those that are files of the
// suite.
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

// changes tells added and removed names apart from those that are both.
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

// names gathers the names of members.
func (p *Plan) names(ctx context.Context, tx *db.Tx, set bitset.Set) (tally, error) {
	list, err := p.syncer.Catalog.Summaries(ctx, tx, set)
	t := tally{}
	for _, s := range list {
		t.add(s.Type, s.Component, s.Name, s.Version, s.Architecture)
	}
	return t, err
}
