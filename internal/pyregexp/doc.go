// Package pyregexp matches short texts, such as the names of packages, by regular
// expressions as Python writes them (https://docs.python.org/3/library/re.html).
//
// [Compile] reads one, and [Expression.Match] does what Python's re.match does: the
// match begins where the text begins, and may end before it ends. So "lib"
// matches libfoo and not glib, and "lib$" matches lib alone.
//
// Most expressions are run by package regexp, in time linear in the text. Those
// that it does not know (look-around, references back, conditions, atomic groups)
// are run by an engine that tries all ways, and given up after [MatchTimeout].
// What neither engine knows, such as possessive quantifiers, is refused when it is
// compiled.
package pyregexp
