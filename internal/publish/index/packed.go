package index

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

// Packed is a text of which the pool has only a compressed form. It is served decompressed, and the
// release lists the compressed blob under its own name too.
type Packed struct {
	Format compress.Format
	Blob   digest.SHA256
}

// String returns the stored form, FORMAT:DIGEST; of a blob as it is, nothing.
func (p Packed) String() string {
	if p.Format == compress.None {
		return ""
	}
	return string(p.Format) + ":" + p.Blob.String()
}

// ParsePacked parses the form of [Packed.String], and reports whether the text has that form.
func ParsePacked(text string) (p Packed, is bool) {
	name, hex, is := strings.Cut(text, ":")
	if !is {
		return Packed{}, false
	}
	d, err := digest.Parse(hex)
	return Packed{compress.Format(name), d}, err == nil
}

// Part returns the text as a part of a file, of which size is the length.
func (p Packed) Part(size int64) Part {
	return Part{SHA256: p.Blob, Size: size, Format: string(p.Format), stream: true}
}

// Open opens the text, of which size is the length.
func (p Packed) Open(ctx context.Context, pool blob.Store, size int64) (io.ReadCloser, error) {
	b, err := pool.Open(ctx, p.Blob)
	if err != nil || p.Format == compress.None {
		return b, err
	}
	text, err := compress.NewReader(b, p.Format, compress.Limits{MaxOutput: max(1, size)})
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return expanding{text, b}, nil
}

// openAt opens the text at an offset. It reads and leaves out what comes before: a text that
// is compressed in one piece cannot be entered elsewhere.
func (p Packed) openAt(ctx context.Context, pool blob.Store, size, offset int64) (io.ReadCloser, error) {
	r, err := p.Open(ctx, pool, size)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, blob.WithContext(ctx, r), offset); err != nil {
		return nil, fmt.Errorf("expanding %s: %w", p.Blob, errors.Join(err, r.Close()))
	}
	return r, nil
}

// expanding closes a decoder and what it reads from.
type expanding struct {
	io.ReadCloser
	below io.Closer
}

func (e expanding) Close() error { return errors.Join(e.ReadCloser.Close(), e.below.Close()) }
