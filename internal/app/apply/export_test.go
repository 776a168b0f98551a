package apply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apply"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/declaration"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	someText      = rapid.SampledFrom([]string{"", "A", "two words", "true", "12", "a: b", "ö"})
	someRetention = rapid.Custom(func(t *rapid.T) collections.Retention {
		return collections.Retention{KeepAllDays: rapid.IntRange(0, 2).Draw(t, "all"), Daily: rapid.IntRange(0, 2).Draw(t, "daily"), Monthly: rapid.IntRange(0, 1).Draw(t, "monthly")}
	})
	someMirror = rapid.Custom(func(t *rapid.T) apply.DeclaredMirror {
		m := apply.DeclaredMirror{Description: someText.Draw(t, "description"), Retention: someRetention.Draw(t, "retention")}
		m.URL = rapid.SampledFrom([]string{"http://localhost/debian", "http://u:p@localhost/debian", "https://token@localhost"}).Draw(t, "url")
		m.Suite = rapid.SampledFrom([]string{"stable", "./"}).Draw(t, "suite")
		m.Architectures = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"amd64", "arm64", "i386"}), 0, 3, rapid.ID).Draw(t, "architectures")
		m.Filter, m.Sources = rapid.SampledFrom([]string{"", "hello", "nginx | Name (% lib*)"}).Draw(t, "filter"), rapid.Bool().Draw(t, "sources")
		m.LatestOnly, m.AcceptExpired = rapid.Bool().Draw(t, "latest"), rapid.Bool().Draw(t, "expired")
		m.ShrinkGuard = rapid.IntRange(0, 100).Draw(t, "guard")
		return m
	})
	someRepo = rapid.Custom(func(t *rapid.T) apply.DeclaredRepo {
		return apply.DeclaredRepo{Description: someText.Draw(t, "description"), Component: rapid.SampledFrom([]string{"", "main", "extra"}).Draw(t, "component"),
			Distribution: rapid.SampledFrom([]string{"", "stable"}).Draw(t, "distribution"), Retention: someRetention.Draw(t, "retention")}
	})
	somePublication = rapid.Custom(func(t *rapid.T) apply.DeclaredPublication {
		p := apply.DeclaredPublication{Retention: someRetention.Draw(t, "retention")}
		p.Sources = []string{rapid.SampledFrom([]string{"", "main="}).Draw(t, "component") + rapid.SampledFrom([]string{"repo:r0", "mirror:m0"}).Draw(t, "source")}
		p.Origin, p.Label, p.Description = someText.Draw(t, "origin"), someText.Draw(t, "label"), someText.Draw(t, "description")
		p.ValidFor = time.Duration(rapid.IntRange(0, 50).Draw(t, "days")) * 12 * time.Hour
		p.Formats = rapid.SliceOfNDistinct(rapid.SampledFrom([]publications.Format{"gz", "zst", "xz"}), 0, 3, rapid.ID).Draw(t, "formats")
		p.Sums.MD5, p.Unsigned, p.NoByHash = rapid.Bool().Draw(t, "md5"), rapid.Bool().Draw(t, "unsigned"), rapid.Bool().Draw(t, "no by-hash")
		return p
	})
)

// fill makes some things by hand.
func fill(h *apptest.House, seed int) {
	h.TB.Helper()
	www := publications.EndpointSettings{Kind: "filesystem", Directory: h.TB.TempDir(), Plain: seed%2 == 0}
	apptest.Must(h.Publications.CreateEndpoint(h.Ctx, "www", www))(h.TB)
	for i := range 3 {
		r, m := someRepo.Example(seed+i), someMirror.Example(seed+i)
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: fmt.Sprintf("r%d", i), Description: r.Description, Component: r.Component, Distribution: r.Distribution, Retention: r.Retention}))(h.TB)
		apptest.Must(h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: fmt.Sprintf("m%d", i), Description: m.Description, Config: m.Config, Retention: m.Retention}))(h.TB)
	}
	for i, place := range []string{"debian", "www:.", "debian"} {
		p := somePublication.Example(seed + i)
		endpoint, prefix, there := strings.Cut(place, ":")
		if !there {
			endpoint, prefix = "", place
		}
		_, x, err := h.Publications.Create(h.Ctx, publications.NewPublication{
			Endpoint: endpoint, Prefix: prefix, Distribution: fmt.Sprintf("s/%d", i), Sources: p.Sources, Options: p.PublishOptions, Retention: p.Retention,
		})
		h.Done(x, err)
	}
}

// asFiles writes a declaration in both forms, and reads them again.
func asFiles(h *apptest.House, d apply.Declaration) (read []apply.Declaration) {
	h.TB.Helper()
	tree := apptest.Must(declaration.Encode(d))(h.TB)
	for _, format := range []declaration.Format{declaration.YAML, declaration.TOML} {
		var text strings.Builder
		if err := declaration.Write(&text, tree, format); err != nil {
			h.TB.Fatal(err)
		}
		again, faults := declaration.Read("x."+string(format), []byte(text.String()))
		var got apply.Declaration
		if faults = append(faults, declaration.Decode(again, &got)...); len(faults) > 0 {
			h.TB.Fatalf("%v\n%s", faults, text.String())
		}
		read = append(read, got)
	}
	return read
}

// TestWhatIsExportedIsWhatThereIs: applied where it was exported, an export changes
// nothing; elsewhere it makes a house of which the export is the same.
func TestWhatIsExportedIsWhatThereIs(t *testing.T) {
	t.Parallel()
	for seed := range 6 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			apptest.Run(t, func(h *apptest.House) {
				t := h.TB
				fill(h, seed*10)
				e := apptest.Must(h.Apply.Export(h.Ctx))(t)
				for _, d := range asFiles(h, e.Declaration) {
					planned(h, apply.ApplyRequest{Declaration: d}, "")
				}
				applied(h, apply.ApplyRequest{Declaration: e.Declaration})
				if again := apptest.Must(h.Apply.Export(h.Ctx))(t); !cmp.Equal(e, again) {
					t.Errorf("afterwards it is\n%s", cmp.Diff(e, again))
				}
				for name, m := range e.Declaration.Mirrors { // their passwords stay there, and nothing is to be fetched
					delete(e.Declaration.Mirrors, name)
					e.Declaration.Mirrors[name] = apply.DeclaredMirror{Description: m.Description, Retention: m.Retention}
				}
				other := apptest.New(t)
				for name, p := range e.Declaration.Publications { // keys are not declared
					p.Keys = nil
					e.Declaration.Publications[name] = p
				}
				applied(other, apply.ApplyRequest{Declaration: e.Declaration})
				there := apptest.Must(other.Apply.Export(h.Ctx))(t)
				for name, p := range there.Declaration.Publications {
					p.Keys = nil
					there.Declaration.Publications[name] = p
				}
				if diff := cmp.Diff(e, there); diff != "" {
					t.Errorf("the other house (-exported +made):\n%s", diff)
				}
			})
		})
	}
}

func TestSnapshotsAreExportedWithTheirTime(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		t, h := f.TB, f.House
		h.MakeRepo("r", apptest.Deb(t, "x", "1", "all", ""))
		h.MakeRepo("gone", apptest.Deb(t, "x", "2", "all", ""))
		for _, s := range []collections.NewSnapshot{
			{Name: "one", From: []string{"repo:r"}, Description: "One"}, {Name: "two", From: []string{"mirror:m", "repo:r"}}, {Name: "nothing"},
			{Name: "newest", From: []string{"repo:r", "mirror:m"}, Latest: true}, {Name: "lost", From: []string{"repo:gone"}}, {Name: "picked", Packages: []string{apptest.Key(h, "repo:r", "x")}},
		} {
			apptest.Must(h.Collections.CreateSnapshot(h.Ctx, s))(t)
		}
		if err := h.Collections.Drop(h.Ctx, collections.Repo, "gone"); err != nil {
			t.Fatal(err)
		}
		apptest.Must(h.Add("r", apptest.Deb(t, "y", "1", "all", "")))(t)
		log := apptest.Must(h.Collections.History(h.Ctx, apptest.RepoRef("r"), usecase.Page{}))(t).Items
		apptest.Must(h.Collections.CreateSnapshot(h.Ctx, collections.NewSnapshot{Name: "old", From: []string{"repo:r@" + log[1].At.Format(time.RFC3339Nano)}}))(t)
		h.Advance(time.Minute)
		e := apptest.Must(h.Apply.Export(h.Ctx))(t)
		one := e.Declaration.Snapshots["one"]
		if len(one.From) != 1 || !strings.HasPrefix(one.From[0], "repo:r@2") || one.Description != "One" {
			t.Errorf("one is %+v", one)
		}
		two, old := e.Declaration.Snapshots["two"], e.Declaration.Snapshots["old"]
		if len(two.From) != 2 || !strings.HasPrefix(two.From[0], "mirror:m@2") || !strings.HasPrefix(two.From[1], "repo:r@2") {
			t.Errorf("two is %+v", two)
		}
		if len(old.From) != 1 || old.From[0] == one.From[0] {
			t.Errorf("old is %+v", old)
		}
		if len(e.Declaration.Snapshots) != 6 || len(e.LeftOut) != 1 || e.LeftOut[0].Name != "picked" {
			t.Errorf("it is %+v, without %+v", e.Declaration.Snapshots, e.LeftOut)
		}
		applied(h, apply.ApplyRequest{Declaration: e.Declaration})
		again := apptest.Must(h.Apply.Export(h.Ctx))(t)
		if diff := cmp.Diff(e, again); diff != "" {
			t.Error(diff)
		}
	})
}
