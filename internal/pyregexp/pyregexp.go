package pyregexp

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"

	"github.com/aptarium/aptarium/internal/problem"
)

// MatchTimeout is the longest that one match by the engine that tries all ways
// may take. Names of packages need microseconds.
const MatchTimeout = 200 * time.Millisecond

// Bounds of an expression. Repeats with counts make the linear engine's programs
// many times longer than their text.
const (
	maxLength  = 1000 // bytes
	maxProgram = 5000 // instructions
)

// Expression is a compiled regular expression. It is safe for use by many
// goroutines.
type Expression struct {
	text         string
	linear       *regexp.Regexp  // nil: it needs the other
	backtracking *regexp2.Regexp // nil: it does not
}

// Compile reads an expression. One that is malformed, too long, or beyond both
// engines is a problem of kind Invalid or TooLarge.
func Compile(text string) (*Expression, error) {
	if len(text) > maxLength {
		return nil, problem.New(problem.TooLarge, "an expression of %d bytes is too long", len(text)).WithHint("at most %d; several filters say the same", maxLength)
	}
	if !utf8.ValidString(text) {
		return nil, problem.New(problem.Invalid, "the expression is not UTF-8")
	}
	t, err := translate(text)
	if err != nil {
		return nil, err
	}
	e := &Expression{text: text}
	var linear error
	if !t.refersBack {
		if e.linear, linear = compileLinear(t.text); linear == nil {
			return e, nil
		}
	}
	if e.backtracking, err = compileBacktracking(t.text); err == nil {
		return e, nil
	}
	if linear != nil { // its words are the better ones
		err = linear
	}
	return nil, problem.New(problem.Invalid, "%q is not a regular expression that can be used: %w", text, err).
		WithHint("write it as Python does; possessive quantifiers and the flags a, L and u are not known here")
}

// compileLinear anchors the expression at the start of the text. It is parsed
// alone first, so that no parenthesis of its own closes the group around it.
func compileLinear(text string) (*regexp.Regexp, error) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("reading it: %w", err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, fmt.Errorf("compiling it: %w", err)
	}
	if len(program.Inst) > maxProgram {
		return nil, problem.New(problem.TooLarge, "its repeats are too many")
	}
	compiled, err := regexp.Compile(`\A(?:` + text + `)`)
	if err != nil {
		return nil, fmt.Errorf("compiling it: %w", err)
	}
	return compiled, nil
}

// compileBacktracking also tells of a panic of the engine as an error: it was
// written for expressions of friends.
func compileBacktracking(text string) (r *regexp2.Regexp, err error) {
	defer recovered(&err)
	if r, err = regexp2.Compile(text, regexp2.None); err != nil {
		return nil, fmt.Errorf("reading it: %w", err)
	}
	r.MatchTimeout = MatchTimeout
	return r, nil
}

func recovered(err *error) {
	if p := recover(); p != nil {
		*err = problem.New(problem.Invalid, "the expression cannot be used: %v", p)
	}
}

// String returns the expression as it was written.
func (e *Expression) String() string { return e.text }

// Match reports whether the expression matches at the start of the text, as
// Python's re.match does. A match that takes longer than [MatchTimeout] is a
// problem of kind TooLarge.
func (e *Expression) Match(text string) (found bool, err error) {
	if e.linear != nil {
		return e.linear.MatchString(text), nil
	}
	defer recovered(&err)
	// The engine tries the start of the text before all other places, so a match
	// elsewhere means that there is none at the start.
	m, err := e.backtracking.FindStringMatch(text)
	if err != nil {
		return false, problem.New(problem.TooLarge, "the expression %q takes longer than %v for %q", e.text, MatchTimeout, shortened(text)).
			WithHint("write it without repeats inside of repeats")
	}
	return m != nil && m.Index == 0, nil
}

func shortened(text string) string {
	if len(text) > 100 {
		return text[:100] + "…"
	}
	return text
}
