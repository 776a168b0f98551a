package deb

import "strings"

// Compare orders two versions as dpkg does (policy 5.6.12, deb-version(7)): it
// returns -1 if a is older than b, 1 if it is newer, and 0 if dpkg sees no
// difference, as between "1.0", "0:1.0" and "1.00-0". It does not allocate.
//
// Invalid versions are ordered, too: a colon ends an epoch only after digits, and
// characters that dpkg refuses sort among the others. Spaces around a version do
// not count.
func Compare(a, b string) int {
	epochA, upstreamA, revisionA := split(a)
	epochB, upstreamB, revisionB := split(b)
	if c := compareDigits(epochA, epochB); c != 0 {
		return c
	}
	if c := compareParts(upstreamA, upstreamB); c != 0 {
		return c
	}
	return compareParts(revisionA, revisionB)
}

// split cuts a version at its first colon and last hyphen. The epoch is digits
// or empty.
func split(version string) (epoch, upstream, revision string) {
	upstream = strings.Trim(version, " \t\n\r\f\v")
	digits := 0
	for digits < len(upstream) && isDigit(upstream[digits]) {
		digits++
	}
	if digits > 0 && digits < len(upstream) && upstream[digits] == ':' {
		epoch, upstream = upstream[:digits], upstream[digits+1:]
	}
	if hyphen := strings.LastIndexByte(upstream, '-'); hyphen >= 0 {
		upstream, revision = upstream[:hyphen], upstream[hyphen+1:]
	}
	return epoch, upstream, revision
}

// compareParts compares two upstream versions or two revisions. Runs of
// non-digits, compared byte by byte by rank, alternate with runs of digits,
// compared as numbers.
func compareParts(a, b string) int {
	for a != "" || b != "" {
		for {
			rankA, rankB := rankAt(a), rankAt(b)
			if rankA != rankB {
				return sign(int(rankA) - int(rankB))
			}
			if rankA == rankEnd {
				break
			}
			a, b = a[1:], b[1:]
		}
		digitsA, digitsB := leadingDigits(a), leadingDigits(b)
		if c := compareDigits(digitsA, digitsB); c != 0 {
			return c
		}
		a, b = a[len(digitsA):], b[len(digitsB):]
	}
	return 0
}

// compareDigits compares runs of digits as numbers of any length.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return sign(len(a) - len(b))
	}
	return strings.Compare(a, b)
}

func leadingDigits(s string) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n]
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// Ranks of the bytes of a run of non-digits. The tilde sorts before the end of the
// run, the end before letters, letters before all else.
const (
	rankTilde = 1
	rankEnd   = 2
	rankFirst = 3 // of letters
)

// ranks maps each byte to its rank. Digits rank as the end, because they end the run.
var ranks = func() (table [256]byte) {
	next := byte(rankFirst)
	assign := func(from, to int, in func(byte) bool) {
		for c := from; c <= to; c++ {
			if in(byte(c)) {
				table[c] = next
				next++
			}
		}
	}
	assign(0, 0x7f, isLetter)
	// dpkg computes with signed characters: non-ASCII bytes sort between the
	// letters and the rest.
	assign(0x80, 0xff, func(byte) bool { return true })
	assign(0, 0x7f, func(c byte) bool { return !isLetter(c) && !isDigit(c) && c != '~' })
	table['~'] = rankTilde
	for c := byte('0'); c <= '9'; c++ {
		table[c] = rankEnd
	}
	return table
}()

func rankAt(s string) byte {
	if s == "" {
		return rankEnd
	}
	return ranks[s[0]]
}

func isLetter(c byte) bool { return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' }
