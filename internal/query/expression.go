package query

import (
	"regexp"
	"regexp/syntax"

	"github.com/aptarium/aptarium/internal/problem"
)

// Limits of regular expressions. Repetition makes a short one long: (a{30}){30} has a
// program of 900 instructions, and each can run for each character of a text.
const (
	maxExpression   = 16 << 10 // bytes of one
	maxInstructions = 20_000   // of all programs of a query, approximately
)

// newExpression compiles a regular expression, after checking the size of its program.
func newExpression(pattern string, instructions *int) (test, error) {
	if len(pattern) > maxExpression {
		return nil, failed(problem.TooLarge, "the regular expression %q has %d bytes", shorten(pattern), len(pattern)).
			WithHint("at most %d are allowed", maxExpression)
	}
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, failed(problem.Invalid, "regexp compile failed: %w", err).
			WithHint("the syntax is RE2; quote the expression, or put a backslash before literal characters")
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

// programSize estimates the number of instructions of a tree, up to limit. Classes of
// many ranges count more.
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
