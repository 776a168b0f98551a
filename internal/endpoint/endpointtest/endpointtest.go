// Package endpointtest is the specification of an [endpoint.Place] as tests.
// Each kind of place runs all of it:
//
//	func TestPlace(t *testing.T) {
//		endpointtest.Run(t, func(t testing.TB) endpointtest.World { … })
//	}
package endpointtest

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/blob/blobtest"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/endpoint"
)

// World is an empty place that lives until the end of the test, with what is
// around it.
type World struct {
	Place endpoint.Place
	// Pool holds the blobs of files that are Whole.
	Pool blob.Store
	// Look returns all files of the place by path, as the server sees them that
	// serves it, and also what is not meant to be served, such as temporary
	// files. Directories are left out.
	Look func(t testing.TB) map[string]Seen
}

// Seen is a file as others see it.
type Seen struct {
	Data     string
	Modified time.Time
}

// Opener creates a world.
type Opener func(t testing.TB) World

// Run runs the specification, each part in a world of its own.
func Run(t *testing.T, open Opener) {
	parts := []struct {
		name string
		test func(*testing.T, World)
	}{
		{"what is deployed is seen", deployAndLook},
		{"nothing may be deployed", deployNothing},
		{"only what is named is replaced", replace},
		{"stages become visible in order", order},
		{"a repeated deploy opens nothing", repeat},
		{"a change of the same size is seen", sameSize},
		{"whole files come from the pool", whole},
		{"a file may be like another", alike},
		{"a file may be like one that is not there", alikeNothing},
		{"a file may be like one that changes", alikeOld},
		{"wrong bytes are refused and leave nothing", wrongBytes},
		{"a failed deploy can be finished", finish},
		{"a cancelled deploy stops", cancelled},
		{"hostile paths are refused", hostile},
		{"removing takes what is named", remove},
		{"removing is idempotent", removeAgain},
		{"a walk gives every file once", each},
		{"a walk stays below its directory", eachUnder},
		{"a walk can be left early", eachBreak},
		{"many may work at once", together},
		{"any history agrees with a map", history},
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.test(t, open(t))
		})
	}
}

// Day returns a time of modification: noon of a day in 2026.
func Day(day int) time.Time { return time.Date(2026, 1, day, 12, 0, 0, 0, time.UTC) }

// File returns a file with this content, joined from pieces outside the pool.
func File(path, data string, modified time.Time) endpoint.File {
	return endpoint.File{
		Path: path, Size: int64(len(data)), SHA256: digest.Of([]byte(data)), Modified: modified,
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(data)), nil },
	}
}

// Whole returns a file that is one blob, which is put into the pool.
func Whole(t testing.TB, pool blob.Store, path, data string, modified time.Time) endpoint.File {
	t.Helper()
	f := File(path, data, modified)
	if _, err := pool.Stat(t.Context(), f.SHA256); err != nil {
		if _, err := blobtest.PutBytes(t.Context(), pool, []byte(data)); err != nil {
			t.Fatal(err)
		}
		if err := pool.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	f.Whole = true
	f.Open = func(ctx context.Context) (io.ReadCloser, error) { return pool.Open(ctx, f.SHA256) }
	return f
}

// Counted makes the file count how often it is opened.
func Counted(f endpoint.File, opened *atomic.Int64) endpoint.File {
	open := f.Open
	f.Open = func(ctx context.Context) (io.ReadCloser, error) {
		opened.Add(1)
		return open(ctx)
	}
	return f
}

// Deploy deploys and fails the test if that fails.
func Deploy(t testing.TB, p endpoint.Place, stages ...endpoint.Stage) {
	t.Helper()
	if err := p.Deploy(t.Context(), stages, nil); err != nil {
		t.Fatalf("deploy: %v", err)
	}
}

// CheckSees fails the test unless the place holds exactly these bytes by path.
func CheckSees(t testing.TB, w World, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for path, seen := range w.Look(t) {
		got[path] = seen.Data
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the place differs from what it should hold (-want +got):\n%s", diff)
	}
}

// release returns the stages of a small release: a package, indexes, Release and
// InRelease.
func release(t testing.TB, w World, name string, day int) []endpoint.Stage {
	at := Day(day)
	return []endpoint.Stage{
		{Whole(t, w.Pool, "pool/main/h/hello/hello_"+name+".deb", "package "+name, at)},
		{File("dists/x/main/Packages", "packages "+name, at), File("dists/x/main/by-hash/"+name, "packages "+name, at)},
		{File("dists/x/Release", "release "+name, at)},
		{File("dists/x/InRelease", "signed "+name, at)},
	}
}

// holding is what a place holds after the releases of these names, in order.
func holding(names ...string) map[string]string {
	want := map[string]string{}
	for _, name := range names {
		want["pool/main/h/hello/hello_"+name+".deb"] = "package " + name
		want["dists/x/main/Packages"] = "packages " + name
		want["dists/x/main/by-hash/"+name] = "packages " + name
		want["dists/x/Release"] = "release " + name
		want["dists/x/InRelease"] = "signed " + name
	}
	return want
}
