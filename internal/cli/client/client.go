// Package client calls the routes of package routes, the REST API of an Aptarium: [Call] any
// route, [All] a whole list. Its errors are problems (package problem), with the words of the
// server.
//
// [New] speaks HTTP to a server. Given the transport of [Local], it speaks to a
// handler in its own process instead, streaming both ways.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/problem"
)

// Client calls one server. Any number of goroutines may use it.
type Client struct {
	base      string
	token     string
	userAgent string
	http      *http.Client
}

// Options say whom to call and how.
type Options struct {
	URL       string            // of the server, without /v1
	Token     string            // empty: none is sent
	UserAgent string            // such as aptarium/v1.2.3
	Transport http.RoundTripper // nil: HTTP, as [http.DefaultTransport] does
}

// New creates a client, without a request yet.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, problem.New(problem.Invalid, "%q is no server", o.URL).In("server").WithHint("use its URL, such as https://deb.example.org")
	}
	return &Client{strings.TrimRight(o.URL, "/"), o.Token, o.UserAgent, &http.Client{Transport: o.Transport}}, nil
}

// maxAnswer bounds what is read into memory.
const maxAnswer = 256 << 20

// request is one call.
type request struct {
	method string
	path   string // escaped
	query  url.Values
	header http.Header
	body   any       // sent as JSON; nil: none
	form   io.Reader // sent instead of body; the header states its type
}

// send calls the server. The caller closes the body of the answer, which is a
// success.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	body := r.form
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
		r.header.Set("Content-Type", "application/json")
	}
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	req.Header = r.header
	answer, err := c.http.Do(c.signed(req))
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if answer.StatusCode >= 300 {
		defer answer.Body.Close()
		return nil, refusal(answer)
	}
	return answer, nil
}

// PostForm sends a form to a path of the server that is not of /v1, such as /api/, and
// returns the answer, whatever its status. The caller closes its body.
func (c *Client) PostForm(ctx context.Context, path string, form url.Values) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := c.http.Do(c.signed(req))
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	return answer, nil
}

// signed says who asks, and with what.
func (c *Client) signed(r *http.Request) *http.Request {
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.userAgent != "" {
		r.Header.Set("User-Agent", c.userAgent)
	}
	return r
}

// unreachable returns the problem of a server that sent no answer.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if p, ok := errors.AsType[*problem.Problem](err); ok {
		return p // from what was to be sent
	}
	if inner, ok := errors.AsType[*url.Error](err); ok {
		err = inner.Err
	}
	return problem.New(problem.Unavailable, "no answer from %s: %w", c.base, err).WithHint("is the server running, and is this its address?")
}

// refusal returns the problem that a failed answer states.
func refusal(answer *http.Response) error {
	var stated routes.Problem
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err := json.Unmarshal(text, &stated); err != nil || stated.Detail == "" {
		return problem.New(problem.Upstream, "the server answered %s, not as an Aptarium does", answer.Status).WithHint("is this its address?")
	}
	p := &problem.Problem{Kind: stated.Kind, Field: stated.Field, Message: stated.Detail, Hint: stated.Hint}
	for _, other := range stated.Others {
		p.Message += "; " + strings.TrimPrefix(other.Field+": ", ": ") + other.Detail
	}
	return problem.Because(p, problem.Reason(stated.Code))
}
