package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/problem"
)

// Limits of Parse. People write lists of thousands of names, but do not nest deeply.
const (
	maxLength = 1 << 20 // bytes of text
	maxTerms  = 20_000
	maxDepth  = 100 // parentheses and exclamation marks around a term
)

// Parse parses a query. An error is a problem of kind Invalid in the field q, or TooLarge
// above a limit. Its message is aptly's; its hint names the position, in characters.
//
// Between terms, a comma means and, a vertical bar or; the comma binds tighter. An
// exclamation mark before a term or a parenthesis means not. A term is a word, an optional
// condition in parentheses, and an optional architecture in braces. A word that starts
// with $, or that starts with a capital letter and has no underscore, is a [Field];
// name_version_architecture without a condition is an [Exact]; other words are a
// [Dependency], which alone can have an architecture.
//
// A word ends before a space or one of )|,!{} — a condition needs a space before its
// parenthesis. In quotes of either kind a word can be any text; a backslash makes the next
// character literal.
func Parse(text string) (Query, error) {
	if len(text) > maxLength {
		return nil, failed(problem.TooLarge, "the query has %d bytes", len(text)).
			WithHint("at most %d are allowed", maxLength)
	}
	if !utf8.ValidString(text) {
		return nil, failed(problem.Invalid, "the query is not UTF-8").WithHint("encode it as UTF-8")
	}
	p := parser{lexer: lexer{text: text}}
	p.advance()
	q, err := p.alternatives(0)
	if err != nil {
		return nil, err
	}
	if p.current.kind != endOfQuery {
		return nil, p.expecting("end of query")
	}
	return q, nil
}

// failed returns a problem whose message starts as aptly's clients expect.
func failed(kind problem.Kind, format string, args ...any) *problem.Problem {
	return problem.New(kind, "parsing failed: "+format, args...).In("q")
}

// parser parses by recursive descent. Its methods pass depth down to limit nesting.
type parser struct {
	lexer
	current token
	word    string // the text of the token before current
	terms   int
}

func (p *parser) advance() {
	p.word = p.current.text
	p.current = p.next()
}

// skip consumes a symbol if it is next, and reports whether it did.
func (p *parser) skip(symbol kind) bool {
	if p.current.kind != symbol {
		return false
	}
	p.advance()
	return true
}

// alternatives reads queries separated by vertical bars.
func (p *parser) alternatives(depth int) (Query, error) {
	var all Or
	for {
		q, err := p.conjunction(depth)
		if err != nil {
			return nil, err
		}
		if inner, nested := q.(Or); nested {
			all = append(all, inner...)
		} else {
			all = append(all, q)
		}
		if !p.skip('|') {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

// conjunction reads queries separated by commas.
func (p *parser) conjunction(depth int) (Query, error) {
	var all And
	for {
		q, err := p.negation(depth)
		if err != nil {
			return nil, err
		}
		if inner, nested := q.(And); nested {
			all = append(all, inner...)
		} else {
			all = append(all, q)
		}
		if !p.skip(',') {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

// negation reads a term, a query in parentheses, or one of these negated.
func (p *parser) negation(depth int) (Query, error) {
	if depth > maxDepth {
		return nil, failed(problem.TooLarge, "the query is nested too deeply").
			WithHint("use at most %d parentheses and exclamation marks around a term", maxDepth)
	}
	if p.skip('!') {
		q, err := p.negation(depth + 1)
		return Not{q}, err
	}
	if !p.skip('(') {
		return p.term()
	}
	q, err := p.alternatives(depth + 1)
	if err != nil {
		return nil, err
	}
	if !p.skip(')') {
		return nil, p.expecting("')'")
	}
	return q, nil
}

// term reads a word with its condition and architecture.
func (p *parser) term() (Query, error) {
	name := p.current.text
	if !p.skip(wordToken) {
		return nil, p.expecting("field or package name")
	}
	if p.terms++; p.terms > maxTerms {
		return nil, failed(problem.TooLarge, "the query has too many terms").WithHint("at most %d are allowed", maxTerms)
	}
	condition, err := p.condition()
	if err != nil {
		return nil, err
	}
	if namesField(name) {
		return Field{name, condition}, nil
	}
	if exact, ok := cutExact(name); ok && condition.Operator == Unconditional {
		return exact, nil
	}
	architecture, err := p.architecture()
	return Dependency{name, condition, architecture}, err
}

// condition reads the optional condition in parentheses.
func (p *parser) condition() (c Condition, err error) {
	if !p.skip('(') {
		return c, nil
	}
	c.Operator = Equal
	if operator := p.current.text; p.skip(operatorTok) {
		c.Operator = operatorOf(operator)
	}
	c.Value = p.current.text
	if !p.skip(wordToken) {
		return c, p.expecting("value")
	}
	if !p.skip(')') {
		return c, p.expecting("')'")
	}
	return c, nil
}

// architecture reads the optional architecture in braces.
func (p *parser) architecture() (string, error) {
	if !p.skip('{') {
		return "", nil
	}
	architecture := p.current.text
	if !p.skip(wordToken) {
		return "", p.expecting("architecture")
	}
	if !p.skip('}') {
		return "", p.expecting("'}'")
	}
	return architecture, nil
}

// expecting returns the error for another token than the expected one.
func (p *parser) expecting(what string) error {
	err := failed(problem.Invalid, "unexpected token %s: expecting %s", p.current, what)
	character := utf8.RuneCountInString(p.text[:p.current.at]) + 1
	switch {
	case p.current.kind == unclosed:
		return err.WithHint("close the quote that starts at character %d; put a backslash before a quote inside it", character)
	case p.current.kind == endOfQuery:
		return err.WithHint("the query is incomplete: it ends at character %d", character)
	case strings.Contains(p.word, "("):
		return err.WithHint("see character %d: write a space before the parenthesis in %q", character, shorten(p.word))
	default:
		return err.WithHint("see character %d; quote values that contain spaces or any of ()|,!{}", character)
	}
}

// operatorOf returns an operator; < and > include equality.
func operatorOf(text string) Operator {
	switch text {
	case "<":
		return EarlierOrEqual
	case ">":
		return LaterOrEqual
	default:
		return Operator(text)
	}
}

// namesField reports whether a word is the name of a field, not of a package.
func namesField(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return first == '$' || unicode.IsUpper(first) && !strings.Contains(name, "_")
}

// cutExact splits name_version_architecture at the first and the last underscore.
func cutExact(text string) (exact Exact, ok bool) {
	first, last := strings.IndexByte(text, '_'), strings.LastIndexByte(text, '_')
	if first == last {
		return exact, false
	}
	return Exact{text[:first], text[first+1 : last], text[last+1:]}, true
}
