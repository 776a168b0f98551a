// Package pyregexp matches short texts, such as package names, against Python's regular
// expressions (https://docs.python.org/3/library/re.html).
//
// [Compile] parses an expression, and [Expression.Match] works like Python's re.match:
// the match starts at the start of the text, and may end before its end. So "lib"
// matches libfoo but not glib, and "lib$" matches only lib.
//
// Package regexp runs most expressions, in time linear in the text. A backtracking
// engine runs the others (look-around, back-references, conditions, atomic groups), and
// stops after [MatchTimeout]. Compile refuses what neither engine supports, such as
// possessive quantifiers.
package pyregexp
