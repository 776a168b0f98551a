package aptlyroot

import (
	"crypto/sha256"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/syndtr/goleveldb/leveldb"

	"github.com/aptarium/aptarium/internal/openpgp"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// aptly makes an aptly of the test's own.
func aptly(t *testing.T, settings map[string]any) *testkit.Aptly {
	t.Helper()
	a, err := testkit.NewAptly(t.TempDir(), settings)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// run runs aptly commands, each given as one line.
func run(t *testing.T, a *testkit.Aptly, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if _, err := a.Run(t.Context(), strings.Fields(line)...); err != nil {
			t.Fatal(err)
		}
	}
}

// packages writes a package and a source as files, and gives their folder.
func packages(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	content, err := testkit.Source{Name: "hello", Version: "2.0-1"}.SourceFiles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := testkit.Package{Name: "hello", Version: "1:2.0-1", Architecture: "amd64", Section: "devel"}
	if content[p.FileName()], err = p.Deb(); err != nil {
		t.Fatal(err)
	}
	for name, data := range content {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// upstream serves a signed suite, which aptly trusts.
func upstream(t *testing.T, a *testkit.Aptly) (url string) {
	t.Helper()
	key, err := testkit.NewKey("Upstream")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Trust(t.Context(), key.Public().Binary()); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	err = testkit.Archive{Suites: []testkit.Suite{{
		Codename: "bookworm", Keys: []*openpgp.SecretKey{key}, Origin: "Upstream",
		Packages: []testkit.Package{
			{Name: "mirrored", Version: "1.0-1", Architecture: "amd64"},
			{Name: "extra", Version: "1.0", Architecture: "all", Component: "contrib"},
		},
		Sources: []testkit.Source{{Name: "mirrored", Version: "1.0-1"}},
	}}}.Write(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	u := testkit.NewUpstream(dir)
	t.Cleanup(u.Close)
	return u.URL()
}

func open(t *testing.T, a *testkit.Aptly) *Root {
	t.Helper()
	c, err := ReadConfig(a.Config())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// all returns what a walk yields, none of which may be an error.
func all[T any](t *testing.T, walk iter.Seq2[T, error]) (list []T) {
	t.Helper()
	for item, err := range walk {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, item)
	}
	return list
}

// title returns NAME_VERSION_ARCHITECTURE for a package's key.
func title(key string) string {
	parts := strings.SplitN(strings.TrimPrefix(key, "P"), " ", 4)
	return parts[1] + "_" + parts[2] + "_" + parts[0]
}

// titles names the packages of a list.
func titles(t *testing.T, r *Root, uuid string) (names []string) {
	t.Helper()
	keys, err := r.Refs(uuid)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		names = append(names, title(key))
	}
	slices.Sort(names)
	return names
}

func TestRootIsReadAsAptlyMadeIt(t *testing.T) {
	t.Parallel()
	a := aptly(t, nil)
	url, dir := upstream(t, a), packages(t)
	run(t, a,
		"repo create -comment=Ours -component=contrib -distribution=bookworm ours",
		"repo create empty",
		"repo add ours "+dir,
		"mirror create -architectures=amd64 -with-sources -filter=!nothing -filter-with-deps up "+url+" bookworm main contrib",
		"mirror create never "+url+" bookworm main",
		"mirror update up",
		"snapshot create one from mirror up",
		"snapshot create two from repo ours",
		"snapshot merge three one two",
		"publish snapshot -skip-signing -architectures=amd64,source -label=L -origin=O -notautomatic=yes -acquire-by-hash -skip-contents -component=main,contrib -distribution=both one two debian",
		"publish repo -skip-signing -distribution=bookworm ours",
	)
	r := open(t, a)

	repos := all(t, r.Repos())
	slices.SortFunc(repos, func(a, b Repo) int { return strings.Compare(b.Name, a.Name) })
	ours := repos[0]
	if diff := cmp.Diff([]Repo{
		{UUID: ours.UUID, Name: "ours", Comment: "Ours", DefaultDistribution: "bookworm", DefaultComponent: "contrib"},
		{UUID: repos[1].UUID, Name: "empty", DefaultComponent: "main"},
	}, repos); diff != "" {
		t.Errorf("repos (-want +got):\n%s", diff)
	}
	if got := titles(t, r, ours.UUID); !slices.Equal(got, []string{"hello_1:2.0-1_amd64", "hello_2.0-1_source"}) {
		t.Errorf("the repo has %v", got)
	}
	if got := titles(t, r, repos[1].UUID); len(got) != 0 {
		t.Errorf("the empty repo has %v", got)
	}

	mirrors := map[string]Mirror{}
	for _, m := range all(t, r.Mirrors()) {
		mirrors[m.Name] = m
	}
	up := mirrors["up"]
	want := Mirror{
		UUID: up.UUID, Name: "up", ArchiveRoot: url + "/", Distribution: "bookworm", Components: []string{"main", "contrib"},
		Architectures: []string{"amd64"}, DownloadSources: true, Filter: "!nothing", FilterWithDeps: true, Meta: up.Meta, LastDownloadDate: up.LastDownloadDate,
	}
	if diff := cmp.Diff(want, up); diff != "" {
		t.Errorf("the mirror (-want +got):\n%s", diff)
	}
	if up.Meta["Origin"] != "Upstream" || time.Since(up.LastDownloadDate) > time.Hour || !mirrors["never"].LastDownloadDate.Before(up.LastDownloadDate) {
		t.Errorf("the mirror was downloaded at %v, the other at %v; Release has %v", up.LastDownloadDate, mirrors["never"].LastDownloadDate, up.Meta)
	}
	if got := titles(t, r, up.UUID); !slices.Equal(got, []string{"extra_1.0_all", "mirrored_1.0-1_amd64", "mirrored_1.0-1_source"}) {
		t.Errorf("the mirror has %v", got)
	}

	snapshots := map[string]Snapshot{}
	for _, s := range all(t, r.Snapshots()) {
		snapshots[s.Name] = s
		if time.Since(s.CreatedAt) > time.Hour {
			t.Errorf("snapshot %s was made at %v", s.Name, s.CreatedAt)
		}
	}
	one, two, three := snapshots["one"], snapshots["two"], snapshots["three"]
	for _, c := range []struct {
		got  Snapshot
		kind string
		from []string
	}{
		{one, FromMirror, []string{up.UUID}}, {two, FromRepo, []string{ours.UUID}}, {three, FromSnapshot, []string{one.UUID, two.UUID}},
	} {
		if c.got.SourceKind != c.kind || !slices.Equal(c.got.SourceIDs, c.from) {
			t.Errorf("%s was made from %s %v", c.got.Name, c.got.SourceKind, c.got.SourceIDs)
		}
	}
	if one.Origin != "Upstream" || len(titles(t, r, three.UUID)) != 5 {
		t.Errorf("one is of %q, three has %v", one.Origin, titles(t, r, three.UUID))
	}

	published := map[string]Publication{}
	for _, p := range all(t, r.Publications()) {
		published[p.Prefix] = p
	}
	both := published["debian"]
	if diff := cmp.Diff(Publication{
		UUID: both.UUID, Prefix: "debian", Distribution: "both", Origin: "O", Label: "L", NotAutomatic: "yes", Architectures: []string{"amd64", "source"},
		SourceKind: FromSnapshot, Sources: both.Sources, SkipContents: true, SkipBz2: true, AcquireByHash: true,
	}, both); diff != "" {
		t.Errorf("the publication (-want +got):\n%s", diff)
	}
	if len(both.Sources) != 2 || both.Sources["contrib"] != two.UUID {
		t.Errorf("it publishes %v", both.Sources)
	}
	root := published["."]
	refs, err := r.PublishedRefs(root.UUID, "contrib")
	if err != nil || len(refs) != 2 || root.SourceKind != FromRepo || root.Sources["contrib"] != ours.UUID {
		t.Errorf("the other shows %v of %s %v, %v", refs, root.SourceKind, root.Sources, err)
	}
	checkPackages(t, r, three.UUID)
}

// checkPackages checks that what the records of packages say is true.
func checkPackages(t *testing.T, r *Root, uuid string) {
	t.Helper()
	keys, err := r.Refs(uuid)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		p, err := r.Package(key)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Name + "_" + p.Version + "_" + p.Architecture; got != title(key) || p.Key != key || p.IsSource != (p.Architecture == "source") {
			t.Errorf("%s is read as %s", key, got)
		}
		if p.Name == "hello" && !p.IsSource && p.Fields["Section"] != "devel" {
			t.Errorf("the fields of %s are %v", key, p.Fields)
		}
		for _, f := range p.Files {
			path, err := r.Path(f)
			if err != nil {
				t.Fatal(err)
			}
			data, err := os.ReadFile(path)
			if sum := sha256.Sum256(data); err != nil || f.Checksums.SHA256 != hex(sum[:]) || f.Checksums.Size != int64(len(data)) {
				t.Errorf("%s is not what %+v says, %v", path, f, err)
			}
		}
	}
}

func hex(sum []byte) (text string) {
	const digits = "0123456789abcdef"
	for _, b := range sum {
		text += string(digits[b>>4]) + string(digits[b&15])
	}
	return text
}

// tree returns all that is below a folder, with sizes and times.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data := []byte(nil)
		if !d.IsDir() {
			data, err = os.ReadFile(path)
		}
		sum := sha256.Sum256(data)
		found[path] = info.Mode().String() + " " + info.ModTime().String() + " " + hex(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestReadingChangesNothing(t *testing.T) {
	t.Parallel()
	a := aptly(t, nil)
	run(t, a, "repo create ours", "repo add ours "+packages(t))
	before := tree(t, a.Root())
	r := open(t, a)
	for _, repo := range all(t, r.Repos()) {
		checkPackages(t, r, repo.UUID)
	}
	second := open(t, a) // who reads does not keep others from reading
	if got := all(t, second.Repos()); len(got) != 1 {
		t.Errorf("the second reader finds %v", got)
	}
	if diff := cmp.Diff(before, tree(t, a.Root())); diff != "" {
		t.Errorf("the root changed (-before +after):\n%s", diff)
	}
}

func TestRootsThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	busy := aptly(t, nil)
	run(t, busy, "repo create ours")
	held, err := leveldb.OpenFile(filepath.Join(busy.Root(), "db"), nil) // as a running aptly has it
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	broken := aptly(t, nil)
	run(t, broken, "repo create ours")
	if err := os.WriteFile(filepath.Join(broken.Root(), "db", "CURRENT"), []byte("MANIFEST-999999\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		config Config
		want   problem.Kind
	}{
		"nothing there":   {Config{RootDir: t.TempDir()}, problem.NotFound},
		"held by aptly":   {Config{RootDir: busy.Root()}, problem.Conflict},
		"damaged":         {Config{RootDir: broken.Root()}, problem.Invalid},
		"another backend": {Config{RootDir: busy.Root(), DatabaseBackend: DatabaseBackend{Type: "etcd"}}, problem.Invalid},
	} {
		if r, err := Open(c.config); !problem.Is(err, c.want) {
			t.Errorf("%s: %v, %v, want %s", name, r, err, c.want)
		}
	}
}
