package db

import (
	"iter"
	"strings"
)

// inSizes are the lengths of the lists that [In] makes. A few fixed lengths
// let the same prepared statements serve any number of values; past a hundred
// SQLite's walk along the placeholders' names costs more than it saves.
var inSizes = [...]int{1, 4, 16, 48, 128}

// In cuts values into lists for an IN condition, at most 128 to a statement.
// Each turn gives the list's text and its arguments; first is the number of
// its first placeholder:
//
//	for list, args := range db.In(ids, 2) {
//		rows, err := tx.Query(ctx, `SELECT … WHERE kind = $1 AND id IN `+list, append([]any{kind}, args...)...)
//	}
//
// A list may be filled up with repetitions of its last value, which changes
// nothing for IN. No values give no turn.
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

// inSize is the shortest list that holds n values, or the longest there is.
func inSize(n int) int {
	for _, size := range inSizes {
		if size >= n {
			return size
		}
	}
	return inSizes[len(inSizes)-1]
}
