// Package pyprint writes JSON values as Python 3 shows them, for programs that
// read what a Python client printed.
//
// [Decode] reads a JSON document, and [Print] lays it out as Python's
// pprint.pprint does with the object that json.loads makes of it: None, True and
// False, strings in the quotes that repr chooses, the keys of a dictionary sorted,
// and whatever is wider than 80 columns on several lines
// (https://docs.python.org/3/library/pprint.html). [Repr] is all of it on one
// line.
//
// What differs: half of a surrogate pair, which is no text, is shown as U+FFFD,
// and a character is escaped if Go's Unicode tables, not Python's, call it
// unprintable: the difference is characters that only one of the two tables knows.
package pyprint
