package collections_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/publish"
)

// watchedPool notes which blobs are opened, and may have a say in it.
type watchedPool struct {
	blob.Store
	mu     sync.Mutex
	opened []digest.SHA256
	before func(opened int)
}

func (p *watchedPool) Open(ctx context.Context, d digest.SHA256) (blob.Blob, error) {
	p.mu.Lock()
	p.opened = append(p.opened, d)
	n, before := len(p.opened), p.before
	p.mu.Unlock()
	if before != nil {
		before(n)
	}
	return p.Store.Open(ctx, d)
}

// restart gives what was opened, and forgets it.
func (p *watchedPool) restart() (opened []digest.SHA256) {
	p.mu.Lock()
	defer p.mu.Unlock()
	opened, p.opened, p.before = p.opened, nil, nil
	return opened
}

// watch runs a test in a house with a watched pool.
func watch(t *testing.T, test func(*apptest.House, *watchedPool)) {
	t.Helper()
	apptest.RunWith(t, func(parts *app.Parts) { parts.Pool = &watchedPool{Store: parts.Pool} }, func(h *apptest.House) {
		test(h, h.Pool.(*watchedPool))
	})
}

// publishContents publishes a repo as debian stable with Contents.
func publishContents(h *apptest.House, repo string) (usecase.Activity, error) {
	_, a, err := h.Publications.Create(h.Ctx, publications.NewPublication{Prefix: "debian", Distribution: "stable", Sources: []string{"repo:" + repo},
		Options: publications.PublishOptions{Contents: publish.ContentsByComponent, Architectures: []string{"amd64"}}})
	return a, err
}

func TestTheFilesOfAPackageAreReadOnce(t *testing.T) {
	t.Parallel()
	watch(t, func(h *apptest.House, pool *watchedPool) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "amd64", "hi"), apptest.Deb(h.TB, "foreign", "1", "arm64", ""))
		pool.restart()
		h.Done(publishContents(h, "tools"))
		if n := len(pool.restart()); n != 1 {
			h.TB.Errorf("%d files were opened for the first release of one package", n)
		}
		if got := h.Read(apptest.ContentsPath); got != "usr/share/hello/content misc/hello\n" {
			h.TB.Errorf("Contents:\n%s", got)
		}
		other := apptest.Deb(h.TB, "other", "1", "all", "")
		apptest.Must(h.Add("tools", other))(h.TB)
		pool.restart()
		h.Update()
		if got := pool.restart(); !slices.Equal(got, []digest.SHA256{digest.Of(other.Data)}) {
			h.TB.Errorf("%d files were opened for one new package", len(got))
		}
		if got := h.Read(apptest.ContentsPath); got != "usr/share/hello/content misc/hello\nusr/share/other/content misc/other\n" {
			h.TB.Errorf("Contents:\n%s", got)
		}
		pool.restart()
		h.Done(h.Publications.Update(h.Ctx, "debian", "stable", publications.PublicationEdit{Rebuild: true}))
		if n := len(pool.restart()); n > 0 {
			h.TB.Errorf("a rebuild opened %d files", n)
		}
	})
}

// damagedDeb is a package whose control can be read and whose files cannot.
func damagedDeb(h *apptest.House) apptest.Upload {
	d := apptest.Deb(h.TB, "damaged", "1", "amd64", strings.Repeat("some text ", 100))
	at := bytes.Index(d.Data, []byte("data.tar"))
	for i := at + 80; i < len(d.Data); i++ {
		d.Data[i] ^= 0x55
	}
	return d
}

// bombDeb is a package whose files are far larger than it says.
func bombDeb(h *apptest.House) apptest.Upload {
	var b bytes.Buffer
	control := "Package: bomb\nVersion: 1\nArchitecture: amd64\nMaintainer: T <t@example.org>\nDescription: test\n"
	if err := debfile.Write(&b, []byte(control), []debfile.File{{Name: "zeros", Body: make([]byte, 64<<20)}}, debfile.WriteOptions{Compression: debfile.Zstd}); err != nil {
		h.TB.Fatal(err)
	}
	return apptest.File("bomb_1_amd64.deb", b.Bytes())
}

func TestPackagesWhoseFilesCannotBeReadHoldUpNoRelease(t *testing.T) {
	t.Parallel()
	watch(t, func(h *apptest.House, pool *watchedPool) {
		h.MakeRepo("tools", apptest.Deb(h.TB, "hello", "1", "amd64", "hi"), damagedDeb(h), bombDeb(h))
		pool.restart()
		a := h.Done(publishContents(h, "tools"))
		log := apptest.Must(h.Engine.Log(h.Ctx, a.ID, 0))(h.TB)
		for _, name := range []string{"damaged_1_amd64.deb", "bomb_1_amd64.deb"} {
			if !strings.Contains(string(a.Result), name) {
				h.TB.Errorf("the result does not tell of %s: %s", name, a.Result)
			}
			if !strings.Contains(fmt.Sprint(log), "warning: the files of "+name) {
				h.TB.Errorf("the log does not tell of %s: %v", name, log)
			}
		}
		if got := h.Read(apptest.ContentsPath); got != "usr/share/hello/content misc/hello\n" {
			h.TB.Errorf("Contents:\n%s", got)
		}
		if index := h.Read("debian/dists/stable/main/binary-amd64/Packages"); !strings.Contains(index, "Package: bomb\n") {
			h.TB.Error("the package is not even listed")
		}
		pool.restart()
		apptest.Must(h.Add("tools", apptest.Deb(h.TB, "news", "1", "amd64", "")))(h.TB)
		pool.restart()
		a = h.Update()
		if n := len(pool.restart()); n != 1 || strings.Contains(string(a.Result), "warnings") {
			h.TB.Errorf("%d files were opened for a new package: %s", n, a.Result)
		}
	})
}

func TestAPackageThatIsNotStoredIsTold(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		hello := apptest.Deb(h.TB, "hello", "1", "amd64", "hi")
		h.MakeRepo("tools", hello)
		if err := h.Pool.Remove(h.Ctx, digest.Of(hello.Data)); err != nil {
			h.TB.Fatal(err)
		}
		a := h.Wait(publishContents(h, "tools"))
		if a.Error == nil || a.Error.Kind != "conflict" || !strings.Contains(a.Error.Message, "hello_1_amd64.deb") {
			h.TB.Errorf("it ended as %s: %+v", a.Status, a.Error)
		}
	})
}

// TestAStoppedRunKeepsWhatItRead: the next one goes on from the last batch.
func TestAStoppedRunKeepsWhatItRead(t *testing.T) {
	t.Parallel()
	watch(t, func(h *apptest.House, pool *watchedPool) {
		const packages = 250
		var list []apptest.Upload
		for i := range packages {
			list = append(list, apptest.Deb(h.TB, fmt.Sprintf("package%03d", i), "1", "amd64", ""))
		}
		h.MakeRepo("tools", list...)
		pool.restart()
		reached, release := make(chan struct{}), make(chan struct{})
		var once sync.Once
		pool.before = func(opened int) {
			if opened > packages-20 {
				once.Do(func() { close(reached) })
				<-release
			}
		}
		a := apptest.Must(publishContents(h, "tools"))(h.TB)
		<-reached
		a, err := h.Activities.Cancel(h.Ctx, a.ID)
		close(release)
		if a = h.Wait(a, err); a.Status != "cancelled" {
			h.TB.Fatalf("it ended as %s", a.Status)
		}
		pool.restart()
		h.Update()
		if n := len(pool.restart()); n > 50 {
			h.TB.Errorf("the next run read %d packages again", n-50)
		}
		if n := strings.Count(h.Read(apptest.ContentsPath), "\n"); n != packages {
			h.TB.Errorf("%d lines", n)
		}
	})
}
