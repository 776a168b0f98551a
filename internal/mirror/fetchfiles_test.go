package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/activity"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/blob/file"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/fetch"
	"github.com/aptarium/aptarium/internal/mirror"
	"github.com/aptarium/aptarium/internal/problem"
)

// content is that of the one file.
const content = "a package"

// flat writes a flat, unsigned archive of n packages that share one file.
func flat(tb testing.TB, n int) (url string) {
	tb.Helper()
	return "file://" + writeFlat(tb, n, func(int) (string, []byte) { return "p.deb", []byte(content) })
}

// several writes one of n packages with a file each.
func several(tb testing.TB, n int) (dir string) {
	tb.Helper()
	return writeFlat(tb, n, func(i int) (string, []byte) {
		return fmt.Sprintf("p%d.deb", i), fmt.Appendf(nil, "package %d", i)
	})
}

func writeFlat(tb testing.TB, n int, file func(i int) (name string, content []byte)) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	files := map[string][]byte{}
	var packages strings.Builder
	for i := range n {
		name, content := file(i)
		files[name] = content
		fmt.Fprintf(&packages, "Package: p%d\nVersion: 1\nArchitecture: all\nFilename: ./%s\nSize: %d\nSHA256: %s\n\n", i, name, len(content), digest.Of(content))
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			tb.Fatal(err)
		}
	}
	writeRelease(tb, dir, packages.String())
	return dir
}

// writeRelease writes an index and the Release that lists it.
func writeRelease(tb testing.TB, dir, index string) {
	tb.Helper()
	release := fmt.Sprintf("Date: %s\nSHA256:\n %s %d Packages\n", time.Now().UTC().Format(time.RFC1123), digest.Of([]byte(index)), len(index))
	for name, text := range map[string]string{"Packages": index, "Release": release} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			tb.Fatal(err)
		}
	}
}

// bench is a syncer with all that it needs, and a mirror.
type bench struct {
	*mirror.Syncer
	db *db.DB
	mirror.Mirror
}

func newBench(tb testing.TB, d *db.DB, config mirror.Config) *bench {
	tb.Helper()
	pool, err := file.Open(tb.TempDir(), file.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { pool.Close() })
	client, err := fetch.New(fetch.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(client.Close)
	c := catalog.New()
	store := mirror.New(c)
	b := &bench{Syncer: &mirror.Syncer{Catalog: c, Store: store, Pool: pool, Client: client, Now: time.Now}, db: d}
	err = d.Tx(tb.Context(), func(tx *db.Tx) (err error) {
		b.Mirror, err = store.Create(tb.Context(), tx, "m", "", config, nil)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func silent(activity.Progress) {}

// planned gives a plan whose files are in the pool.
func (b *bench) planned(tb testing.TB) *mirror.Plan {
	tb.Helper()
	if _, err := blobtest.PutBytes(tb.Context(), b.Pool, []byte(content)); err != nil {
		tb.Fatal(err)
	}
	p, err := b.Plan(tb.Context(), b.db, b.Mirror, false, silent)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestOthersWriteWhilePackagesAreStored(t *testing.T) {
	t.Parallel()
	const packages = 4500
	dbtest.Run(t, []db.Schema{catalog.Schema(), mirror.Schema()}, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, mirror.Config{URL: flat(t, packages), Suite: "./"})
		p := b.planned(t)
		var told []int64
		err := p.Fetch(t.Context(), d, func(at activity.Progress) {
			if told = append(told, at.Done); at.Total != packages {
				t.Errorf("%d of %d", at.Done, at.Total)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			err := d.Tx(ctx, func(tx *db.Tx) error {
				_, err := b.Catalog.Create(ctx, tx, catalog.Collection{Kind: catalog.Repo, Name: fmt.Sprint("r", at.Done), Component: "main"})
				return err
			})
			if err != nil {
				t.Errorf("nobody can write after %d packages: %v", at.Done, err)
			}
		})
		if err != nil || fmt.Sprint(told) != "[0 2000 4000]" {
			t.Fatalf("%v, told of %d", err, told)
		}
		var r mirror.Result
		err = d.Tx(t.Context(), func(tx *db.Tx) (err error) {
			r, err = p.Commit(t.Context(), tx, 0)
			return err
		})
		if err != nil || r.Packages != packages || r.Added != packages || r.Revision != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestNothingIsSeenBeforeTheCommit(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{catalog.Schema(), mirror.Schema()}, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, mirror.Config{URL: flat(t, 10), Suite: "./"})
		p := b.planned(t)
		for range 2 { // a second try finds what the first stored
			if err := p.Fetch(t.Context(), d, silent); err != nil {
				t.Fatal(err)
			}
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			m, err := b.Store.Get(t.Context(), tx, "m")
			if err == nil && m.Collection.Head != 0 {
				t.Errorf("the head is %d", m.Collection.Head)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		err = d.Tx(t.Context(), func(tx *db.Tx) error {
			r, err := p.Commit(t.Context(), tx, 0)
			if r.Packages != 10 {
				t.Errorf("%+v", r)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestRepeatedPackagesDoNotMisleadTheSecondReading has files missing after
// packages that are listed twice, with the same file and with another.
func TestRepeatedPackagesDoNotMisleadTheSecondReading(t *testing.T) {
	t.Parallel()
	dbtest.Run(t, []db.Schema{catalog.Schema(), mirror.Schema()}, func(t *testing.T, d *db.DB) {
		dir := several(t, 4)
		index, err := os.ReadFile(filepath.Join(dir, "Packages"))
		if err != nil {
			t.Fatal(err)
		}
		stanzas := strings.SplitAfter(string(index), "\n\n")
		other := strings.Replace(stanzas[3], "Package: p3\n", "Package: p0\n", 1) // p0 with the file of p3
		writeRelease(t, dir, stanzas[0]+stanzas[1]+stanzas[0]+other+stanzas[2]+stanzas[1]+stanzas[3])
		b := newBench(t, d, mirror.Config{URL: "file://" + dir, Suite: "./"})
		if _, err := blobtest.PutBytes(t.Context(), b.Pool, []byte("package 1")); err != nil {
			t.Fatal(err)
		}
		p, err := b.Plan(t.Context(), d, b.Mirror, false, silent)
		if err != nil || p.Packages != 4 || p.Download != 3 {
			t.Fatalf("%d packages, %d files to download, %v", p.Packages, p.Download, err)
		}
		if err := p.Fetch(t.Context(), d, silent); err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			if _, err := b.Pool.Stat(t.Context(), digest.Of(fmt.Appendf(nil, "package %d", i))); err != nil {
				t.Errorf("package %d: %v", i, err)
			}
		}
		var r mirror.Result
		err = d.Tx(t.Context(), func(tx *db.Tx) (err error) {
			r, err = p.Commit(t.Context(), tx, 0)
			return err
		})
		if err != nil || r.Packages != 4 || r.Duplicates != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// flushing is a pool that counts its flushes.
type flushing struct {
	blob.Store
	flushes atomic.Int64
}

func (f *flushing) Flush(ctx context.Context) error {
	f.flushes.Add(1)
	return f.Store.Flush(ctx)
}

func TestFilesAreMadeDurableWhileOthersCome(t *testing.T) {
	t.Parallel()
	const files = 5001 // one more than come between two flushes
	dbtest.Run(t, []db.Schema{catalog.Schema(), mirror.Schema()}, func(t *testing.T, d *db.DB) {
		b := newBench(t, d, mirror.Config{URL: "file://" + several(t, files), Suite: "./"})
		pool := &flushing{Store: b.Pool}
		b.Pool = pool
		p, err := b.Plan(t.Context(), d, b.Mirror, false, silent)
		if err != nil || p.Download != files {
			t.Fatalf("%d files to download, %v", p.Download, err)
		}
		if err := p.Fetch(t.Context(), d, silent); err != nil {
			t.Fatal(err)
		}
		if n := pool.flushes.Load(); n != 2 {
			t.Errorf("%d flushes", n)
		}
		again, err := b.Plan(t.Context(), d, b.Mirror, true, silent)
		if err != nil || again.Download != 0 {
			t.Errorf("%d files are missing afterwards, %v", again.Download, err)
		}
	})
}

// TestAFetchEndsWithItsFirstFailure breaks each of the things that go on at once.
func TestAFetchEndsWithItsFirstFailure(t *testing.T) {
	t.Parallel()
	const files = 50
	for name, c := range map[string]struct {
		spoil func(t *testing.T, b *bench, dir string)
		want  problem.Kind // "" for an error that is no problem
	}{
		"a file that is not there": {func(t *testing.T, b *bench, dir string) {
			if err := os.Remove(filepath.Join(dir, "p25.deb")); err != nil {
				t.Fatal(err)
			}
		}, problem.NotFound},
		"an index that is gone": {func(t *testing.T, b *bench, dir string) {
			index, err := os.ReadFile(filepath.Join(dir, "Packages"))
			if err == nil {
				err = b.Pool.Remove(t.Context(), digest.Of(index))
			}
			if err != nil {
				t.Fatal(err)
			}
		}, problem.NotFound},
		"a database that is closed": {func(t *testing.T, b *bench, dir string) {
			if err := b.db.Close(); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dbtest.Run(t, []db.Schema{catalog.Schema(), mirror.Schema()}, func(t *testing.T, d *db.DB) {
				dir := several(t, files)
				b := newBench(t, d, mirror.Config{URL: "file://" + dir, Suite: "./"})
				p, err := b.Plan(t.Context(), d, b.Mirror, false, silent)
				if err != nil {
					t.Fatal(err)
				}
				c.spoil(t, b, dir)
				err = p.Fetch(t.Context(), d, silent)
				if err == nil || c.want != "" && !problem.Is(err, c.want) || c.want == "" && !errors.Is(err, db.ErrClosed) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
