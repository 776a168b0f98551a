package compress

import (
	"bytes"
	"fmt"
	"math/bits"

	"github.com/dsnet/compress/bzip2"
)

// apt silently ignores everything after the first stream of a bzip2 file, so the
// pieces of a file must be blocks of one stream. Blocks are not aligned to bytes.
// But a block may list more selectors (each names the code of 50 symbols) than it
// uses, and repeating the last selector takes one bit. So each block here is padded
// to whole bytes with unused selectors.
const (
	bzip2Header     = "BZh9"
	bzip2BlockMagic = 0x314159265359
	bzip2EndMagic   = 0x177245385090
	bzip2EndBits    = 48 + 32 // magic and the check over all blocks
)

// bzip2Text is the length of the text of a block. The first step of bzip2 can
// lengthen it by a quarter, and the result must fit a block of 900,000 bytes.
const bzip2Text = 700_000

// Bzip2Blocks summarises consecutive blocks for the trailer of their stream: their
// number and the checksum over them. The zero value is no block.
type Bzip2Blocks struct {
	Count int
	Check uint32
}

// join returns the summary of b followed by next.
func (b Bzip2Blocks) join(next Bzip2Blocks) Bzip2Blocks {
	return Bzip2Blocks{b.Count + next.Count, bits.RotateLeft32(b.Check, next.Count%32) ^ next.Check}
}

// AppendBzip2Header appends the header of a bzip2 stream.
func AppendBzip2Header(dst []byte) []byte { return append(dst, bzip2Header...) }

// AppendBzip2Blocks appends plain to dst, compressed as blocks of a bzip2 stream,
// each a whole number of bytes. An empty plain appends nothing.
//
// A file is the header ([AppendBzip2Header]), blocks, and the trailer of these blocks
// in their order ([AppendBzip2Trailer]). The bytes of a block depend only on plain
// and on the version of this program.
func AppendBzip2Blocks(dst, plain []byte) ([]byte, Bzip2Blocks, error) {
	var all Bzip2Blocks
	for len(plain) > 0 {
		text := plain[:min(len(plain), bzip2Text)]
		plain = plain[len(text):]
		var stream bytes.Buffer
		w, err := bzip2.NewWriter(&stream, &bzip2.WriterConfig{Level: bzip2.BestCompression})
		if err == nil {
			_, err = w.Write(text)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			return dst, Bzip2Blocks{}, fmt.Errorf("compressing as bzip2: %w", err)
		}
		var one Bzip2Blocks
		if dst, one, err = appendAligned(dst, stream.Bytes()); err != nil {
			return dst, Bzip2Blocks{}, err
		}
		all = all.join(one)
	}
	return dst, all, nil
}

// AppendBzip2Trailer appends the trailer of a bzip2 stream of these blocks.
func AppendBzip2Trailer(dst []byte, blocks []Bzip2Blocks) []byte {
	var all Bzip2Blocks
	for _, b := range blocks {
		all = all.join(b)
	}
	w := bitWriter{out: dst}
	w.write(bzip2EndMagic, 48)
	w.write(uint64(all.Check), 32)
	return w.out
}

// appendAligned appends the only block of a stream, padded to whole bytes.
func appendAligned(dst, stream []byte) ([]byte, Bzip2Blocks, error) {
	from := len(bzip2Header) * 8
	damaged := fmt.Errorf("compressing as bzip2: a stream of %d bytes is not one block", len(stream))
	end, check, ok := onlyBlock(stream, from)
	if !ok {
		return dst, Bzip2Blocks{}, damaged
	}
	// After magic and check: a flag, the origin, and two levels of a map of bytes.
	at := from + 48 + 32 + 1 + 24
	at += 16 + 16*bits.OnesCount64(readBits(stream, at, 16))
	number := at + 3 // the number of selectors, after the number of codes
	if number+15 > end {
		return dst, Bzip2Blocks{}, damaged
	}
	count := int(readBits(stream, number, 15))
	behind := number + 15
	for range count {
		for behind < end && readBits(stream, behind, 1) == 1 {
			behind++
		}
		behind++
	}
	more := -(end - from) & 7
	if behind >= end || count+more >= 1<<15 {
		return dst, Bzip2Blocks{}, damaged
	}
	w := bitWriter{out: dst}
	w.copy(stream, from, number)
	w.write(uint64(count+more), 15)
	w.copy(stream, number+15, behind)
	w.write(0, more)
	w.copy(stream, behind, end)
	return w.out, Bzip2Blocks{1, check}, nil
}

// onlyBlock returns the end, in bits, of the only block of a stream.
func onlyBlock(stream []byte, from int) (end int, check uint32, ok bool) {
	if len(stream)*8 < from+48+32+bzip2EndBits+64 || readBits(stream, from, 48) != bzip2BlockMagic {
		return 0, 0, false
	}
	check = uint32(readBits(stream, from+48, 32))
	for padding := range 8 {
		end = len(stream)*8 - bzip2EndBits - padding
		if readBits(stream, end, 48) == bzip2EndMagic && uint32(readBits(stream, end+48, 32)) == check {
			return end, check, true
		}
	}
	return 0, 0, false
}

// readBits returns up to 48 bits, the most significant first.
func readBits(data []byte, at, n int) (v uint64) {
	for ; n > 0; at++ {
		if at&7 == 0 && n >= 8 {
			v = v<<8 | uint64(data[at>>3])
			at, n = at+7, n-8
			continue
		}
		v = v<<1 | uint64(data[at>>3]>>(7-at&7)&1)
		n--
	}
	return v
}

// bitWriter appends bits, the most significant first.
type bitWriter struct {
	out  []byte
	open uint64 // bits that do not fill a byte yet
	n    int    // the number of these bits
}

func (w *bitWriter) write(v uint64, n int) {
	w.open, w.n = w.open<<n|v, w.n+n
	for ; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.open>>(w.n-8)))
	}
}

func (w *bitWriter) copy(data []byte, from, to int) {
	for from < to {
		n := min(to-from, 8)
		if from&7 != 0 {
			n = min(to-from, 8-from&7)
		}
		w.write(uint64(data[from>>3]>>(8-from&7-n))&(1<<n-1), n)
		from += n
	}
}
