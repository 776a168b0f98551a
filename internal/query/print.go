package query

import (
	"strings"
	"unicode"
)

// binding is the precedence of a query: a part with a lower binding than its surroundings
// is printed in parentheses.
type binding int

const (
	bindsOr binding = iota
	bindsAnd
	bindsNot
	bindsTerm
)

func (q Or) binding() binding         { return bindsOr }
func (q And) binding() binding        { return bindsAnd }
func (q Not) binding() binding        { return bindsNot }
func (q Field) binding() binding      { return bindsTerm }
func (q Dependency) binding() binding { return bindsTerm }
func (q Exact) binding() binding      { return bindsTerm }

func (q Or) String() string  { return join(q, " | ", bindsAnd) }
func (q And) String() string { return join(q, ", ", bindsNot) }
func (q Not) String() string { return "!" + inside(q.Query, bindsNot) }

func (q Field) String() string { return word(q.Name) + q.Condition.suffix() }

func (q Exact) String() string { return word(q.Name + "_" + q.Version + "_" + q.Architecture) }

func (q Dependency) String() string {
	text := word(q.Name) + q.Condition.suffix()
	if q.Architecture != "" {
		text += " {" + word(q.Architecture) + "}"
	}
	return text
}

// suffix returns the condition in the form that follows its word.
func (c Condition) suffix() string {
	if c.Operator == Unconditional {
		return ""
	}
	return " (" + string(c.Operator) + " " + word(c.Value) + ")"
}

// inside returns the text of a part of a query with the binding outer.
func inside(q Query, outer binding) string {
	if q.binding() < outer {
		return "(" + q.String() + ")"
	}
	return q.String()
}

func join(parts []Query, separator string, outer binding) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = inside(part, outer)
	}
	return strings.Join(texts, separator)
}

// word returns a text as one word, in quotes if necessary.
func word(text string) string {
	if text != "" && !strings.ContainsAny(text[:1], wordNeverBegins) &&
		!strings.ContainsAny(text, "("+wordEnds) && !strings.ContainsFunc(text, unicode.IsSpace) {
		return text
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
