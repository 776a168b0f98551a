package client

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// How long [Client.Follow] continues when a server does not answer, as during its restart, and
// how often it asks then.
const (
	patience   = time.Minute
	retryEvery = time.Second
)

// Follow calls see with each state of an activity until it is finished, at most about ten times
// a second, and returns the last state.
func (c *Client) Follow(ctx context.Context, id int64, see func(usecase.Activity)) (usecase.Activity, error) {
	var version int64
	for answered := time.Now(); ; {
		a, err := Call(ctx, c, routes.GetActivity, routes.GetActivityInput{ActivityID: routes.ActivityID{ID: id}, Version: version, Wait: 30})
		switch {
		case problem.Is(err, problem.Unavailable) && time.Since(answered) < patience:
			if err := pause(ctx, retryEvery); err != nil {
				return a, err
			}
			continue
		case err != nil:
			return a, err
		}
		answered, version = time.Now(), a.Version
		see(a)
		if a.Finished() {
			return a, nil
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
