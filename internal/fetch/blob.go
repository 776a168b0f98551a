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

// Request asks for one file of known digest.
type Request struct {
	// URLs are places of the same bytes, tried in this order until one works;
	// a by-hash name and the plain one, or several mirrors.
	URLs []string
	// Expect names the bytes. The SHA-256 is required; Size may be -1.
	Expect blob.Expect
	// MaxBytes bounds the file when Expect.Size is -1, and must be given then.
	MaxBytes int64
	// Hurried is for a file that somebody waits for: two failures in a row are
	// forgiven at most, and none of a server that wants to be left alone for long.
	Hurried bool
	// Progress is told of bytes as they come, from the goroutine that
	// downloads; nil: nobody is. When the download succeeds the deltas add up
	// to the size of the file, whatever was there before; one is negative when
	// bytes turn out to be useless.
	Progress func(delta int64)
	// Forgive is asked by [Client.Batch], one call at a time, whether it goes on
	// as if it had not been asked for a file that cannot be had; nil: never.
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

// Blob gets a file into the store and gives its name and size; what is stored
// already is not asked for. Bytes of an interrupted download are kept by the
// store and continued from, also after a restart of the program.
//
// Other bytes than expected are dropped and asked for once more, past any cache
// on the way; if they are wrong again the error is a [problem.Untrusted]. When
// several URLs fail, the error is that of the first that failed for another
// reason than not having the file.
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
		if ctx.Err() != nil || !otherPlaceHelps(err) {
			return blob.Ref{}, err
		}
	}
	return blob.Ref{}, failed
}

// otherPlaceHelps reports whether a failure lies with the place asked.
func otherPlaceHelps(err error) bool {
	switch problem.KindOf(err) {
	case problem.NotFound, problem.Denied, problem.Upstream, problem.Untrusted, problem.TooLarge:
		return true
	}
	return false
}

// blobFrom gets a file from one place.
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

// find looks for a blob in the store. One of another size than expected is an
// error: either it is damaged or the request is wrong.
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
		return blob.Ref{}, false, problem.New(problem.Untrusted, "blob %s is stored with %d bytes, not with the %d expected", expect.SHA256, size, expect.Size).
			WithHint("scrub the pool; if it is sound, the index that names this size is wrong")
	}
	return ref, true, nil
}

// mismatchAt names the URL in an error about wrong bytes; others it leaves alone.
func mismatchAt(u *url.URL, err error, encoding string) error {
	wrong, mismatch := errors.AsType[*blob.MismatchError](err)
	if !mismatch {
		return err
	}
	hint := "the server may be in the middle of an update, or a cache in between is out of date: try again later"
	if encoding != "" {
		hint = fmt.Sprintf("it came encoded with %.20q although that was not asked for: turn that off at the server or at the proxy in between", encoding)
	}
	return problem.New(problem.Untrusted, "GET %s: %w", display(u), wrong).WithHint("%s", hint)
}
