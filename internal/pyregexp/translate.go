package pyregexp

import (
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Letters that may follow a backslash in Python's expressions (re, "Regular
// Expression Syntax"). Others are errors there, though other languages have a use
// for some of them.
const (
	escapesOutside = "AbBdDsSwWzZafnrtvxuU"
	escapesInClass = "bdDsSwWafnrtvxuU"
)

// translated is an expression in the common language of both engines.
type translated struct {
	text       string
	refersBack bool // which only one of them can do
}

// translator goes once through an expression.
type translator struct {
	rest       string
	out        strings.Builder
	refersBack bool
}

// translate writes an expression as the engines mean the same by it: \Z is \z,
// groups lose the P before their names, {,3} gets its 0, and a bracket within a
// class stays one.
func translate(text string) (translated, error) {
	t := &translator{rest: text}
	for t.rest != "" {
		if err := t.next(); err != nil {
			return translated{}, err
		}
	}
	return translated{t.out.String(), t.refersBack}, nil
}

// take moves n bytes over as they are.
func (t *translator) take(n int) {
	t.out.WriteString(t.rest[:n])
	t.rest = t.rest[n:]
}

// put writes other text for n bytes.
func (t *translator) put(n int, text string) {
	t.out.WriteString(text)
	t.rest = t.rest[n:]
}

func (t *translator) next() error {
	switch {
	case strings.HasPrefix(t.rest, `\`):
		return t.escape(escapesOutside)
	case strings.HasPrefix(t.rest, "["):
		return t.class()
	case strings.HasPrefix(t.rest, "(?P<"):
		t.put(len("(?P<"), "(?<")
	case strings.HasPrefix(t.rest, "(?P="):
		t.reference()
	case strings.HasPrefix(t.rest, "(?#"):
		t.take(max(strings.IndexByte(t.rest, ')'), len("(?#")))
	case upTo(t.rest):
		t.put(len("{"), "{0")
	default:
		t.take(1)
	}
	return nil
}

// upTo reports whether the text begins with a repeat without a lower bound: {,3}.
func upTo(text string) bool {
	inside, found := strings.CutPrefix(text, "{,")
	end := strings.IndexByte(inside, '}')
	return found && end > 0 && strings.Trim(inside[:end], "0123456789") == ""
}

// reference writes (?P=name) as the engine that can do it wants it.
func (t *translator) reference() {
	t.refersBack = true
	name, _, closed := strings.Cut(t.rest[len("(?P="):], ")")
	if !closed {
		t.take(len(t.rest)) // which no engine takes
		return
	}
	t.put(len("(?P=")+len(name)+len(")"), `\k<`+name+">")
}

// escape moves what follows a backslash.
func (t *translator) escape(letters string) error {
	if len(t.rest) < 2 {
		return problem.New(problem.Invalid, "the expression ends in a backslash")
	}
	c := t.rest[1]
	switch {
	case c == 'Z' && letters == escapesOutside:
		t.put(2, `\z`)
		return nil
	case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		if strings.IndexByte(letters, c) < 0 {
			return problem.New(problem.Invalid, `Python knows no \%c`, c).WithHint("see https://docs.python.org/3/library/re.html")
		}
	case '1' <= c && c <= '9' && !octal(t.rest[1:]):
		t.refersBack = true
	}
	t.take(2)
	return nil
}

// octal reports whether the text begins with three octal digits, which name a
// character; fewer name a group.
func octal(text string) bool {
	return len(text) >= 3 && text[0] <= '3' && strings.Trim(text[:3], "01234567") == ""
}

// class moves a set of characters: [...]. Its first character may be a bracket
// that does not end it.
func (t *translator) class() error {
	t.take(1)
	if strings.HasPrefix(t.rest, "^") {
		t.take(1)
	}
	for first := true; t.rest != ""; first = false {
		switch {
		case t.rest[0] == ']' && !first:
			t.take(1)
			return nil
		case t.rest[0] == ']':
			t.put(1, `\]`)
		case t.rest[0] == '[': // [: begins something else elsewhere
			t.put(1, `\[`)
		case t.rest[0] == '\\':
			if err := t.escape(escapesInClass); err != nil {
				return err
			}
		default:
			t.take(1)
		}
	}
	return problem.New(problem.Invalid, "a set of characters has no end").WithHint(`write \[ for a bracket`)
}
