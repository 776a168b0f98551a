package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/aptarium/aptarium/deb/deb822"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/publish"
)

// publish makes releases, each of one more revision.
func (f *figures) publish(ctx context.Context, x *subject) error {
	_, a, err := x.app.Publications.Create(ctx, publications.NewPublication{Prefix: prefix, Distribution: distribution, Sources: []string{"mirror:" + mirrorName}})
	if err := x.done(a, err); err != nil {
		return err
	}
	before, err := look(ctx, x.server.Parts().DB, x.dir)
	if err != nil {
		return err
	}
	for range f.settings.releases {
		if err := x.change(ctx); err != nil {
			return err
		}
		began := time.Now()
		if err := x.done(x.app.Publications.Update(ctx, prefix, distribution, publications.PublicationEdit{})); err != nil {
			return err
		}
		f.published += time.Since(began)
	}
	fmt.Fprintf(f.say, "%d releases in %s\n", f.settings.releases, f.published.Round(time.Second))
	after, err := look(ctx, x.server.Parts().DB, x.dir)
	f.releases = after.since(before, f.settings.releases)
	return err
}

// check reads every release as it was: InRelease, and of some releases whatever
// indexes that lists.
func (f *figures) check(ctx context.Context, x *subject) error {
	if err := x.reopen(ctx); err != nil {
		return err
	}
	list, err := x.releases(ctx)
	if err != nil {
		return err
	}
	if len(list) != 1+f.settings.releases {
		return fmt.Errorf("there are %d releases, not %d", len(list), 1+f.settings.releases)
	}
	step := 1
	if f.settings.indexes > 0 {
		step = max(len(list)/f.settings.indexes, 1)
	}
	for i, r := range list {
		whole := i%step == 0 || i == len(list)-1
		n, err := x.checkRelease(ctx, r, whole)
		if err != nil {
			return fmt.Errorf("release %d: %w", r.Number, err)
		}
		f.inReleases++
		f.indexes += n
	}
	return nil
}

// releases returns all releases, newest first.
func (x *subject) releases(ctx context.Context) (list []publish.Release, err error) {
	err = x.server.Parts().DB.Read(ctx, func(tx *db.Tx) error {
		store := publish.New(x.catalog)
		p, err := store.Get(ctx, tx, publish.BuiltIn, prefix, distribution)
		if err == nil {
			list, err = store.Log(ctx, tx, p.ID, 0, int(p.Head))
		}
		return err
	})
	return list, err
}

// checkRelease reads a release's InRelease as it was then, and if wanted the
// listed indexes, which must have the listed sums.
func (x *subject) checkRelease(ctx context.Context, r publish.Release, whole bool) (indexes int, err error) {
	base := "dists/" + distribution + "/"
	text, err := x.readThen(ctx, r.At, base+"InRelease")
	if err != nil || !whole {
		return 0, err
	}
	_, text, _ = strings.Cut(text, "\n\n") // what is signed
	text, _, signed := strings.Cut(text, "\n-----BEGIN PGP SIGNATURE-----")
	if !signed {
		return 0, errors.New("InRelease is not signed")
	}
	stanza, err := deb822.Parse([]byte(text + "\n"))
	if err != nil {
		return 0, err
	}
	for sum, err := range deb822.Checksums(stanza.Get("SHA256"), deb822.SHA256) {
		if err != nil {
			return indexes, err
		}
		then, err := x.readThen(ctx, r.At, base+string(sum.Name))
		if err != nil {
			return indexes, err
		}
		if got := digest.Of([]byte(then)).String(); got != string(sum.Sum) {
			return indexes, fmt.Errorf("%s is %s, not %s", sum.Name, got, sum.Sum)
		}
		if strings.HasPrefix(path.Base(string(sum.Name)), "Packages") {
			indexes++
		}
	}
	return indexes, nil
}

// readThen reads a file of the tree as it was at an instant.
func (x *subject) readThen(ctx context.Context, at int64, name string) (string, error) {
	var found publish.Served
	err := x.server.Parts().DB.Read(ctx, func(tx *db.Tx) error {
		tree, err := publish.New(catalog.New()).At(ctx, tx, publish.BuiltIn, prefix, at)
		if err == nil {
			found, err = tree.Find(ctx, tx, name, publish.DefaultGrace(time.Now()))
		}
		return err
	})
	if err != nil {
		return "", err
	}
	r, err := publish.Open(ctx, x.server.Parts().Pool, found)
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if sum := digest.Of(data); err == nil && sum != found.SHA256 {
		err = fmt.Errorf("%s has other bytes than its sum says", name)
	}
	return string(data), err
}
