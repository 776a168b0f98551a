package compress

import (
	"bufio"
	"compress/bzip2"
	"errors"
	"io"
	"io/fs"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/therootcompany/xz"

	"github.com/aptarium/aptarium/internal/problem"
)

// maxWindow bounds the history that a zstd frame or an xz stream may ask the
// decoder to keep, in bytes: twice what `xz -9` needs, and the window that
// `zstd -d` allows by default.
const maxWindow = 128 << 20

// NewReader decodes r, which holds data of the format, under the limits.
//
// It may read from r at once, and reads ahead. Output over a limit is a problem of
// kind TooLarge; damaged, truncated or empty data, or trailing data, is a problem of
// kind Invalid. An error of r is returned unchanged. Close makes the decoder
// reusable, and does not close r. The reader is for one goroutine.
func NewReader(r io.Reader, f Format, lim Limits) (io.ReadCloser, error) {
	d := &reader{format: f, source: source{from: r}, limits: lim.withDefaults()}
	if f == None {
		d.decoder = &d.source
		return d, nil
	}
	d.ahead = buffers.Get().(*bufio.Reader)
	d.ahead.Reset(&d.source)
	if err := d.open(); err != nil {
		err = d.explain(err)
		d.Close()
		return nil, err
	}
	return d, nil
}

// Decoders have tables and windows of up to some megabytes, so they are pooled. No
// state of a pooled decoder is visible to callers.
var (
	buffers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 32<<10) }}
	gzips   sync.Pool // of *gzip.Reader
	zstds   sync.Pool // of *zstd.Decoder
	xzs     sync.Pool // of *xz.Reader
)

// source counts the input and keeps its error, to distinguish it from damaged data.
type source struct {
	from io.Reader
	read int64
	err  error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	s.read += int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

type reader struct {
	format  Format
	source  source
	ahead   *bufio.Reader // nil for None
	decoder io.Reader
	release func() // returns the decoder to its pool
	limits  Limits
	output  int64
	err     error // what every further Read returns
}

// Read returns decoded bytes.
func (d *reader) Read(p []byte) (int, error) {
	if d.err != nil {
		return 0, d.err
	}
	n, err := d.decoder.Read(p)
	d.output += int64(n)
	if over := d.limits.check(d.output, d.source.read); over != nil {
		d.err = over
		return 0, over
	}
	if err != nil {
		d.err = d.explain(err)
	}
	return n, d.err
}

// Close returns the decoder to its pool. Closing again does nothing.
func (d *reader) Close() error {
	if d.release != nil {
		d.release()
		d.release = nil
	}
	if d.ahead != nil {
		d.ahead.Reset(nil)
		buffers.Put(d.ahead)
		d.ahead = nil
	}
	d.decoder, d.err = nil, fs.ErrClosed
	return nil
}

// explain translates a decoder's error: of the source, of the data, or a limit.
func (d *reader) explain(err error) error {
	switch _, explained := errors.AsType[*problem.Problem](err); {
	case d.source.err != nil:
		return d.source.err
	case err == io.EOF, explained:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, xz.ErrBuf):
		return problem.New(problem.Invalid, "%s data ends early: %w", d.format, io.ErrUnexpectedEOF)
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, xz.ErrMemlimit):
		return problem.New(problem.TooLarge, "%s data needs a window of more than %d MiB", d.format, maxWindow>>20)
	default:
		return problem.New(problem.Invalid, "damaged %s data: %w", d.format, err)
	}
}

// open creates the decoder of the format. Empty input is truncated in every format,
// although some decoders accept it as an empty text.
func (d *reader) open() error {
	if _, err := d.ahead.Peek(1); err == io.EOF {
		return io.ErrUnexpectedEOF
	} else if err != nil {
		return err
	}
	switch d.format {
	case Gzip:
		return d.openGzip()
	case Zstd:
		return d.openZstd()
	case XZ:
		return d.openXZ()
	case Bzip2:
		d.decoder = bzip2.NewReader(d.ahead)
	case LZ4:
		d.decoder = lz4.NewReader(d.ahead)
	default:
		return problem.New(problem.Invalid, "unknown compression %q", string(d.format))
	}
	return nil
}

func (d *reader) openGzip() error {
	z, ok := gzips.Get().(*gzip.Reader)
	if !ok {
		z = new(gzip.Reader)
	}
	d.decoder, d.release = z, func() { gzips.Put(z) }
	return noEOF(z.Reset(d.ahead))
}

func (d *reader) openZstd() error {
	z, ok := zstds.Get().(*zstd.Decoder)
	if !ok {
		var err error
		// Concurrency 1 decodes in the caller's goroutine: nothing to stop or leak.
		z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return err
		}
	}
	d.decoder, d.release = z, func() {
		if z.Reset(nil) == nil {
			zstds.Put(z)
		}
	}
	return z.Reset(d.ahead)
}

func (d *reader) openXZ() error {
	z, ok := xzs.Get().(*xz.Reader)
	if !ok {
		var err error
		if z, err = xz.NewReader(nil, maxWindow); err != nil {
			return err
		}
	}
	d.decoder, d.release = z, func() { xzs.Put(z) }
	return noEOF(z.Reset(d.ahead))
}

// noEOF turns the end of the input, too early in a header, into ErrUnexpectedEOF.
func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
