package pyprint

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// columns is how wide a text is, a column for each code point.
func columns(s string) int { return utf8.RuneCountInString(s) }

// literals cuts a text that is too wide for its place into literals for lines of
// their own, each beginning at column indent: one for each line of the text, or
// several when a line is too wide itself, cut after spaces. A word is never cut.
func literals(text string, indent, after int) (parts []string) {
	room := width - indent
	lines := textLines(text)
	for i, line := range lines {
		behind := 0
		if i == len(lines)-1 {
			behind = after
		}
		if whole := quote(line); columns(whole) <= room-behind {
			parts = append(parts, whole)
		} else {
			parts = append(parts, fill(words(line), room, behind)...)
		}
	}
	if len(parts) == 0 { // an empty text in a place too narrow for it
		return []string{quote(text)}
	}
	return parts
}

// fill puts as many words into each literal as fit; behind the last word,
// so many columns must be left.
func fill(words []string, room, behind int) (parts []string) {
	current := ""
	for i, word := range words {
		if i == len(words)-1 {
			room -= behind
		}
		if current != "" && columns(quote(current+word)) > room {
			parts = append(parts, quote(current))
			current = ""
		}
		current += word
	}
	return append(parts, quote(current))
}

// words cuts a line into words, each with the space after it. Space at the
// beginning is a word of its own.
func words(line string) (found []string) {
	for line != "" {
		end := strings.IndexFunc(line, space)
		if end < 0 {
			end = len(line)
		}
		for end < len(line) {
			r, size := utf8.DecodeRuneInString(line[end:])
			if !space(r) {
				break
			}
			end += size
		}
		found = append(found, line[:end])
		line = line[end:]
	}
	return found
}

// space reports whether Python's str.isspace accepts r: the separators of
// information too.
func space(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// textLines cuts a text after its line ends, as Python's str.splitlines(True)
// knows them.
func textLines(text string) (lines []string) {
	for text != "" {
		end := len(text)
		if i := strings.IndexFunc(text, lineEnd); i >= 0 {
			_, size := utf8.DecodeRuneInString(text[i:])
			if end = i + size; strings.HasPrefix(text[i:], "\r\n") {
				end++
			}
		}
		lines = append(lines, text[:end])
		text = text[end:]
	}
	return lines
}

// lineEnd reports whether a line ends with r.
func lineEnd(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}
