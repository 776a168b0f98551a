package e2e

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/testkit"
)

// publishes is how many go by while clients read: `make test/long` takes 2,000.
var publishes = flag.Int("publishes", 200, "how many publishes go by while apt updates in a loop")

// TestNoClientEverFailsWhilePublishing: apt updates and downloads in a loop while
// publishes change the suite, one after the other.
func TestNoClientEverFailsWhilePublishing(t *testing.T) {
	t.Parallel()
	t.Run("from our own server", func(t *testing.T) {
		t.Parallel()
		a := start(t, tempData(t))
		a.tools(50)
		a.publish("repo:tools")
		a.neverFails("debian", a.apt("amd64"))
	})
	t.Run("from nginx", func(t *testing.T) {
		t.Parallel()
		a := start(t, tempData(t))
		nginx := a.nginx()
		a.tools(50)
		_, x, err := a.Publications.Create(a.ctx, publications.NewPublication{Endpoint: "www", Prefix: "debian", Distribution: "stable", Sources: []string{"repo:tools"}})
		a.done(x, err)
		show, err := a.Publications.Get(a.ctx, "www:debian", "stable")
		if err != nil {
			t.Fatal(err)
		}
		apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: "amd64", Sources: show.SourcesFile})
		if err != nil {
			t.Fatal(err)
		}
		a.neverFails("www:debian", apt)
		log, err := nginx.Log()
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(log) {
			if bytes.Contains(line, []byte("/debian/")) && !bytes.Contains(line, []byte(`" 200 `)) && !bytes.Contains(line, []byte(`" 304 `)) && !bytes.Contains(line, []byte(`" 206 `)) {
				t.Errorf("nginx answered %s", line)
			}
		}
	})
}

// tools makes a repo of so many packages.
func (a *aptarium) tools(n int) {
	a.tb.Helper()
	if _, err := a.Repos.Create(a.ctx, repos.NewRepo{Name: "tools"}); err != nil {
		a.tb.Fatal(err)
	}
	for i := range n {
		a.add("tools", testkit.Package{Name: fmt.Sprintf("base%02d", i), Version: "1", Architecture: "amd64"})
	}
}

// nginx serves the endpoint www, in a directory beside the data folder.
func (a *aptarium) nginx() *testkit.Nginx {
	a.tb.Helper()
	root := a.tb.TempDir()
	nginx, err := testkit.StartNginx(a.tb.Context(), a.tb.TempDir(), root)
	if err != nil {
		a.tb.Fatal(err)
	}
	a.tb.Cleanup(func() {
		if err := nginx.Close(); err != nil {
			a.tb.Error(err)
		}
	})
	if _, err := a.Publications.CreateEndpoint(a.ctx, "www", publications.EndpointSettings{Kind: "filesystem", Directory: root, PublicURL: nginx.URL()}); err != nil {
		a.tb.Fatal(err)
	}
	return nginx
}

// neverFails publishes again and again while apt reads.
func (a *aptarium) neverFails(prefix string, apt *testkit.Apt) {
	t := a.tb
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	updates := make(chan int, 1)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			if out, err := apt.Update(t.Context()); err != nil || strings.Contains(out, "\nW:") || strings.Contains(out, "\nErr:") {
				t.Errorf("update %d: %v\n%s", n, err, out)
				break
			}
			if _, err := apt.Download(t.Context(), "base00"); err != nil {
				t.Errorf("download after update %d: %v", n, err)
				break
			}
		}
		updates <- n
	}()
	for i := range *publishes {
		a.add("tools", testkit.Package{Name: "news", Version: fmt.Sprintf("1.%d", i), Architecture: "amd64"})
		a.done(a.Publications.Update(a.ctx, prefix, "stable", publications.PublicationEdit{}))
	}
	stop()
	n := <-updates
	t.Logf("%d updates of apt during %d publishes", n, *publishes)
	if n < *publishes/40 {
		t.Errorf("only %d updates went by: the test says little", n)
	}
	if out, err := apt.Update(t.Context()); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got, err := apt.Candidate(t.Context(), "news"); err != nil || got != fmt.Sprintf("1.%d", *publishes-1) {
		t.Errorf("in the end apt sees %q, %v", got, err)
	}
}

// TestEndpointFollowsItsPublications: a directory has what is published and
// loses what was dropped; nothing else in it is touched.
func TestEndpointFollowsItsPublications(t *testing.T) {
	t.Parallel()
	a := start(t, tempData(t))
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "robots.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Publications.CreateEndpoint(a.ctx, "www", publications.EndpointSettings{Kind: "filesystem", Directory: root, Plain: true}); err != nil {
		t.Fatal(err)
	}
	a.tools(3)
	for _, distribution := range []string{"stable", "testing"} {
		_, x, err := a.Publications.Create(a.ctx, publications.NewPublication{Endpoint: "www", Prefix: "debian", Distribution: distribution, Sources: []string{"repo:tools"}})
		a.done(x, err)
	}
	there := func(path string) bool {
		_, err := os.Lstat(filepath.Join(root, path))
		return err == nil
	}
	const pool = "debian/pool/main/b/base00/base00_1_amd64.deb"
	for _, path := range []string{"debian/dists/stable/InRelease", "debian/dists/testing/main/binary-amd64/Packages.gz", "debian/dists/stable/main/binary-amd64/Packages", pool} {
		if !there(path) {
			t.Errorf("%s is not there", path)
		}
	}
	if err := a.Publications.DropEndpoint(a.ctx, "www"); err == nil {
		t.Error("an endpoint was dropped that has publications")
	}
	if err := a.Publications.Drop(a.ctx, "www:debian", "testing"); err != nil {
		t.Fatal(err)
	}
	a.done(a.Publications.Update(a.ctx, "www:debian", "stable", publications.PublicationEdit{})) // waits its turn behind the withdrawal
	if there("debian/dists/testing/InRelease") || !there("debian/dists/stable/InRelease") || !there(pool) || !there("robots.txt") {
		t.Error("the dropped publication is there still, or something else is not")
	}
	apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: "amd64", Sources: must(a.Publications.Get(a.ctx, "www:debian", "stable")).SourcesFile})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := apt.Update(t.Context()); err != nil { // by file:, since the endpoint has no address
		t.Fatalf("%v\n%s", err, out)
	}
	if n, err := apt.CountPackages(t.Context()); err != nil || n != 3 {
		t.Errorf("apt sees %d packages, %v", n, err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
