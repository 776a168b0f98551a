package computerquery

import (
	"slices"
	"strings"
)

// Query chooses computers. The zero value chooses all.
type Query struct {
	// Clauses must all hold.
	Clauses []Clause
}

// Clause holds if one of its conditions does. It is never empty.
type Clause []Condition

// Condition is a term, or that it does not hold.
type Condition struct {
	Not  bool
	Term Term
}

// Term is one thing that is asked of a computer. What its Value means depends on its
// Key; [Parse] has checked it.
type Term struct {
	// Key names the term as it is written, such as "tag" or "disk.size"; it is empty
	// for a keyword, which is looked for in title and hostname without regard to case.
	Key string
	// Value is the text after the colon without its quotes. For an annotation it is
	// the annotation's key, for a profile its type.
	Value string
	// Text is what the value of the annotation must contain; empty if it is enough
	// that the computer has one.
	Text string
	// Number is the value of terms that are numbers, and the id of a profile. It is
	// negative for license-id:none.
	Number int64
	// Status is that of a profile, if the term asks for one, such as "compliant".
	Status string
	// Least and Most bound the value of a size (bytes), a frequency (hertz) or a
	// capacity (bits a second), both included.
	Least, Most int64
	// Truth is the value of has-pro-management.
	Truth bool
}

// Holds reports whether a computer is chosen, of which holds reports whether a term holds.
// It is not called for terms that can change nothing any more.
func (q Query) Holds(holds func(Term) bool) bool {
	return !slices.ContainsFunc(q.Clauses, func(c Clause) bool {
		return !slices.ContainsFunc(c, func(k Condition) bool { return holds(k.Term) != k.Not })
	})
}

// Searches lists the saved searches that a query refers to, each once, in the order
// in which they appear.
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

// String writes the query so that [Parse] reads the same from it.
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

// String writes the condition as it stands in a query.
func (c Condition) String() string {
	if c.Not {
		return "NOT " + c.Term.String()
	}
	return c.Term.String()
}
