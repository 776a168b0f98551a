package index

import (
	"encoding/binary"

	"github.com/aptarium/aptarium/internal/blob"
	"github.com/aptarium/aptarium/internal/catalog"
	"github.com/aptarium/aptarium/internal/compress"
	"github.com/aptarium/aptarium/internal/digest"
	"github.com/aptarium/aptarium/internal/problem"
)

// chunk is a run of packages of an index, rendered and compressed together.
type chunk struct {
	first    catalog.Position // of its first package
	packages int
	size     int64      // bytes of its text
	lines    int        // of its text
	pieces   []blob.Ref // its compressed forms, in the order of the table's formats
	blocks
}

// xzBlock is what an xz file tells of the chunk, whose piece in that format is given.
func (c chunk) xzBlock(piece blob.Ref) compress.XZBlock {
	return compress.XZBlock{Unpadded: piece.Size - int64(c.padding), Uncompressed: c.size}
}

// Chunks hold about chunkPackages packages, nodes of a table about nodeChunks
// chunks. Both are powers of two.
const (
	chunkPackages = 64
	nodeChunks    = 16
)

// startsChunk reports whether a package starts a chunk wherever it appears.
func startsChunk(p catalog.Position) bool { return spread(p)%chunkPackages == 0 }

func startsNode(p catalog.Position) bool { return spread(p)/chunkPackages%nodeChunks == 0 }

// spread returns an evenly distributed hash of a position. It must never change between versions of
// the program, or every index would be cut again.
func spread(p catalog.Position) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211 // of FNV-1a
	x := uint64(offset)
	for _, part := range [...]string{p.Name, p.VersionKey, p.Architecture} {
		for i := range len(part) {
			x = (x ^ uint64(part[i])) * prime
		}
		x *= prime // a zero byte
	}
	// FNV's low bits are weak alone: mix as MurmurHash3 ends.
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// What a tail must tell of a chunk lies above the stored number of pieces: first
// the padding, then the number of bz2 blocks, whose check follows if there are any.
const (
	paddingShift = 4
	bzip2Shift   = 6
)

// encodeChunks returns the stored form of a node.
func encodeChunks(chunks []chunk) []byte {
	var b []byte
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for _, c := range chunks {
		text(c.first.Name)
		text(c.first.VersionKey)
		text(c.first.Architecture)
		b = binary.AppendUvarint(b, uint64(c.packages))
		b = binary.AppendUvarint(b, uint64(c.size))
		b = binary.AppendUvarint(b, uint64(c.lines))
		b = binary.AppendUvarint(b, uint64(len(c.pieces)|c.padding<<paddingShift|c.bzip2.Count<<bzip2Shift))
		if c.bzip2.Count > 0 {
			b = binary.AppendUvarint(b, uint64(c.bzip2.Check))
		}
		for _, p := range c.pieces {
			b = append(b, p.SHA256[:]...)
			b = binary.AppendUvarint(b, uint64(p.Size))
		}
	}
	return b
}

// decodeChunks reads the stored form of a node.
func decodeChunks(data []byte) ([]chunk, error) {
	d := decoder{rest: data}
	var chunks []chunk
	for len(d.rest) > 0 && !d.broken {
		c := chunk{first: catalog.Position{Name: d.text(), VersionKey: d.text(), Architecture: d.text()}}
		c.packages, c.size, c.lines = int(d.number()), int64(d.number()), int(d.number())
		n := d.number()
		c.padding, c.bzip2.Count, n = int(n>>paddingShift&3), int(n>>bzip2Shift), n&(1<<paddingShift-1)
		if c.bzip2.Count > 0 {
			c.bzip2.Check = uint32(d.number())
		}
		for ; n > 0 && !d.broken; n-- {
			c.pieces = append(c.pieces, blob.Ref{SHA256: d.digest(), Size: int64(d.number())})
		}
		chunks = append(chunks, c)
	}
	if d.broken {
		return nil, problem.New(problem.Internal, "a stored chunk table is damaged").
			WithHint("publish again with --rebuild")
	}
	return chunks, nil
}

// decoder reads fields off a byte slice; what does not fit breaks it for good.
type decoder struct {
	rest   []byte
	broken bool
}

func (d *decoder) number() uint64 {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		d.broken, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[size:]
	return n
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.broken, d.rest = true, nil
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) text() string { return string(d.take(d.number())) }

func (d *decoder) digest() (s digest.SHA256) {
	copy(s[:], d.take(uint64(len(s))))
	return s
}
