package deb822

import (
	"io"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// AppendField appends "Name: value" and a newline to dst. A value of several
// lines has the form of [Field].Value: each line after the first begins with a space
// or tab and is not blank; a value that begins with a newline is a list below the
// field's name. A name or value that would break the stanza, end it or begin another
// field is a problem of kind Invalid; dst is then returned unchanged. Use [Fold] for
// free text.
func AppendField[T []byte | string](dst []byte, name string, value T) ([]byte, error) {
	if !validName(name) {
		return dst, problem.New(problem.Invalid, "%.40q is not a valid field name", name)
	}
	if fault := valueFault(value); fault != "" {
		return dst, problem.New(problem.Invalid, "the value %s", fault).In(name)
	}
	dst = append(append(dst, name...), ':')
	if len(value) > 0 && value[0] != '\n' {
		dst = append(dst, ' ')
	}
	dst = append(dst, value...)
	return append(dst, '\n'), nil
}

// valueFault returns the reason why a stanza cannot hold the value, or "".
func valueFault[T []byte | string](value T) string {
	lineStart, hasText := -1, true // the first line may be empty
	for i := range len(value) {
		switch c := value[i]; {
		case c == 0:
			return "contains a NUL byte"
		case c == '\n':
			if !hasText {
				return "has an empty line"
			}
			lineStart, hasText = i+1, false
		case i == lineStart && c != ' ' && c != '\t':
			return "has a continuation line that does not begin with a space"
		case !isBlank(c):
			hasText = true
		}
	}
	if !hasText {
		return "has an empty line"
	}
	return ""
}

// Fold encodes free text as a value: the first line unchanged, the others each after
// a space, empty ones as " ." (policy 5.6.13). [Lines] decodes it.
func Fold(text string) string {
	first, rest, more := strings.Cut(strings.TrimRight(text, " \t\r\n"), "\n")
	if !more {
		return strings.TrimSpace(first)
	}
	var b strings.Builder
	b.WriteString(strings.TrimSpace(first))
	for line := range strings.SplitSeq(rest, "\n") {
		b.WriteString("\n ")
		if line = strings.TrimRight(line, " \t\r"); line == "" {
			line = "."
		}
		b.WriteString(line)
	}
	return b.String()
}

// Writer writes stanzas, separated by empty lines. After an error it writes nothing
// more, and every method returns that error.
type Writer struct {
	to      io.Writer
	stanza  []byte
	names   []string // of the current stanza's fields
	started bool     // a stanza was written before
	err     error
}

// NewWriter returns a writer that writes each stanza to w in one call.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Field adds a field to the current stanza, under the rules of [AppendField].
// A name that the stanza already has is a problem of kind Invalid.
func (w *Writer) Field(name, value string) error {
	if w.err != nil {
		return w.err
	}
	if slices.ContainsFunc(w.names, func(n string) bool { return sameName(n, name) }) {
		w.err = problem.New(problem.Invalid, "the field occurs twice").In(name)
		return w.err
	}
	if len(w.stanza) == 0 && w.started {
		w.stanza = append(w.stanza, '\n')
	}
	w.names = append(w.names, name)
	w.stanza, w.err = AppendField(w.stanza, name, value)
	return w.err
}

// EndStanza writes the current stanza, unless it has no fields.
func (w *Writer) EndStanza() error {
	if w.err == nil && len(w.stanza) > 0 {
		_, w.err = w.to.Write(w.stanza)
		w.stanza, w.names, w.started = w.stanza[:0], w.names[:0], true
	}
	return w.err
}
