package app

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// listedUpload is a file that a .changes file lists, as it is in the pool.
type listedUpload struct {
	catalog.File
	seen upload.Seen
}

// repoOf finds the repo that an upload is for, and the rules of who may upload.
func (in *inclusion) repoOf(ctx context.Context, c *changesFile) (repo catalog.Collection, rules *upload.Uploaders, err error) {
	name, err := in.repo.name(c.Stanza)
	if err != nil {
		return repo, nil, err
	}
	rules, err = read(ctx, in.app, func(tx *db.Tx) (*upload.Uploaders, error) {
		if repo, err = in.app.catalog.ByName(ctx, tx, catalog.Repo, name); err != nil {
			return nil, err
		}
		return in.app.uploaders.Uploaders(ctx, tx, repo.ID)
	})
	return repo, rules, err
}

// gather checks and stores all that a .changes file lists.
func (in *inclusion) gather(ctx context.Context, c *changesFile, im *packageImport) error {
	for _, want := range c.Files {
		f, seen, err := im.fromArea(ctx, path.Join(path.Dir(c.name), want.Name))
		if err == nil {
			err = matches(f, want)
		}
		if problem.Is(err, problem.NotFound) {
			return problem.New(problem.Invalid, "lists %s, which was not uploaded", want.Name).WithHint("upload it beside the .changes file")
		} else if err != nil {
			return err
		}
		c.listed[want.Name] = listedUpload{f, seen}
	}
	im.fetch = func(_ context.Context, name string) (catalog.File, upload.Seen, error) {
		if f, ok := c.listed[path.Base(name)]; ok {
			return f.File, f.seen, nil
		}
		return catalog.File{}, upload.Seen{}, problem.New(problem.NotFound, "the .changes file does not list %s", path.Base(name))
	}
	return nil
}

// takePackages takes what is a package among the listed files, in the order of
// their names.
func (in *inclusion) takePackages(ctx context.Context, c *changesFile, im *packageImport) error {
	im.accepts = func(e catalog.Entry) bool { return belongs(c.Changes.Changes, e) }
	var packages []string
	for _, f := range c.Files {
		if isPackage(f.Name) {
			packages = append(packages, path.Join(path.Dir(c.name), f.Name))
		}
	}
	slices.Sort(packages)
	if err := im.takeAll(ctx, packages); err != nil {
		return err
	}
	return im.commit(ctx, "repo.include", map[string]any{"changes": c.name, "replace": im.replace, "signed_by": fingerprints(c.signed)})
}

// belongs tells whether a package is of an upload: of one of its architectures,
// and its source, or one of its binaries, or the debug symbols of one.
func belongs(c *debfile.Changes, e catalog.Entry) bool {
	if !slices.ContainsFunc(c.Architectures, func(built string) bool { return isFor(e, built) }) {
		return false
	}
	if e.Type == catalog.Source {
		return e.Name == c.Source
	}
	if slices.Contains(c.Binaries, e.Name) {
		return true
	}
	of, symbols := strings.CutSuffix(e.Name, "-dbgsym")
	return symbols && e.Source == c.Source && slices.Contains(c.Binaries, of)
}

// isFor tells whether a package is of an architecture. One for all is of any that
// binary packages have.
func isFor(e catalog.Entry, architecture string) bool {
	return e.Architecture == architecture || e.Architecture == "all" && architecture != "source"
}
