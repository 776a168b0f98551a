package fetch

import (
	"context"
	"fmt"
	"io"
	"time"
)

// readSize is the largest number of bytes per read, so that limits on speed are checked
// often.
const readSize = 32 << 10

// body reads an answer within the limits on time. Errors of the server are failures.
type body struct {
	c      *Client
	ctx    context.Context
	cancel context.CancelCauseFunc
	from   io.Reader
	watch  *time.Timer // ends ctx after a stall; runs only while reading

	waited time.Duration // for the server, in this window
	read   int64         // bytes in this window
}

func (c *Client) newBody(ctx context.Context, cancel context.CancelCauseFunc, from io.Reader) *body {
	stalled := passing(fmt.Errorf("no data received for %v", c.options.StallTimeout))
	watch := time.AfterFunc(c.options.StallTimeout, func() { cancel(stalled) })
	watch.Stop()
	return &body{c: c, ctx: ctx, cancel: cancel, from: from, watch: watch}
}

func (b *body) close() { b.watch.Stop() }

// Read implements io.Reader. Only the time of waiting for the server counts as slowness,
// not the local disk or the client's own limit on speed.
func (b *body) Read(p []byte) (int, error) {
	begin := time.Now()
	b.watch.Reset(b.c.options.StallTimeout)
	n, err := b.from.Read(p[:min(len(p), readSize)])
	b.watch.Stop()
	if err != nil && err != io.EOF {
		return n, b.failure(err)
	}
	if err == nil {
		if slow := b.checkRate(n, time.Since(begin)); slow != nil {
			return n, slow
		}
	}
	if b.c.limit != nil { // the last bytes can come with io.EOF, as all of a short body do
		if ended := b.c.limit.WaitN(b.ctx, n); ended != nil {
			return n, ended
		}
	}
	return n, err
}

// failure returns the reason why the request was ended, if any, rather than the resulting
// error of reading.
func (b *body) failure(err error) error {
	if cause := context.Cause(b.ctx); cause != nil {
		return cause
	}
	return passing(fmt.Errorf("the connection was interrupted: %w", err))
}

// checkRate fails if a body is too slow.
func (b *body) checkRate(n int, took time.Duration) error {
	b.waited += took
	b.read += int64(n)
	if b.waited < b.c.options.RateWindow {
		return nil
	}
	if float64(b.read) < float64(b.c.options.MinRate)*b.waited.Seconds() {
		return passing(fmt.Errorf("only %d bytes received in %v", b.read, b.waited.Round(time.Millisecond)))
	}
	b.waited, b.read = 0, 0
	return nil
}
