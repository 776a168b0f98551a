package publications_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/google/go-cmp/cmp"
)

// TestAPublicationAtTheRoot: its files are beside the directories of prefixes, now
// and at past times, and it is listed and named as ".".
func TestAPublicationAtTheRoot(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1.0", "amd64", "one"))
		h.Publish("repo:tools")
		p, x, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: ".", Distribution: "stable", Sources: []string{"repo:tools"}})
		h.Done(x, err)
		if p.Place() != "." || p.ID == "" {
			h.TB.Errorf("%+v", p)
		}
		text := h.Read("dists/stable/main/binary-amd64/Packages")
		if !strings.Contains(text, "Filename: pool/main/h/hello/hello_1.0_amd64.deb") || h.Read("pool/main/h/hello/hello_1.0_amd64.deb") == "" {
			h.TB.Error(text)
		}
		names := func(path string) (list []string) {
			for _, e := range apptest.Must(h.Publications.Directory(h.Ctx, path))(h.TB) {
				list = append(list, e.Name)
			}
			return list
		}
		if diff := cmp.Diff([]string{"debian/", "dists/", "pool/"}, names("")); diff != "" {
			h.TB.Error(diff)
		}
		d := apptest.Must(h.Publications.Get(h.Ctx, ":.", "stable"))(h.TB)
		if !strings.Contains(d.SourcesFile, "URIs: https://deb.example.org/archive\n") || !slices.Equal(d.Architectures, []string{"amd64"}) {
			h.TB.Errorf("%+v", d)
		}
		at := apptest.Must(h.Publications.Releases(h.Ctx, ".", "stable", usecase.Page{}))(h.TB).Items[0].Snapshot
		time.Sleep(time.Until(apptest.Must(time.Parse("20060102T150405Z", at))(h.TB).Add(1100 * time.Millisecond))) // a past second is one that is over
		if h.Read(at+"/dists/stable/main/binary-amd64/Packages") != text || !slices.Equal(names(at), []string{"dists/", "pool/"}) {
			h.TB.Errorf("at %s there is %q", at, names(at))
		}
	})
}

// TestStagedSources: they are looked up when they are staged, wait until an update
// wants them, and are gone then.
func TestStagedSources(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1.0", "amd64", "one"))
		h.MakeRepo("more", apptest.Deb(h.TB, "bye", "1.0", "amd64", "two"))
		h.Publish("main=repo:tools")
		if _, err := h.Publications.StagedSources(h.Ctx, "debian", "stable"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("before: %v", err)
		}
		if err := h.Publications.UnstageSources(h.Ctx, "debian", "stable"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("forgetting nothing: %v", err)
		}
		if _, err := h.Publications.Update(h.Ctx, "debian", "stable", publications.PublicationEdit{Staged: true}); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("publishing nothing: %v", err)
		}
		if err := h.Publications.StageSources(h.Ctx, "debian", "stable", []string{"extra=repo:unknown"}); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("an unknown source: %v", err)
		}
		if err := h.Publications.StageSources(h.Ctx, "debian", "stable", []string{"../x=repo:more"}); !problem.Is(err, problem.Invalid) {
			h.TB.Errorf("an impossible component: %v", err)
		}
		want := []string{"main=repo:tools", "extra=repo:more"}
		if err := h.Publications.StageSources(h.Ctx, "debian", "stable", want); err != nil {
			h.TB.Fatal(err)
		}
		if diff := cmp.Diff(want, apptest.Must(h.Publications.StagedSources(h.Ctx, "debian", "stable"))(h.TB)); diff != "" {
			h.TB.Error(diff)
		}
		h.Update()
		if d := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(h.TB); !slices.Equal(d.Components, []string{"main"}) || !slices.Equal(d.Staged, want) {
			h.TB.Errorf("an update without them: %+v", d)
		}
		h.Done(h.Publications.Update(h.Ctx, "debian", "stable", publications.PublicationEdit{Staged: true}))
		if d := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(h.TB); !slices.Equal(d.Components, []string{"main", "extra"}) || d.Staged != nil || !slices.Equal(d.Sources, want) {
			h.TB.Errorf("an update with them: %+v", d)
		}
		if err := h.Publications.StageSources(h.Ctx, "debian", "stable", nil); err != nil {
			h.TB.Fatal(err)
		}
		if _, err := h.Publications.Update(h.Ctx, "debian", "stable", publications.PublicationEdit{Staged: true}); !problem.Is(err, problem.Invalid) {
			h.TB.Errorf("publishing no source at all: %v", err)
		}
		if err := h.Publications.UnstageSources(h.Ctx, "debian", "stable"); err != nil {
			h.TB.Error(err)
		}
	})
}

// TestAFileIsTakenOverByTheCallThatSaysSo, and by no other.
func TestAFileIsTakenOverByTheCallThatSaysSo(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		w := newWWW(h)
		h.MakeRepo("one", apptest.Deb(h.TB, "hello", "1.0", "amd64", "one"))
		h.MakeRepo("two", apptest.Deb(h.TB, "hello", "1.0", "amd64", "two"))
		for _, endpoint := range []string{"", "www"} {
			in := publications.NewPublication{Endpoint: endpoint, Prefix: ".", Distribution: "stable", Sources: []string{"repo:one"}}
			_, x, err := h.Publications.Create(h.Ctx, in)
			h.Done(x, err)
			in.Distribution, in.Sources = "edge", []string{"repo:two"}
			p, x, err := h.Publications.Create(h.Ctx, in)
			if x = h.Wait(x, err); x.Status != "failed" || !strings.Contains(x.Error.Message, "file already exists and is different") {
				h.TB.Errorf("without: %s, %+v", x.Status, x.Error)
			}
			h.Done(h.Publications.Update(h.Ctx, p.Place(), "edge", publications.PublicationEdit{ForceOverwrite: true}))
			h.Done(h.Publications.Update(h.Ctx, p.Place(), "edge", publications.PublicationEdit{Rebuild: true}))
		}
		const path = "pool/main/h/hello/hello_1.0_amd64.deb"
		deployed, err := os.ReadFile(filepath.Join(w.root, path))
		if err != nil {
			h.TB.Fatal(err)
		}
		for _, data := range []string{string(deployed), h.Read(path)} {
			if !strings.Contains(h.Read("dists/edge/main/binary-amd64/Packages"), "SHA256: "+digest.Of([]byte(data)).String()) {
				h.TB.Error("it was not taken over")
			}
		}
	})
}
