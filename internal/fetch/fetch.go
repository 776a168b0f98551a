// Package fetch downloads from apt archives over http, https and file, and
// believes nothing that it has not checked.
//
// [Client.Document] gets a small file whose digest is not known, such as
// InRelease, into memory, and only if it has changed. [Client.Blob] gets a file
// of known SHA-256 into a [blob.Store] and continues where an earlier try was
// cut. [Client.Batch] gets many of those at once.
//
// Servers that fail for a moment (5xx, 429, a cut or silent connection) are
// asked again after a growing pause; clear answers (401, 403, 404, 410) are
// taken at once. Every size, time and count is bounded, so a hostile server can
// waste a little time and nothing else.
//
// Errors are problems (package problem): NotFound for 404 and 410, Denied for
// 401, 403 and 407, Untrusted for other bytes than promised, TooLarge for more
// than allowed, Upstream for everything else that a server does wrong. Messages
// name the URL without its credentials and query.
package fetch

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"
)

// Options adjusts a [Client]. Zero values give the defaults named here.
type Options struct {
	Version string // of Aptarium, for the User-Agent

	PerHost int // requests under way to one scheme, host and port; 8
	Total   int // requests under way altogether; 32

	DialTimeout   time.Duration // to connect; 15 s
	TLSTimeout    time.Duration // for the TLS handshake; 15 s
	HeaderTimeout time.Duration // until the headers of the answer; 60 s
	StallTimeout  time.Duration // without any byte of a body; 30 s

	// MinRate is the least speed of a body in bytes a second, measured over
	// RateWindow of waiting for the server; 512 and 60 s. It stops servers that
	// send a byte now and then.
	MinRate    int64
	RateWindow time.Duration

	// Retries is how many failed tries in a row are forgiven; 4, and none if
	// negative. A try that brought a good piece of a file begins a new row.
	Retries int

	// BytesPerSecond limits all downloads together; 0: no limit.
	BytesPerSecond int64

	// Credentials returns what HTTP Basic authentication sends to the server of a
	// URL that carries none itself; nil or ok false: nothing. They are not sent
	// on to another host by a redirect.
	Credentials func(server *url.URL) (user, password string, ok bool)

	// ExtraCA are further certificate authorities to trust, in PEM.
	ExtraCA []byte

	// Sleep waits between tries and fails with the context's cause; tests put a
	// recorder here. nil: real time.
	Sleep func(context.Context, time.Duration) error
}

// Client downloads. It is safe for use by many goroutines and keeps connections
// between requests; one Client serves a whole program.
type Client struct {
	options Options
	http    *http.Client
	gate    *gate
	limit   *rate.Limiter // nil: no limit
}

// New makes a client. It fails when ExtraCA is not a PEM certificate.
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

// Close closes the connections that are kept for later requests.
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
