package filesystem

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/endpoint"
	"github.com/aptarium/aptarium/internal/endpoint/endpointtest"
	"github.com/aptarium/aptarium/internal/problem"
)

// narrow is a disk under a umask of 077.
type narrow struct{ FS }

func (n narrow) Mkdir(name string, perm fs.FileMode) error { return n.FS.Mkdir(name, perm&^0o077) }

// unlinked is a disk on which a kind of link fails.
type unlinked struct {
	FS
	with error
}

func (u unlinked) Link(from, to string) error {
	return &os.LinkError{Op: "link", Old: from, New: to, Err: u.with}
}

func TestEachWayOfLinkingIsAPlace(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]Config{
		"auto":                {Link: Auto},
		"hard":                {Link: Hard},
		"symbolic":            {Link: Symbolic},
		"copy":                {Link: Copy},
		"without links":       {Link: Auto, FS: func(d FS) FS { return unlinked{d, syscall.EXDEV} }},
		"with a narrow umask": {Link: Auto, FS: func(d FS) FS { return narrow{d} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpointtest.Run(t, func(t testing.TB) endpointtest.World { return newFixture(t, config).World })
		})
	}
}

func TestAPartOnAnotherFileSystem(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Config{})
	elsewhere := otherDisk(t)
	for _, dir := range []string{"pool", "dists"} {
		target := filepath.Join(elsewhere, dir)
		left := filepath.Join(target, hidden+"left") // by a killed Deploy, which entered the disk here
		if err := errors.Join(os.MkdirAll(left, 0o755), os.WriteFile(filepath.Join(left, "1"), nil, 0o600),
			os.Symlink(target, filepath.Join(f.root, dir))); err != nil {
			t.Fatal(err)
		}
	}
	endpointtest.Deploy(t, f.Place,
		endpoint.Stage{endpointtest.Whole(t, f.Pool, "pool/main/f", "package", endpointtest.Day(1))},
		endpoint.Stage{endpointtest.File("dists/x/Release", "release", endpointtest.Day(1)), endpointtest.File("here", "here", endpointtest.Day(1))})
	want := map[string]string{"pool/main/f": "package", "dists/x/Release": "release", "here": "here"}
	endpointtest.CheckSees(t, f.World, want)
	paths := map[string]bool{}
	for e, err := range f.Place.Each(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		paths[e.Path] = true
	}
	if len(paths) != len(want) {
		t.Errorf("the walk returns %v", paths)
	}
	if err := f.Place.Remove(t.Context(), []string{"pool/main/f"}); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(f.root, "pool")); err != nil || !info.IsDir() {
		t.Errorf("the operator's link is gone: %v", err)
	}
}

// otherDisk returns an empty directory on another file system than t.TempDir.
func otherDisk(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "aptarium-test-")
	if err != nil {
		t.Fatalf("the test needs a second file system at /dev/shm: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if device(t, dir) == device(t, t.TempDir()) {
		t.Fatal("TMPDIR is /dev/shm; the test needs two file systems")
	}
	return dir
}

func stat(t *testing.T, name string) *syscall.Stat_t {
	t.Helper()
	var info syscall.Stat_t
	if err := syscall.Lstat(name, &info); err != nil {
		t.Fatal(err)
	}
	return &info
}

func device(t *testing.T, name string) uint64 { t.Helper(); return stat(t, name).Dev }
func inode(t *testing.T, name string) uint64  { t.Helper(); return stat(t, name).Ino }

func TestModesDoNotDependOnTheUmask(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Config{Link: Copy, FS: func(d FS) FS { return narrow{d} }})
	endpointtest.Deploy(t, f.Place, endpoint.Stage{endpointtest.File("a/b/f", "data", endpointtest.Day(1))})
	for name, want := range map[string]fs.FileMode{"a": 0o755, "a/b": 0o755, "a/b/f": 0o644} {
		info, err := os.Stat(filepath.Join(f.root, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v (%v)", name, info.Mode().Perm(), want, err)
		}
	}
}

func TestHowFilesOfThePoolCome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config Config
		linked bool
		mode   fs.FileMode // its type
	}{
		"auto":         {Config{}, true, 0},
		"hard":         {Config{Link: Hard}, true, 0},
		"symbolic":     {Config{Link: Symbolic}, false, fs.ModeSymlink},
		"copy":         {Config{Link: Copy}, false, 0},
		"no links":     {Config{FS: func(d FS) FS { return unlinked{d, syscall.EXDEV} }}, false, 0},
		"not ours":     {Config{FS: func(d FS) FS { return unlinked{d, syscall.EPERM} }}, false, 0},
		"linked often": {Config{FS: func(d FS) FS { return unlinked{d, syscall.EMLINK} }}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, c.config)
			whole := endpointtest.Whole(t, f.Pool, "f", "data", endpointtest.Day(1))
			endpointtest.Deploy(t, f.Place, endpoint.Stage{whole})
			source, _ := f.blob(whole.SHA256)
			info, err := os.Lstat(filepath.Join(f.root, "f"))
			if err != nil || info.Mode().Type() != c.mode {
				t.Fatalf("it is %v, %v", info, err)
			}
			if linked := inode(t, source) == inode(t, filepath.Join(f.root, "f")); linked != c.linked {
				t.Errorf("linked: %v", linked)
			}
			if c.mode == 0 && !c.linked && !info.ModTime().Equal(whole.Modified) {
				t.Errorf("the copy is of %v", info.ModTime())
			}
		})
	}
}

func TestLinksThatWereAskedForButCannotBeAreTold(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{syscall.EXDEV, syscall.EPERM, syscall.EMLINK} {
		f := newFixture(t, Config{Link: Hard, FS: func(d FS) FS { return unlinked{d, cause} }})
		whole := endpointtest.Whole(t, f.Pool, "f", "data", endpointtest.Day(1))
		err := f.Place.Deploy(t.Context(), []endpoint.Stage{{whole}}, nil)
		if !problem.Is(err, problem.Conflict) || !errors.Is(err, cause) || !strings.Contains(err.Error(), `"copy"`) {
			t.Errorf("%v is reported as %v", cause, err)
		}
	}
}

func TestChangingTheWayOfLinking(t *testing.T) {
	t.Parallel()
	ways := []Link{Auto, Copy, Hard, Symbolic, Auto, Symbolic, Copy, Symbolic, Hard, Copy}
	f := newFixture(t, Config{})
	whole := endpointtest.Whole(t, f.Pool, "f", "data", endpointtest.Day(1))
	source, _ := f.blob(whole.SHA256)
	for _, way := range ways {
		f = f.with(t, Config{Link: way})
		endpointtest.Deploy(t, f.Place, endpoint.Stage{whole})
		endpointtest.CheckSees(t, f.World, map[string]string{"f": "data"})
		if way == Copy && inode(t, source) == inode(t, filepath.Join(f.root, "f")) {
			t.Error("a link stayed where a copy was wanted")
		}
	}
	if got, err := blobtest.ReadAll(t.Context(), f.Pool, whole.SHA256, 10); err != nil || string(got) != "data" {
		t.Errorf("the blob is %q, %v", got, err)
	}
	if links := stat(t, source).Nlink; links != 1 {
		t.Errorf("the blob has %d names", links)
	}
}

func TestABlobWithoutItsFileIsCopied(t *testing.T) {
	t.Parallel()
	for _, way := range []Link{Auto, Hard, Symbolic} {
		f := newFixture(t, Config{})
		place, err := New(Config{Root: f.root, Link: way, Blobs: func(digest.SHA256) (string, bool) {
			return filepath.Join(f.pool, "gone"), true
		}})
		if err != nil {
			t.Fatal(err)
		}
		endpointtest.Deploy(t, place, endpoint.Stage{endpointtest.Whole(t, f.Pool, "f", "data", endpointtest.Day(1))})
		endpointtest.CheckSees(t, f.World, map[string]string{"f": "data"})
	}
}

func TestAlikeFilesAreWrittenOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t, Config{})
	index := endpointtest.File("Packages", "data", endpointtest.Day(1))
	index.Like = "by-hash"
	endpointtest.Deploy(t, f.Place, endpoint.Stage{index, endpointtest.File("by-hash", "data", endpointtest.Day(1))})
	if inode(t, filepath.Join(f.root, "Packages")) != inode(t, filepath.Join(f.root, "by-hash")) {
		t.Error("the bytes were written twice")
	}
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	blobs := func(digest.SHA256) (string, bool) { return "", false }
	for name, config := range map[string]Config{
		"no root":        {},
		"a relative one": {Root: "srv/www"},
		"the whole disk": {Root: "//"},
		"another link":   {Root: "/srv", Link: "soft", Blobs: blobs},
		"no pool":        {Root: "/srv", Link: Hard},
	} {
		if _, err := New(config); !problem.Is(err, problem.Invalid) {
			t.Errorf("%s returns %v", name, err)
		}
	}
}
