package mirror

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/problem"
)

// sighting is what is remembered of an entry, to compare it with another of the
// same identity.
type sighting struct {
	files   uint64 // tells its files apart
	stanza  uint64 // tells its fields apart; 0 unless the config is strict
	index   uint16 // where it was listed
	matches bool   // the filters let it pass
}

// conflicts are the contradictions of an upstream that a strict config does not
// take: a source that is listed twice, a binary package of two components, and one
// that is listed twice with a difference in any field. Packages that the filters
// do not let pass have none.
type conflicts struct {
	seed     maphash.Seed
	seeded   bool
	total    int
	firstFew []string
}

// maxConflicts is how many are told.
const maxConflicts = 20

// stanza is a hash of the fields, in whatever order.
func (c *conflicts) stanza(s *deb822.Stanza) (sum uint64) {
	if !c.seeded {
		c.seed, c.seeded = maphash.MakeSeed(), true
	}
	for _, f := range s.Fields {
		var h maphash.Hash
		h.SetSeed(c.seed)
		_, _ = h.Write(bytes.ToLower(f.Name))
		_ = h.WriteByte(0)
		_, _ = h.Write(f.Value)
		sum += h.Sum64()
	}
	return sum
}

// compare looks at an entry that was seen before.
func (c *conflicts) compare(e *entry, indexes []index, before, now sighting) {
	if !before.matches && !now.matches {
		return
	}
	one, other := indexes[before.index].component, indexes[now.index].component
	name := itemName(e.Type, e.Component, e.Name, e.Version, e.Architecture)
	switch {
	case e.Type == catalog.Source && one == other:
		c.add("the source %s is listed twice in the component %s", name, one)
	case e.Type == catalog.Source:
		c.add("the source %s is listed in the components %s and %s", name, one, other)
	case one != other:
		c.add("the binary package %s is listed in the components %s and %s", name, one, other)
	case before.stanza != now.stanza:
		c.add("the binary package %s is listed twice in the component %s, with differences (%s, %s)", name, one,
			indexes[before.index].path, indexes[now.index].path)
	}
}

func (c *conflicts) add(format string, args ...any) {
	if c.total++; len(c.firstFew) < maxConflicts {
		c.firstFew = append(c.firstFew, fmt.Sprintf(format, args...))
	}
}

// problem tells of all conflicts at once; none is nil.
func (c *conflicts) problem() error {
	if c.total == 0 {
		return nil
	}
	more := ""
	if c.total > len(c.firstFew) {
		more = fmt.Sprintf("; and %d more", c.total-len(c.firstFew))
	}
	return problem.New(problem.Upstream, "the upstream contradicts itself: %s%s", strings.Join(c.firstFew, "; "), more).
		WithHint("tell its keeper, or leave these packages out with filters, components or architectures")
}
