package repos_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/keys"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestAPackageIsAddedPublishedAndServed(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		hello := apptest.Deb(h.TB, "hello", "1.0", "amd64", "hi")
		h.MakeRepo("tools", hello)
		h.Publish("repo:tools")
		if index := h.Read("debian/dists/stable/main/binary-amd64/Packages"); !strings.Contains(index, "Filename: pool/main/h/hello/hello_1.0_amd64.deb\n") {
			h.TB.Errorf("Packages:\n%s", index)
		}
		if got := h.Read("debian/pool/main/h/hello/hello_1.0_amd64.deb"); got != string(hello.Data) {
			h.TB.Error("the package has other bytes")
		}
		if got := h.Read("debian/dists/stable/InRelease"); !strings.HasPrefix(got, "-----BEGIN PGP SIGNED MESSAGE-----\n") {
			h.TB.Errorf("InRelease:\n%s", got)
		}
		show := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(h.TB)
		want := "Types: deb\nURIs: https://deb.example.org/archive/debian\nSuites: stable\nComponents: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n"
		if !strings.HasPrefix(show.SourcesFile, want) {
			h.TB.Errorf(".sources:\n%s", show.SourcesFile)
		}
		if again := h.Update(); !strings.Contains(string(again.Result), `"unchanged":true`) {
			h.TB.Errorf("publishing the same again: %s", again.Result)
		}
	})
}

func TestUploadsAreTakenWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		good, other := apptest.Deb(h.TB, "good", "1", "all", ""), apptest.Deb(h.TB, "other", "1", "all", "")
		h.MakeRepo("tools", good)
		changed := slices.Clone(other.Data)
		changed[len(changed)/3] ^= 0xff
		for _, c := range []struct {
			name string
			file apptest.Upload
			kind problem.Kind
			says string
		}{
			{"no package", apptest.File("x_1_all.deb", []byte("nothing like it")), problem.Invalid, "x_1_all.deb: "},
			{"a package cut short", apptest.File("cut_1_all.deb", other.Data[:100]), problem.Invalid, "cut_1_all.deb: "},
			{"a name with a way up", apptest.File("..", nil), problem.Invalid, "file name"},
			{"a file of no package", apptest.File("notes.txt", []byte("x")), problem.Invalid, "notes.txt: "},
			{"other content of the same version", apptest.Deb(h.TB, "good", "1", "all", "changed"), problem.Conflict, "good 1 all"},
			{"a .dsc without its files", apptest.File("a_1.dsc", []byte("Format: 3.0 (native)\nSource: a\nBinary: a\nArchitecture: all\nVersion: 1\nMaintainer: T <t@example.org>\nFiles:\n d41d8cd98f00b204e9800998ecf8427e 3 a_1.tar.gz\nChecksums-Sha256:\n e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 3 a_1.tar.gz\n")), problem.Invalid, "a_1.tar.gz"},
		} {
			_, err := h.Add("tools", other, c.file)
			if !problem.Is(err, c.kind) || !strings.Contains(err.Error(), c.says) {
				h.TB.Errorf("%s: %v", c.name, err)
			}
			if got := h.Names("repo:tools"); !slices.Equal(got, []string{"good 1"}) {
				h.TB.Errorf("%s left %q", c.name, got)
			}
		}
		if _, err := h.Add("tools", other, other); !problem.Is(err, problem.Invalid) {
			h.TB.Errorf("a file given twice: %v", err)
		}
		again := apptest.Must(h.Add("tools", good))(h.TB)
		if len(again.Added) != 0 || again.Revision != 1 {
			h.TB.Errorf("adding the same again: %+v", again)
		}
		replaced := apptest.Must(h.Repos.AddFiles(h.Ctx, "tools", apptest.Uploads(apptest.Deb(h.TB, "good", "1", "all", "changed")), repos.AddOptions{Replace: true}))(h.TB)
		if len(replaced.Added) != 1 || len(replaced.Removed) != 1 {
			h.TB.Errorf("replacing: %+v", replaced)
		}
	})
}

func TestEveryPastStateCanBeAskedFor(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "all", ""))
		h.Publish("repo:tools")
		first := apptest.Must(h.Publications.Releases(h.Ctx, "debian", "stable", usecase.Page{}))(h.TB).Items[0]
		if _, err := h.Publications.File(h.Ctx, "debian/"+time.Now().UTC().Add(time.Hour).Format("20060102T150405Z")+"/dists/stable/Release"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("the future: %v", err)
		}
		for time.Now().Unix() <= first.At.Unix() { // the second of the first release must be over
			time.Sleep(time.Until(first.At.Truncate(time.Second).Add(time.Second)))
		}
		apptest.Must(h.Add("tools", apptest.Deb(h.TB, "hello", "2", "all", "")))(h.TB)
		h.Update()
		if now := h.Read("debian/dists/stable/main/binary-all/Packages"); !strings.Contains(now, "Version: 2\n") {
			h.TB.Errorf("now:\n%s", now)
		}
		then := h.Read("debian/" + first.Snapshot + "/dists/stable/main/binary-all/Packages")
		if !strings.Contains(then, "Version: 1\n") || strings.Contains(then, "Version: 2\n") {
			h.TB.Errorf("then:\n%s", then)
		}
		if _, err := h.Publications.File(h.Ctx, "debian/"+first.Snapshot+"/pool/main/h/hello/hello_2_all.deb"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("a package before its time: %v", err)
		}
		if _, err := h.Publications.File(h.Ctx, "debian/20200101T000000Z/dists/stable/Release"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("before everything: %v", err)
		}
		if err := h.Publications.Drop(h.Ctx, "debian", "stable"); err != nil {
			h.TB.Fatal(err)
		}
		if _, err := h.Publications.File(h.Ctx, "debian/dists/stable/Release"); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("dropped, now: %v", err)
		}
		h.Read("debian/" + first.Snapshot + "/dists/stable/Release")
	})
}

func TestSnapshotsMergeAndPull(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("old", apptest.Deb(h.TB, "a", "1", "all", ""), apptest.Deb(h.TB, "b", "1", "all", ""))
		h.MakeRepo("new", apptest.Deb(h.TB, "a", "2", "all", ""), apptest.Deb(h.TB, "c", "1", "all", ""))
		create := func(name string, in collections.NewSnapshot) []string {
			in.Name = name
			apptest.Must(h.Collections.CreateSnapshot(h.Ctx, in))(h.TB)
			return h.Names("snapshot:" + name)
		}
		for name, c := range map[string]struct {
			in   collections.NewSnapshot
			want []string
		}{
			"one":    {collections.NewSnapshot{From: []string{"repo:old"}}, []string{"a 1", "b 1"}},
			"last":   {collections.NewSnapshot{From: []string{"repo:new", "repo:old"}}, []string{"a 1", "b 1", "c 1"}},
			"latest": {collections.NewSnapshot{From: []string{"repo:new", "repo:old"}, Latest: true}, []string{"a 2", "b 1", "c 1"}},
			"all":    {collections.NewSnapshot{From: []string{"repo:new", "repo:old"}, KeepAll: true}, []string{"a 1", "a 2", "b 1", "c 1"}},
		} {
			if got := create(name, c.in); !slices.Equal(got, c.want) {
				h.TB.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		apptest.Must(h.Collections.Pull(h.Ctx, collections.PullSnapshot{Name: "pulled", To: "repo:old", From: "repo:new", Packages: []string{"a"}}))(h.TB)
		if got := h.Names("snapshot:pulled"); !slices.Equal(got, []string{"a 2", "b 1"}) {
			h.TB.Errorf("pulled: %q", got)
		}
		diff := apptest.Must(h.Collections.Diff(h.Ctx, apptest.Must(collections.ParseRef("left", "snapshot:one"))(h.TB), apptest.Must(collections.ParseRef("right", "snapshot:pulled"))(h.TB)))(h.TB)
		if len(diff) != 1 || diff[0].Name != "a" || diff[0].Before[0] != "1" || diff[0].After[0] != "2" {
			h.TB.Errorf("diff: %+v", diff)
		}
	})
}

func TestWhatIsInUseIsNotDropped(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "all", ""))
		h.Publish("repo:tools")
		if err := h.Collections.Drop(h.Ctx, collections.Repo, "tools"); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "debian stable") {
			h.TB.Errorf("a published repo: %v", err)
		}
		key := apptest.Must(h.Keys.List(h.Ctx, usecase.Page{}))(h.TB).Items[0]
		if err := h.Keys.Drop(h.Ctx, key.Name); !problem.Is(err, problem.Conflict) {
			h.TB.Errorf("a key that signs: %v", err)
		}
	})
}

func TestNothingIsDoneForStrangersAndAllIsLogged(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		nobody := context.Background()
		_, reader, err := h.People.CreateToken(h.Ctx, "reader", "reader", 0)
		if err != nil {
			h.TB.Fatal(err)
		}
		asReader := apptest.Must(h.People.Authenticate(nobody, reader))(h.TB)
		for name, ctx := range map[string]context.Context{"unauthenticated": nobody, "denied": asReader} {
			want := problem.Kind(name)
			errs := map[string]error{}
			_, errs["create mirror"] = h.Mirrors.Create(ctx, mirrors.NewMirror{Name: "m", Config: mirrors.Config{URL: "http://localhost/", Suite: "s"}})
			_, errs["create repo"] = h.Repos.Create(ctx, repos.NewRepo{Name: "r"})
			_, errs["add"] = h.Repos.AddFiles(ctx, "r", apptest.Uploads(), repos.AddOptions{})
			_, errs["snapshot"] = h.Collections.CreateSnapshot(ctx, collections.NewSnapshot{Name: "s", From: []string{"repo:r"}})
			_, _, errs["publish"] = h.Publications.Create(ctx, publications.NewPublication{Prefix: "p", Distribution: "d", Sources: []string{"repo:r"}})
			_, errs["generate key"] = h.Keys.Generate(ctx, keys.NewKey{Name: "k"})
			_, errs["export secret"] = h.Keys.ExportSecret(ctx, "k")
			_, _, errs["token"] = h.People.CreateToken(ctx, "t", "admin", 0)
			_, errs["scrub"] = h.Garbage.Scrub(ctx, func(int, int64) {})
			_, errs["audit"] = h.Audit.Log(ctx, audit.Filter{}, usecase.Page{})
			for what, err := range errs {
				if !problem.Is(err, want) {
					h.TB.Errorf("%s as %s: %v", what, name, err)
				}
			}
		}
		if _, err := h.Repos.List(asReader, usecase.Page{}); err != nil {
			h.TB.Errorf("a reader reads: %v", err)
		}
		apptest.Must(h.Repos.Create(h.Ctx, repos.NewRepo{Name: "logged"}))(h.TB)
		log := apptest.Must(h.Audit.Log(h.Ctx, audit.Filter{Subject: "repo:logged"}, usecase.Page{}))(h.TB)
		if len(log.Items) != 1 || log.Items[0].Who != "local" || log.Items[0].Action != "repo.create" {
			h.TB.Errorf("audit log: %+v", log.Items)
		}
	})
}

func TestAReleaseThatExpiresIsRenewedByItself(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "all", ""))
		_, a, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"repo:tools"},
			Options: publications.PublishOptions{ValidFor: 3 * time.Hour}})
		h.Done(a, err)
		waiting := apptest.Must(h.Activities.List(h.Ctx, activities.Filter{Status: "waiting", Type: "publish"}, usecase.Page{}))(h.TB).Items
		if len(waiting) != 1 || time.Until(waiting[0].RunAt) < 50*time.Minute || time.Until(waiting[0].RunAt) > 70*time.Minute {
			h.TB.Errorf("what waits: %+v", waiting)
		}
	})
}

func TestEditingAPublicationDoesNotChangeWhoSigns(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "all", ""))
		apptest.Must(h.Keys.Generate(h.Ctx, keys.NewKey{Name: "own"}))(h.TB)
		_, a, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"repo:tools"},
			Options: publications.PublishOptions{Keys: []string{"own"}}})
		h.Done(a, err)
		before := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(h.TB).Options.Keys
		other := apptest.Must(h.Keys.Generate(h.Ctx, keys.NewKey{Name: "other"}))(h.TB)
		apptest.Must(h.Keys.SetDefault(h.Ctx, other.Name))(h.TB)
		h.Done(h.Publications.Update(h.Ctx, "debian", "stable", publications.PublicationEdit{Options: &publications.PublishOptions{Label: "new"}}))
		if after := apptest.Must(h.Publications.Get(h.Ctx, "debian", "stable"))(h.TB).Options; !slices.Equal(after.Keys, before) || after.Label != "new" {
			h.TB.Errorf("options are %+v, keys were %q", after, before)
		}
	})
}

func TestTheFutureOfACollectionIsNotKnown(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "all", ""))
		ref := apptest.Must(collections.ParseRef("", "repo:tools@20990101T000000Z"))(h.TB)
		if _, err := h.Collections.Packages(h.Ctx, ref, collections.Terms{}, usecase.Page{}); !problem.Is(err, problem.NotFound) {
			h.TB.Errorf("got %v", err)
		}
	})
}
