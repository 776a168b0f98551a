package mirrors_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/mirrors"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/mirror"
)

// result reads what a sync did.
func result(f *apptest.Follower, a usecase.Activity) (r mirror.Result) {
	f.TB.Helper()
	if err := json.Unmarshal(a.Result, &r); err != nil {
		f.TB.Fatal(err)
	}
	return r
}

// TestReleasesOfTheField: apt takes them all.
func TestReleasesOfTheField(t *testing.T) {
	t.Parallel()
	components := func(list string) func(*apptest.Follower, *apptest.Archive) {
		return func(f *apptest.Follower, a *apptest.Archive) { a.Resign(f, "Components: main\n", list) }
	}
	// moved lists the index below another folder, and has it there.
	moved := func(f *apptest.Follower, a *apptest.Archive, folder string) {
		a.Files["dists/stable/"+folder+"/binary-amd64/Packages.gz"] = a.Files[apptest.PackagesPath+".gz"]
		delete(a.Files, apptest.PackagesPath+".gz")
		a.Resign(f, " main/binary-amd64/Packages.gz\n", " "+folder+"/binary-amd64/Packages.gz\n")
		a.Resign(f, " main/binary-amd64/Packages\n", " "+folder+"/binary-amd64/Packages\n")
	}
	for _, c := range []struct {
		name   string
		make   func(*apptest.Follower, *apptest.Archive)
		config func(*mirrors.Config)
	}{
		{"no components", components(""), nil},
		{"no components, and one is named", components(""), func(c *mirrors.Config) { c.Components = []string{"main"} }},
		{"no architectures, and one is named", func(f *apptest.Follower, a *apptest.Archive) { a.Resign(f, "Architectures: amd64\n", "") },
			func(c *mirrors.Config) { c.Architectures = []string{"amd64"} }},
		{"a component by a path of which the end counts", components("Components: updates/main\n"), nil},
		{"such a component, named in full", components("Components: updates/main\n"), func(c *mirrors.Config) { c.Components = []string{"updates/main"} }},
		{"such a component, named by its end", components("Components: updates/main\n"), func(c *mirrors.Config) { c.Components = []string{"main"} }},
		{"a component by a path that is there", func(f *apptest.Follower, a *apptest.Archive) {
			components("Components: team/tools\n")(f, a)
			moved(f, a, "team/tools")
		}, nil},
		{"such a component, named by its end too", func(f *apptest.Follower, a *apptest.Archive) {
			components("Components: team/tools\n")(f, a)
			moved(f, a, "team/tools")
		}, func(c *mirrors.Config) { c.Components = []string{"tools"} }},
		{"names that nobody could ask for", func(f *apptest.Follower, a *apptest.Archive) {
			sum := digest.Of(nil).String()
			a.Resign(f, "SHA256:\n", "SHA256:\n "+sum+" 3 some file\n "+sum+" 4 ../../x\n "+sum+" 5 /etc/passwd\n")
		}, nil},
		{"paths with a dot in front", func(f *apptest.Follower, a *apptest.Archive) {
			a.Resign(f, " main/binary-amd64/Packages.gz", " ./main//binary-amd64/Packages.gz")
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			apptest.Follow(t, func(f *apptest.Follower) {
				a := f.Next()
				c.make(f, a)
				f.Serve(a)
				if c.config != nil {
					f.Edit(c.config)
				}
				if r := result(f, f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))); len(r.Warnings) > 0 {
					f.TB.Errorf("warned: %q", r.Warnings)
				}
				if got := f.Names("mirror:m"); !slices.Equal(got, []string{"hello 2", "other 1"}) {
					f.TB.Errorf("got %q", got)
				}
			})
		})
	}
}

// TestIndexesOfTheField: mirrored, they can be published too.
func TestIndexesOfTheField(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		old, new string // in Packages
		says     string // in what is published
	}{
		{"a line of blanks in a description", "Section: misc\n", "Section: misc\nDescription: x\n one\n  \n two\n", " one\n .\n two\n"},
		{"a section of words", "Section: misc", "Section: Development Tools", "Section: Development Tools\n"},
		{"a section in angles", "Section: misc", "Section: <none>", "Section: <none>\n"},
		{"a URL as source", "Section: misc", "Source: https://example.org/hello\nSection: misc", "Filename: pool/main/h/hello/hello_2_amd64.deb\n"},
		{"an empty part and a dot in a path", "Filename: pool/", "Filename: .//pool/./", "hello_2_amd64.deb\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			apptest.Follow(t, func(f *apptest.Follower) {
				a := f.Next()
				a.Packages = strings.Replace(a.Packages, c.old, c.new, 1)
				f.Upstream.Switch(a.Whole(f.TB, f.Key))
				f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
				f.Publish("mirror:m")
				if text := f.Read("debian/dists/stable/main/binary-amd64/Packages"); !strings.Contains(text, c.says) {
					f.TB.Errorf("published as\n%s", text)
				}
			})
		})
	}
}

func TestPathsAreAskedForAsAptDoes(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		a := apptest.NewArchive(f.TB)
		d := apptest.Deb(f.TB, "hello", "2", "amd64", "hi")
		const name = "hello_1%3a2+b[1](2)~3_amd64.deb"
		a.Add(f.TB, d)
		a.Files["pool/"+name] = d.Data
		delete(a.Files, "pool/"+d.Name)
		a.Packages = strings.Replace(a.Packages, d.Name, name, 1)
		f.Upstream.Switch(a.Whole(f.TB, f.Key))
		var mu sync.Mutex
		var asked []string
		f.Upstream.Inject("*.deb", 0, func(w http.ResponseWriter, r *http.Request, files http.Handler) {
			mu.Lock()
			asked = append(asked, r.RequestURI)
			mu.Unlock()
			files.ServeHTTP(w, r)
		})
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		if want := []string{"/pool/hello_1%253a2%2Bb%5B1%5D%282%29~3_amd64.deb"}; !slices.Equal(asked, want) {
			f.TB.Errorf("asked for %q, want %q", asked, want)
		}
	})
}

func TestOfPackagesListedTwiceTheFirstCounts(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		a := f.Good()
		first := strings.Count(a.Packages, "\n\n")
		again := apptest.Deb(f.TB, "hello", "1", "amd64", "other bytes")
		a.Packages += fmt.Sprintf("Package: hello\nVersion: 1\nArchitecture: amd64\nFilename: pool/x/%s\nSize: %d\nSHA256: %s\n\n", again.Name, len(again.Data), digest.Of(again.Data))
		a.Packages += a.Packages[strings.Index(a.Packages, "Package: other"):strings.LastIndex(a.Packages, "Package: hello")] // the same once more
		f.Upstream.Switch(a.Whole(f.TB, f.Key))
		r := result(f, f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{})))
		if r.Packages != first || r.Duplicates != 1 || !slices.Equal(r.FirstDuplicates, []string{"hello 1 amd64 in main"}) {
			f.TB.Errorf("result %+v", r)
		}
		f.Unchanged()
		f.Publish("mirror:m")
		want := f.Good().Files[apptest.HelloPath]
		if got := f.Read("debian/pool/main/h/hello/hello_1_amd64.deb"); digest.Of([]byte(got)) != digest.Of(want) {
			f.TB.Error("the second one is published")
		}
	})
}

func TestWhatIsAskedForByNameAndNotThereIsTold(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		f.Edit(func(c *mirrors.Config) {
			c.Components, c.Architectures, c.Sources = []string{"main"}, []string{"amd64", "riscv64", "all"}, true
		})
		for _, unchanged := range []bool{false, true} {
			r := result(f, f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{})))
			if got := strings.Join(r.Warnings, "; "); r.Unchanged != unchanged || len(r.Warnings) != 2 || !strings.Contains(got, "architecture riscv64; it has amd64") || !strings.Contains(got, "no source packages") {
				f.TB.Errorf("unchanged=%t: %s", r.Unchanged, got)
			}
		}
	})
}

func TestForeignArchitecturesOfASuiteAreLeftOut(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		a := apptest.NewArchive(f.TB, apptest.Deb(f.TB, "hello", "2", "amd64", ""), apptest.Deb(f.TB, "alien", "1", "s390x", ""), apptest.Deb(f.TB, "other", "1", "all", ""))
		f.Upstream.Switch(a.Whole(f.TB, f.Key))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		if got := f.Names("mirror:m"); !slices.Equal(got, []string{"hello 2", "other 1"}) {
			f.TB.Errorf("got %q", got)
		}
	})
}

func TestAnEmptySuiteIsASuite(t *testing.T) {
	t.Parallel()
	apptest.Follow(t, func(f *apptest.Follower) {
		a := apptest.NewArchive(f.TB)
		a.At = time.Now()
		f.Upstream.Switch(a.Whole(f.TB, f.Key))
		f.Done(f.Mirrors.Sync(f.Ctx, "m", mirrors.SyncOptions{}))
		if got := f.Names("mirror:m"); len(got) > 0 {
			f.TB.Errorf("got %q", got)
		}
	})
}
