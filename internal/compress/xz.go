package compress

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/crc64"

	"github.com/ulikunitz/xz/lzma"
)

// apt ignores or refuses the second stream of an xz file, so the pieces of a file
// are the blocks of one stream, between its header and trailer. The names below are
// from the xz file format 1.1.0 (tukaani.org/xz/xz-file-format.txt).
const (
	xzMagic       = "\xfd7zXZ\x00"
	xzFooterMagic = "YZ"
	xzFlags       = "\x00\x04" // CRC64 checks, the default of `xz`
	xzCheckSize   = 8
	xzBothSizes   = 0xc0 // block flags: compressed and uncompressed size present, one filter
	xzLZMA2       = 0x21 // filter id
)

// xzDictionary is the size of the dictionary that a decoder needs, in bytes: the
// same for all blocks, so that it allocates one. It holds a whole piece of an index.
// xzDictionaryCode is its encoding (5.3.1 of the format).
const (
	xzDictionary     = 1 << 20
	xzDictionaryCode = 16
)

// XZBlock is the record of a block in the index of an xz stream, in bytes. The zero
// XZBlock is no block: that of an empty text.
type XZBlock struct {
	Unpadded     int64 // of the block, without the zeros that make it a multiple of four
	Uncompressed int64 // of its text
}

// Padding returns the number of zeros before the block's check, 0 to 3. The block is
// Unpadded + Padding bytes long.
func (b XZBlock) Padding() int { return fill(int(b.Unpadded % 4)) }

// fill returns the number of bytes to the next multiple of four.
func fill(n int) int { return -n & 3 }

// AppendXZBlock appends plain to dst, compressed as one block of an xz stream:
// LZMA2, with its sizes in its header and a CRC64. An empty plain appends
// nothing, because a stream may have no blocks.
//
// A file is the header ([AppendXZHeader]), blocks, and the trailer of these blocks
// in their order ([AppendXZTrailer]). The bytes of a block depend only on plain and
// on the version of this program.
func AppendXZBlock(dst, plain []byte) ([]byte, XZBlock, error) {
	if len(plain) == 0 {
		return dst, XZBlock{}, nil
	}
	var data bytes.Buffer
	// The encoder's tables grow with its dictionary. It need not be larger than
	// the text, even if the header asks decoders for more.
	config := lzma.Writer2Config{
		DictCap:    min(max(len(plain), lzma.MinDictCap), xzDictionary),
		Properties: &lzma.Properties{LC: 4, LP: 0, PB: 0}, // text is not aligned; four bits of the previous byte help
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

// xzBlockHeader returns the header of a block (3.1 of the format). Its numbers are
// encoded like Go's uvarints.
func xzBlockHeader(compressed, uncompressed int) []byte {
	b := []byte{0, xzBothSizes}
	b = binary.AppendUvarint(b, uint64(compressed))
	b = binary.AppendUvarint(b, uint64(uncompressed))
	b = append(b, xzLZMA2, 1, xzDictionaryCode)
	b = append(b, make([]byte, fill(len(b)))...)
	b[0] = byte(len(b) / 4) // the size with its CRC32, in words, less one
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

// AppendXZHeader appends the header of an xz stream: 12 bytes, always the same.
func AppendXZHeader(dst []byte) []byte {
	dst = append(append(dst, xzMagic...), xzFlags...)
	return binary.LittleEndian.AppendUint32(dst, crc32.ChecksumIEEE([]byte(xzFlags)))
}

// AppendXZTrailer appends the index that lists the blocks of an xz stream, and the
// footer. It has about four to eight bytes per block.
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
