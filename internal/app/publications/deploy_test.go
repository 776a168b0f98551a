package publications_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// www is an endpoint in a directory.
type www struct {
	*apptest.House
	root string
}

func newWWW(h *apptest.House) www {
	w := www{h, filepath.Join(h.TB.TempDir(), "www")}
	if err := os.Mkdir(w.root, 0o755); err != nil {
		h.TB.Fatal(err)
	}
	w.settings(w.root)
	return w
}

func (w www) settings(directory string) {
	w.TB.Helper()
	s := publications.EndpointSettings{Kind: "filesystem", Directory: directory}
	_, err := w.Publications.CreateEndpoint(w.Ctx, "www", s)
	if err != nil {
		_, err = w.Publications.EditEndpoint(w.Ctx, "www", s)
	}
	if err != nil {
		w.TB.Fatal(err)
	}
}

func (w www) publish(distribution string, sources ...string) usecase.Activity {
	w.TB.Helper()
	_, x, err := w.Publications.Create(w.Ctx, publications.NewPublication{Endpoint: "www", Prefix: "debian", Distribution: distribution, Sources: sources})
	return w.Wait(x, err)
}

func (w www) update(distribution string) usecase.Activity {
	w.TB.Helper()
	x, err := w.Publications.Update(w.Ctx, "www:debian", distribution, publications.PublicationEdit{})
	return w.Wait(x, err)
}

// files lists the files below the root.
func (w www) files() (list []string) {
	w.TB.Helper()
	err := filepath.WalkDir(w.root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			list = append(list, strings.TrimPrefix(path, w.root+"/"))
		}
		return err
	})
	if err != nil {
		w.TB.Fatal(err)
	}
	return list
}

func (w www) has(path string) bool { return slices.Contains(w.files(), path) }

func (w www) hashed() (n int) {
	for _, path := range w.files() {
		if strings.Contains(path, "Packages") || strings.Contains(path, "/by-hash/") && strings.Contains(path, "binary-amd64") {
			n++
		}
	}
	return n
}

// TestAnEndpointLosesWhatIsReplacedAfterItsGrace: not before three more releases,
// nor within an hour.
func TestAnEndpointLosesWhatIsReplacedAfterItsGrace(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		w := newWWW(h)
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "amd64", ""))
		w.publish("stable", "repo:tools")
		const old = "debian/pool/main/h/hello/hello_1_amd64.deb"
		if !w.has(old) || !w.has("debian/dists/stable/InRelease") || w.has("debian/dists/stable/main/binary-amd64/Packages") {
			h.TB.Fatalf("the endpoint has %q", w.files())
		}
		if _, err := h.Repos.RemovePackages(h.Ctx, "tools", collections.Terms{Name: "hello"}); err != nil {
			h.TB.Fatal(err)
		}
		next := func(i int) {
			apptest.Must(h.Add("tools", apptest.Deb(h.TB, "news", fmt.Sprint(i), "amd64", "")))(h.TB)
			if a := w.update("stable"); a.Status != "done" {
				h.TB.Fatalf("%+v", a.Error)
			}
		}
		next(2) // leaves the old package out
		h.Advance(2 * time.Hour)
		next(3)
		next(4)
		if !w.has(old) {
			h.TB.Error("an old package went before three more releases")
		}
		next(5)
		if w.has(old) {
			h.TB.Error("an old package is there still")
		}
		if n := w.hashed(); n != 2+4*2+1 { // by name; by hash of this release and three more; the small Release file
			h.TB.Errorf("there are %d indexes: %q", n, w.files())
		}
	})
}

// TestAnEndpointIsTakenAway: what was dropped goes at once as far as it tells
// clients of itself, and the rest when its grace is over.
func TestAnEndpointIsTakenAway(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		w := newWWW(h)
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "amd64", ""))
		h.MakeRepo("other", apptest.Deb(h.TB, "bye", "1", "amd64", ""))
		w.publish("stable", "repo:tools")
		w.publish("testing", "repo:tools", "repo:other")
		if err := h.Publications.Drop(h.Ctx, "www:debian", "testing"); err != nil {
			h.TB.Fatal(err)
		}
		w.update("stable") // waits its turn
		if w.has("debian/dists/testing/InRelease") || !w.has("debian/pool/main/b/bye/bye_1_amd64.deb") {
			h.TB.Errorf("after the drop the endpoint has %q", w.files())
		}
		h.Advance(2 * time.Hour)
		w.update("stable")
		for _, path := range w.files() {
			if strings.Contains(path, "testing") || strings.Contains(path, "bye") {
				h.TB.Errorf("%s is there still", path)
			}
		}
		if !w.has("debian/pool/main/h/hello/hello_1_amd64.deb") {
			h.TB.Error("a package that another publication lists is gone")
		}
		if err := h.Publications.Drop(h.Ctx, "www:debian", "stable"); err != nil {
			h.TB.Fatal(err)
		}
		w.publish("unstable", "repo:other")
		h.Advance(2 * time.Hour)
		w.update("unstable")
		if err := h.Publications.DropEndpoint(h.Ctx, "www"); err == nil || !strings.Contains(err.Error(), "debian unstable") {
			h.TB.Errorf("dropping an endpoint that is used: %v", err)
		}
		if w.has("debian/pool/main/h/hello/hello_1_amd64.deb") {
			h.TB.Error("what nobody lists is there still")
		}
	})
}

// TestAnEndpointThatFailsIsCaughtUp: a release is not lost when its place fails.
func TestAnEndpointThatFailsIsCaughtUp(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		w := newWWW(h)
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "amd64", ""))
		aside := w.root + "-aside"
		if err := os.Rename(w.root, aside); err != nil {
			h.TB.Fatal(err)
		}
		if a := w.publish("stable", "repo:tools"); a.Status != "failed" || !strings.Contains(fmt.Sprint(*a.Error), w.root) {
			h.TB.Errorf("publishing to a directory that is not there: %s %+v", a.Status, a.Error)
		}
		if err := os.Rename(aside, w.root); err != nil {
			h.TB.Fatal(err)
		}
		if a := w.update("stable"); a.Status != "done" || !strings.Contains(string(a.Result), `"unchanged":true`) || !w.has("debian/dists/stable/InRelease") {
			h.TB.Errorf("publishing again: %s %s %q", a.Status, a.Result, w.files())
		}
		// Another directory gets all of it, with the next release.
		was := w.root
		w.root += "-new"
		if err := os.Mkdir(w.root, 0o755); err != nil {
			h.TB.Fatal(err)
		}
		w.settings(w.root)
		w.update("stable")
		moved := w.files()
		w.root = was
		if !slices.Equal(moved, w.files()) || len(moved) < 8 {
			h.TB.Errorf("the new directory has %q", moved)
		}
	})
}

// TestAnotherEndpointOfADroppedName has nothing of what the first one left.
func TestAnotherEndpointOfADroppedName(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		w := newWWW(h)
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "amd64", ""))
		w.publish("stable", "repo:tools")
		if err := h.Publications.Drop(h.Ctx, "www:debian", "stable"); err != nil {
			h.TB.Fatal(err)
		}
		h.Settled()
		if err := h.Publications.DropEndpoint(h.Ctx, "www"); err != nil {
			h.TB.Fatal(err)
		}
		const left = "debian/pool/main/h/hello/hello_1_amd64.deb"
		if !w.has(left) {
			h.TB.Fatalf("dropping an endpoint took away what is there: %q", w.files())
		}
		h.Advance(2 * time.Hour)
		w.settings(w.root)
		h.MakeRepo("other", apptest.Deb(h.TB, "bye", "1", "amd64", ""))
		w.publish("stable", "repo:other")
		h.Advance(2 * time.Hour)
		w.update("stable")
		if !w.has(left) {
			h.TB.Error("an endpoint removed what it never put there")
		}
	})
}
