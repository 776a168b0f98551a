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
func (s *Service) AddFiles(ctx context.Context, repo string, files iter.Seq2[Upload, error], o AddOptions) (collections.RepoChange, error) {
	if err := access.Require(ctx, access.Upload); err != nil {
		return collections.RepoChange{}, err
	}
	defer s.k.Hold("adding files to repo:" + repo)()
	c, err := s.repoNamed(ctx, repo)
	if err != nil {
		return collections.RepoChange{}, err
	}
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

func (s *Service) repoNamed(ctx context.Context, name string) (catalog.Collection, error) {
	return usecase.View(ctx, s.k, func(tx *db.Tx) (catalog.Collection, error) { return s.k.Catalog.ByName(ctx, tx, catalog.Repo, name) })
}

// listArrivals makes the revision that lists all arrivals, by an activity, or by none if
// that is 0. That one is refused is problem.Conflict.
func (svc *Service) ListArrivals(ctx context.Context, tx *db.Tx, repo string, arrivals *intake.Arrivals, activity int64) (collections.RepoChange, error) {
	c, err := svc.k.Catalog.ByName(ctx, tx, catalog.Repo, repo)
	if err != nil {
		return collections.RepoChange{}, err
	}
	s, err := arrivals.Settle(ctx, tx, c)
	if err != nil {
		return collections.RepoChange{}, err
	}
	for _, r := range s.Refused {
		there, came := r.There, r.Came.Files[0].SHA256
		return collections.RepoChange{}, problem.New(problem.Conflict, "%s %s %s is there already with other content (SHA-256 %s and %s)",
			there.Package.Name, there.Version, there.Package.Architecture, there.Files[0].SHA256, came).
			WithHint("give it a new version, or replace the old one with --replace")
	}
	return svc.collections.AppendRevision(ctx, tx, c, s.Added, s.Removed, activity)
}
