package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/aptarium/aptarium/internal/app/activities"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// Activities lists activities, newest first.
func (c *Client) Activities(ctx context.Context, f activities.Filter, p usecase.Page) (usecase.List[usecase.Activity], error) {
	return list[usecase.Activity](ctx, c, p, url.Values{"status": {f.Status}, "type": {f.Type}, "subject": {f.Subject}}, "activities")
}

// Activity gives an activity as it is.
func (c *Client) Activity(ctx context.Context, id int64) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodGet, path: path("activities", number(id))})
}

// WatchActivity gives an activity when it is newer than a version, or as it is
// after wait, of at most a minute.
func (c *Client) WatchActivity(ctx context.Context, id, version int64, wait time.Duration) (usecase.Activity, error) {
	q := url.Values{"version": {number(version)}, "wait": {strconv.Itoa(int(wait.Seconds()))}}
	return call[usecase.Activity](ctx, c, request{method: http.MethodGet, path: path("activities", number(id)), query: q})
}

// ActivityLog gives what an activity told of itself, oldest first.
func (c *Client) ActivityLog(ctx context.Context, id int64) ([]string, error) {
	log, err := call[struct{ Lines []string }](ctx, c, request{method: http.MethodGet, path: path("activities", number(id), "log")})
	return log.Lines, err
}

// CancelActivity ends an activity before it is done.
func (c *Client) CancelActivity(ctx context.Context, id int64) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodPost, path: path("activities", number(id), "cancel")})
}

// How long following goes on when a server does not answer, as while it is
// started anew, and how often it asks then.
const (
	patience   = time.Minute
	retryEvery = time.Second
)

// Follow calls see with each state of an activity until it is finished, and
// gives the last one. There are some ten states a second at most.
func (c *Client) Follow(ctx context.Context, id int64, see func(usecase.Activity)) (usecase.Activity, error) {
	var version int64
	for answered := time.Now(); ; {
		a, err := c.WatchActivity(ctx, id, version, 30*time.Second)
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

func number(n int64) string { return strconv.FormatInt(n, 10) }
