package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

const (
	firstPause = 500 * time.Millisecond
	maxPause   = 30 * time.Second
	// worthwhile is the size of a piece after which the count of failures starts
	// again: a large file over a poor line arrives in many pieces.
	worthwhile = 1 << 20
	// maxErrorBody is the largest part of an unwanted body to read, to reuse the
	// connection.
	maxErrorBody = 16 << 10
)

// patience limits the retries with a failing server.
type patience struct {
	retries int           // failures in a row that are forgiven
	wait    time.Duration // the longest pause that a server can demand
}

// The patience if a client waits for the file.
const (
	hurriedRetries = 2
	hurriedWait    = 5 * time.Second
)

func (c *Client) patience(hurried bool) patience {
	if hurried {
		return patience{min(c.options.Retries, hurriedRetries), hurriedWait}
	}
	return patience{c.options.Retries, maxRetryAfter}
}

// retry runs try until it succeeds, fails for good or patience ends. held returns the number
// of bytes received so far.
func (c *Client) retry(ctx context.Context, u *url.URL, p patience, held func() int64, try func() error) error {
	best, row := held(), 0
	for tries := 1; ; tries++ {
		err := try()
		if err == nil {
			return nil
		}
		if own := ownError(ctx, u); own != nil {
			return own
		}
		f, ok := errors.AsType[*failure](err)
		if !ok {
			return err
		}
		row++
		if held() >= best+worthwhile {
			best, row = held(), 1
		}
		if !f.retry || row > p.retries || f.wait > p.wait {
			return f.problem(u, tries)
		}
		if err := c.options.Sleep(ctx, max(f.wait, pause(row))); err != nil {
			return fmt.Errorf("GET %s: %w", display(u), err)
		}
	}
}

// pause doubles with each failure in a row. A random half keeps clients that failed together
// from returning together.
func pause(row int) time.Duration {
	p := min(firstPause<<min(row-1, 10), maxPause)
	return p/2 + rand.N(p/2)
}

// try sends one GET, and calls use with an answer of an accepted status. Afterwards it closes
// the answer.
func (c *Client) try(ctx context.Context, u *url.URL, header http.Header, accepted []int, use func(*http.Response, io.Reader) error) error {
	leave, err := c.gate.enter(ctx, server(u))
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := c.request(ctx, u, header)
	if err != nil {
		return err
	}
	r, err := c.http.Do(req)
	if err != nil {
		return sendFailure(err)
	}
	defer r.Body.Close()
	from := c.newBody(ctx, cancel, r.Body)
	defer from.close()
	for _, status := range accepted {
		if r.StatusCode == status {
			return use(r, from)
		}
	}
	f := statusFailure(r)
	_, _ = io.CopyN(io.Discard, from, maxErrorBody) // the status is enough
	return f
}

func (c *Client) request(ctx context.Context, u *url.URL, header http.Header) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", "Aptarium/"+c.options.Version+" (+apt mirror)")
	req.Header.Set("Accept-Encoding", "identity")
	if u.User == nil && c.options.Credentials != nil {
		if user, password, ok := c.options.Credentials(u); ok {
			req.SetBasicAuth(user, password)
		}
	}
	return req, nil
}
