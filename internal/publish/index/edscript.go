package index

import (
	"bytes"
	"fmt"
	"slices"
)

// hunk is a run of lines of an old text and what stands there in the new one.
type hunk struct {
	from, to int // lines of the old text before the run, and with it
	lines    [][]byte
}

// splitAfter cuts a text after each separator, which the parts keep.
func splitAfter(text []byte, separator string) [][]byte {
	parts := bytes.SplitAfter(text, []byte(separator))
	if len(parts[len(parts)-1]) == 0 {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// compareStanzas returns the hunks that turn one run of stanzas into another. The
// old run begins after so many lines of its text. Stanzas that both have stay
// where their order is the same, and of those that differ only the lines that do.
func compareStanzas(was, now []byte, after int) (hunks []hunk) {
	before, behind := splitAfter(was, "\n\n"), splitAfter(now, "\n\n")
	at := make(map[string]int, len(behind))
	for i, s := range behind {
		at[string(s)] = i
	}
	line, next := after, 0 // lines of the old text, and stanzas of the new one, that are done
	var old [][]byte       // the stanzas since the last that stayed
	for _, s := range before {
		i, stays := at[string(s)]
		if !stays || i < next {
			old = append(old, s)
			continue
		}
		hunks, line = appendHunk(hunks, line, old, behind[next:i])
		line += bytes.Count(s, []byte{'\n'})
		old, next = old[:0], i+1
	}
	hunks, _ = appendHunk(hunks, line, old, behind[next:])
	return hunks
}

// appendHunk adds the difference of two lists of stanzas, without the lines that
// they begin or end with alike, and gives the line behind the old ones.
func appendHunk(hunks []hunk, line int, was, now [][]byte) ([]hunk, int) {
	old, lines := splitAfter(slices.Concat(was...), "\n"), splitAfter(slices.Concat(now...), "\n")
	end := line + len(old)
	for len(old) > 0 && len(lines) > 0 && bytes.Equal(old[0], lines[0]) {
		old, lines, line = old[1:], lines[1:], line+1
	}
	to := end
	for len(old) > 0 && len(lines) > 0 && bytes.Equal(old[len(old)-1], lines[len(lines)-1]) {
		old, lines, to = old[:len(old)-1], lines[:len(lines)-1], to-1
	}
	if len(old) > 0 || len(lines) > 0 {
		hunks = append(hunks, hunk{line, to, lines})
	}
	return hunks, end
}

// edScript writes hunks, which are in order, as `diff --ed` does: from the last
// to the first, so that line numbers are those of the old text. A line with a
// single dot cannot be written.
func edScript(hunks []hunk) (script []byte, ok bool) {
	for _, h := range slices.Backward(hunks) {
		switch {
		case h.from == h.to:
			script = fmt.Appendf(script, "%da\n", h.from)
		case h.from+1 == h.to:
			script = fmt.Appendf(script, "%d%s\n", h.to, deleteOrChange(h))
		default:
			script = fmt.Appendf(script, "%d,%d%s\n", h.from+1, h.to, deleteOrChange(h))
		}
		for _, l := range h.lines {
			if string(l) == ".\n" {
				return nil, false
			}
			script = append(script, l...)
		}
		if len(h.lines) > 0 {
			script = append(script, ".\n"...)
		}
	}
	return script, true
}

func deleteOrChange(h hunk) string {
	if len(h.lines) == 0 {
		return "d"
	}
	return "c"
}
