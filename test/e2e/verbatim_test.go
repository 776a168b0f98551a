package e2e

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/testkit"
)

// TestDebianVerbatimAndFiltered: a slice of Debian's real archive, mirrored once, is
// served as Debian signed it and, in part, as we do. apt takes the one with Debian's
// key alone and the other with ours alone, and the pool has each file once.
func TestDebianVerbatimAndFiltered(t *testing.T) {
	t.Parallel()
	slice, err := testkit.OpenSlice(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	upstream := testkit.NewUpstream(slice.Dir)
	defer upstream.Close()
	d := &debian{slice: slice, data: tempData(t)}
	d.aptarium = start(t, d.data)
	d.mirror(upstream.URL())

	theirs := d.publish(publications.NewPublication{Prefix: "theirs", Sources: []string{"mirror:debian"}, Options: publications.PublishOptions{Verbatim: true}})
	d.takes(theirs, theirs, true)
	inRelease, err := os.ReadFile(filepath.Join(slice.Dir, "dists", slice.Codename, "InRelease"))
	if err != nil {
		t.Fatal(err)
	}
	if got := d.published("theirs"); len(got) != 2 || got[digest.Of(inRelease)] != int64(len(inRelease)) {
		t.Errorf("theirs has %d files below dists, want InRelease and Packages as Debian has them", len(got))
	}
	before := d.pool()
	d.holds(before, d.packages(), d.published("theirs"))

	ours := d.publish(publications.NewPublication{Prefix: "ours", Sources: []string{d.filtered()}})
	d.takes(ours, ours, true)
	d.takes(ours, theirs, false)
	d.takes(theirs, ours, false)
	d.holds(d.pool(), d.packages(), d.published("theirs"), d.published("ours"))
	if n := upstream.Count("*.deb"); n != len(d.packages()) {
		t.Errorf("%d upstream requests for %d packages", n, len(d.packages()))
	}
}

// debian is a server that follows a slice of Debian's archive.
type debian struct {
	*aptarium
	slice *testkit.Slice
	data  string
}

// mirror follows the slice, of which Packages lists much more than is there: files
// come when they are asked for.
func (d *debian) mirror(url string) {
	d.tb.Helper()
	keys, err := d.slice.Keys()
	if err != nil {
		d.tb.Fatal(err)
	}
	text, err := keys.Armored()
	if err != nil {
		d.tb.Fatal(err)
	}
	_, err = d.Mirrors.Create(d.ctx, mirrors.NewMirror{Name: "debian", Config: mirrors.Config{
		URL: url, Suite: d.slice.Codename, Components: []string{d.slice.Component}, Architectures: []string{d.slice.Architecture},
		Keyring: string(text), Verbatim: true, Policy: mirrors.PolicyOnDemand, With: []mirrors.Class{"commands"},
	}})
	if err != nil {
		d.tb.Fatal(err)
	}
	d.done(d.Mirrors.Sync(d.ctx, "debian", mirrors.SyncOptions{}))
}

// filtered names a snapshot of the mirror's packages of the slice.
func (d *debian) filtered() string {
	d.tb.Helper()
	if _, err := d.Repos.Create(d.ctx, repos.NewRepo{Name: "nothing"}); err != nil {
		d.tb.Fatal(err)
	}
	pull := collections.PullSnapshot{Name: "some", To: "repo:nothing", From: "mirror:debian"}
	for _, p := range d.slice.Packages {
		pull.Packages = append(pull.Packages, p.Name)
	}
	if _, err := d.Collections.Pull(d.ctx, pull); err != nil {
		d.tb.Fatal(err)
	}
	return "snapshot:some"
}

func (d *debian) publish(in publications.NewPublication) publications.PublicationDetail {
	d.tb.Helper()
	in.Distribution = d.slice.Codename
	_, x, err := d.Publications.Create(d.ctx, in)
	d.done(x, err)
	detail, err := d.Publications.Get(d.ctx, in.Prefix, in.Distribution)
	if err != nil {
		d.tb.Fatal(err)
	}
	return detail
}

// takes wants apt to accept a publication with the keys of another (or the same)
// publication, and to install all packages of the slice from it; or to refuse it.
func (d *debian) takes(place, keysOf publications.PublicationDetail, want bool) {
	d.tb.Helper()
	where, _, _ := strings.Cut(place.SourcesFile, "Signed-By:")
	_, keys, _ := strings.Cut(keysOf.SourcesFile, "Signed-By:")
	dir := d.tb.TempDir()
	apt, err := testkit.NewApt(dir, testkit.AptOptions{Architecture: d.slice.Architecture, Sources: where + "Signed-By:" + keys})
	if err != nil {
		d.tb.Fatal(err)
	}
	out, err := apt.Update(d.tb.Context())
	if !want {
		if err == nil || !strings.Contains(err.Error(), "NO_PUBKEY") {
			d.tb.Errorf("apt takes %s with the keys of %s: %v\n%s", place.Prefix, keysOf.Prefix, err, out)
		}
		return
	}
	if err != nil {
		d.tb.Fatalf("%s: %v", place.Prefix, err)
	}
	command := []string{"download"}
	for _, p := range d.slice.Packages {
		command = append(command, p.Name)
	}
	if _, err := apt.Run(d.tb.Context(), "apt-get", command...); err != nil {
		d.tb.Fatalf("%s: %v", place.Prefix, err)
	}
	if got := debs(d.tb, dir); !maps.Equal(got, d.packages()) {
		d.tb.Errorf("what apt downloaded of %s is not what Debian has: %d files", place.Prefix, len(got))
	}
}

// debs returns the packages in a folder.
func debs(tb testing.TB, dir string) sizes {
	tb.Helper()
	found := sizes{}
	names, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil {
		tb.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			tb.Fatal(err)
		}
		found[digest.Of(data)] = int64(len(data))
	}
	return found
}

// sizes are files by their digests.
type sizes map[digest.SHA256]int64

func (s sizes) total() (n int64) {
	for _, size := range s {
		n += size
	}
	return n
}

func (d *debian) packages() sizes {
	found := sizes{}
	for _, p := range d.slice.Packages {
		found[p.SHA256] = p.Size
	}
	return found
}

// published returns the files below dists/ of a prefix, except texts that are
// expanded as they are read.
func (d *debian) published(prefix string) sizes {
	d.tb.Helper()
	found := sizes{}
	var look func(folder string)
	look = func(folder string) {
		list, err := d.Publications.Directory(d.ctx, folder)
		if err != nil {
			d.tb.Fatal(err)
		}
		packed := slices.ContainsFunc(list, func(e publications.DirectoryEntry) bool { return e.Name == "Packages.gz" })
		for _, e := range list {
			switch {
			case strings.HasSuffix(e.Name, "/"):
				look(folder + "/" + strings.TrimSuffix(e.Name, "/"))
			case e.Name != "Packages" || !packed:
				f, err := d.Publications.File(d.ctx, folder+"/"+e.Name)
				if err != nil {
					d.tb.Fatal(err)
				}
				sum, err := digest.Parse(f.SHA256)
				if err != nil {
					d.tb.Fatal(err)
				}
				found[sum] = f.Size
			}
		}
	}
	look(prefix + "/dists/" + d.slice.Codename)
	return found
}

// pool returns all stored blobs.
func (d *debian) pool() sizes {
	d.tb.Helper()
	found := sizes{}
	root := filepath.Join(d.data, "pool")
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		sum, err := digest.Parse(filepath.Base(path))
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil {
			found[sum] = info.Size()
		}
		return err
	})
	if err != nil {
		d.tb.Fatal(err)
	}
	return found
}

// holds wants the pool to have the packages and what publications have of their
// own, each once, and nothing else: by name, where an index is one piece, else by
// size.
func (d *debian) holds(pool, packages sizes, own ...sizes) {
	d.tb.Helper()
	want := packages.total()
	for _, files := range own {
		want += files.total()
	}
	for sum, size := range packages {
		if pool[sum] != size {
			d.tb.Errorf("the pool has %d bytes of the package %s, not %d", pool[sum], sum, size)
		}
	}
	if got := pool.total(); got != want {
		d.tb.Errorf("the pool has %d blobs of %d bytes; the packages have %d, and with the publications' own files %d", len(pool), got, packages.total(), want)
	}
	d.tb.Logf("%d blobs of %d bytes, including %d packages of %d bytes", len(pool), pool.total(), len(packages), packages.total())
}
