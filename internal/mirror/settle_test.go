package mirror_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/mirror"
)

// shelves is an upstream that changes, and a mirror of it under changing policies.
type shelves struct {
	*bench
	t    *rapid.T
	tb   testing.TB
	dir  string
	name string                 // of the mirror, and in its files
	ever map[digest.SHA256]bool // files that some state listed
	now  map[digest.SHA256]bool // those of the newest
}

// change lists other packages, of which several may have the same file, and syncs.
func (s *shelves) change(t *rapid.T) {
	files := rapid.SliceOfN(rapid.IntRange(0, 5), 1, 8).Draw(t, "files")
	first := rapid.IntRange(0, 3).Draw(t, "first")
	s.Config.Policy = rapid.SampledFrom([]mirror.Policy{mirror.OnDemand, mirror.OnDemand, mirror.OnDemand, mirror.Full}).Draw(t, "policy")
	force := rapid.Bool().Draw(t, "force")
	var index strings.Builder
	s.now = map[digest.SHA256]bool{}
	for i, file := range files {
		data := s.file(file)
		s.check(os.WriteFile(filepath.Join(s.dir, fmt.Sprintf("f%d.deb", file)), data, 0o644))
		fmt.Fprintf(&index, "Package: p%d\nVersion: 1\nArchitecture: all\nFilename: ./f%d.deb\nSize: %d\nSHA256: %s\n\n", first+i, file, len(data), digest.Of(data))
		s.now[digest.Of(data)], s.ever[digest.Of(data)] = true, true
	}
	writeRelease(s.tb, s.dir, index.String())
	s.check(s.db.Tx(s.tb.Context(), func(tx *db.Tx) error { return s.Store.Save(s.tb.Context(), tx, s.Mirror) }))
	p, err := s.Plan(s.tb.Context(), s.db, s.Mirror, force, silent)
	s.check(err)
	s.check(p.Fetch(s.tb.Context(), s.db, silent))
	s.check(s.db.Tx(s.tb.Context(), func(tx *db.Tx) error {
		if _, err := p.Commit(s.tb.Context(), tx, 0); err != nil {
			return err
		}
		s.Mirror, err = s.Store.Get(s.tb.Context(), tx, s.name)
		return err
	}))
}

func (s *shelves) file(n int) []byte { return fmt.Appendf(nil, "file %d of %s", n, s.name) }

// arrive brings a file, as when somebody asks for it.
func (s *shelves) arrive(t *rapid.T) {
	data := s.file(rapid.IntRange(0, 5).Draw(t, "file"))
	if !s.ever[digest.Of(data)] {
		return
	}
	_, err := blobtest.PutBytes(s.tb.Context(), s.Pool, data)
	s.check(err)
	s.check(s.db.Tx(s.tb.Context(), func(tx *db.Tx) error {
		return s.Store.Arrived(s.tb.Context(), tx, []digest.SHA256{digest.Of(data)})
	}))
}

// right: each file that any state lists is in the pool or known to be upstream,
// and marked as listed when the newest state lists it.
func (s *shelves) right(t *rapid.T) {
	upstream := map[digest.SHA256]mirror.Deferred{}
	var tally mirror.Tally
	s.check(s.db.Read(s.tb.Context(), func(tx *db.Tx) (err error) {
		for d, err := range s.Store.DeferredFiles(s.tb.Context(), tx, s.Collection.ID) {
			if err != nil {
				return err
			}
			upstream[d.SHA256] = d
		}
		tally, err = s.Store.DeferredTally(s.tb.Context(), tx, s.Collection.ID)
		return err
	}))
	listed := 0
	for d := range s.ever {
		_, err := s.Pool.Stat(s.tb.Context(), d)
		u, deferred := upstream[d]
		if (err == nil) == deferred || deferred && u.Listed != s.now[d] {
			t.Fatalf("file %s: in the pool: %t, upstream: %t and listed: %t, but now: %t", d, err == nil, deferred, u.Listed, s.now[d])
		}
		if deferred && s.now[d] {
			listed++
		}
	}
	if tally.Files != listed || s.State.Files != len(s.now) {
		t.Fatalf("counted are %d upstream of %d, not %d of %d", tally.Files, s.State.Files, listed, len(s.now))
	}
}

func (s *shelves) check(err error) {
	if err != nil {
		s.t.Fatal(err)
	}
}

// TestEveryFileIsHereOrKnownToBeUpstream, whatever the upstream, the policy and
// those who ask do.
func TestEveryFileIsHereOrKnownToBeUpstream(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t, catalog.Schema(), mirror.Schema())
	b, dir, checks := newBench(t, d, mirror.Config{URL: "file:///nowhere", Suite: "./"}), t.TempDir(), 0
	rapid.Check(t, func(r *rapid.T) {
		checks++
		s := &shelves{bench: b, t: r, tb: t, name: fmt.Sprint("m", checks), ever: map[digest.SHA256]bool{}}
		s.dir = filepath.Join(dir, s.name)
		s.check(os.Mkdir(s.dir, 0o755))
		s.check(d.Tx(t.Context(), func(tx *db.Tx) (err error) {
			s.Mirror, err = b.Store.Create(t.Context(), tx, s.name, "", mirror.Config{URL: "file://" + s.dir, Suite: "./", ShrinkGuard: 100}, nil)
			return err
		}))
		s.change(r)
		for range rapid.IntRange(1, 5).Draw(r, "steps") {
			s.right(r)
			if rapid.Bool().Draw(r, "arrives") {
				s.arrive(r)
			} else {
				s.change(r)
			}
		}
		s.right(r)
	})
}
