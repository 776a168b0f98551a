package deb

import (
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// ParseRelations parses a relationship field such as Depends, Provides, Conflicts,
// Build-Depends or Built-Using (policy 7.1), folded or not.
//
// It follows dpkg: "<" and ">" alone are the deprecated forms of "<=" and ">=", and
// a version without operator must be equal. Groups may be empty, so a comma may end
// a field; alternatives may not. An error is a problem of kind Invalid with the byte
// offset in the field.
func ParseRelations(field string) (Relations, error) {
	p := relationParser{text: field}
	groups := 1 + strings.Count(field, ",")
	relations := make(Relations, 0, groups)
	// All relations share one array: most groups are of one.
	shared := make([]Relation, 0, groups+strings.Count(field, "|"))
	for {
		p.skipSpaces()
		if p.at == len(p.text) {
			return relations, nil
		}
		if p.accept(',') {
			continue
		}
		start := len(shared)
		for more := true; more; more = p.accept('|') {
			r, err := p.relation()
			if err != nil {
				return nil, err
			}
			shared = append(shared, r)
		}
		relations = append(relations, Alternatives(shared[start:len(shared):len(shared)]))
		if p.at < len(p.text) && !p.accept(',') {
			return nil, p.fault("found %q instead of a comma or |", p.text[p.at])
		}
	}
}

// relationParser reads a field from left to right.
type relationParser struct {
	text string
	at   int
}

// relation reads one relation and the spaces around it.
func (p *relationParser) relation() (r Relation, err error) {
	p.skipSpaces()
	if r.Name = p.word("+-._"); !DpkgAcceptsName(r.Name) {
		p.at -= len(r.Name)
		return r, p.fault("a package name is missing")
	}
	if p.accept(':') {
		if r.Qualifier = p.word("-"); r.Qualifier == "" {
			return r, p.fault("the architecture after the colon is missing")
		}
	}
	p.skipSpaces()
	if p.accept('(') {
		if r.Constraint, err = p.constraint(); err != nil {
			return r, err
		}
	}
	if p.accept('[') {
		if r.Architectures, err = p.list(']', "-"); err != nil {
			return r, err
		}
		if err := p.sameSign(r.Architectures); err != nil {
			return r, err
		}
	}
	for p.accept('<') {
		profiles, err := p.list('>', "+-._")
		if err != nil {
			return r, err
		}
		r.Profiles = append(r.Profiles, profiles)
	}
	return r, nil
}

// constraint reads the text after an opening parenthesis, through the closing one.
func (p *relationParser) constraint() (c VersionConstraint, err error) {
	p.skipSpaces()
	if c.Operator, err = p.operator(); err != nil {
		return c, err
	}
	p.skipSpaces()
	if c.Version = p.word("+-.~:"); c.Version == "" {
		return c, p.fault("a version is missing")
	}
	p.skipSpaces()
	if !p.accept(')') {
		return c, p.fault("the closing parenthesis after the version is missing")
	}
	p.skipSpaces()
	return c, nil
}

// operator reads an operator, or none, as dpkg does.
func (p *relationParser) operator() (Operator, error) {
	start := p.at
	for p.at < len(p.text) && strings.IndexByte("<>=", p.text[p.at]) >= 0 {
		p.at++
	}
	switch text := p.text[start:p.at]; text {
	case "", "=":
		return Equal, nil
	case "<<", "<=", ">=", ">>":
		return Operator(text), nil
	case "<":
		return EarlierOrEqual, nil
	case ">":
		return LaterOrEqual, nil
	default:
		p.at = start
		return Any, p.fault("unknown operator %.10q", text)
	}
}

// list reads words, each with or without a "!" before it, through the closing bracket.
func (p *relationParser) list(closing byte, others string) (words []string, err error) {
	for {
		p.skipSpaces()
		if p.accept(closing) {
			p.skipSpaces()
			if len(words) == 0 {
				return nil, p.fault("the list before it is empty")
			}
			return words, nil
		}
		start := p.at
		p.accept('!')
		if p.word(others) == "" {
			return nil, p.fault("a word or %q is missing", closing)
		}
		words = append(words, p.text[start:p.at])
	}
}

// sameSign refuses lists that mix "!" and plain names (policy 7.1).
func (p *relationParser) sameSign(architectures []string) error {
	for _, a := range architectures {
		if (a[0] == '!') != (architectures[0][0] == '!') {
			return p.fault("the list before it has ! on some architectures only; put it before all or none")
		}
	}
	return nil
}

// word reads as many letters, digits and characters of others as follow.
func (p *relationParser) word(others string) string {
	rest := p.text[p.at:]
	if end := indexOutside(rest, others); end >= 0 {
		rest = rest[:end]
	}
	p.at += len(rest)
	return rest
}

// accept consumes c if it comes next, and reports whether it did.
func (p *relationParser) accept(c byte) bool {
	if p.at == len(p.text) || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *relationParser) skipSpaces() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *relationParser) fault(format string, args ...any) error {
	return problem.New(problem.Invalid, "at byte %d of %.60q: "+format, append([]any{p.at, p.text}, args...)...)
}
