package publish

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/publish/index"
)

const contentsOfMain = "dists/stable/main/Contents-amd64"

// withFiles is a package that installs files.
type withFiles struct {
	catalog.Entry
	paths []string
}

// install gives an entry what it installs.
func install(e catalog.Entry, paths ...string) withFiles { return withFiles{e, paths} }

// changeFiles adds and removes packages of the repo, and stores the lists of
// their files.
func (h *house) changeFiles(t failer, add, remove []withFiles) {
	t.Helper()
	entries := func(list []withFiles) (entries []catalog.Entry) {
		for _, p := range list {
			entries = append(entries, p.Entry)
		}
		return entries
	}
	h.change(t, entries(add), entries(remove))
	h.putFiles(t, add)
}

// putFiles stores what packages install.
func (h *house) putFiles(t failer, list []withFiles) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		lists := map[int64]catalog.FileList{}
		for _, p := range list {
			set, err := h.catalog.Intern(ctx, tx, catalog.Entries([]catalog.Entry{p.Entry}))
			if err != nil {
				return err
			}
			known, err := h.catalog.Positions(ctx, tx, set)
			if err != nil {
				return err
			}
			if lists[known[0].ID], err = catalog.PackFiles(p.paths); err != nil {
				return err
			}
		}
		return h.catalog.PutFileLists(ctx, tx, lists)
	})
}

func (h *house) wantContents(t failer, c Contents) {
	t.Helper()
	h.edit(t, func(p *Publication) { p.Options.Contents = c })
}

func TestALineOfContentsIsAPathAndWhoHasIt(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.wantContents(t, ContentsByBoth)
		hello := entry("hello", "1", "amd64", "")
		hello2 := entry("hello", "2", "amd64", "")
		twin := hello
		twin.Component, twin.Section = "contrib", "contrib/net"
		common := entry("hello-common", "1", "all", "")
		common.Section = ""
		odd := entry("odd", "1", "amd64", "")
		odd.Section = "a,b c"
		foreign := entry("hello", "1", "arm64", "")
		h.edit(t, func(p *Publication) { p.Options.Architectures = []string{"amd64"} })
		h.changeFiles(t, []withFiles{
			install(hello, "usr/bin/hello", "usr/share/a file, with spaces ", "usr/share/old"),
			install(hello2, "usr/bin/hello", "usr/share/Z", "usr/share/doc/hello/é"),
			install(common, "usr/share/Z", "usr/bin/hello"), install(odd, "etc/odd"),
			install(foreign, "usr/bin/foreign"), install(entry("empty", "1", "amd64", "")),
		}, nil)
		h.change(t, []catalog.Entry{twin}, nil) // the same package in another component
		h.publish(t, h.place)
		main := "etc/odd odd\n" +
			"usr/bin/hello hello-common,misc/hello\n" +
			"usr/share/Z hello-common,misc/hello\n" +
			"usr/share/a file, with spaces  misc/hello\n" +
			"usr/share/doc/hello/é misc/hello\n" +
			"usr/share/old misc/hello\n"
		contrib := "usr/bin/hello contrib/net/hello\nusr/share/a file, with spaces  contrib/net/hello\nusr/share/old contrib/net/hello\n"
		suite := "etc/odd odd\n" +
			"usr/bin/hello contrib/net/hello,hello-common,misc/hello\n" +
			"usr/share/Z hello-common,misc/hello\n" +
			"usr/share/a file, with spaces  contrib/net/hello,misc/hello\n" +
			"usr/share/doc/hello/é misc/hello\n" +
			"usr/share/old contrib/net/hello,misc/hello\n"
		for path, want := range map[string]string{contentsOfMain: main, "dists/stable/contrib/Contents-amd64": contrib, "dists/stable/Contents-amd64": suite} {
			if got := string(h.read(t, path, 0)); got != want {
				t.Errorf("%s is\n%swant\n%s", path, got, want)
			}
			if got := unpack(t, h.read(t, path+".gz", 0), compress.Gzip); string(got) != want {
				t.Errorf("%s.gz is\n%s", path, got)
			}
			release := string(h.read(t, "dists/stable/Release", 0))
			for _, suffix := range []string{"", ".gz"} {
				if !strings.Contains(release, " "+strings.TrimPrefix(path, "dists/stable/")+suffix+"\n") {
					t.Errorf("Release does not list %s%s", path, suffix)
				}
			}
		}
		if _, _, err := h.get(t, "debian", contentsOfMain+".zst", 0); !problem.Is(err, problem.NotFound) {
			t.Errorf("there is a form that nobody asks for: %v", err)
		}
	})
}

func TestThePlacesOfContentsAreChosen(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		udeb := entry("disk", "1", "amd64", "")
		udeb.Type = catalog.UDeb
		h.changeFiles(t, []withFiles{install(entry("hello", "1", "amd64", ""), "usr/bin/hello"), install(udeb, "bin/disk")}, nil)
		for c, want := range map[Contents][]string{
			NoContents:          nil,
			ContentsByComponent: {"main/Contents-amd64", "main/Contents-udeb-amd64"},
			ContentsBySuite:     {"Contents-amd64"},
			ContentsByBoth:      {"Contents-amd64", "main/Contents-amd64", "main/Contents-udeb-amd64"},
		} {
			h.wantContents(t, c)
			var got []string
			for _, f := range h.publish(t, h.place).Files {
				if path, ok := strings.CutSuffix(f.Path, ".gz"); ok && strings.Contains(path, "Contents") {
					got = append(got, strings.TrimPrefix(path, "dists/stable/"))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q gives %q, not %q", c, got, want)
			}
		}
		h.wantContents(t, ContentsByComponent)
		h.publish(t, h.place)
		if got := string(h.read(t, "dists/stable/main/Contents-udeb-amd64", 0)); got != "bin/disk misc/disk\n" {
			t.Errorf("those of the installer: %q", got)
		}
	})
	for _, wrong := range []Contents{"Component", "no"} {
		if err := (Options{Contents: wrong}).Check(); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "contents") {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestAPackageWhoseFilesCannotBeReadHasNoLines(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.wantContents(t, ContentsByComponent)
		damaged := entry("damaged", "1", "amd64", "")
		h.changeFiles(t, []withFiles{install(entry("hello", "1", "amd64", ""), "usr/bin/hello")}, nil)
		h.change(t, []catalog.Entry{damaged}, nil)
		if _, err := h.build(t, h.place, false); !problem.Is(err, problem.Internal) {
			t.Errorf("built before the files were read: %v", err)
		}
		h.tx(t, func(ctx context.Context, tx *db.Tx) error {
			set, err := h.catalog.Intern(ctx, tx, catalog.Entries([]catalog.Entry{damaged}))
			if err != nil {
				return err
			}
			list, err := h.catalog.Positions(ctx, tx, set)
			if err != nil {
				return err
			}
			return h.catalog.PutFileLists(ctx, tx, map[int64]catalog.FileList{list[0].ID: {}})
		})
		h.publish(t, h.place)
		if got := string(h.read(t, contentsOfMain, 0)); got != "usr/bin/hello misc/hello\n" {
			t.Errorf("got %q", got)
		}
	})
}

// paths draws files of which packages share many.
func drawPaths(t *rapid.T, most int) (paths []string) {
	for _, n := range rapid.SliceOfN(rapid.IntRange(0, 4*most), 0, most).Draw(t, "paths") {
		paths = append(paths, fmt.Sprintf("usr/share/x y/%d", n*n))
	}
	return paths
}

// TestAChangeOfContentsGivesWhatARebuildGives: whatever packages come and go, and
// whatever files they share, versions and components of one name among them.
func TestAChangeOfContentsGivesWhatARebuildGives(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.wantContents(t, ContentsByBoth)
		h.edit(t, func(p *Publication) { p.Options.Architectures = []string{"amd64"} })
		var bulk []withFiles // so that there are several chunks, and less than half differs
		for i, e := range many(40, "1") {
			var paths []string
			for n := range 90 {
				paths = append(paths, fmt.Sprintf("usr/share/x y/%d", (i*90+n)*7))
			}
			bulk = append(bulk, install(e, paths...))
		}
		h.changeFiles(t, bulk, nil)
		h.publish(t, h.place)
		if n := h.chunks(t, contentsOfMain); n < 3 {
			t.Fatalf("there are %d chunks: the test says little", n)
		}
		files := map[string][]string{} // of each package, which never change
		var listed []withFiles
		rapid.Check(t, func(t *rapid.T) {
			var add, remove []withFiles
			for range rapid.IntRange(1, 4).Draw(t, "packages") {
				e := entry(fmt.Sprint("package-", rapid.IntRange(0, 3).Draw(t, "name")), fmt.Sprint(rapid.IntRange(1, 3).Draw(t, "version")), "amd64", "")
				key := e.Key().String()
				if files[key] == nil {
					files[key] = append(drawPaths(t, 40), "usr/share/doc/"+e.Name)
				}
				e.Section = rapid.SampledFrom([]string{"misc", "net", "contrib/net"}).Draw(t, "section")
				if strings.HasPrefix(e.Section, "contrib/") {
					e.Component = "contrib"
				}
				add = append(add, install(e, files[key]...))
			}
			for _, p := range listed {
				if rapid.Bool().Draw(t, "goes") {
					remove = append(remove, p)
				}
			}
			remove = slices.DeleteFunc(remove, func(p withFiles) bool {
				return slices.ContainsFunc(add, func(q withFiles) bool {
					return p.Key() == q.Key() && p.Section == q.Section
				})
			})
			listed = slices.DeleteFunc(listed, func(p withFiles) bool {
				return slices.ContainsFunc(remove, func(q withFiles) bool { return p.Key() == q.Key() && p.Section == q.Section })
			})
			listed = append(listed, add...)
			h.changeFiles(t, add, remove)
			h.sameAsRebuilt(t, h.place)
			if got := string(h.read(t, contentsOfMain, 0)); got != contentsModel(append(slices.Clone(bulk), listed...), "main") {
				t.Fatal("Contents is not what the files tell")
			}
		})
	})
}

// contentsModel is Contents as simply as can be.
func contentsModel(list []withFiles, component string) string {
	locations := map[string]map[string]bool{}
	for _, p := range list {
		for _, path := range p.paths {
			if p.Component != component {
				continue
			}
			if locations[path] == nil {
				locations[path] = map[string]bool{}
			}
			locations[path][p.Section+"/"+p.Name] = true
		}
	}
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(locations)) {
		fmt.Fprintf(&b, "%s %s\n", path, strings.Join(slices.Sorted(maps.Keys(locations[path])), ","))
	}
	return b.String()
}

// chunks counts those of an index.
func (h *house) chunks(t failer, path string) (n int) {
	t.Helper()
	h.tx(t, func(ctx context.Context, tx *db.Tx) error {
		id, err := db.One(ctx, tx, db.Value[int64], "SELECT chunk_table FROM index_checkpoint WHERE publication_id = $1 AND path = $2", h.place.ID, path)
		if err != nil {
			return err
		}
		table, err := index.LoadTable(ctx, tx, id)
		n = len(table.Parts(index.Plain))
		return err
	})
	return n
}

// TestAChangeOfContentsCostsWhatChanged counts rows and new blobs, which noise
// cannot change.
func TestAChangeOfContentsCostsWhatChanged(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.wantContents(t, ContentsByComponent)
		var all []withFiles
		for i, e := range many(3000, "1") {
			all = append(all, install(e, fmt.Sprintf("usr/bin/%d", i), "usr/share/doc/"+e.Name+"/copyright", "usr/share/doc/"+e.Name+"/changelog.gz"))
		}
		h.changeFiles(t, all, nil)
		h.publish(t, h.place)
		plain := h.publication(t, "plain", "stable", Options{}) // builds Packages first, so that only Contents is counted
		h.publish(t, plain)
		h.changeFiles(t, []withFiles{install(entry("package-01000", "2", "amd64", ""), "usr/share/doc/package-01000/copyright", "usr/share/doc/package-01000/NEWS.gz")}, nil)
		h.publish(t, plain)
		before := h.blobs(t)
		rows := h.rows(func() { h.publish(t, h.place) })
		if added := h.blobs(t) - before; added > 2 { // a chunk and Release
			t.Errorf("a package of two files made %d blobs", added)
		}
		if rows > 250 {
			t.Errorf("a package of two files made %d rows be read", rows)
		}
		h.sameAsRebuilt(t, h.place)
		text := h.read(t, contentsOfMain, 0)
		h.changeFiles(t, []withFiles{install(entry("package-01000", "3", "amd64", ""), "usr/share/doc/package-01000/copyright", "usr/share/doc/package-01000/NEWS.gz")},
			[]withFiles{install(entry("package-01000", "2", "amd64", ""))})
		h.publish(t, h.place)
		if !bytes.Equal(text, h.read(t, contentsOfMain, 0)) {
			t.Error("a new version of the same files changes Contents")
		}
	})
}

func TestWhatTwoPlacesOfContentsHaveInCommonIsBuiltOnce(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.wantContents(t, ContentsByBoth)
		const packages = 1000
		var all []withFiles
		for _, e := range many(packages, "1") {
			all = append(all, install(e, "usr/bin/"+e.Name))
		}
		h.changeFiles(t, all, nil)
		plain := h.publication(t, "plain", "stable", Options{})
		h.publish(t, plain)
		if n := h.rows(func() { h.publish(t, h.place) }); n > packages+300 {
			t.Errorf("%d rows were read for %d packages", n, packages)
		}
		if !bytes.Equal(h.read(t, contentsOfMain, 0), h.read(t, "dists/stable/Contents-amd64", 0)) {
			t.Error("the only component has other contents than the suite")
		}
		h.changeFiles(t, []withFiles{install(entry("zoo", "1", "amd64", ""), "usr/bin/zoo")}, nil)
		h.sameAsRebuilt(t, h.place)
	})
}

func TestAChangeThatIsTooLargeForMemoryIsWrittenFromNothing(t *testing.T) {
	t.Parallel()
	run(t, func(t *testing.T, h *house) {
		h.wantContents(t, ContentsByComponent)
		h.changeFiles(t, []withFiles{install(entry("a", "1", "amd64", ""), "a"), install(entry("b", "1", "amd64", ""), "b"), install(entry("c", "1", "amd64", ""), "c")}, nil)
		h.publish(t, h.place)
		paths := make([]string, 1<<16+1) // more than an index compares in memory
		for i := range paths {
			paths[i] = fmt.Sprintf("usr/src/linux-headers/%08d", i)
		}
		h.changeFiles(t, []withFiles{install(entry("linux-headers", "1", "amd64", ""), paths...)}, nil)
		h.sameAsRebuilt(t, h.place)
		if n := bytes.Count(h.read(t, contentsOfMain, 0), []byte{'\n'}); n != len(paths)+3 {
			t.Errorf("%d lines", n)
		}
	})
}
