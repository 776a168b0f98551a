// Package client speaks to the /v1 interface of an Aptarium, with a method for
// each route. What it takes and gives are the types of the application's door,
// and its errors are problems (package problem), as the server told them.
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
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/usecase"
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

// New makes a client; it calls nobody yet.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, problem.New(problem.Invalid, "%q is no server", o.URL).In("server").WithHint("give its URL, such as https://deb.example.org")
	}
	return &Client{strings.TrimRight(o.URL, "/"), o.Token, o.UserAgent, &http.Client{Transport: o.Transport}}, nil
}

// maxAnswer bounds what is read into memory.
const maxAnswer = 256 << 20

// request is one call.
type request struct {
	method string
	path   string
	query  url.Values
	body   any       // sent as JSON; nil: none
	form   io.Reader // sent instead of body, as kind says
	kind   string
}

// path joins segments, each escaped whole.
func path(segments ...string) string {
	var b strings.Builder
	b.WriteString("/v1")
	for _, s := range segments {
		b.WriteByte('/')
		if s == "." || s == ".." { // a server would take them for steps
			s = strings.ReplaceAll(s, ".", "%2E")
		} else {
			s = url.PathEscape(s)
		}
		b.WriteString(s)
	}
	return b.String()
}

// send calls the server. The caller closes the body of the answer, which is a
// success.
func (c *Client) send(ctx context.Context, r request) (*http.Response, error) {
	body, kind := r.form, r.kind
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, err
		}
		body, kind = bytes.NewReader(text), "application/json"
	}
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
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
// gives the answer, whatever its status. The caller closes its body.
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

// unreachable tells that no answer came.
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

// refusal reads why the server did not do it.
func refusal(answer *http.Response) error {
	var told routes.Problem
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err := json.Unmarshal(text, &told); err != nil || told.Detail == "" {
		return problem.New(problem.Upstream, "the server answered %s, not as an Aptarium does", answer.Status).WithHint("is this its address?")
	}
	p := &problem.Problem{Kind: told.Kind, Field: told.Field, Message: told.Detail, Hint: told.Hint}
	for _, other := range told.Others {
		p.Message += "; " + strings.TrimPrefix(other.Field+": ", ": ") + other.Detail
	}
	return problem.Because(p, problem.Reason(told.Code))
}

// call sends a request and reads its answer.
func call[T any](ctx context.Context, c *Client, r request) (result T, err error) {
	answer, err := c.send(ctx, r)
	if err != nil {
		return result, err
	}
	defer answer.Body.Close()
	err = json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(&result)
	if err != nil {
		err = problem.New(problem.Upstream, "the server's answer is cut short or garbled: %w", err)
	}
	return result, err
}

// do sends a request whose answer is empty.
func (c *Client) do(ctx context.Context, r request) error {
	answer, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

// list gets a page.
func list[T any](ctx context.Context, c *Client, p usecase.Page, query url.Values, segments ...string) (usecase.List[T], error) {
	q := url.Values{}
	for name, values := range query {
		if len(values) > 0 && values[0] != "" {
			q[name] = values
		}
	}
	if p.After != "" {
		q.Set("after", p.After)
	}
	if p.Limit > 0 {
		q.Set("limit", strconv.Itoa(p.Limit))
	}
	return call[usecase.List[T]](ctx, c, request{method: http.MethodGet, path: path(segments...), query: q})
}

// Each goes through a list page by page. It ends after the first error.
func Each[T any](page func(usecase.Page) (usecase.List[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for p := (usecase.Page{Limit: 500}); ; {
			l, err := page(p)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range l.Items {
				if !yield(item, nil) {
					return
				}
			}
			if p.After = l.Next; p.After == "" {
				return
			}
		}
	}
}
