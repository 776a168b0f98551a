package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
)

// packed is a blob that is served expanded: a text of which the pool has a
// compressed form alone. As the Format of a File it is written FORMAT:DIGEST. The
// release lists the blob under its own name too.
type packed struct {
	format compress.Format
	blob   digest.SHA256
}

// String gives the Format of a File; that of a blob as it is is empty.
func (p packed) String() string {
	if p.format == compress.None {
		return ""
	}
	return string(p.format) + ":" + p.blob.String()
}

// packedIn reads the Format of a File.
func packedIn(format string) (p packed, is bool) {
	name, hex, is := strings.Cut(format, ":")
	if !is {
		return packed{}, false
	}
	d, err := digest.Parse(hex)
	return packed{compress.Format(name), d}, err == nil
}

// open gives the text, of which size is the length.
func (p packed) open(ctx context.Context, pool blob.Store, size int64) (io.ReadCloser, error) {
	b, err := pool.Open(ctx, p.blob)
	if err != nil || p.format == compress.None {
		return b, err
	}
	text, err := compress.NewReader(b, p.format, compress.Limits{MaxOutput: max(1, size)})
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return expanding{text, b}, nil
}

// openAt is open, with what comes before an offset read and left out: a text that
// is compressed in one piece cannot be entered elsewhere.
func (p packed) openAt(ctx context.Context, pool blob.Store, size, offset int64) (io.ReadCloser, error) {
	r, err := p.open(ctx, pool, size)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, blob.WithContext(ctx, r), offset); err != nil {
		return nil, fmt.Errorf("expanding %s: %w", p.blob, errors.Join(err, r.Close()))
	}
	return r, nil
}

// expanding closes a decoder and what it reads from.
type expanding struct {
	io.ReadCloser
	below io.Closer
}

func (e expanding) Close() error { return errors.Join(e.ReadCloser.Close(), e.below.Close()) }
