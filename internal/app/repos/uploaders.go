package repos

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/upload"
)

// Uploaders are rules that say whose .changes files a repo takes.
type Uploaders = upload.Uploaders

// SetUploaders says whose .changes files a repo takes, by rules in JSON as aptly's
// uploaders.json has them; an empty text takes the rules away, so that everybody's
// signature counts. What is wrong with the rules is problem.Invalid or
// problem.TooLarge in the field "uploaders".
func (s *Service) SetUploaders(ctx context.Context, repo, rules string) error {
	if err := access.Require(ctx, access.Upload); err != nil {
		return err
	}
	var uploaders *upload.Uploaders
	if rules != "" {
		read, err := upload.ParseUploaders([]byte(rules))
		if err != nil {
			return err
		}
		uploaders = &read
	}
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.uploaders", Subject: "repo:" + repo, Detail: uploaders}, func(tx *db.Tx, _ *usecase.Act) (struct{}, error) {
		c, err := s.k.Catalog.ByName(ctx, tx, catalog.Repo, repo)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.uploaders.SetUploaders(ctx, tx, c.ID, uploaders)
	})
	return err
}

// Uploaders gives the rules of a repo; problem.NotFound when it has none.
func (s *Service) Uploaders(ctx context.Context, repo string) (Uploaders, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Uploaders, error) {
		c, err := s.k.Catalog.ByName(ctx, tx, catalog.Repo, repo)
		if err != nil {
			return Uploaders{}, err
		}
		rules, err := s.uploaders.Uploaders(ctx, tx, c.ID)
		if err == nil && rules == nil {
			err = problem.New(problem.NotFound, "the repo %s has no rules of who may upload", repo).
				WithHint("every .changes file is taken whose signature is good")
		}
		if err != nil {
			return Uploaders{}, err
		}
		return *rules, nil
	})
}
