package query

import (
	"io"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/aptarium/aptarium/deb"
	"github.com/aptarium/aptarium/internal/problem"
)

// maxGlob limits a glob, which costs its length for each character of a text.
const maxGlob = 1024

// test reports whether a value meets a condition.
type test interface {
	holds(e *evaluation, value string) bool
}

// newTest compiles a condition. It subtracts the program size of a regular expression
// from instructions, the remaining budget.
func newTest(c Condition, instructions *int) (test, error) {
	switch c.Operator {
	case Unconditional:
		return present{}, nil
	case Glob:
		return newGlob(c.Value)
	case Regexp:
		return newExpression(c.Value, instructions)
	case Earlier:
		return ordered{c.Value, -1, -1}, nil
	case EarlierOrEqual:
		return ordered{c.Value, -1, 0}, nil
	case Equal:
		return ordered{c.Value, 0, 0}, nil
	case LaterOrEqual:
		return ordered{c.Value, 0, 1}, nil
	case Later:
		return ordered{c.Value, 1, 1}, nil
	default:
		return nil, failed(problem.Invalid, "unknown operator %q", string(c.Operator)).
			WithHint("the operators are <<, <=, =, >=, >>, %% and ~")
	}
}

// present holds for non-empty values.
type present struct{}

func (present) holds(_ *evaluation, value string) bool { return value != "" }

// ordered holds if the order of a value relative to a version is in a range.
type ordered struct {
	version     string
	least, most int // results of deb.Compare
}

func (t ordered) holds(e *evaluation, value string) bool {
	e.spend(len(value))
	order := deb.Compare(value, t.version)
	return t.least <= order && order <= t.most
}

// glob holds for values that it matches as a whole.
type glob string

func newGlob(pattern string) (test, error) {
	if len(pattern) > maxGlob {
		return nil, failed(problem.TooLarge, "the pattern %q has %d bytes", shorten(pattern), len(pattern)).
			WithHint("at most %d are allowed", maxGlob)
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, failed(problem.Invalid, "pattern compile failed: %w: `%s`", err, shorten(pattern)).
			WithHint("close the brackets, or put a backslash before literal characters")
	}
	return glob(pattern), nil
}

func (t glob) holds(e *evaluation, value string) bool {
	if !e.spend(len(value) * (1 + strings.Count(string(t), "*"))) {
		return false
	}
	matched, err := path.Match(string(t), value)
	return err == nil && matched
}

// expression holds for values that it matches in any part.
type expression struct {
	*regexp.Regexp
	instructions int // of its program, about
}

// longMatch is the work, in characters times instructions, above which a match must be
// interruptible: it could take a quarter of a second.
const longMatch = 1 << 22

// holds needs, at worst, time in proportion to the length of the value times that of the
// program; usually far less.
func (t expression) holds(e *evaluation, value string) bool {
	if work := len(value) * t.instructions; work <= longMatch {
		return e.spend(work) && t.MatchString(value)
	}
	return t.MatchReader(&stoppable{e: e, rest: value, work: t.instructions})
}

// stoppable reads a text for a regular expression, and ends early if the evaluation does.
type stoppable struct {
	e    *evaluation
	rest string
	work int // per character
}

// ReadRune implements io.RuneReader. Package regexp treats any error as the end.
func (s *stoppable) ReadRune() (r rune, size int, err error) {
	if s.rest == "" || !s.e.spend(s.work) {
		return 0, 0, io.EOF
	}
	r, size = utf8.DecodeRuneInString(s.rest)
	s.rest = s.rest[size:]
	return r, size, nil
}
