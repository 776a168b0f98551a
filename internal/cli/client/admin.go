package client

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

// Tokens lists tokens in the order they were made.
func (c *Client) Tokens(ctx context.Context, p usecase.Page) (usecase.List[people.Token], error) {
	return list[people.Token](ctx, c, p, nil, "tokens")
}

// CreateToken makes a token and tells its secret.
func (c *Client) CreateToken(ctx context.Context, in routes.NewToken) (routes.CreatedToken, error) {
	return call[routes.CreatedToken](ctx, c, request{method: http.MethodPost, path: path("tokens"), body: in})
}

// RevokeToken ends a token at once.
func (c *Client) RevokeToken(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("tokens", name)})
}

// AuditLog lists who did what, newest first.
func (c *Client) AuditLog(ctx context.Context, f audit.Filter, p usecase.Page) (usecase.List[audit.AuditEntry], error) {
	q := url.Values{"who": {f.Who}, "action": {f.Action}, "subject": {f.Subject}}
	for name, at := range map[string]time.Time{"since": f.Since, "until": f.Until} {
		if !at.IsZero() {
			q.Set(name, at.UTC().Format(time.RFC3339Nano))
		}
	}
	return list[audit.AuditEntry](ctx, c, p, q, "audit")
}

// CollectGarbage starts to drop what no retention keeps and nothing needs.
func (c *Client) CollectGarbage(ctx context.Context, in garbage.GC) (usecase.Activity, error) {
	return call[usecase.Activity](ctx, c, request{method: http.MethodPost, path: path("gc"), body: in})
}

// Scrub reads the whole pool; progress hears of it about once a second.
func (c *Client) Scrub(ctx context.Context, progress func(blobs int, bytes int64)) (garbage.ScrubReport, error) {
	answer, err := c.send(ctx, request{method: http.MethodPost, path: path("scrub")})
	if err != nil {
		return garbage.ScrubReport{}, err
	}
	defer answer.Body.Close()
	lines := json.NewDecoder(bufio.NewReader(io.LimitReader(answer.Body, maxAnswer)))
	for {
		var line routes.ScrubLine
		if err := lines.Decode(&line); err != nil {
			if ctx.Err() != nil {
				return garbage.ScrubReport{}, context.Cause(ctx)
			}
			return garbage.ScrubReport{}, problem.New(problem.Upstream, "the server's answer is cut short or garbled: %w", err)
		}
		if line.Report != nil {
			return *line.Report, nil
		}
		if p := line.Problem; p != nil {
			return garbage.ScrubReport{}, &problem.Problem{Kind: p.Kind, Field: p.Field, Message: p.Detail, Hint: p.Hint}
		}
		progress(line.Blobs, line.Bytes)
	}
}
