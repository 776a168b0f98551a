package pyprint

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// oneLine is the value on one line, unless that is wider than a limit: then it
// stops early, so that trying every level of a deep value stays cheap.
func oneLine(v any, limit int) (text string, fits bool) {
	l := line{left: limit}
	l.value(v)
	return l.text.String(), l.left >= 0
}

// line is text that may become so wide.
type line struct {
	text strings.Builder
	left int // columns; below 0: it is too wide
}

func (l *line) add(s string) {
	l.text.WriteString(s)
	l.left -= utf8.RuneCountInString(s)
}

func (l *line) value(v any) {
	if l.left < 0 {
		return
	}
	switch v := v.(type) {
	case []any:
		l.list(v)
	case map[string]any:
		l.dict(v)
	default:
		l.add(scalar(v))
	}
}

func (l *line) list(items []any) {
	l.add("[")
	for i, item := range items {
		if i > 0 {
			l.add(", ")
		}
		if l.value(item); l.left < 0 {
			return
		}
	}
	l.add("]")
}

func (l *line) dict(items map[string]any) {
	l.add("{")
	if 4*len(items) > l.left { // a key is two quotes, a colon and a space at least
		l.left = -1
		return
	}
	for i, key := range sorted(items) {
		if i > 0 {
			l.add(", ")
		}
		l.add(quote(key) + ": ")
		if l.value(items[key]); l.left < 0 {
			return
		}
	}
	l.add("}")
}

// sorted returns the keys in the order of their code points, which equals the order
// of their bytes.
func sorted(items map[string]any) []string { return slices.Sorted(maps.Keys(items)) }

// scalar writes a value that is no list and no dictionary.
func scalar(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case json.Number:
		return number(v)
	case string:
		return quote(v)
	}
	return quote(fmt.Sprint(v))
}

// quote is Python's repr of a string: in single quotes, or in double ones if only
// that saves escaping.
func quote(s string) string {
	mark := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		mark = '"'
	}
	var b strings.Builder
	b.WriteRune(mark)
	for _, r := range s {
		switch {
		case r == mark || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
	}
	b.WriteRune(mark)
	return b.String()
}

// escape is how Python writes a character that cannot be seen.
func escape(r rune) string {
	switch {
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case r == '\t':
		return `\t`
	case r <= 0xff:
		return fmt.Sprintf(`\x%02x`, r)
	case r <= 0xffff:
		return fmt.Sprintf(`\u%04x`, r)
	}
	return fmt.Sprintf(`\U%08x`, r)
}
