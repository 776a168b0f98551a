package index

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/problem"
)

// A compressed index is its head, the pieces of its chunks and its tail. Only xz
// and bz2 have a head and a tail: their pieces are the blocks of one stream, since
// apt does not read a second one. Neither is stored: a table tells all that is in
// them.

// blocks are the data of a piece, besides its size, that a tail must contain.
type blocks struct {
	padding int                  // zeros within its xz block; see compress.XZBlock
	bzip2   compress.Bzip2Blocks // of its bz2 form
}

// pieceOf compresses the text of a chunk, and adds to what its tails must tell.
func pieceOf(plain []byte, f compress.Format, b *blocks) (piece []byte, err error) {
	switch f {
	case compress.XZ:
		var block compress.XZBlock
		piece, block, err = compress.AppendXZBlock(nil, plain)
		b.padding = block.Padding()
	case compress.Bzip2:
		piece, b.bzip2, err = compress.AppendBzip2Blocks(nil, plain)
	default:
		piece, err = compress.AppendMember(nil, plain, f)
	}
	return piece, err
}

// head returns the bytes before the pieces of a file.
func head(f compress.Format) []byte {
	switch f {
	case compress.XZ:
		return compress.AppendXZHeader(nil)
	case compress.Bzip2:
		return compress.AppendBzip2Header(nil)
	}
	return nil
}

// tail returns the bytes after the pieces of a file, by the number of its format.
func (t Table) tail(format int) []byte {
	switch t.Formats[format] {
	case compress.XZ:
		list := make([]compress.XZBlock, len(t.chunks))
		for i, c := range t.chunks {
			list[i] = c.xzBlock(c.pieces[format])
		}
		return compress.AppendXZTrailer(nil, list)
	case compress.Bzip2:
		list := make([]compress.Bzip2Blocks, len(t.chunks))
		for i, c := range t.chunks {
			list[i] = c.bzip2
		}
		return compress.AppendBzip2Trailer(nil, list)
	}
	return nil
}

// speeds are the formats, the quickest to read first.
var speeds = []compress.Format{compress.Zstd, compress.Gzip, compress.XZ, compress.Bzip2}

// Compresses reports whether indexes can have a compressed form.
func Compresses(f compress.Format) bool { return slices.Contains(speeds, f) }

func quickest(formats []compress.Format) int {
	for _, f := range speeds {
		if i := slices.Index(formats, f); i >= 0 {
			return i
		}
	}
	return 0
}

func readBlob(ctx context.Context, pool blob.Store, ref blob.Ref) ([]byte, error) {
	data := make([]byte, ref.Size)
	return data, pool.Load(ctx, ref.SHA256, data)
}

// expand returns the text of a piece, whose size is known.
func expand(piece []byte, f compress.Format, b blocks, size int64) ([]byte, error) {
	plain := make([]byte, size)
	return plain, expandInto(plain, piece, f, b)
}

// expandInto writes the text of a piece into room of its size.
func expandInto(plain, piece []byte, f compress.Format, b blocks) error {
	size := int64(len(plain))
	if size == 0 {
		return nil
	}
	switch f { // a file of this piece alone
	case compress.XZ:
		block := compress.XZBlock{Unpadded: int64(len(piece) - b.padding), Uncompressed: size}
		piece = compress.AppendXZTrailer(append(head(f), piece...), []compress.XZBlock{block})
	case compress.Bzip2:
		piece = compress.AppendBzip2Trailer(append(head(f), piece...), []compress.Bzip2Blocks{b.bzip2})
	}
	return problem.While(compress.Expand(plain, piece, f), "expanding a piece of an index")
}

// readChunks returns the text of a run of chunks, one at a time.
func readChunks(ctx context.Context, pool blob.Store, t Table, s span) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		column := quickest(t.Formats)
		for _, c := range t.chunks[s.from:s.to] {
			piece, err := readBlob(ctx, pool, c.pieces[column])
			if err != nil {
				yield(nil, fmt.Errorf("reading a piece of an index: %w", err))
				return
			}
			plain, err := expand(piece, t.Formats[column], c.blocks, c.size)
			if !yield(plain, err) || err != nil {
				return
			}
		}
	}
}

// readText returns the text of a run of chunks.
func readText(ctx context.Context, pool blob.Store, t Table, s span) (text []byte, err error) {
	for plain, err := range readChunks(ctx, pool, t, s) {
		if err != nil {
			return nil, err
		}
		text = append(text, plain...)
	}
	return text, nil
}
