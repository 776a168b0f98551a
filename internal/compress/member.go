package compress

import (
	"bytes"
	"io"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/aptarium/aptarium/internal/problem"
)

// gzipLevel produces files about as small as `gzip -6` does, at twice its speed.
const gzipLevel = 6

// AppendMember appends plain to dst, compressed as one complete gzip member
// (without name and time) or one zstd frame (with its content size, but no checksum,
// because the digests in Release cover indexes); None appends plain itself. Joined
// members decode to the joined texts.
//
// The bytes depend only on plain and on the version of this program. Another format
// is a problem of kind Invalid.
func AppendMember(dst, plain []byte, f Format) ([]byte, error) {
	switch f {
	case None:
		return append(dst, plain...), nil
	case Gzip:
		return appendGzip(dst, plain)
	case Zstd:
		return appendZstd(dst, plain)
	default:
		return dst, problem.New(problem.Invalid, "%s cannot be used to write members", f).
			WithHint("choose gz or zst")
	}
}

// Expand decodes a whole file in memory into text, which has exactly the length of
// the decoded text. Use it for the many small members of indexes. Another length and
// damaged data are problems of kind Invalid.
func Expand(text, file []byte, f Format) error {
	if f == Zstd {
		return expandZstd(text, file)
	}
	r, err := NewReader(bytes.NewReader(file), f, Limits{MaxOutput: int64(len(text))})
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.ReadFull(r, text); err != nil {
		return problem.New(problem.Invalid, "%s data is shorter than the expected %d bytes: %w", f, len(text), err)
	}
	if _, err := r.Read(make([]byte, 1)); err != io.EOF {
		return problem.New(problem.Invalid, "%s data is longer than the expected %d bytes", f, len(text))
	}
	return nil
}

// wholes holds decoders that decode into the caller's memory, without a window.
var wholes sync.Pool // of *zstd.Decoder

func expandZstd(text, file []byte) error {
	z, ok := wholes.Get().(*zstd.Decoder)
	if !ok {
		var err error
		if z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true)); err != nil {
			return err
		}
	}
	defer wholes.Put(z)
	got, err := z.DecodeAll(file, text[:0:len(text)])
	if err != nil {
		return problem.New(problem.Invalid, "damaged zstd data: %w", err)
	}
	if len(got) != len(text) {
		return problem.New(problem.Invalid, "zstd data has %d bytes, not %d", len(got), len(text))
	}
	return nil
}

// Encoders have tables of a megabyte and more, so they are pooled. The output never
// depends on earlier texts.
var (
	gzipWriters  sync.Pool // of *gzipWriter
	zstdEncoders sync.Pool // of *zstd.Encoder
)

// gzipWriter is an encoder together with the slice it appends to.
type gzipWriter struct {
	encoder *gzip.Writer
	out     []byte
}

func (w *gzipWriter) Write(p []byte) (int, error) {
	w.out = append(w.out, p...)
	return len(p), nil
}

func appendGzip(dst, plain []byte) ([]byte, error) {
	w, ok := gzipWriters.Get().(*gzipWriter)
	if !ok {
		w = new(gzipWriter)
		var err error
		if w.encoder, err = gzip.NewWriterLevel(w, gzipLevel); err != nil {
			return dst, err
		}
	}
	w.out = dst
	w.encoder.Reset(w)
	w.encoder.ModTime = time.Unix(0, 0) // written as 0, which means none; the zero Time would not be
	_, err := w.encoder.Write(plain)
	if err == nil {
		err = w.encoder.Close()
	}
	dst, w.out = w.out, nil
	gzipWriters.Put(w)
	return dst, err
}

func appendZstd(dst, plain []byte) ([]byte, error) {
	e, ok := zstdEncoders.Get().(*zstd.Encoder)
	if !ok {
		var err error
		// A window of a megabyte holds a whole piece of an index; the default
		// would cost eight for each encoder.
		e, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20),
			zstd.WithLowerEncoderMem(true), zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true))
		if err != nil {
			return dst, err
		}
	}
	dst = e.EncodeAll(plain, dst)
	zstdEncoders.Put(e)
	return dst, nil
}
