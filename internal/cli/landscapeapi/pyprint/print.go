package pyprint

import (
	"bufio"
	"io"
	"strings"
)

// width is the default width of pprint.
const width = 80

// Print writes a value of [Decode] to w as pprint.pprint does: on one line if it
// is at most 80 columns wide, else an item to a line, and texts between words in
// literals below each other. A line feed ends it. The error is that of w.
func Print(w io.Writer, v any) error {
	p := printer{bufio.NewWriter(w)}
	p.top(v)
	p.out.WriteByte('\n') // Flush returns the error of the writer
	return p.out.Flush()
}

type printer struct{ out *bufio.Writer }

// top writes the whole value. A text of several literals is in parentheses
// here, and only here: within a list or a dictionary they join without.
func (p printer) top(v any) {
	text, isText := v.(string)
	if _, fits := oneLine(v, width); fits || !isText {
		p.value(v, 0, 0)
		return
	}
	if parts := literals(text, 1, 1); len(parts) > 1 {
		p.out.WriteString("(" + strings.Join(parts, "\n ") + ")")
		return
	}
	p.out.WriteString(quote(text))
}

// value writes a value that begins at column indent, and after whose end so many
// characters follow on its last line.
func (p printer) value(v any, indent, after int) {
	if text, fits := oneLine(v, width-indent-after); fits {
		p.out.WriteString(text)
		return
	}
	switch v := v.(type) {
	case []any:
		p.list(v, indent, after)
	case map[string]any:
		p.dict(v, indent, after)
	case string:
		p.out.WriteString(strings.Join(literals(v, indent, after), newline(indent)))
	default:
		p.out.WriteString(scalar(v))
	}
}

// newline begins a line at a column.
func newline(indent int) string { return "\n" + strings.Repeat(" ", indent) }

// follows is how many characters come after an item: a comma, or after the last
// one the bracket, and what follows that.
func follows(last bool, after int) int {
	if last {
		return after + 1
	}
	return 1
}

func (p printer) list(items []any, indent, after int) {
	p.out.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			p.out.WriteString("," + newline(indent+1))
		}
		p.value(item, indent+1, follows(i == len(items)-1, after))
	}
	p.out.WriteByte(']')
}

func (p printer) dict(items map[string]any, indent, after int) {
	p.out.WriteByte('{')
	for i, key := range sorted(items) {
		if i > 0 {
			p.out.WriteString("," + newline(indent+1))
		}
		name := quote(key) + ": "
		p.out.WriteString(name)
		p.value(items[key], indent+1+columns(name), follows(i == len(items)-1, after))
	}
	p.out.WriteByte('}')
}
