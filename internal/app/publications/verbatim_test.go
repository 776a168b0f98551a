package publications_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestAVerbatimPublicationIsTheUpstreamByteForByte(t *testing.T) {
	t.Parallel()
	apptest.Originally(t, func(o *apptest.Original) {
		if x := o.Publish("debian", "mirror:m"); x.Status != "done" {
			o.TB.Fatalf("%+v", x.Error)
		}
		index := o.There("dists/stable/main/binary-amd64/Packages.gz")
		byHash := fmt.Sprintf("dists/stable/main/binary-amd64/by-hash/SHA256/%s", digest.Of([]byte(index)))
		o.Same("debian", "dists/stable/InRelease", "dists/stable/Release", "dists/stable/Release.gpg",
			"dists/stable/main/binary-amd64/Packages.gz", "dists/stable/main/source/Sources.gz", "dists/stable/contrib/binary-arm64/Packages.gz",
			"dists/stable/main/binary-amd64/Release", "dists/stable/main/i18n/Translation-de", byHash,
			"pool/main/s/saw/saw_1_amd64.deb", "pool/contrib/v/vice/vice_1_arm64.deb", "pool/main/s/saw/saw_1.dsc", apptest.OwnPath)
		release := o.There("dists/stable/Release")
		strong, _, _ := strings.Cut(release[strings.Index(release, "SHA512:"):], " main/binary-amd64/Packages.gz\n")
		words := strings.Fields(strong)
		if got := o.Read("debian/dists/stable/main/binary-amd64/by-hash/SHA512/" + words[len(words)-2]); got != index {
			o.TB.Error("the strongest hash that Release lists does not lead to the index")
		}
		d := apptest.Must(o.Publications.Get(o.Ctx, "debian", "stable"))(o.TB)
		if !slices.Equal(d.Components, []string{"main", "contrib"}) || !slices.Equal(d.Architectures, []string{"amd64", "arm64", "source"}) {
			o.TB.Errorf("it offers %q for %q", d.Components, d.Architectures)
		}
		if want := apptest.Must(o.Key.Public().SignedBy())(o.TB); !strings.Contains(d.SourcesFile, want) || len(d.Options.Keys) > 0 {
			o.TB.Errorf("clients are not told the upstream's key:\n%s", d.SourcesFile)
		}
		if m := apptest.Must(o.Mirrors.Get(o.Ctx, "m"))(o.TB); m.Packages != 4 || d.Packages != 4 {
			o.TB.Errorf("%d and %d packages, want 4", m.Packages, d.Packages)
		}
	})
}

// TestVerbatimReleasesFollowTheUpstream: also where no package changed; what was is
// there at its time, and by its hash.
func TestVerbatimReleasesFollowTheUpstream(t *testing.T) {
	t.Parallel()
	apptest.Originally(t, func(o *apptest.Original) {
		o.Publish("debian", "mirror:m")
		first, old := o.There("dists/stable/InRelease"), o.There("dists/stable/main/binary-amd64/Packages.gz")
		at := apptest.Must(o.Publications.Releases(o.Ctx, "debian", "stable", usecase.Page{}))(o.TB).Items[0].Snapshot
		time.Sleep(time.Until(apptest.Must(time.Parse("20060102T150405Z", at))(o.TB).Add(1100 * time.Millisecond))) // a past second is one that is over
		for _, version := range []string{"22", "22"} {
			o.Write(version)
			o.Done(o.Mirrors.Sync(o.Ctx, "m", mirrors.SyncOptions{Force: true}))
			o.Done(o.Publications.Update(o.Ctx, "debian", "stable", publications.PublicationEdit{}))
		}
		revisions := [2]collections.Ref{apptest.Must(collections.ParseRef("", "mirror:m#1"))(o.TB), apptest.Must(collections.ParseRef("", "mirror:m#2"))(o.TB)}
		changes := apptest.Must(o.Collections.Diff(o.Ctx, revisions[0], revisions[1]))(o.TB)
		if len(changes) != 2 || changes[0].Name != "saw" || changes[1].Name != "saw" { // amd64 and source
			o.TB.Errorf("between the revisions: %+v", changes)
		}
		o.Same("debian", "dists/stable/InRelease", "dists/stable/main/binary-amd64/Packages.gz", "pool/main/s/saw/saw_22_amd64.deb", apptest.OwnPath)
		if got := o.Read("debian/" + at + "/dists/stable/InRelease"); got != first {
			o.TB.Error("the past InRelease is not as it was")
		}
		for _, path := range []string{"pool/main/s/saw/saw_1_amd64.deb", apptest.OwnPath} {
			if o.Read("debian/"+at+"/"+path) == "" {
				o.TB.Errorf("%s is gone from the past", path)
			}
		}
		if got := o.Read("debian/dists/stable/main/binary-amd64/by-hash/SHA256/" + digest.Of([]byte(old)).String()); got != old {
			o.TB.Error("the earlier index is not found by its hash")
		}
		if log := apptest.Must(o.Publications.Releases(o.Ctx, "debian", "stable", usecase.Page{}))(o.TB).Items; len(log) != 2 {
			o.TB.Errorf("%d releases, want 2", len(log))
		}
	})
}

// TestOneMirrorServesItsUpstreamAndItsOwn: verbatim and with a Release of our own,
// of the same bytes; that of our own has packages where it says.
func TestOneMirrorServesItsUpstreamAndItsOwn(t *testing.T) {
	t.Parallel()
	apptest.Originally(t, func(o *apptest.Original) {
		o.Publish("theirs", "mirror:m")
		_, x, err := o.Publications.Create(o.Ctx, publications.NewPublication{Prefix: "ours", Distribution: "stable", Sources: []string{"mirror:m"}})
		o.Done(x, err)
		release := o.Read("ours/dists/stable/Release")
		for name, want := range map[string]bool{"main/i18n/Translation-de": true, "main/binary-amd64/Packages": true, "InRelease": false} {
			if strings.Contains(release, " "+name+"\n") != want {
				o.TB.Errorf("that it lists %s is not %t:\n%s", name, want, release)
			}
		}
		if index := o.Read("ours/dists/stable/main/binary-amd64/Packages"); !strings.Contains(index, "Filename: "+apptest.CanonicalPath+"\n") {
			o.TB.Error(index)
		}
		if o.Read("ours/"+apptest.CanonicalPath) != o.Read("theirs/"+apptest.OwnPath) {
			o.TB.Error("the same package has other bytes")
		}
		if _, err := o.Publications.File(o.Ctx, "ours/"+apptest.OwnPath); !problem.Is(err, problem.NotFound) {
			o.TB.Errorf("the upstream's own path leads somewhere in a publication of our own: %v", err)
		}
	})
}

func TestASnapshotOfAVerbatimMirrorIsPublishedVerbatim(t *testing.T) {
	t.Parallel()
	apptest.Originally(t, func(o *apptest.Original) {
		apptest.Must(o.Collections.CreateSnapshot(o.Ctx, collections.NewSnapshot{Name: "s", From: []string{"mirror:m"}}))(o.TB)
		first := o.There("dists/stable/InRelease")
		o.Write("22")
		o.Done(o.Mirrors.Sync(o.Ctx, "m", mirrors.SyncOptions{}))
		if x := o.Publish("debian", "snapshot:s"); x.Status != "done" {
			o.TB.Fatalf("%+v", x.Error)
		}
		if o.Read("debian/dists/stable/InRelease") != first {
			o.TB.Error("it is not what was when the snapshot was made")
		}
		d := apptest.Must(o.Publications.Get(o.Ctx, "debian", "stable"))(o.TB)
		if want := apptest.Must(o.Key.Public().SignedBy())(o.TB); !strings.Contains(d.SourcesFile, want) {
			o.TB.Errorf("clients are not told the upstream's key:\n%s", d.SourcesFile)
		}
	})
}

func TestWhatCannotBeVerbatimIsRefused(t *testing.T) {
	t.Parallel()
	apptest.Originally(t, func(o *apptest.Original) {
		o.Mirror("plain", func(c *mirrors.Config) { c.Verbatim = false })
		o.Mirror("other", nil)
		o.MakeRepo("tools", apptest.Deb(o.TB, "saw", "9", "amd64", ""))
		for name, pull := range map[string]collections.PullSnapshot{
			"less":    {To: "repo:tools", From: "mirror:m", Packages: []string{"plane"}},
			"changed": {To: "mirror:m", From: "repo:tools", Packages: []string{"saw"}},
		} {
			pull.Name = name
			apptest.Must(o.Collections.Pull(o.Ctx, pull))(o.TB)
		}
		for name, c := range map[string]struct {
			sources     []string
			edit        func(*publications.PublishOptions)
			field, says string
		}{
			"two sources":          {[]string{"mirror:m", "mirror:other"}, nil, "sources", "2 sources"},
			"another component":    {[]string{"universe=mirror:m"}, nil, "sources", "the components"},
			"a repo":               {[]string{"repo:tools"}, nil, "sources", "no upstream"},
			"a mirror without":     {[]string{"mirror:plain"}, nil, "sources", "does not keep"},
			"a filtered snapshot":  {[]string{"snapshot:less"}, nil, "sources", "no Release of its upstream"},
			"a changed snapshot":   {[]string{"snapshot:changed"}, nil, "sources", "differ from"},
			"its own origin":       {[]string{"mirror:m"}, func(o *publications.PublishOptions) { o.Origin = "Us" }, "origin", "origin cannot be set"},
			"its own key":          {[]string{"mirror:m"}, func(o *publications.PublishOptions) { o.Keys = []string{"k"} }, "keys", "keys cannot be set"},
			"its own contents":     {[]string{"mirror:m"}, func(o *publications.PublishOptions) { o.Contents = "suite" }, "contents", "contents cannot be set"},
			"no files by hash":     {[]string{"mirror:m"}, func(o *publications.PublishOptions) { o.NoByHash = true }, "no_by_hash", "no_by_hash cannot be set"},
			"fewer architectures":  {[]string{"mirror:m"}, func(o *publications.PublishOptions) { o.Architectures = []string{"amd64"} }, "architectures", "architectures cannot be set"},
			"an end of its own":    {[]string{"mirror:m"}, func(o *publications.PublishOptions) { o.ValidFor = time.Hour }, "valid_for", "valid_for cannot be set"},
			"a pool for each dist": {[]string{"mirror:m"}, func(o *publications.PublishOptions) { o.MultiDist = true }, "multi_dist", "multi_dist cannot be set"},
		} {
			options := publications.PublishOptions{Verbatim: true}
			if c.edit != nil {
				c.edit(&options)
			}
			_, x, err := o.Publications.Create(o.Ctx, publications.NewPublication{Prefix: digest.Of([]byte(name)).String(), Distribution: "stable", Sources: c.sources, Options: options})
			field, text := fieldOf(err)
			if err == nil {
				x = o.Wait(x, nil)
				if x.Error == nil {
					o.TB.Errorf("%s: published", name)
					continue
				}
				field, text = x.Error.Field, x.Error.Message
			}
			if field != c.field || !strings.Contains(text, c.says) {
				o.TB.Errorf("%s: %s: %s", name, field, text)
			}
		}
	})
}

func fieldOf(err error) (field, text string) {
	if err == nil {
		return "", ""
	}
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		field = p.Field
	}
	return field, err.Error()
}

// TestMirrorsThatCannotBeVerbatimAreRefused: before anything is fetched, naming the
// setting.
func TestMirrorsThatCannotBeVerbatimAreRefused(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		for name, c := range map[string]struct {
			config mirrors.Config
			field  string
		}{
			"names":               {mirrors.Config{Verbatim: true, Packages: []string{"saw"}}, "verbatim"},
			"a filter":            {mirrors.Config{Verbatim: true, Filter: "saw"}, "verbatim"},
			"the latest":          {mirrors.Config{Verbatim: true, LatestOnly: true}, "verbatim"},
			"flat":                {mirrors.Config{Verbatim: true, Suite: "./"}, "verbatim"},
			"patches for nothing": {mirrors.Config{With: []mirrors.Class{"pdiffs"}}, "with"},
			"contents of others":  {mirrors.Config{With: []mirrors.Class{"contents"}, Packages: []string{"saw"}}, "with"},
			"no class":            {mirrors.Config{With: []mirrors.Class{"changelogs"}}, "with"},
		} {
			c.config.URL = "http://localhost:1"
			if c.config.Suite == "" {
				c.config.Suite = "stable"
			}
			_, err := h.Mirrors.Create(h.Ctx, mirrors.NewMirror{Name: "m", Config: c.config})
			if field, _ := fieldOf(err); field != c.field || !problem.Is(err, problem.Invalid) {
				h.TB.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestAVerbatimPublicationInADirectory: it has exactly what the upstream has, each
// package once.
func TestAVerbatimPublicationInADirectory(t *testing.T) {
	t.Parallel()
	apptest.Originally(t, func(o *apptest.Original) {
		w := newWWW(o.House)
		_, x, err := o.Publications.Create(o.Ctx, publications.NewPublication{
			Endpoint: "www", Prefix: "debian", Distribution: "stable", Sources: []string{"mirror:m"}, Options: publications.PublishOptions{Verbatim: true},
		})
		o.Done(x, err)
		for _, version := range []string{"1", "22"} {
			if version != "1" {
				o.Write(version)
				o.Done(o.Mirrors.Sync(o.Ctx, "m", mirrors.SyncOptions{}))
				w.update("stable")
			}
			for _, path := range []string{"dists/stable/InRelease", "dists/stable/main/binary-amd64/Packages.gz", apptest.OwnPath, "pool/main/s/saw/saw_" + version + "_amd64.deb"} {
				if got := apptest.Must(os.ReadFile(filepath.Join(w.root, "debian", path)))(o.TB); string(got) != o.There(path) {
					o.TB.Errorf("%s is not as it is upstream", path)
				}
			}
			if w.has("debian/" + apptest.CanonicalPath) {
				o.TB.Errorf("%s is there too", apptest.CanonicalPath)
			}
		}
		o.Advance(2 * time.Hour)
		if err := o.Publications.Drop(o.Ctx, "www:debian", "stable"); err != nil {
			o.TB.Fatal(err)
		}
		o.Settled()
		if w.has("debian/dists/stable/InRelease") {
			o.TB.Error("a publication that was dropped is announced still")
		}
	})
}
