package repos

import (
	"cmp"
	"context"
	"io"
	"iter"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/intake"
	"github.com/aptarium/aptarium/internal/problem"
)

// Upload is one file to add. Its body is read before the next file is requested.
type Upload struct {
	Name string
	Body io.Reader
}

// AddOptions are the options of AddFiles.
type AddOptions struct {
	Component string // of the packages; empty: the repo's own
	// Replace removes packages with the name, version and architecture of a new package, but
	// with other content.
	Replace bool
}

// AddFiles adds packages to a repo: .deb, .udeb and .ddeb files, and .dsc or .changes files with
// the files that they list. It adds all, or none: an error names the file. The result counts the
// new packages; the same files again change nothing.
func (s *Service) AddFiles(ctx context.Context, repo string, files iter.Seq2[Upload, error], o AddOptions) (collections.RepoChange, error) {
	c, err := s.repoToFill(ctx, repo)
	if err != nil {
		return collections.RepoChange{}, err
	}
	defer s.k.Hold("adding files to repo:" + repo)()
	in := s.intake.Delivery(cmp.Or(o.Component, collections.ComponentOf(c)), o.Replace)
	for f, err := range files {
		if err != nil {
			return collections.RepoChange{}, err
		}
		if err := in.Take(ctx, f.Name, f.Body); err != nil {
			return collections.RepoChange{}, err
		}
	}
	if err := in.Finish(ctx); err != nil {
		return collections.RepoChange{}, err
	}
	detail := map[string]any{"files": in.Len(), "replace": o.Replace}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.add", Subject: "repo:" + repo, Detail: detail}, func(tx *db.Tx, _ *usecase.Act) (collections.RepoChange, error) {
		return s.ListArrivals(ctx, tx, repo, in.Arrivals, 0)
	})
}

// repoToFill returns a repo to which the caller may add packages.
func (s *Service) repoToFill(ctx context.Context, name string) (catalog.Collection, error) {
	return usecase.Read(ctx, s.k, access.Upload, func(tx *db.Tx) (catalog.Collection, error) { return s.k.Catalog.ByName(ctx, tx, catalog.Repo, name) })
}

// ListArrivals adds all arrivals to a repo as one revision of an activity; 0 means no activity. A
// refused arrival is problem.Conflict.
func (s *Service) ListArrivals(ctx context.Context, tx *db.Tx, repo string, arrivals *intake.Arrivals, activity int64) (collections.RepoChange, error) {
	c, err := s.k.Catalog.ByName(ctx, tx, catalog.Repo, repo)
	if err != nil {
		return collections.RepoChange{}, err
	}
	settled, err := arrivals.Settle(ctx, tx, c)
	if err != nil {
		return collections.RepoChange{}, err
	}
	for _, r := range settled.Refused {
		there, came := r.There, r.Came.Files[0].SHA256
		return collections.RepoChange{}, problem.New(problem.Conflict, "%s %s %s is there already with other content (SHA-256 %s and %s)",
			there.Package.Name, there.Version, there.Package.Architecture, there.Files[0].SHA256, came).
			WithHint("give it a new version, or replace the old one with --replace")
	}
	return s.collections.ChangeRepo(ctx, tx, c, settled.Added, settled.Removed, activity)
}
