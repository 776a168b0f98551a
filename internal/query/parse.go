package query

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/problem"
)

// What Parse takes at most. People write lists of thousands of names, but
// nobody nests deeply.
const (
	maxLength = 1 << 20 // bytes of text
	maxTerms  = 20_000
	maxDepth  = 100 // parentheses and exclamation marks around a term
)

// Parse reads a query. An error is a problem of kind Invalid in the field q,
// or TooLarge when a limit is passed; the message is worded as aptly does it,
// and the hint tells the character at which it was found.
//
// Between terms, a comma means and, a vertical bar or; the comma binds tighter.
// An exclamation mark before a term or a parenthesis means not. A term is a
// word, then perhaps a condition in parentheses, then perhaps an architecture
// in braces. A word that begins with $ or, without having an underscore, with
// a capital letter makes a [Field]; name_version_architecture without a
// condition makes an [Exact]; others make a [Dependency], to which alone an
// architecture may be added.
//
// A word goes on to a space or one of )|,!{} — there has to be a space before
// the parenthesis of a condition. In quotes of either kind it may be any text,
// with a backslash before characters that would mean something else.
func Parse(text string) (Query, error) {
	if len(text) > maxLength {
		return nil, failed(problem.TooLarge, "the query has %d bytes", len(text)).
			WithHint("at most %d are allowed", maxLength)
	}
	if !utf8.ValidString(text) {
		return nil, failed(problem.Invalid, "the query is not UTF-8").WithHint("send it as UTF-8")
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

// failed makes a problem with the beginning that aptly's clients know.
func failed(kind problem.Kind, format string, args ...any) *problem.Problem {
	return problem.New(kind, "parsing failed: "+format, args...).In("q")
}

// parser goes through the tokens by recursive descent. Depth is handed down so
// that nesting is bounded.
type parser struct {
	lexer
	current token
	word    string // the word before current, if there was one
	terms   int
}

func (p *parser) advance() {
	p.word = p.current.text
	p.current = p.next()
}

// skip takes a symbol if it comes next.
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
			WithHint("at most %d parentheses and exclamation marks may be around a term", maxDepth)
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

// condition reads what stands in parentheses after a word, if anything.
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

// architecture reads what stands in braces after a dependency, if anything.
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

// expecting says what should have come in the place of the current token.
func (p *parser) expecting(what string) error {
	err := failed(problem.Invalid, "unexpected token %s: expecting %s", p.current, what)
	character := utf8.RuneCountInString(p.text[:p.current.at]) + 1
	switch {
	case p.current.kind == unclosed:
		return err.WithHint("close the quote that opens at character %d; a quote inside it needs a backslash before it", character)
	case p.current.kind == endOfQuery:
		return err.WithHint("the query ends too early, at character %d", character)
	case strings.Contains(p.word, "("):
		return err.WithHint("look at character %d, and write a space before the parenthesis in %q", character, shorten(p.word))
	default:
		return err.WithHint("look at character %d; values with spaces or any of ()|,!{} go in quotes", character)
	}
}

// operatorOf knows the single forms, which include equality.
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

// namesField returns the names of fields from those of packages.
func namesField(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return first == '$' || unicode.IsUpper(first) && !strings.Contains(name, "_")
}

// cutExact takes name_version_architecture apart, at the first underscore and
// the last.
func cutExact(text string) (exact Exact, ok bool) {
	first, last := strings.IndexByte(text, '_'), strings.LastIndexByte(text, '_')
	if first == last {
		return exact, false
	}
	return Exact{text[:first], text[first+1 : last], text[last+1:]}, true
}
