package computerquery

import (
	"slices"
	"strings"
)

// Query selects computers. The zero value selects all.
type Query struct {
	// Clauses must all hold.
	Clauses []Clause
}

// Clause holds if one of its conditions does. It is never empty.
type Clause []Condition

// Condition is a term or its negation.
type Condition struct {
	Not  bool
	Term Term
}

// Term is one test of a computer. The meaning of Value depends on Key; [Parse] has checked
// both.
type Term struct {
	// Key is the name of the term, such as "tag" or "disk.size". It is empty for a
	// keyword: part of the title or hostname, in any case.
	Key string
	// Value is the text after the colon without its quotes. For an annotation it is
	// the annotation's key, for a profile its type.
	Value string
	// Text is a part of the annotation's value, or empty if any value is right.
	Text string
	// Number is the value of terms that are numbers, and the id of a profile. It is
	// negative for license-id:none.
	Number int64
	// Status is the status of a profile, such as "compliant", or empty.
	Status string
	// Least and Most are the limits, both included, of a size (bytes), a frequency
	// (hertz) or a capacity (bits per second).
	Least, Most int64
	// Truth is the value of has-pro-management.
	Truth bool
}

// Holds reports whether the query selects a computer; holds reports whether a term holds
// for it. It skips terms that cannot change the result.
func (q Query) Holds(holds func(Term) bool) bool {
	return !slices.ContainsFunc(q.Clauses, func(c Clause) bool {
		return !slices.ContainsFunc(c, func(k Condition) bool { return holds(k.Term) != k.Not })
	})
}

// Searches returns the saved searches that a query refers to, each once, in their order.
func (q Query) Searches() (names []string) {
	for _, clause := range q.Clauses {
		for _, c := range clause {
			if c.Term.Key == "search" && !slices.Contains(names, c.Term.Value) {
				names = append(names, c.Term.Value)
			}
		}
	}
	return names
}

// String returns a text that [Parse] parses to the same query.
func (q Query) String() string {
	clauses := make([]string, len(q.Clauses))
	for i, clause := range q.Clauses {
		conditions := make([]string, len(clause))
		for j, c := range clause {
			conditions[j] = c.String()
		}
		clauses[i] = strings.Join(conditions, " OR ")
	}
	return strings.Join(clauses, " ")
}

// String returns the condition as written in a query.
func (c Condition) String() string {
	if c.Not {
		return "NOT " + c.Term.String()
	}
	return c.Term.String()
}
