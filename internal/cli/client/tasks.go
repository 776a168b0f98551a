package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/aptarium/aptarium/internal/app/usecase"
)

// RunMirrorTask starts an APTMirror task, given as JSON. At is the time of a dry
// run's base, empty for now.
func (c *Client) RunMirrorTask(ctx context.Context, task json.RawMessage, dryRun, force bool, at string) (usecase.Activity, error) {
	q := url.Values{"dry_run": {strconv.FormatBool(dryRun)}, "force": {strconv.FormatBool(force)}}
	if at != "" {
		q.Set("at", at)
	}
	return call[usecase.Activity](ctx, c, request{method: http.MethodPost, path: path("tasks", "aptmirror"), query: q, body: task})
}
