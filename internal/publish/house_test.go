package publish

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/digest"
)

// entry makes a small package; content tells apart packages of the same name
// and version.
func entry(name, version, architecture, content string) catalog.Entry {
	file := fmt.Sprintf("%s_%s_%s.deb", name, version, architecture)
	return catalog.Entry{
		Package: catalog.Package{
			Type: catalog.Deb, Name: name, Version: version, Architecture: architecture, Source: name, SourceVersion: version,
			Stanza: fmt.Appendf(nil, "Package: %s\nVersion: %s\nArchitecture: %s\nDescription: %s\n", name, version, architecture, strings.Repeat("text ", 10)),
			Files:  []catalog.File{{Name: file, Size: 100, SHA256: digest.Of([]byte(file + content))}},
		},
		Component: "main", Section: "misc", Priority: "optional",
	}
}

// house is a catalog with a repo, a pool, and a publication of the repo.
type house struct {
	db      *db.DB
	catalog *catalog.Store
	store   *Store
	builder *Builder
	pool    blob.Store
	repo    catalog.Collection
	place   Publication
}

type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func run(t *testing.T, test func(*testing.T, *house)) {
	t.Helper()
	dbtest.Run(t, []db.Schema{catalog.Schema(), Schema()}, func(t *testing.T, d *db.DB) {
		pool, err := file.Open(t.TempDir(), file.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { pool.Close() })
		c := catalog.New()
		h := &house{db: d, catalog: c, store: New(c), pool: pool}
		h.builder = &Builder{Store: h.store, Pool: pool}
		h.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
			h.repo, err = c.Create(ctx, tx, catalog.Collection{Kind: catalog.Repo, Name: "tools", Component: "main"})
			return err
		})
		h.place = h.publication(t, "debian", "stable", Options{})
		test(t, h)
	})
}

func (h *house) publication(t failer, prefix, distribution string, o Options) (p Publication) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = h.store.Create(ctx, tx, Publication{Endpoint: BuiltIn, Prefix: prefix, Distribution: distribution, Options: o,
			Sources: []Source{{Kind: catalog.Repo, Name: h.repo.Name, Collection: h.repo.ID}}})
		return err
	})
	return p
}

func (h *house) tx(t failer, fn func(context.Context, *db.Tx) error) {
	t.Helper()
	ctx := context.Background()
	if err := h.db.Tx(ctx, func(tx *db.Tx) error { return fn(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

// change adds and removes packages of the repo.
func (h *house) change(t failer, add, remove []catalog.Entry) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		var sets [2]bitset.Set
		for i, list := range [][]catalog.Entry{add, remove} {
			var err error
			if sets[i], err = h.catalog.Intern(ctx, tx, catalog.Entries(list)); err != nil {
				return err
			}
		}
		_, _, err := h.catalog.Append(ctx, tx, h.repo, sets[0], sets[1], 0)
		return err
	})
}

// build makes the next release of a publication without committing it.
func (h *house) build(t failer, p Publication, rebuild bool) (b Built, _ error) {
	t.Helper()
	var failed error
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		p, err := h.store.ByID(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		in := Input{Publication: p, Rebuild: rebuild, At: time.Unix(1_800_000_000, 0)}
		for _, s := range p.Sources {
			c, err := h.catalog.ByID(ctx, tx, s.Collection)
			if err != nil {
				return err
			}
			s.Revision = c.Head
			in.Sources = append(in.Sources, s)
		}
		if p.Head > 0 {
			previous, err := h.store.Release(ctx, tx, p.ID, p.Head)
			if err != nil {
				return err
			}
			in.Previous = &previous
		}
		in.At = Date(in.At, in.Previous)
		b, failed = h.builder.Build(ctx, tx, in)
		return nil
	})
	return b, failed
}

func (h *house) publish(t failer, p Publication) (r Release) {
	t.Helper()
	b, err := h.build(t, p, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.pool.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	h.tx(t, func(ctx context.Context, tx *db.Tx) (err error) {
		r, err = h.store.Commit(ctx, tx, b, 0)
		return err
	})
	return r
}

// get reads a file of the tree of a prefix, now or at a time.
func (h *house) get(t failer, prefix, path string, at int64) (data []byte, s Served, err error) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		var tree *Tree
		if at == 0 {
			tree, err = h.store.Now(ctx, tx, BuiltIn, prefix)
		} else {
			tree, err = h.store.At(ctx, tx, BuiltIn, prefix, at)
		}
		if err != nil {
			return err
		}
		s, err = tree.Find(ctx, tx, path, DefaultGrace(time.Now()))
		return nil
	})
	if err != nil {
		return nil, s, err
	}
	r, err := Open(context.Background(), h.pool, s)
	if err != nil {
		return nil, s, err
	}
	defer r.Close()
	data, err = io.ReadAll(r)
	return data, s, err
}

// read is get for a file that must be there.
func (h *house) read(t failer, path string, at int64) []byte {
	t.Helper()
	data, s, err := h.get(t, "debian", path, at)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if digest.Of(data) != s.SHA256 || int64(len(data)) != s.Size {
		t.Fatalf("%s has other bytes than its digest and size say", path)
	}
	return data
}

// unpack expands a compressed file.
func unpack(t failer, data []byte, f compress.Format) []byte {
	t.Helper()
	r, err := compress.NewReader(bytes.NewReader(data), f, compress.Limits{MaxOutput: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func many(n int, version string) (list []catalog.Entry) {
	for i := range n {
		list = append(list, entry(fmt.Sprintf("package-%05d", i), version, "amd64", ""))
	}
	return list
}
