package pockets

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/publications"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/publish"
)

// scoped returns an act that needs the permission [access.Repository] in the access group of a
// distribution.
func scoped(action, subject string, detail any) usecase.Act {
	return usecase.Act{Permission: access.Repository, Scoped: true, Action: action, Subject: subject, Detail: detail}
}

// publishing are the activities that publish the pockets of a change.
type publishing []int64

// publishNext starts the next release of a publication.
func (s *Service) publishNext(ctx context.Context, tx *db.Tx, p publish.Publication, started *publishing) error {
	x, err := s.publications.Submit(ctx, tx, p, publications.Payload{Publication: p.ID})
	*started = append(*started, x.ID)
	return err
}

// awaitAtMost is the time that a change waits for its releases.
const awaitAtMost = 10 * time.Second

// changeAndAwait is [usecase.Change] for a change that publishes pockets. It waits a little for the
// releases, so that the caller finds the pockets published; their activities report errors.
func changeAndAwait[T any](ctx context.Context, s *Service, act usecase.Act, fn func(*db.Tx, *usecase.Act, *publishing) (T, error)) (T, error) {
	var started publishing
	result, err := usecase.Change(ctx, s.k, act, func(tx *db.Tx, act *usecase.Act) (T, error) {
		started = nil
		return fn(tx, act, &started)
	})
	if err != nil {
		return result, err
	}
	ctx, cancel := context.WithTimeout(ctx, awaitAtMost)
	defer cancel()
	for _, id := range started {
		if _, err := s.k.Engine.Wait(ctx, id); err != nil {
			break
		}
	}
	return result, nil
}
