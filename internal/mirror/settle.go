package mirror

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// recordDeferred records which files a sync downloaded and deferred, and which deferred files only
// past revisions list now. Its cost is proportional to the changes.
func (p *Plan) recordDeferred(ctx context.Context, tx *db.Tx, old bitset.Set) error {
	s, id := p.syncer.Store, p.mirror.Collection.ID
	if err := s.Arrived(ctx, tx, p.arrived); err != nil {
		return err
	}
	defers, err := s.Defers(ctx, tx, id)
	if err != nil {
		return err
	}
	if defers {
		if err := p.unlist(ctx, tx, old.Minus(p.members)); err != nil {
			return err
		}
	}
	if p.mirror.Config.Policy == OnDemand {
		return s.deferFiles(ctx, tx, id, p.deferred)
	}
	// The pool has all that is listed.
	_, err = tx.Exec(ctx, "DELETE FROM deferred WHERE collection_id = $1 AND listed = 1", id)
	return problem.While(err, "deleting records of deferred files")
}

// unlist marks the deferred files of removed members, except files that a current member also has:
// versions of a source share their upstream tarball.
func (p *Plan) unlist(ctx context.Context, tx *db.Tx, gone bitset.Set) error {
	var names []string
	files := map[digest.SHA256]bool{}
	for f, err := range p.syncer.Catalog.FilesOf(ctx, tx, gone) {
		if err != nil {
			return err
		}
		names, files[f.SHA256] = append(names, f.Name), true
	}
	slices.Sort(names)
	for f, err := range p.syncer.Catalog.FilesNamed(ctx, tx, slices.Compact(names)) {
		if err != nil {
			return err
		}
		if p.members.Contains(f.Member) {
			delete(files, f.SHA256)
		}
	}
	_, err := db.ExecIn(ctx, tx, slices.Collect(maps.Keys(files)), "UPDATE deferred SET listed = 0 WHERE collection_id = $1 AND sha256 IN ()",
		p.mirror.Collection.ID)
	return problem.While(err, "marking deferred files of past revisions")
}

// Policy decides when the files of a mirror's packages are downloaded.
type Policy string

// The policies. Under both, a sync downloads and verifies all metadata, and lists a package only
// with a digest that the upstream's signature covers.
const (
	Full     Policy = "full"      // a sync downloads all files
	OnDemand Policy = "on-demand" // a sync defers them: their first reader downloads them
)

func (p Policy) check() error {
	if p == "" || p == Full || p == OnDemand {
		return nil
	}
	return problem.New(problem.Invalid, "there is no policy %.40q", string(p)).In("policy").WithHint("give full or on-demand")
}

// settled reports whether the sync need not check the files that the mirror lists now: all are
// known to be in the pool, or, under the policy on-demand, recorded as deferred from the same
// upstream.
func (p *Plan) settled(ctx context.Context, tx *db.Tx) (bool, error) {
	if p.force {
		return false, nil
	}
	if p.mirror.Config.Policy == OnDemand {
		return p.mirror.State.Upstream == p.mirror.Config.upstream(), nil
	}
	deferred, err := p.syncer.Store.Defers(ctx, tx, p.mirror.Collection.ID)
	return !deferred, err
}

// sighting is the record of an entry, to compare it with another of the same identity.
type sighting struct {
	files   uint64 // fingerprint of its files
	stanza  uint64 // hash of its fields; 0 unless the config is strict
	index   uint16 // the index that lists it
	matches bool   // the filters let it pass
}

// conflicts are the contradictions that a strict config refuses: a source listed twice, a binary
// package listed in two components, and a binary package listed twice with different fields.
// Packages that no filter matches have none.
type conflicts struct {
	seed     maphash.Seed
	seeded   bool
	total    int
	firstFew []string
}

// maxConflicts bounds the reported conflicts.
const maxConflicts = 20

// stanza returns a hash of the fields that does not depend on their order.
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

// compare records how an entry contradicts an earlier one of the same identity.
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

// problem returns one error for all conflicts, or nil.
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
