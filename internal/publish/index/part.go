package index

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
)

// Part is a blob of a file, or bytes that are in no blob.
type Part struct {
	SHA256 digest.SHA256
	Size   int64  // bytes that it adds to the file, expanded
	Format string // how to expand it; empty: as it is
	Data   []byte // when not nil, the bytes themselves: there is no blob

	blocks blocks // of the piece
	stream bool   // expanded as it is read, not at once: it may be large
}

// Plain is the name of the format of an index that is served expanded.
const Plain = "plain"

// Parts returns the blobs that make up the text in a format.
func (t Table) Parts(format string) []Part {
	if format == Plain {
		return t.plainParts()
	}
	column := slices.Index(t.Formats, compress.Format(format))
	if column < 0 {
		return nil // a damaged table, which Open tells by the size
	}
	var parts []Part
	data := func(data []byte) {
		if len(data) > 0 {
			parts = append(parts, Part{Size: int64(len(data)), Data: data})
		}
	}
	data(head(t.Formats[column]))
	for _, c := range t.chunks {
		parts = append(parts, Part{SHA256: c.pieces[column].SHA256, Size: c.pieces[column].Size})
	}
	data(t.tail(column))
	return parts
}

// plainParts returns the blobs that make up the text, to be expanded.
func (t Table) plainParts() []Part {
	column := quickest(t.Formats)
	parts := make([]Part, len(t.chunks))
	for i, c := range t.chunks {
		parts[i] = Part{SHA256: c.pieces[column].SHA256, Size: c.size, Format: string(t.Formats[column]), blocks: c.blocks}
	}
	return parts
}

// Open opens the file at a path that parts make up, joining them as they are read. A file of
// one blob is that blob, so that the kernel can send it.
func Open(ctx context.Context, pool blob.Store, path string, size int64, parts []Part) (io.ReadSeekCloser, error) {
	if len(parts) == 1 && parts[0].Format == "" && parts[0].Data == nil {
		return pool.Open(ctx, parts[0].SHA256)
	}
	j := &joined{ctx: ctx, pool: pool, parts: parts, ends: make([]int64, len(parts))}
	var end int64
	for i, p := range parts {
		end += p.Size
		j.ends[i] = end
	}
	if end != size {
		return nil, fmt.Errorf("the parts of %s have %d bytes, not %d", path, end, size)
	}
	return j, nil
}

// joined reads parts one after the other; it holds one of them open, or in
// memory when it had to be expanded: a chunk of an index.
type joined struct {
	ctx   context.Context
	pool  blob.Store
	parts []Part
	ends  []int64 // where each part ends in the whole
	at    int64

	open   io.ReadCloser
	number int    // of the open part
	room   []byte // for one part after the other
}

func (j *joined) size() int64 {
	if len(j.ends) == 0 {
		return 0
	}
	return j.ends[len(j.ends)-1]
}

// Read reads on from the current place. It fills p as far as there is something: who
// writes what it reads then writes few large pieces instead of many small ones.
func (j *joined) Read(p []byte) (n int, err error) {
	for n < len(p) && j.at < j.size() {
		if j.open == nil {
			if err := j.enter(); err != nil {
				return n, err
			}
		}
		got, err := j.open.Read(p[n:])
		n += got
		j.at += int64(got)
		if errors.Is(err, io.EOF) {
			if j.at != j.ends[j.number] {
				return n, fmt.Errorf("blob %s is short: %w", j.parts[j.number].SHA256, io.ErrUnexpectedEOF)
			}
			err = j.leave()
		}
		if err != nil {
			return n, err
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// maxLoaded is the size, in bytes, up to which a part is read at once: enough for a compressed
// chunk.
const maxLoaded = 1 << 20

// enter opens the part that holds the current place.
func (j *joined) enter() error {
	j.number = sort.Search(len(j.ends), func(i int) bool { return j.ends[i] > j.at })
	part := j.parts[j.number]
	start := j.ends[j.number] - part.Size
	if part.Data != nil {
		return j.enterMemory(part.Data, j.at-start)
	}
	if part.stream {
		text, err := Packed{compress.Format(part.Format), part.SHA256}.openAt(j.ctx, j.pool, part.Size, j.at-start)
		j.open = text
		return err
	}
	if part.Format == "" && part.Size <= maxLoaded {
		j.room = slices.Grow(j.room[:0], int(part.Size))[:part.Size]
		if err := j.pool.Load(j.ctx, part.SHA256, j.room); err != nil {
			return fmt.Errorf("reading a part of an index: %w", err)
		}
		return j.enterMemory(j.room, j.at-start)
	}
	b, err := j.pool.Open(j.ctx, part.SHA256)
	if err != nil {
		return fmt.Errorf("opening a part of an index: %w", err)
	}
	if part.Format == "" {
		j.open = b
		_, err = b.Seek(j.at-start, io.SeekStart)
		return err
	}
	defer b.Close()
	data := make([]byte, b.Size())
	if _, err := io.ReadFull(b, data); err != nil {
		return fmt.Errorf("reading a part of an index: %w", err)
	}
	plain, err := expand(data, compress.Format(part.Format), part.blocks, part.Size)
	if err != nil {
		return err
	}
	return j.enterMemory(plain, j.at-start)
}

func (j *joined) enterMemory(data []byte, offset int64) error {
	r := bytes.NewReader(data)
	j.open = io.NopCloser(r)
	_, err := r.Seek(offset, io.SeekStart)
	return err
}

func (j *joined) leave() error {
	if j.open == nil {
		return nil
	}
	err := j.open.Close()
	j.open = nil
	return err
}

// Seek moves the position; the next Read opens its part.
func (j *joined) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += j.at
	case io.SeekEnd:
		offset += j.size()
	}
	if offset < 0 {
		return 0, errors.New("seeking before the start")
	}
	j.at = offset
	return offset, j.leave()
}

// Close closes the open part.
func (j *joined) Close() error { return j.leave() }
