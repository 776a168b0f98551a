package digest

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
)

// Hasher is an io.Writer that computes several sums and the length in one pass. Its
// [Hasher.State] can be stored, to continue later with [ResumeHasher].
type Hasher struct {
	hashes [kinds]hash.Hash // nil for unwanted sums
	size   int64
}

// Indexes into Hasher.hashes.
const (
	md5Sum = iota
	sha1Sum
	sha256Sum
	sha512Sum
	kinds
)

// NewHasher returns a hasher for SHA-256 and the kinds in k.
func NewHasher(k Kinds) *Hasher {
	h := &Hasher{}
	h.hashes[sha256Sum] = sha256.New()
	if k.MD5 {
		h.hashes[md5Sum] = md5.New()
	}
	if k.SHA1 {
		h.hashes[sha1Sum] = sha1.New()
	}
	if k.SHA512 {
		h.hashes[sha512Sum] = sha512.New()
	}
	return h
}

// Write never fails.
func (h *Hasher) Write(p []byte) (int, error) {
	h.size += int64(len(p))
	for _, each := range h.hashes {
		if each != nil {
			each.Write(p)
		}
	}
	return len(p), nil
}

// Size returns the count of bytes written so far.
func (h *Hasher) Size() int64 { return h.size }

// SHA256 returns the sum of the bytes written so far.
func (h *Hasher) SHA256() (d SHA256) {
	h.hashes[sha256Sum].Sum(d[:0])
	return d
}

// Sums returns all computed sums.
func (h *Hasher) Sums() Sums {
	text := func(kind int) string {
		if h.hashes[kind] == nil {
			return ""
		}
		return hex.EncodeToString(h.hashes[kind].Sum(nil))
	}
	return Sums{MD5: text(md5Sum), SHA1: text(sha1Sum), SHA256: text(sha256Sum), SHA512: text(sha512Sum)}
}

// State returns the state from which a hasher of the same kinds can continue: some
// hundred bytes per sum.
func (h *Hasher) State() ([]byte, error) {
	state := binary.AppendUvarint(nil, uint64(h.size))
	for _, each := range h.hashes {
		if each == nil {
			continue
		}
		m, ok := each.(encoding.BinaryMarshaler)
		if !ok {
			return nil, fmt.Errorf("the state of a %T cannot be stored", each)
		}
		data, err := m.MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("storing the state of a sum: %w", err)
		}
		state = append(binary.AppendUvarint(state, uint64(len(data))), data...)
	}
	return state, nil
}

// ResumeHasher continues from the state of a hasher of the same kinds.
func ResumeHasher(k Kinds, state []byte) (*Hasher, error) {
	h := NewHasher(k)
	size, rest, err := number(state)
	if err != nil {
		return nil, err
	}
	h.size = int64(size)
	for _, each := range h.hashes {
		if each == nil {
			continue
		}
		var n uint64
		if n, rest, err = number(rest); err != nil || n > uint64(len(rest)) {
			return nil, errDamaged
		}
		m, ok := each.(encoding.BinaryUnmarshaler)
		if !ok {
			return nil, fmt.Errorf("the state of a %T cannot be restored", each)
		}
		if err := m.UnmarshalBinary(rest[:n]); err != nil {
			return nil, fmt.Errorf("restoring the state of a sum: %w", err)
		}
		rest = rest[n:]
	}
	if len(rest) != 0 {
		return nil, errDamaged
	}
	return h, nil
}

var errDamaged = errors.New("the stored state of a sum is damaged, or of other kinds")

func number(data []byte) (n uint64, rest []byte, err error) {
	n, size := binary.Uvarint(data)
	if size <= 0 {
		return 0, nil, errDamaged
	}
	return n, data[size:], nil
}
