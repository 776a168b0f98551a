// Package bitset holds sets of small dense numbers as compressed bitmaps.
//
// A [Set] is immutable: every operation returns a new set, so goroutines and caches can
// share sets. Sets of 60,000 members combine in microseconds and need a few kilobytes,
// so every past state of a collection is cheap to keep and to compare. The stored form
// is a checksum, CRC-32C in four bytes, the lowest first, followed by the portable
// Roaring format (https://github.com/RoaringBitmap/RoaringFormatSpec).
package bitset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"

	"github.com/RoaringBitmap/roaring/v2"
)

// maxEncoded limits the input of Decode. A full 32-bit set is 512 MiB; no real set
// reaches a tenth of that.
const maxEncoded = 64 << 20

// Set is an immutable set of uint32. The zero value is the empty set.
type Set struct{ bits *roaring.Bitmap }

// Of returns the set of the numbers, in any order, with or without repeats.
func Of(numbers ...uint32) Set {
	var b Builder
	for _, n := range numbers {
		b.Add(n)
	}
	return b.Set()
}

// Builder collects numbers for a set.
type Builder struct{ bits *roaring.Bitmap }

// Add adds n to the set.
func (b *Builder) Add(n uint32) {
	if b.bits == nil {
		b.bits = roaring.New()
	}
	b.bits.Add(n)
}

// Set returns the set of the added numbers and empties the builder.
func (b *Builder) Set() Set {
	if b.bits == nil {
		return Set{}
	}
	b.bits.RunOptimize()
	s := Set{b.bits}
	b.bits = nil
	return s
}

// roaring returns the bitmap, which is never nil.
func (s Set) roaring() *roaring.Bitmap {
	if s.bits == nil {
		return roaring.New()
	}
	return s.bits
}

// Len returns the count of numbers in the set.
func (s Set) Len() int {
	if s.bits == nil {
		return 0
	}
	return int(s.bits.GetCardinality())
}

// IsEmpty reports whether the set is empty.
func (s Set) IsEmpty() bool { return s.bits == nil || s.bits.IsEmpty() }

// Contains reports whether n is in the set.
func (s Set) Contains(n uint32) bool { return s.bits != nil && s.bits.Contains(n) }

// Equal reports whether both sets have the same numbers.
func (s Set) Equal(other Set) bool { return s.roaring().Equals(other.roaring()) }

// Union returns the numbers in s or other.
func (s Set) Union(other Set) Set { return Set{roaring.Or(s.roaring(), other.roaring())} }

// Intersect returns the numbers in both sets.
func (s Set) Intersect(other Set) Set { return Set{roaring.And(s.roaring(), other.roaring())} }

// Minus returns the numbers in s but not in other.
func (s Set) Minus(other Set) Set { return Set{roaring.AndNot(s.roaring(), other.roaring())} }

// Apply returns s without removed and with added: one step of a history.
func (s Set) Apply(added, removed Set) Set { return s.Minus(removed).Union(added) }

// All returns the numbers in ascending order.
func (s Set) All() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for it := s.roaring().Iterator(); it.HasNext(); {
			if !yield(it.Next()) {
				return
			}
		}
	}
}

// Encode returns the stored form. Equal sets have the same bytes.
func (s Set) Encode() []byte {
	bits := s.roaring().Clone()
	bits.RunOptimize()
	var buf bytes.Buffer
	buf.Grow(sumLength + int(bits.GetSerializedSizeInBytes()))
	// Writes to a bytes.Buffer never fail.
	_, _ = buf.Write(make([]byte, sumLength))
	_, _ = bits.WriteTo(&buf)
	data := buf.Bytes()
	binary.LittleEndian.PutUint32(data, sumOf(data[sumLength:]))
	return data
}

// sumLength is the length of the checksum before a stored set.
const sumLength = 4

func sumOf(data []byte) uint32 { return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)) }

// Decode reads the stored form and refuses anything that Encode did not write. (A
// checksum is checked much faster than a bitmap.)
func Decode(data []byte) (Set, error) {
	if len(data) == 0 {
		return Set{}, nil
	}
	if len(data) > maxEncoded {
		return Set{}, fmt.Errorf("a stored set of %d bytes is over the limit of %d", len(data), maxEncoded)
	}
	if len(data) < sumLength || binary.LittleEndian.Uint32(data) != sumOf(data[sumLength:]) {
		return Set{}, errors.New("reading a stored set: its checksum is wrong")
	}
	bits := roaring.New()
	in := bytes.NewReader(data[sumLength:])
	if _, err := bits.ReadFrom(in); err != nil {
		return Set{}, fmt.Errorf("reading a stored set: %w", err)
	}
	if rest, _ := io.Copy(io.Discard, in); rest != 0 {
		return Set{}, fmt.Errorf("reading a stored set: %d bytes too many", rest)
	}
	return Set{bits}, nil
}
