package fetch

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/problem"
)

// Request is a request for one file of known digest.
type Request struct {
	// URLs are addresses of the same bytes, tried in this order until one works: a
	// by-hash name and the plain one, or several mirrors.
	URLs []string
	// Expect names the bytes. The SHA-256 is required; Size can be -1.
	Expect blob.Expect
	// MaxBytes limits the file. It is required if Expect.Size is -1.
	MaxBytes int64
	// Hurried is for a file that a client waits for: at most two failures in a row are
	// forgiven, and no server that demands a long pause.
	Hurried bool
	// Progress, if not nil, is called for received bytes, from the goroutine that
	// downloads. If the download succeeds, the deltas add up to the size of the file,
	// including bytes from earlier; a delta is negative if bytes turn out to be useless.
	Progress func(delta int64)
	// Forgive, if not nil, is called by [Client.Batch], one call at a time. If it
	// returns true, the batch ignores that the file failed.
	Forgive func(error) bool
}

func (r Request) check() error {
	switch {
	case len(r.URLs) == 0:
		return problem.New(problem.Invalid, "a download needs a URL").In("url")
	case r.Expect.SHA256.IsZero():
		return problem.New(problem.Invalid, "a download needs the SHA-256 of the file").In("sha256")
	case r.Expect.Size < 0 && r.MaxBytes <= 0:
		return problem.New(problem.Invalid, "a download of unknown size needs a limit").In("size")
	}
	return nil
}

// Blob downloads a file into the store, unless it is already there, and returns its name
// and size. The store keeps the bytes of an interrupted download, and the next one
// continues from them, also after a restart of the program.
//
// Wrong bytes are discarded and downloaded once more, bypassing caches; if they are wrong
// again, the error is a [problem.Untrusted]. If several URLs fail, the error is that of the
// first that failed for another reason than problem.NotFound.
func (c *Client) Blob(ctx context.Context, store blob.Store, request Request) (blob.Ref, error) {
	if err := request.check(); err != nil {
		return blob.Ref{}, err
	}
	told := int64(0)
	tell := func(held int64) {
		if request.Progress != nil && held != told {
			request.Progress(held - told)
		}
		told = held
	}
	var failed error
	for _, raw := range request.URLs {
		ref, err := c.blobFrom(ctx, store, raw, request, tell)
		if err == nil {
			tell(ref.Size)
			return ref, nil
		}
		if failed == nil || problem.Is(failed, problem.NotFound) {
			failed = err
		}
		if ctx.Err() != nil || !otherURLHelps(err) {
			return blob.Ref{}, err
		}
	}
	return blob.Ref{}, failed
}

// otherURLHelps reports whether a failure may be limited to one URL.
func otherURLHelps(err error) bool {
	switch problem.KindOf(err) {
	case problem.NotFound, problem.Denied, problem.Upstream, problem.Untrusted, problem.TooLarge:
		return true
	}
	return false
}

// blobFrom downloads a file from one URL.
func (c *Client) blobFrom(ctx context.Context, store blob.Store, raw string, request Request, tell func(int64)) (blob.Ref, error) {
	u, err := parse(raw)
	if err != nil {
		return blob.Ref{}, err
	}
	if u.Scheme == "file" {
		if ref, stored, err := find(ctx, store, request.Expect); stored || err != nil {
			return ref, err
		}
		return localBlob(ctx, store, u, request, tell)
	}
	d := &download{c: c, u: u, request: request, tell: tell}
	ref, err := d.run(ctx, store)
	if _, mismatch := errors.AsType[*blob.MismatchError](err); mismatch {
		d = &download{c: c, u: u, request: request, tell: tell, pastCaches: true}
		ref, err = d.run(ctx, store)
	}
	return ref, mismatchAt(u, err, d.encoding)
}

// find searches the store for a blob. Another size than expected is an error: the blob is
// damaged, or the request is wrong.
func find(ctx context.Context, store blob.Store, expect blob.Expect) (ref blob.Ref, stored bool, err error) {
	size, err := store.Stat(ctx, expect.SHA256)
	if errors.Is(err, fs.ErrNotExist) {
		return blob.Ref{}, false, nil
	}
	if err != nil {
		return blob.Ref{}, false, err
	}
	ref = blob.Ref{SHA256: expect.SHA256, Size: size}
	if !expect.Allows(ref) {
		return blob.Ref{}, false, problem.New(problem.Untrusted, "blob %s is stored with %d bytes, but %d are expected", expect.SHA256, size, expect.Size).
			WithHint("scrub the pool; if the blob is intact, the index that names this size is wrong")
	}
	return ref, true, nil
}

// mismatchAt adds the URL to an error about wrong bytes, and keeps other errors.
func mismatchAt(u *url.URL, err error, encoding string) error {
	wrong, mismatch := errors.AsType[*blob.MismatchError](err)
	if !mismatch {
		return err
	}
	hint := "the server may be updating, or a proxy cache may be out of date: try again later"
	if encoding != "" {
		hint = fmt.Sprintf("the answer was encoded with %.20q, unrequested: turn this off at the server or the proxy", encoding)
	}
	return problem.New(problem.Untrusted, "GET %s: %w", display(u), wrong).WithHint("%s", hint)
}
