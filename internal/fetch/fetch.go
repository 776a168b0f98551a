// Package fetch downloads from apt archives over http, https and file, and trusts only what
// it has verified.
//
// [Client.Document] downloads a small file of unknown digest, such as InRelease, into
// memory, and only if it has changed. [Client.Blob] downloads a file of known SHA-256 into a
// [blob.Store], and continues interrupted downloads. [Client.Batch] downloads many of these.
//
// Passing failures (5xx, 429, an interrupted or silent connection) are retried after
// growing pauses; clear answers (401, 403, 404, 410) are not retried. Every size, time and
// count is limited, so a hostile server can waste only a little time.
//
// Errors are problems (package problem): NotFound for 404 and 410, Denied for 401, 403 and
// 407, Untrusted for other bytes than expected, TooLarge for more than allowed, Upstream for
// every other fault of a server. Messages contain the URL without credentials and query.
package fetch

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"
)

// Options configure a [Client]. Zero values mean the defaults named here.
type Options struct {
	Version string // of Aptarium, for the User-Agent

	PerHost int // concurrent requests to one scheme, host and port; 8
	Total   int // concurrent requests to all; 32

	DialTimeout   time.Duration // to connect; 15 s
	TLSTimeout    time.Duration // for the TLS handshake; 15 s
	HeaderTimeout time.Duration // until the headers of the answer; 60 s
	StallTimeout  time.Duration // without a byte of a body; 30 s

	// MinRate is the least speed of a body in bytes per second, measured over
	// RateWindow of waiting for the server; 512 and 60 s. It protects against servers
	// that send a byte now and then.
	MinRate    int64
	RateWindow time.Duration

	// Retries is the number of failures in a row that are forgiven; 4, and none if
	// negative. After a large piece of a file, the count starts again.
	Retries int

	// BytesPerSecond limits all downloads together; 0: no limit.
	BytesPerSecond int64

	// Credentials returns the user and password of HTTP Basic authentication for a
	// URL without them; nil or ok false means none. A redirect to another host does not
	// send them on.
	Credentials func(server *url.URL) (user, password string, ok bool)

	// ExtraCA are further certificate authorities to trust, in PEM.
	ExtraCA []byte

	// Sleep waits between attempts, and returns the context's cause if it ends; nil
	// means real time. For tests.
	Sleep func(context.Context, time.Duration) error
}

// Client downloads. It is safe for concurrent use and keeps connections open between
// requests: use one per program.
type Client struct {
	options Options
	http    *http.Client
	gate    *gate
	limit   *rate.Limiter // nil: no limit
}

// New returns a client. An ExtraCA that is not a PEM certificate is an error.
func New(o Options) (*Client, error) {
	o.Version = cmp.Or(o.Version, "devel")
	o.PerHost = cmp.Or(o.PerHost, 8)
	o.Total = cmp.Or(o.Total, 32)
	o.DialTimeout = cmp.Or(o.DialTimeout, 15*time.Second)
	o.TLSTimeout = cmp.Or(o.TLSTimeout, 15*time.Second)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 60*time.Second)
	o.StallTimeout = cmp.Or(o.StallTimeout, 30*time.Second)
	o.MinRate = cmp.Or(o.MinRate, 512)
	o.RateWindow = cmp.Or(o.RateWindow, 60*time.Second)
	o.Retries = cmp.Or(o.Retries, 4)
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	transport, err := newTransport(o)
	if err != nil {
		return nil, err
	}
	c := &Client{
		options: o,
		http:    &http.Client{Transport: transport, CheckRedirect: checkRedirect},
		gate:    newGate(o.PerHost, o.Total),
	}
	if o.BytesPerSecond > 0 {
		c.limit = rate.NewLimiter(rate.Limit(o.BytesPerSecond), int(max(o.BytesPerSecond, readSize)))
	}
	return c, nil
}

// Close closes the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// sleep waits in real time.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
