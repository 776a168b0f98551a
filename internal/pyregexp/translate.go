package pyregexp

import (
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Letters that can follow a backslash in Python's expressions (re, "Regular Expression
// Syntax"). Other letters are errors, even if other languages use some of them.
const (
	escapesOutside = "AbBdDsSwWzZafnrtvxuU"
	escapesInClass = "bdDsSwWafnrtvxuU"
)

// translated is an expression in the common language of both engines.
type translated struct {
	text       string
	refersBack bool // it has back-references, which only one engine supports
}

// translator translates an expression in one pass.
type translator struct {
	rest       string
	out        strings.Builder
	refersBack bool
}

// translate rewrites an expression in the syntax of the engines: \Z becomes \z, groups
// lose the P before their names, {,3} becomes {0,3}, and a bracket in a class is escaped.
func translate(text string) (translated, error) {
	t := &translator{rest: text}
	for t.rest != "" {
		if err := t.next(); err != nil {
			return translated{}, err
		}
	}
	return translated{t.out.String(), t.refersBack}, nil
}

// copy copies n bytes.
func (t *translator) copy(n int) {
	t.out.WriteString(t.rest[:n])
	t.rest = t.rest[n:]
}

// replace writes text instead of the next n bytes.
func (t *translator) replace(n int, text string) {
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
		t.replace(len("(?P<"), "(?<")
	case strings.HasPrefix(t.rest, "(?P="):
		t.reference()
	case strings.HasPrefix(t.rest, "(?#"):
		t.copy(max(strings.IndexByte(t.rest, ')'), len("(?#")))
	case upTo(t.rest):
		t.replace(len("{"), "{0")
	default:
		t.copy(1)
	}
	return nil
}

// upTo reports whether the text starts with a repeat without lower bound: {,3}.
func upTo(text string) bool {
	inside, found := strings.CutPrefix(text, "{,")
	end := strings.IndexByte(inside, '}')
	return found && end > 0 && strings.Trim(inside[:end], "0123456789") == ""
}

// reference rewrites (?P=name) in the syntax of the backtracking engine.
func (t *translator) reference() {
	t.refersBack = true
	name, _, closed := strings.Cut(t.rest[len("(?P="):], ")")
	if !closed {
		t.copy(len(t.rest)) // no engine accepts it
		return
	}
	t.replace(len("(?P=")+len(name)+len(")"), `\k<`+name+">")
}

// escape translates a backslash and the character after it.
func (t *translator) escape(letters string) error {
	if len(t.rest) < 2 {
		return problem.New(problem.Invalid, "the expression ends with a backslash")
	}
	c := t.rest[1]
	switch {
	case c == 'Z' && letters == escapesOutside:
		t.replace(2, `\z`)
		return nil
	case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		if strings.IndexByte(letters, c) < 0 {
			return problem.New(problem.Invalid, `\%c is not an escape of Python's`, c).WithHint("see https://docs.python.org/3/library/re.html")
		}
	case '1' <= c && c <= '9' && !octal(t.rest[1:]):
		t.refersBack = true
	}
	t.copy(2)
	return nil
}

// octal reports whether the text starts with three octal digits, which name a character;
// fewer digits name a group.
func octal(text string) bool {
	return len(text) >= 3 && text[0] <= '3' && strings.Trim(text[:3], "01234567") == ""
}

// class translates a set of characters: [...]. A bracket as its first character does not
// end it.
func (t *translator) class() error {
	t.copy(1)
	if strings.HasPrefix(t.rest, "^") {
		t.copy(1)
	}
	for first := true; t.rest != ""; first = false {
		switch {
		case t.rest[0] == ']' && !first:
			t.copy(1)
			return nil
		case t.rest[0] == ']':
			t.replace(1, `\]`)
		case t.rest[0] == '[': // [: has another meaning in the engines
			t.replace(1, `\[`)
		case t.rest[0] == '\\':
			if err := t.escape(escapesInClass); err != nil {
				return err
			}
		default:
			t.copy(1)
		}
	}
	return problem.New(problem.Invalid, "a set of characters has no closing bracket").WithHint(`write \[ for a literal bracket`)
}
