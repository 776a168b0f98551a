package index

import (
	"context"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
)

// contents is the text of a Contents index: the packages of each path. A position is a path.
type contents struct {
	catalog *catalog.Store
	kind    catalog.Type // of the members
	tempDir string       // for sorted runs; empty: os.TempDir
	changes []contentsChange
}

// contents plans the Contents indexes. They are compressed as gz whatever the options say,
// which is all that their readers are known to take.
func (s *Suite) contents() (plans []Plan) {
	add := func(path string, kind catalog.Type, set bitset.Set) {
		p := s.at(path, &contents{catalog: s.catalog, kind: kind, tempDir: s.options.TempDir}, set)
		p.formats = []compress.Format{compress.Gzip}
		plans = append(plans, p)
	}
	for i, a := range s.architectures {
		if s.options.ContentsBySuite {
			add("Contents-"+a, catalog.Deb, s.every().Intersect(s.facets.deb[i]))
		}
		if !s.options.ContentsByComponent {
			continue
		}
		for _, c := range s.components {
			add(c.Name+"/Contents-"+a, catalog.Deb, c.debs[i])
			if !c.udebs[i].IsEmpty() {
				add(c.Name+"/Contents-udeb-"+a, catalog.UDeb, c.udebs[i])
			}
		}
	}
	return plans
}

// MissingFileLists returns the members whose lists of files must be stored in the catalog
// before the Contents indexes can be built.
func (s *Suite) MissingFileLists(ctx context.Context, tx *db.Tx) (bitset.Set, error) {
	var needed bitset.Set
	for _, p := range s.contents() {
		needed = needed.Union(p.set)
	}
	return s.catalog.MissingFileLists(ctx, tx, needed)
}

// contentsVersion counts changes of how lines are written and cut.
const contentsVersion = "1"

func (t *contents) fingerprint() string { return contentsVersion + " contents " + string(t.kind) }

// changed finds the lines that differ and keeps them for write. If there are too many, it returns
// errFromNothing.
func (t *contents) changed(ctx context.Context, tx *db.Tx, was, now bitset.Set) ([]catalog.Position, error) {
	var err error
	if t.changes, err = t.compare(ctx, tx, was, now); err != nil {
		return nil, err
	}
	var positions []catalog.Position
	for i, c := range t.changes {
		if i == 0 || c.path != t.changes[i-1].path {
			positions = append(positions, catalog.Position{Name: c.path})
		}
	}
	return positions, nil
}

func (t *contents) write(ctx context.Context, tx *db.Tx, s stretch, give func(chunk, []byte) error) error {
	cut := contentsCutter{give: give}
	var err error
	if s.old == nil {
		err = t.sortAll(ctx, tx, s.set, &cut)
	} else {
		err = t.update(ctx, s, &cut)
	}
	if err != nil {
		return err
	}
	return cut.end()
}
