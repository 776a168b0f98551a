package pyprint

import "math"

// Repr returns a value of [Decode] on one line, however wide.
func Repr(v any) string {
	text, _ := oneLine(v, math.MaxInt)
	return text
}
