package deb

import "strings"

// SortKey encodes a version as bytes that sort as the versions do:
// bytes.Compare(SortKey(a), SortKey(b)) == Compare(a, b), for any two texts.
// Versions that dpkg considers equal have the same key. A key is longer than the
// version by six bytes and two for each run of digits.
func SortKey(version string) []byte {
	return AppendSortKey(make([]byte, 0, 2*len(version)+12), version)
}

// AppendSortKey appends [SortKey](version) to dst.
//
// The key is the epoch as a number, then upstream version and revision, each
// as pairs of a run of non-digits and a number, and an end byte. A run of
// non-digits is the rank of each byte and an end byte, which ranks above the tilde
// only. A number is its count of digits without leading zeros, then the digits. The
// first pair is always written, so that the empty text equals "0"; a later pair
// begins with a non-digit, so that it never begins like an end.
func AppendSortKey(dst []byte, version string) []byte {
	epoch, upstream, revision := split(version)
	dst = appendNumber(dst, epoch)
	dst = appendPartKey(dst, upstream)
	return appendPartKey(dst, revision)
}

func appendPartKey(dst []byte, part string) []byte {
	for first := true; first || part != ""; first = false {
		for rankAt(part) != rankEnd {
			dst, part = append(dst, rankAt(part)), part[1:]
		}
		digits := leadingDigits(part)
		dst = appendNumber(append(dst, rankEnd), digits)
		part = part[len(digits):]
	}
	return append(dst, rankEnd)
}

// appendNumber appends the count of digits, as a 0xff for each 255 and the rest, and
// the digits: a longer number sorts after a shorter one.
func appendNumber(dst []byte, digits string) []byte {
	digits = strings.TrimLeft(digits, "0")
	n := len(digits)
	for ; n >= 0xff; n -= 0xff {
		dst = append(dst, 0xff)
	}
	return append(append(dst, byte(n)), digits...)
}
