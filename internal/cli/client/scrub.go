package client

import (
	"bufio"
	"context"
	"encoding/json"
	"io"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/garbage"
	"github.com/aptarium/aptarium/internal/problem"
)

// Scrub checks the whole pool. It calls progress about once a second.
func (c *Client) Scrub(ctx context.Context, progress func(blobs int, bytes int64)) (garbage.ScrubReport, error) {
	r, err := encode(routes.Scrub.Method, routes.Scrub.Path, routes.None{})
	if err != nil {
		return garbage.ScrubReport{}, err
	}
	answer, err := c.send(ctx, r)
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
