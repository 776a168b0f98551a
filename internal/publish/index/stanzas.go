package index

import (
	"context"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// stanzas is the text of a Packages or Sources index: the stanza of every
// member, in the order of positions.
type stanzas struct {
	catalog *catalog.Store
	kind    catalog.Type
	render  renderer
}

// packages plans the Packages indexes, of debs and of udebs.
func (s *Suite) packages() (plans []Plan) {
	for i := range s.components {
		c := &s.components[i]
		for n, a := range s.architectures {
			plans = append(plans, s.stanzas(c, "binary-"+a, a, catalog.Deb, c.debs[n]))
			if !c.udebs[n].IsEmpty() {
				plans = append(plans, s.stanzas(c, "debian-installer/binary-"+a, a, catalog.UDeb, c.udebs[n]))
			}
		}
	}
	return plans
}

func (s *Suite) sourcePackages() (plans []Plan) {
	if !s.sources {
		return nil
	}
	for i := range s.components {
		c := &s.components[i]
		plans = append(plans, s.stanzas(c, "source", "source", catalog.Source, c.sources))
	}
	return plans
}

func (s *Suite) stanzas(c *Component, directory, architecture string, kind catalog.Type, set bitset.Set) Plan {
	name := "Packages"
	if kind == catalog.Source {
		name = "Sources"
	}
	o := s.options
	text := stanzas{s.catalog, kind, renderer{component: c.Name, area: c.Area, sums: o.Sums, short: o.Translations && kind == catalog.Deb}}
	p := s.at(c.Name+"/"+directory+"/"+name, text, set)
	p.Patched = true
	p.ReleasePath, p.Component, p.Architecture = o.Directory+"/"+c.Name+"/"+directory+"/Release", c.Name, architecture
	return p
}

func (t stanzas) fingerprint() string { return t.render.fingerprint(t.kind) }

func (t stanzas) changed(ctx context.Context, tx *db.Tx, was, now bitset.Set) ([]catalog.Position, error) {
	return changedPositions(ctx, tx, t.catalog, was, now)
}

// changedPositions returns the positions of the members that one set has and the
// other has not.
func changedPositions(ctx context.Context, tx *db.Tx, c *catalog.Store, was, now bitset.Set) ([]catalog.Position, error) {
	changed, err := c.Positions(ctx, tx, now.Minus(was).Union(was.Minus(now)))
	if err != nil {
		return nil, err
	}
	positions := make([]catalog.Position, len(changed))
	for i := range changed {
		positions[i] = changed[i].Position
	}
	return positions, nil
}

func (t stanzas) write(ctx context.Context, tx *db.Tx, s stretch, give func(chunk, []byte) error) error {
	var open chunk
	var plain []byte
	var last catalog.Listed
	for l, err := range t.catalog.Range(ctx, tx, t.kind, s.set, s.from, s.to) {
		if err != nil {
			return err
		}
		if last.Name != "" && last.Position == l.Position {
			if err := sameContent(last, l, t.render.component); err != nil {
				return err
			}
			continue
		}
		if open.packages > 0 && startsChunk(l.Position) {
			if err := give(open, plain); err != nil {
				return err
			}
			open, plain = chunk{}, nil
		}
		if open.packages == 0 {
			open.first = l.Position
		}
		plain = t.render.appendStanza(plain, &l)
		open.packages++
		last = l
	}
	if open.packages == 0 {
		return nil
	}
	return give(open, plain)
}

// sameContent refuses two packages of the same name, version and architecture
// that are not the same files: clients could get either.
func sameContent(a, b catalog.Listed, component string) error {
	same := len(a.Files) == len(b.Files)
	for i := 0; same && i < len(a.Files); i++ {
		same = a.Files[i].SHA256 == b.Files[i].SHA256
	}
	if same {
		return nil
	}
	return problem.New(problem.Conflict, "%s %s %s is in component %s twice with different content: %s with SHA-256 %s and %s with SHA-256 %s",
		a.Package.Name, a.Version, a.Package.Architecture, component, a.Files[0].Name, a.Files[0].SHA256, b.Files[0].Name, b.Files[0].SHA256).
		WithHint("remove one of the two from its source, or publish the sources in different components")
}
