package publish

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
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
			if sets[i], err = h.catalog.Intern(ctx, tx, func(yield func(catalog.Entry, error) bool) {
				for _, e := range list {
					if !yield(e, nil) {
						return
					}
				}
			}); err != nil {
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

const packages = "dists/stable/main/binary-amd64/Packages"

func TestAReleaseListsAndServesItsIndexes(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, append(many(1000, "1"), entry("arch-all", "1", "all", "")), nil)
		h.publish(t, h.place)
		plain := h.read(t, packages, 0)
		if n := bytes.Count(plain, []byte("Package: ")); n != 1001 {
			t.Errorf("Packages lists %d packages", n)
		}
		for _, f := range []compress.Format{compress.Gzip, compress.Zstd} {
			if !bytes.Equal(unpack(t, h.read(t, packages+f.Suffix(), 0), f), plain) {
				t.Errorf("Packages%s has another text than Packages", f.Suffix())
			}
		}
		release, err := deb822.Parse(h.read(t, "dists/stable/Release", 0))
		if err != nil {
			t.Fatal(err)
		}
		listed := 0
		for sum, err := range deb822.Checksums(release.Get("SHA256"), deb822.SHA256) {
			if err != nil {
				t.Fatal(err)
			}
			data := h.read(t, "dists/stable/"+string(sum.Name), 0)
			byHash := "dists/stable/" + string(sum.Name[:bytes.LastIndexByte(sum.Name, '/')+1]) + "by-hash/SHA256/" + string(sum.Sum)
			if digest.Of(data).String() != string(sum.Sum) || !bytes.Equal(h.read(t, byHash, 0), data) {
				t.Errorf("%s is not what Release says, by name or by hash", sum.Name)
			}
			listed++
		}
		if listed != 4 {
			t.Errorf("Release lists %d files, not three forms of Packages and a Release", listed)
		}
	})
}

func TestReleaseText(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, []catalog.Entry{entry("hello", "1.0", "amd64", "")}, nil)
		p := h.publication(t, "full", "stable/updates", Options{
			Origin: "Example", Label: "Tools", Suite: "stable", Codename: "buzz", Version: "1.1", Description: "All tools",
			NotAutomatic: true, ButAutomaticUpgrades: true, ValidFor: 48 * time.Hour, Architectures: []string{"arm64", "amd64"},
			Formats: []compress.Format{compress.Gzip}, Sums: Sums{MD5: true},
		})
		h.publish(t, p)
		data, _, err := h.get(t, "full", "dists/stable/updates/Release", 0)
		if err != nil {
			t.Fatal(err)
		}
		want := `Origin: Example
Label: Tools
Suite: stable
Version: 1.1
Codename: buzz
Date: Fri, 15 Jan 2027 08:00:00 UTC
Valid-Until: Sun, 17 Jan 2027 08:00:00 UTC
NotAutomatic: yes
ButAutomaticUpgrades: yes
Acquire-By-Hash: yes
Architectures: amd64 arm64
Components: main
Description: All tools
MD5Sum:
`
		if !bytes.HasPrefix(data, []byte(want)) {
			t.Errorf("got\n%s", data)
		}
	})
}

func TestAnEmptyPublicationCanBeRead(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.publish(t, h.place)
		all := "dists/stable/main/binary-all/Packages"
		if got := unpack(t, h.read(t, all+".gz", 0), compress.Gzip); len(got) != 0 {
			t.Errorf("%d bytes", len(got))
		}
		h.change(t, many(3, "1"), nil)
		h.publish(t, h.place)
		h.change(t, nil, many(3, "1"))
		h.publish(t, h.place)
		if got := h.read(t, all, 0); len(got) != 0 {
			t.Errorf("%d bytes after everything was removed", len(got))
		}
	})
}

// TestAChangedIndexIsTheOneBuiltFromNothing is the heart of cheap publishing:
// whatever the way to a state, its release has the same bytes.
func TestAChangedIndexIsTheOneBuiltFromNothing(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) { changedIsFromNothing(t, h, 1500, compress.Zstd) })
}

// changedIsFromNothing changes a repo of n packages at random; one compressed
// form of the index is read back each time.
func changedIsFromNothing(t *testing.T, h *house, n int, f compress.Format) {
	t.Helper()
	h.change(t, many(n, "1"), nil)
	h.publish(t, h.place)
	rapid.Check(t, func(r *rapid.T) {
		pick := func(label, version string) (list []catalog.Entry) {
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, n+200), 0, 8).Draw(r, label) {
				list = append(list, entry(fmt.Sprintf("package-%05d", i), version, "amd64", ""))
			}
			return list
		}
		h.change(r, append(pick("add", "1"), pick("upgrade", "2")...), append(pick("remove", "1"), pick("remove 2", "2")...))
		if from := rapid.IntRange(0, n-100).Draw(r, "a run from"); rapid.Bool().Draw(r, "remove a run") {
			h.change(r, nil, many(n, "1")[from:from+100])
		}
		fresh, err := h.build(r, h.place, true)
		if err != nil {
			r.Fatal(err)
		}
		got := h.publish(r, h.place)
		for _, want := range fresh.Files {
			if have, ok := got.file(want.Path); !ok || have.SHA256 != want.SHA256 || have.Size != want.Size {
				r.Fatalf("%s differs from a rebuild", want.Path)
			}
		}
		if len(got.Files) != len(fresh.Files) {
			r.Fatalf("%d files, a rebuild has %d", len(got.Files), len(fresh.Files))
		}
		h.read(r, packages+f.Suffix(), 0)
	})
}

func TestOnePackageTouchesOneChunk(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(5000, "1"), nil)
		first := h.publish(t, h.place)
		count := func() (n int) {
			for _, err := range h.pool.Each(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			return n
		}
		before := count()
		h.change(t, []catalog.Entry{entry("package-02500", "2", "amd64", "")}, nil)
		second := h.publish(t, h.place)
		if added := count() - before; added > 4 { // a piece of gz and of zst, Release, perhaps one split in two
			t.Errorf("one package more made %d new blobs", added)
		}
		a, _ := first.file(packages)
		b, _ := second.file(packages)
		if a.SHA256 == b.SHA256 {
			t.Error("the index did not change")
		}
	})
}

func TestEveryReleaseIsServedAtItsTime(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		var releases []Release
		var texts [][]byte
		for i := range 5 {
			h.change(t, []catalog.Entry{entry("hello", fmt.Sprintf("1.%d", i), "amd64", "")}, nil)
			releases = append(releases, h.publish(t, h.place))
			texts = append(texts, h.read(t, "dists/stable/Release", 0))
		}
		for i, r := range releases {
			if got := h.read(t, "dists/stable/Release", r.At); !bytes.Equal(got, texts[i]) {
				t.Errorf("release %d at its own time is not as it was", r.Number)
			}
			deb := fmt.Sprintf("pool/main/h/hello/hello_1.%d_amd64.deb", i)
			if _, s, err := h.get(t, "debian", deb, 0); s.SHA256.IsZero() {
				t.Errorf("%s: %v", deb, err)
			}
			if i > 0 {
				if _, _, err := h.get(t, "debian", deb, releases[i-1].At); !problem.Is(err, problem.NotFound) {
					t.Errorf("%s before it was published: %v", deb, err)
				}
			}
			if i > 0 && releases[i].Modified <= releases[i-1].Modified {
				t.Error("two releases have the same Last-Modified")
			}
		}
		if _, _, err := h.get(t, "debian", "dists/stable/Release", releases[0].At-1); !problem.Is(err, problem.NotFound) {
			t.Errorf("before the first release: %v", err)
		}
	})
}

func TestWhatIsReplacedIsServedForAWhile(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		old := entry("hello", "1", "amd64", "")
		h.change(t, []catalog.Entry{old}, nil)
		first := h.publish(t, h.place)
		h.change(t, []catalog.Entry{entry("hello", "2", "amd64", "")}, []catalog.Entry{old})
		h.publish(t, h.place)
		index, _ := first.file(packages + ".gz")
		h.read(t, "dists/stable/main/binary-amd64/by-hash/SHA256/"+index.SHA256.String(), 0)
		const deb = "pool/main/h/hello/hello_1_amd64.deb"
		if _, s, _ := h.get(t, "debian", deb, 0); s.SHA256 != old.Files[0].SHA256 {
			t.Error("the package that the last index lists is gone")
		}
		h.tx(t, func(ctx context.Context, tx *db.Tx) error {
			tree, err := h.store.Now(ctx, tx, BuiltIn, "debian")
			if err != nil {
				return err
			}
			if _, err := tree.Find(ctx, tx, deb, Grace{Releases: 0, Since: time.Now().Add(time.Hour).UnixMicro()}); !problem.Is(err, problem.NotFound) {
				t.Errorf("after the grace: %v", err)
			}
			return nil
		})
	})
}

func TestHostilePathsFindNothing(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, []catalog.Entry{entry("hello", "1", "amd64", "")}, nil)
		r := h.publish(t, h.place)
		index, _ := r.file(packages)
		for _, path := range []string{
			"", "dists", "dists/", "dists/stable", "dists/stable/../stable/Release", "pool/main/h/hello/", "pool/main/h/hello/hello_2_amd64.deb",
			"pool/main/l/hello/hello_1_amd64.deb", "pool/contrib/h/hello/hello_1_amd64.deb", "pool/hello_1_amd64.deb", "pool//h/hello/hello_1_amd64.deb",
			"dists/stable/main/by-hash/SHA256/" + index.SHA256.String(),
			"dists/stable/main/binary-amd64/by-hash/MD5Sum/" + index.SHA256.String(),
			"dists/stable/main/binary-amd64/by-hash/SHA256/" + strings.ToUpper(index.SHA256.String()),
			"dists/stable/main/binary-amd64/by-hash/SHA256/../../../Release", "etc/passwd",
		} {
			if _, _, err := h.get(t, "debian", path, 0); !problem.Is(err, problem.NotFound) {
				t.Errorf("%q: %v", path, err)
			}
		}
	})
}

func TestConflictsAreToldBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, []catalog.Entry{entry("hello", "1", "amd64", ""), entry("hello", "1", "amd64", "other bytes")}, nil)
		if _, err := h.build(t, h.place, false); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "hello 1 amd64") {
			t.Errorf("two contents in one publication: %v", err)
		}
		h.change(t, nil, []catalog.Entry{entry("hello", "1", "amd64", "")})
		h.publish(t, h.place)
		h.change(t, []catalog.Entry{entry("hello", "1", "amd64", "")}, []catalog.Entry{entry("hello", "1", "amd64", "other bytes")})
		beside := h.publication(t, "debian", "testing", Options{})
		if _, err := h.build(t, beside, false); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "pool/main/h/hello/hello_1_amd64.deb") {
			t.Errorf("two contents below one prefix: %v", err)
		}
		elsewhere := h.publication(t, "other", "testing", Options{})
		if _, err := h.build(t, elsewhere, false); err != nil {
			t.Errorf("another prefix: %v", err)
		}
	})
}

func TestASecondCommitOfOneReleaseIsRefused(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(3, "1"), nil)
		b, err := h.build(t, h.place, false)
		if err != nil {
			t.Fatal(err)
		}
		h.publish(t, h.place)
		err = h.db.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := h.store.Commit(t.Context(), tx, b, 0)
			return err
		})
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("got %v", err)
		}
	})
}

func TestNothingNewIsSeen(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.change(t, many(3, "1"), nil)
		h.publish(t, h.place)
		b, err := h.build(t, h.place, false)
		if err != nil || !b.Same() {
			t.Errorf("the same views again: same is %v, %v", b.Same(), err)
		}
		h.change(t, many(4, "1"), nil)
		if b, err = h.build(t, h.place, false); err != nil || b.Same() {
			t.Errorf("one package more: same is %v, %v", b.Same(), err)
		}
	})
}

func TestPlacesThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ prefix, distribution string }{
		{"", "stable"}, {"/debian", "stable"}, {"debian/", "stable"}, {"a//b", "stable"}, {"../x", "stable"}, {"a/dists/b", "stable"},
		{"a/20260101T000000Z", "stable"}, {"debian", ""}, {"debian", "."}, {"debian", "a/../b"}, {"debian", "stable/"}, {"debian", "a b"}, {"debian", "x/by-hash"},
	} {
		if err := CheckPlace(c.prefix, c.distribution); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q %q: %v", c.prefix, c.distribution, err)
		}
	}
	for _, c := range []struct{ prefix, distribution string }{{"debian", "bookworm"}, {"a/b_c", "stable/updates"}, {"x", "1.0+dev~1"}} {
		if err := CheckPlace(c.prefix, c.distribution); err != nil {
			t.Errorf("%q %q: %v", c.prefix, c.distribution, err)
		}
	}
}
