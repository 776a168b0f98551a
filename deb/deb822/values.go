package deb822

import (
	"bytes"
	"iter"
)

// Lines returns the lines of a value as text: the first unchanged (it may be empty),
// the others without their leading space or tab, a lone "." as an empty line (policy
// 5.6.13). It trims spaces at the ends of lines and leaves out comment lines.
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

// Unfold joins the lines of a folded value, such as that of Depends or Binary, with
// single spaces (policy 5.1). It returns a value of one line itself, without
// allocating.
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
