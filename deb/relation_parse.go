package deb

import (
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// ParseRelations reads a relationship field: Depends, Provides, Conflicts,
// Build-Depends, Built-Using and the like (policy 7.1), folded or not.
//
// It reads as dpkg does: "<" and ">" without a second character are the
// deprecated forms of "<=" and ">=", and a version without operator asks for
// that version. Groups may be empty, so that a comma may end a field, but
// alternatives may not. An error is a problem of kind Invalid that tells the
// byte offset in the field.
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
		if p.take(',') {
			continue
		}
		start := len(shared)
		for more := true; more; more = p.take('|') {
			r, err := p.relation()
			if err != nil {
				return nil, err
			}
			shared = append(shared, r)
		}
		relations = append(relations, Alternatives(shared[start:len(shared):len(shared)]))
		if p.at < len(p.text) && !p.take(',') {
			return nil, p.fault("%q, where a comma or | belongs", p.text[p.at])
		}
	}
}

// relationParser goes through a field from left to right.
type relationParser struct {
	text string
	at   int
}

// relation reads one relation and the spaces around it.
func (p *relationParser) relation() (r Relation, err error) {
	p.skipSpaces()
	if r.Name = p.word("+-._"); !DpkgTakesName(r.Name) {
		p.at -= len(r.Name)
		return r, p.fault("no package name")
	}
	if p.take(':') {
		if r.Qualifier = p.word("-"); r.Qualifier == "" {
			return r, p.fault("no architecture after the colon")
		}
	}
	p.skipSpaces()
	if p.take('(') {
		if r.Constraint, err = p.constraint(); err != nil {
			return r, err
		}
	}
	if p.take('[') {
		if r.Architectures, err = p.list(']', "-"); err != nil {
			return r, err
		}
		if err := p.sameSign(r.Architectures); err != nil {
			return r, err
		}
	}
	for p.take('<') {
		profiles, err := p.list('>', "+-._")
		if err != nil {
			return r, err
		}
		r.Profiles = append(r.Profiles, profiles)
	}
	return r, nil
}

// constraint reads what follows a parenthesis, and the closing one.
func (p *relationParser) constraint() (c VersionConstraint, err error) {
	p.skipSpaces()
	if c.Operator, err = p.operator(); err != nil {
		return c, err
	}
	p.skipSpaces()
	if c.Version = p.word("+-.~:"); c.Version == "" {
		return c, p.fault("no version")
	}
	p.skipSpaces()
	if !p.take(')') {
		return c, p.fault("no closing parenthesis after the version")
	}
	p.skipSpaces()
	return c, nil
}

// operator reads as dpkg does: of "<" and ">", alone or doubled or with "=".
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
		return Any, p.fault("the unknown operator %.10q", text)
	}
}

// list reads words, each maybe after "!", through the closing bracket.
func (p *relationParser) list(closing byte, others string) (words []string, err error) {
	for {
		p.skipSpaces()
		if p.take(closing) {
			p.skipSpaces()
			if len(words) == 0 {
				return nil, p.fault("an empty list before it")
			}
			return words, nil
		}
		start := p.at
		p.take('!')
		if p.word(others) == "" {
			return nil, p.fault("no word of a list that %q ends", closing)
		}
		words = append(words, p.text[start:p.at])
	}
}

// sameSign refuses lists that mix "!" and plain names (policy 7.1).
func (p *relationParser) sameSign(architectures []string) error {
	for _, a := range architectures {
		if (a[0] == '!') != (architectures[0][0] == '!') {
			return p.fault("a list before it that has ! on some architectures only")
		}
	}
	return nil
}

// word takes letters, digits and others, as many as come.
func (p *relationParser) word(others string) string {
	rest := p.text[p.at:]
	if end := indexOutside(rest, others); end >= 0 {
		rest = rest[:end]
	}
	p.at += len(rest)
	return rest
}

// take takes one character if it comes next.
func (p *relationParser) take(c byte) bool {
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
