package query

import (
	"regexp"
	"regexp/syntax"

	"github.com/aptarium/aptarium/internal/problem"
)

// What regular expressions take at most. Repetition makes a short one long:
// (a{30}){30} has a program of 900 instructions, each of which may be looked at
// for each character of a text.
const (
	maxExpression   = 16 << 10 // bytes of one
	maxInstructions = 20_000   // of all the programs of a query, about
)

// newExpression compiles a regular expression, but not before it is clear that
// its program stays within bounds.
func newExpression(pattern string, instructions *int) (test, error) {
	if len(pattern) > maxExpression {
		return nil, failed(problem.TooLarge, "the regular expression %q has %d bytes", shorten(pattern), len(pattern)).
			WithHint("at most %d are allowed", maxExpression)
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, failed(problem.Invalid, "regexp compile failed: %w", err).
			WithHint("the syntax is RE2; put quotes around it, or a backslash before what is meant as it is")
	}
	size := programSize(tree, *instructions+1)
	if *instructions -= size; *instructions < 0 {
		return nil, failed(problem.TooLarge, "the regular expressions are too complex").
			WithHint("repeat less in %q, or name the packages one by one", shorten(pattern))
	}
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return nil, failed(problem.Invalid, "regexp compile failed: %w", err)
	}
	return expression{compiled, size}, nil
}

// programSize tells about how many instructions a tree becomes, counting more
// for classes of many ranges. It does not count beyond limit.
func programSize(tree *syntax.Regexp, limit int) int {
	size := 1
	switch tree.Op {
	case syntax.OpLiteral:
		size = len(tree.Rune)
	case syntax.OpCharClass:
		size += len(tree.Rune) / 16
	}
	for _, part := range tree.Sub {
		if size >= limit {
			return limit
		}
		size += programSize(part, limit)
	}
	if tree.Op == syntax.OpRepeat {
		size *= max(tree.Min, tree.Max, 1)
	}
	return min(size, limit)
}
