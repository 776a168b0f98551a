package compress

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/crc64"

	"github.com/ulikunitz/xz/lzma"
)

// An xz file that apt reads is one stream: it drops or refuses what follows a
// second stream's header. So pieces of an xz file are the blocks of a stream,
// and header and trailer go around them. The names below are those of the xz
// file format 1.1.0 (tukaani.org/xz/xz-file-format.txt).
const (
	xzMagic       = "\xfd7zXZ\x00"
	xzFooterMagic = "YZ"
	xzFlags       = "\x00\x04" // CRC64 checks, which `xz` chooses too
	xzCheckSize   = 8
	xzBothSizes   = 0xc0 // block flags: compressed and uncompressed size present, one filter
	xzLZMA2       = 0x21 // filter id
)

// xzDictionary is the dictionary that every block asks a decoder for, in bytes:
// one size for all, so that it is allocated once. It holds a whole piece of an
// index. xzDictionaryCode is its encoding (5.3.1 of the format).
const (
	xzDictionary     = 1 << 20
	xzDictionaryCode = 16
)

// XZBlock is what the index of an xz stream tells about a block, in bytes. The
// zero XZBlock is no block: that of a text of no bytes.
type XZBlock struct {
	Unpadded     int64 // of the block, without the zeros that make it a multiple of four
	Uncompressed int64 // of its text
}

// Padding is how many zeros the block has before its check, 0 to 3: the block
// takes Unpadded + Padding bytes of the file.
func (b XZBlock) Padding() int { return fill(int(b.Unpadded % 4)) }

// fill is how many bytes are missing to a multiple of four.
func fill(n int) int { return -n & 3 }

// AppendXZBlock appends plain to dst, compressed as one block of an xz stream:
// LZMA2, with its sizes in its header and a CRC64. An empty plain appends
// nothing, since a stream may have no blocks at all.
//
// A file is the header ([AppendXZHeader]), blocks, and the trailer over those
// blocks in their order ([AppendXZTrailer]). The bytes of a block depend on
// plain and on the version of this program only.
func AppendXZBlock(dst, plain []byte) ([]byte, XZBlock, error) {
	if len(plain) == 0 {
		return dst, XZBlock{}, nil
	}
	var data bytes.Buffer
	// The encoder's tables grow with its dictionary, which need not be larger
	// than the text, whatever a decoder is told.
	config := lzma.Writer2Config{
		DictCap:    min(max(len(plain), lzma.MinDictCap), xzDictionary),
		Properties: &lzma.Properties{LC: 4, LP: 0, PB: 0}, // text has no alignment; four bits of the byte before help
	}
	w, err := config.NewWriter2(&data)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return dst, XZBlock{}, fmt.Errorf("compressing with LZMA2: %w", err)
	}
	header := xzBlockHeader(data.Len(), len(plain))
	block := XZBlock{Unpadded: int64(len(header) + data.Len() + xzCheckSize), Uncompressed: int64(len(plain))}
	dst = append(append(dst, header...), data.Bytes()...)
	dst = append(dst, make([]byte, block.Padding())...)
	return binary.LittleEndian.AppendUint64(dst, crc64.Checksum(plain, crc64.MakeTable(crc64.ECMA))), block, nil
}

// xzBlockHeader writes the header of a block (3.1 of the format). Its numbers
// are encoded as Go's uvarints are.
func xzBlockHeader(compressed, uncompressed int) []byte {
	b := []byte{0, xzBothSizes}
	b = binary.AppendUvarint(b, uint64(compressed))
	b = binary.AppendUvarint(b, uint64(uncompressed))
	b = append(b, xzLZMA2, 1, xzDictionaryCode)
	b = append(b, make([]byte, fill(len(b)))...)
	b[0] = byte(len(b) / 4) // the size with its CRC32, in words, less one
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// AppendXZHeader appends what comes before the blocks of an xz stream: 12 bytes,
// always the same.
func AppendXZHeader(dst []byte) []byte {
	dst = append(append(dst, xzMagic...), xzFlags...)
	return binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE([]byte(xzFlags)))
}

// AppendXZTrailer appends what comes after the blocks of an xz stream: the index
// that lists them and the footer. It has some four to eight bytes for a block.
func AppendXZTrailer(dst []byte, blocks []XZBlock) []byte {
	var records []byte
	count := uint64(0)
	for _, b := range blocks {
		if b == (XZBlock{}) {
			continue
		}
		records = binary.AppendUvarint(records, uint64(b.Unpadded))
		records = binary.AppendUvarint(records, uint64(b.Uncompressed))
		count++
	}
	index := binary.AppendUvarint([]byte{0}, count)
	index = append(index, records...)
	index = append(index, make([]byte, fill(len(index)))...)
	backward := len(index) / 4 // the size with its CRC32, in words, less one
	index = binary.LittleEndian.AppendUint32(index, crc32.ChecksumIEEE(index))

	footer := append(binary.LittleEndian.AppendUint32(nil, uint32(backward)), xzFlags...)
	dst = append(dst, index...)
	dst = binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE(footer))
	return append(append(dst, footer...), xzFooterMagic...)
}
