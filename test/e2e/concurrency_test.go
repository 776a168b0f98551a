package e2e

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/cli/client"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/testkit"
)

// adds is how many packages each of the 16 clients adds: `make test/long` takes 200.
var adds = flag.Int("adds", 12, "how many packages each of 16 clients adds at once")

// TestSixteenClientsLoseNothing: they add packages over HTTP, to one repo and to
// repos of their own, and publish after each, at both endpoints. Nothing is lost,
// nothing fails, the same package with other content is a conflict, and a burst of
// publishes makes few releases.
func TestSixteenClientsLoseNothing(t *testing.T) {
	t.Parallel()
	const clients = 16
	data := tempData(t)
	a := start(t, data)
	a.nginx()
	places := []string{"debian", "www:debian"}
	for _, repo := range []string{"shared", "own0", "own1", "own2", "own3"} {
		if _, err := a.Repos.Create(a.ctx, repos.NewRepo{Name: repo}); err != nil {
			t.Fatal(err)
		}
	}
	for _, place := range places {
		endpoint, _, _ := strings.Cut(strings.TrimSuffix(place, "debian"), ":")
		for distribution, source := range map[string]string{"shared": "repo:shared", "own0": "repo:own0", "own1": "repo:own1", "own2": "repo:own2", "own3": "repo:own3"} {
			_, x, err := a.Publications.Create(a.ctx, publications.NewPublication{Endpoint: endpoint, Prefix: "debian", Distribution: distribution, Sources: []string{source}})
			a.done(x, err)
		}
	}
	token, err := os.ReadFile(filepath.Join(data, access.AdminFile))
	if err != nil {
		t.Fatal(err)
	}
	group, ctx := errgroup.WithContext(t.Context())
	for c := range clients {
		group.Go(func() error {
			http, err := client.New(client.Options{URL: strings.TrimSuffix(a.url, "/archive"), Token: strings.TrimSpace(string(token))})
			if err != nil {
				return err
			}
			for n := range *adds {
				repo := "shared"
				if n%2 == 1 {
					repo = fmt.Sprintf("own%d", c%4)
				}
				if err := addOne(ctx, http, repo, testkit.Package{Name: fmt.Sprintf("p%d-%d", c, n), Version: "1", Architecture: "amd64"}); err != nil {
					return fmt.Errorf("client %d: %w", c, err)
				}
				if _, err := client.Call(ctx, http, routes.Publish, routes.SendToPlace[*routes.PublishRequest](places[(c+n/2)%2], repo, nil)); err != nil {
					return fmt.Errorf("client %d: %w", c, err)
				}
			}
			// Everybody wants another content of one package: one has it.
			return addOne(ctx, http, "shared", testkit.Package{Name: "wanted", Version: "1", Architecture: "amd64", Description: fmt.Sprint("by ", c)})
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	published, releases := 0, int64(0)
	for _, place := range places {
		for _, distribution := range []string{"shared", "own0", "own1", "own2", "own3"} {
			a.done(a.Publications.Update(a.ctx, place, distribution, publications.PublicationEdit{}))
			show, err := a.Publications.Get(a.ctx, place, distribution)
			if err != nil {
				t.Fatal(err)
			}
			published, releases = published+show.Packages, releases+show.Release
		}
	}
	if want := len(places) * (clients**adds + 1); published != want {
		t.Errorf("%d packages are published, not %d", published, want)
	}
	for _, distribution := range []string{"shared", "own0"} { // as clients see it
		for _, place := range places {
			show, err := a.Publications.Get(a.ctx, place, distribution)
			if err != nil {
				t.Fatal(err)
			}
			apt, err := testkit.NewApt(t.TempDir(), testkit.AptOptions{Architecture: "amd64", Sources: show.SourcesFile})
			if err != nil {
				t.Fatal(err)
			}
			if out, err := apt.Update(t.Context()); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if n, err := apt.CountPackages(t.Context()); err != nil || n != show.Packages {
				t.Errorf("apt sees %d packages of %s %s, not %d: %v", n, place, distribution, show.Packages, err)
			}
		}
	}
	asked := clients * *adds
	t.Logf("%d adds, %d publishes asked for, %d releases made", asked, asked, releases)
	if releases > int64(asked)*3/4 {
		t.Errorf("%d publishes asked for in bursts made %d releases", asked, releases)
	}
	if report, err := a.Garbage.Scrub(a.ctx, func(int, int64) {}); err != nil || !report.Clean() {
		t.Errorf("scrub: %+v, %v", report, err)
	}
}

// addOne adds a package; that its version is there already with another content
// is the one refusal that is allowed.
func addOne(ctx context.Context, to *client.Client, repo string, p testkit.Package) error {
	data, err := p.Deb()
	if err != nil {
		return err
	}
	_, err = to.AddPackages(ctx, routes.AddPackagesInput{Named: routes.Named{Name: repo}}, slices.Values([]client.File{{
		Name: p.FileName(), Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil },
	}}))
	if p.Name == "wanted" && problem.Is(err, problem.Conflict) && strings.Contains(err.Error(), "wanted 1 amd64") {
		return nil
	}
	return err
}
