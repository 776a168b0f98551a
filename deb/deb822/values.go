package deb822

import (
	"bytes"
	"iter"
)

// Lines gives the lines of a value as text: the first as it is (it may be
// empty), each further one without the space or tab that it begins with, a lone
// "." as an empty line (policy 5.6.13). Spaces at the ends of lines are taken
// off and comment lines left out.
func Lines(value []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		line, rest := cutLine(value)
		if !yield(trimBlank(line)) {
			return
		}
		for len(rest) > 0 {
			line, rest = cutLine(rest)
			if len(line) == 0 || !isBlank(line[0]) {
				continue // a comment: anything else would have ended the value
			}
			line = trimRight(line[1:])
			if string(line) == "." {
				line = line[:0]
			}
			if !yield(line) {
				return
			}
		}
	}
}

// Unfold gives a value as one line, its lines joined by single spaces: the
// meaning of a folded field such as Depends or Binary (policy 5.1). A value of
// one line comes back itself, without allocating.
func Unfold(value []byte) []byte {
	if bytes.IndexByte(value, '\n') < 0 {
		return value
	}
	out := make([]byte, 0, len(value))
	for line := range Lines(value) {
		line = trimBlank(line)
		if len(line) == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, ' ')
		}
		out = append(out, line...)
	}
	return out
}
