package publish

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/compress"
)

// A compressed index is its head, the pieces of its chunks and its tail. Only xz
// has a head and a tail: its pieces are the blocks of one stream, since apt does
// not read a second one. Neither is stored: a table tells all that is in them.

// pieceOf compresses the text of a chunk, and tells the padding of an xz block.
func pieceOf(plain []byte, f compress.Format) (piece []byte, padding int, err error) {
	if f != compress.XZ {
		piece, err = compress.AppendMember(nil, plain, f)
		return piece, 0, err
	}
	piece, block, err := compress.AppendXZBlock(nil, plain)
	return piece, block.Padding(), err
}

// head gives what comes before the pieces of a file.
func head(f compress.Format) []byte {
	if f != compress.XZ {
		return nil
	}
	return compress.AppendXZHeader(nil)
}

// tail gives what comes after the pieces of a file, whose format is told by its
// number.
func (t table) tail(format int) []byte {
	if t.formats[format] != compress.XZ {
		return nil
	}
	blocks := make([]compress.XZBlock, len(t.chunks))
	for i, c := range t.chunks {
		blocks[i] = c.block(c.pieces[format])
	}
	return compress.AppendXZTrailer(nil, blocks)
}

// speeds are the formats in the order of how quick they are to read.
var speeds = []compress.Format{compress.Zstd, compress.Gzip, compress.XZ}

// quickest gives the number of the format that is the quickest to read.
func quickest(formats []compress.Format) int {
	for _, f := range speeds {
		if i := slices.Index(formats, f); i >= 0 {
			return i
		}
	}
	return 0
}

// readBlob reads a whole small blob.
func readBlob(ctx context.Context, pool blob.Store, ref blob.Ref) ([]byte, error) {
	data := make([]byte, ref.Size)
	return data, pool.Load(ctx, ref.SHA256, data)
}

// expand gives the text of a piece, whose size is known.
func expand(piece []byte, f compress.Format, padding int, size int64) ([]byte, error) {
	plain := make([]byte, size)
	return plain, expandInto(plain, piece, f, padding)
}

// expandInto writes the text of a piece into room of its size.
func expandInto(plain, piece []byte, f compress.Format, padding int) error {
	size := int64(len(plain))
	if size == 0 {
		return nil
	}
	if f == compress.XZ { // a file of this block alone
		block := compress.XZBlock{Unpadded: int64(len(piece) - padding), Uncompressed: size}
		piece = compress.AppendXZTrailer(append(head(f), piece...), []compress.XZBlock{block})
	}
	if err := compress.Expand(plain, piece, f); err != nil {
		return fmt.Errorf("expanding a piece of an index: %w", err)
	}
	return nil
}

// readChunks gives the text of a run of chunks, one at a time.
func readChunks(ctx context.Context, pool blob.Store, t table, s span) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		column := quickest(t.formats)
		for _, c := range t.chunks[s.from:s.to] {
			piece, err := readBlob(ctx, pool, c.pieces[column])
			if err != nil {
				yield(nil, fmt.Errorf("reading a piece of an index: %w", err))
				return
			}
			plain, err := expand(piece, t.formats[column], c.padding, c.size)
			if !yield(plain, err) || err != nil {
				return
			}
		}
	}
}

// readText gives the text of a run of chunks.
func readText(ctx context.Context, pool blob.Store, t table, s span) (text []byte, err error) {
	for plain, err := range readChunks(ctx, pool, t, s) {
		if err != nil {
			return nil, err
		}
		text = append(text, plain...)
	}
	return text, nil
}
