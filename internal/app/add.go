package app

import (
	"cmp"
	"context"
	"io"
	"iter"
	"slices"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Upload is one file on its way in. Its body is read before the next one is
// asked for.
type Upload struct {
	Name string
	Body io.Reader
}

// AddOptions adjust AddFiles.
type AddOptions struct {
	Component string // where to list the packages; empty: the repo's own
	// Replace takes packages out of the repo that have the same name, version
	// and architecture as a new one but other content.
	Replace bool
}

// AddFiles adds packages to a repo: .deb, .udeb and .ddeb files, and .dsc or
// .changes files along with the files that they list. All of them are taken, or
// none: an error names the file and the repo is as it was. The result counts
// what is new; adding the same files again changes nothing.
func (a *App) AddFiles(ctx context.Context, repo string, files iter.Seq2[Upload, error], o AddOptions) (RepoChange, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return RepoChange{}, err
	}
	defer a.hold("adding files to repo:" + repo)()
	c, err := read(ctx, a, func(tx *db.Tx) (catalog.Collection, error) { return a.catalog.ByName(ctx, tx, catalog.Repo, repo) })
	if err != nil {
		return RepoChange{}, err
	}
	in := intake{
		packageReader: packageReader{a, cmp.Or(o.Component, componentOf(c))},
		packages:      interning{app: a},
		stored:        map[string]catalog.File{},
	}
	for f, err := range files {
		if err != nil {
			return RepoChange{}, err
		}
		if err := in.take(ctx, f); err != nil {
			return RepoChange{}, err
		}
	}
	if err := in.finish(ctx); err != nil {
		return RepoChange{}, err
	}
	if err := a.Pool.Flush(ctx); err != nil {
		return RepoChange{}, err
	}
	detail := map[string]any{"files": len(in.stored), "replace": o.Replace}
	return change(ctx, a, "repo.add", "repo:"+repo, detail, func(tx *db.Tx) (RepoChange, error) {
		return a.addMembers(ctx, tx, repo, in.packages.members, o.Replace, 0)
	})
}

// addMembers makes the revision that lists new members, by an activity, or by none if
// that is 0.
func (a *App) addMembers(ctx context.Context, tx *db.Tx, repo string, members bitset.Set, replace bool, activity int64) (RepoChange, error) {
	c, err := a.catalog.ByName(ctx, tx, catalog.Repo, repo)
	if err != nil {
		return RepoChange{}, err
	}
	old, err := a.catalog.Set(ctx, tx, c.View())
	if err != nil {
		return RepoChange{}, err
	}
	fresh := members.Minus(old)
	clashes, err := a.catalog.Clashes(ctx, tx, old.Union(fresh), fresh)
	if err != nil {
		return RepoChange{}, err
	}
	var gone bitset.Builder
	for _, clash := range clashes {
		both, err := a.catalog.Listings(ctx, tx, bitset.Of(clash.Old, clash.New))
		if err != nil {
			return RepoChange{}, err
		}
		relisted := sameFiles(both[0], both[1]) // with other overrides, or under another name
		if fresh.Contains(clash.Old) || !relisted && !replace {
			l := both[0]
			return RepoChange{}, problem.New(problem.Conflict, "%s %s %s is there already with other content (SHA-256 %s and %s)",
				l.Package.Name, l.Version, l.Package.Architecture, both[0].Files[0].SHA256, both[1].Files[0].SHA256).
				WithHint("give it a new version, or replace the old one with --replace")
		}
		gone.Add(clash.Old)
	}
	return a.appendRevision(ctx, tx, c, fresh, gone.Set(), activity)
}

// sameFiles tells whether two packages are made of the same bytes.
func sameFiles(a, b catalog.Listed) bool {
	return slices.EqualFunc(a.Files, b.Files, func(x, y catalog.File) bool { return x.SHA256 == y.SHA256 })
}
