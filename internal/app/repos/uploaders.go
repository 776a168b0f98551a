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

// Uploaders are the rules for the signers of the .changes files of a repo.
type Uploaders = upload.Uploaders

// SetUploaders sets the rules for the .changes files of a repo, as JSON in the form of aptly's
// uploaders.json. An empty text removes the rules: then every good signature counts. Errors in
// the rules are problem.Invalid or problem.TooLarge in the field "uploaders".
func (s *Service) SetUploaders(ctx context.Context, repo, rules string) error {
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Upload, Action: "repo.uploaders", Subject: "repo:" + repo}, func(tx *db.Tx, act *usecase.Act) (struct{}, error) {
		var uploaders *Uploaders
		if rules != "" {
			read, err := upload.ParseUploaders([]byte(rules))
			if err != nil {
				return struct{}{}, err
			}
			uploaders = &read
		}
		act.Detail = uploaders
		c, err := s.k.Catalog.ByName(ctx, tx, catalog.Repo, repo)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.uploaders.SetUploaders(ctx, tx, c.ID, uploaders)
	})
	return err
}

// Uploaders returns the rules of a repo. A repo without rules is problem.NotFound.
func (s *Service) Uploaders(ctx context.Context, repo string) (Uploaders, error) {
	return usecase.Read(ctx, s.k, access.Read, func(tx *db.Tx) (Uploaders, error) {
		c, err := s.k.Catalog.ByName(ctx, tx, catalog.Repo, repo)
		if err != nil {
			return Uploaders{}, err
		}
		rules, err := s.uploaders.Uploaders(ctx, tx, c.ID)
		if err == nil && rules == nil {
			err = problem.New(problem.NotFound, "the repo %s has no rules for uploaders", repo).
				WithHint("it accepts every .changes file with a good signature")
		}
		if err != nil {
			return Uploaders{}, err
		}
		return *rules, nil
	})
}
