package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/testkit"
)

// look has apt verify what a program has published and count the packages in
// it, so that nobody is fast by doing nothing.
func (t *stage) look(ctx context.Context, c contender) error {
	p, stop, err := c.serve(ctx)
	if err != nil {
		return fmt.Errorf("serving what %s published: %w", c.name(), err)
	}
	defer stop()
	if c.name() == ours {
		if t.indexBytes, err = indexBytes(ctx, p.url, t.archive); err != nil {
			return err
		}
	}
	source, err := testkit.AptSource(p.url, t.archive.Codename, t.archive.Component, p.keys)
	if err != nil {
		return err
	}
	dir := filepath.Join(t.dir, "apt")
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	apt, err := testkit.NewApt(dir, testkit.AptOptions{Architecture: t.archive.Architecture, Sources: source})
	if err != nil {
		return err
	}
	if _, err := apt.Update(ctx); err != nil {
		return fmt.Errorf("reading what %s published: %w", c.name(), err)
	}
	count, err := apt.CountPackages(ctx)
	if err != nil {
		return err
	}
	want := c.keeps(t.archive) + t.added[c.name()]
	if count != want {
		return fmt.Errorf("apt sees %d packages where %s has published, not %d", count, c.name(), want)
	}
	t.say("%7d packages: apt verifies and counts %d of %s", t.archive.Packages, count, c.name())
	return nil
}

// indexBytes adds up the sizes of all forms of the published Packages file, as
// its InRelease lists them.
func indexBytes(ctx context.Context, url string, a *archive) (total int64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/dists/"+a.Codename+"/InRelease", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 16<<20))
	if err != nil {
		return 0, err
	}
	return listedBytes(string(text), path.Join(a.Component, "binary-"+a.Architecture))
}

// listedBytes adds up the sizes that a Release file lists for the Packages file
// of a folder in plain and compressed form.
func listedBytes(release, folder string) (total int64, err error) {
	for line := range strings.Lines(release) {
		fields := strings.Fields(line)
		if len(fields) != 3 || len(fields[0]) != 64 {
			continue // not of the list of SHA-256 sums
		}
		name, ok := strings.CutPrefix(fields[2], folder+"/Packages")
		if !ok || strings.Contains(name, "/") || strings.HasPrefix(name, ".diff") {
			continue
		}
		size, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("the Release file lists %q", line)
		}
		total += size
	}
	if total == 0 {
		return 0, fmt.Errorf("the Release file lists no index in %s", folder)
	}
	return total, nil
}
