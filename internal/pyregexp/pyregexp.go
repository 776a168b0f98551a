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

// MatchTimeout limits one match by the backtracking engine. Package names need
// microseconds.
const MatchTimeout = 200 * time.Millisecond

// Limits of an expression. Counted repeats make the linear engine's program many times
// longer than the expression.
const (
	maxLength  = 1000 // bytes
	maxProgram = 5000 // instructions
)

// Expression is a compiled regular expression. It is safe for use by many
// goroutines.
type Expression struct {
	text         string
	linear       *regexp.Regexp  // nil if it needs the other engine
	backtracking *regexp2.Regexp // nil if linear is set
}

// Compile parses an expression. A malformed, unsupported or too long expression is a
// problem of kind Invalid or TooLarge.
func Compile(text string) (*Expression, error) {
	if len(text) > maxLength {
		return nil, problem.New(problem.TooLarge, "the expression is too long: %d bytes", len(text)).WithHint("use at most %d bytes; split it into several filters", maxLength)
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
	if linear != nil { // its message is the better one
		err = linear
	}
	return nil, problem.New(problem.Invalid, "%q is not a supported regular expression: %w", text, err).
		WithHint("use Python's syntax; possessive quantifiers and the flags a, L and u are not supported")
}

// compileLinear compiles an expression, anchored at the start of the text. It first
// parses the expression alone, so that none of its parentheses closes the group around it.
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
		return nil, problem.New(problem.TooLarge, "it repeats too often")
	}
	compiled, err := regexp.Compile(`\A(?:` + text + `)`)
	if err != nil {
		return nil, fmt.Errorf("compiling it: %w", err)
	}
	return compiled, nil
}

// compileBacktracking also returns a panic of the engine as an error: it was not written
// for untrusted expressions.
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

// String returns the expression as written.
func (e *Expression) String() string { return e.text }

// Match reports whether the expression matches at the start of the text, as
// Python's re.match does. A match that takes longer than [MatchTimeout] is a
// problem of kind TooLarge.
func (e *Expression) Match(text string) (found bool, err error) {
	if e.linear != nil {
		return e.linear.MatchString(text), nil
	}
	defer recovered(&err)
	// The engine tries the start of the text first, so a match at another position
	// means that the start does not match.
	m, err := e.backtracking.FindStringMatch(text)
	if err != nil {
		return false, problem.New(problem.TooLarge, "matching %q took longer than %v for %q", e.text, MatchTimeout, shortened(text)).
			WithHint("avoid repeats inside repeats")
	}
	return m != nil && m.Index == 0, nil
}

func shortened(text string) string {
	if len(text) > 100 {
		return text[:100] + "…"
	}
	return text
}
