package db

import (
	"iter"
	"strings"
)

// inSizes are the lengths of the lists of [In]. With a few fixed lengths, the same prepared statements
// work for any number of values; above a hundred, SQLite's search of placeholder names costs more than
// it saves.
var inSizes = [...]int{1, 4, 16, 48, 128}

// In splits values into lists for an IN condition, of at most 128 each. Each iteration returns the
// list's text and its arguments; first is the number of its first placeholder:
//
//	for list, args := range db.In(ids, 2) {
//		rows, err := tx.Query(ctx, `SELECT … WHERE kind = $1 AND id IN `+list, append([]any{kind}, args...)...)
//	}
//
// A list can be padded with its last value, which does not matter for IN. Without values there is no
// iteration.
func In[T any](values []T, first int) iter.Seq2[string, []any] {
	return func(yield func(string, []any) bool) {
		for len(values) > 0 {
			size := inSize(len(values))
			args := make([]any, size)
			for i := range args {
				args[i] = values[min(i, len(values)-1)]
			}
			var list strings.Builder
			placeholders(&list, first, size, false)
			if !yield(list.String(), args) {
				return
			}
			values = values[min(size, len(values)):]
		}
	}
}

// inSize returns the length of the shortest list for n values, or of the longest list.
func inSize(n int) int {
	for _, size := range inSizes {
		if size >= n {
			return size
		}
	}
	return inSizes[len(inSizes)-1]
}
