package computerquery

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aptarium/aptarium/internal/problem"
)

// Limits of a query.
const (
	maxText  = 4096 // bytes
	maxTerms = 200
)

// Parse parses a query. An empty query selects all computers. An error is problem.Invalid
// in the field "query", and names the term and the remedy.
func Parse(text string) (Query, error) {
	switch {
	case len(text) > maxText:
		return Query{}, fault("the query has %d bytes; the limit is %d", len(text), maxText).WithHint("save a part of it as a search, and use search:NAME")
	case !utf8.ValidString(text):
		return Query{}, fault("the query is not UTF-8")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }):
		return Query{}, fault("the query contains control characters")
	}
	tokens, err := split(text)
	if err != nil {
		return Query{}, err
	}
	p := parser{tokens: tokens}
	return p.query()
}

func fault(format string, args ...any) *problem.Problem {
	return problem.New(problem.Invalid, format, args...).In("query")
}

// parser parses tokens from left to right:
//
//	query     = [ clause { [ "AND" ] clause } ]
//	clause    = condition { "OR" condition }
//	condition = { "NOT" } term
type parser struct {
	tokens []token
	terms  int
}

// operator consumes an operator if it is next, and reports whether it did.
func (p *parser) operator(word string) bool {
	if len(p.tokens) == 0 || !p.tokens[0].is(word) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *parser) query() (q Query, err error) {
	for after := ""; len(p.tokens) > 0 || after != ""; {
		clause, err := p.clause(after)
		if err != nil {
			return Query{}, err
		}
		q.Clauses = append(q.Clauses, clause)
		after = ""
		if p.operator("AND") {
			after = "AND"
		}
	}
	return q, nil
}

func (p *parser) clause(after string) (c Clause, err error) {
	for more := true; more; more = p.operator("OR") {
		condition, err := p.condition(after)
		if err != nil {
			return nil, err
		}
		c = append(c, condition)
		after = "OR"
	}
	return c, nil
}

// condition parses a term and the NOTs before it; after is the operator before them.
func (p *parser) condition(after string) (c Condition, err error) {
	for p.operator("NOT") {
		c.Not = !c.Not
		after = "NOT"
	}
	if len(p.tokens) == 0 {
		return c, fault("a term is missing after %s at the end", after)
	}
	next := p.tokens[0]
	if next.is("OR") || next.is("AND") {
		where := "at the start"
		if after != "" {
			where = "after " + after
		}
		return c, fault("%s %s has no term on its left", next.text(), where).WithHint("quote it to search for the word")
	}
	if p.terms++; p.terms > maxTerms {
		return c, fault("the query has more than %d terms", maxTerms).WithHint("save a part of it as a search, and use search:NAME")
	}
	p.tokens = p.tokens[1:]
	c.Term, err = term(next)
	return c, err
}

// shorten quotes a text for an error, and truncates a long one.
func shorten(text string) string {
	const most = 60
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return fmt.Sprintf("%q", text)
}
