// Package spelling finds the word that a misspelt one may have been meant to be, for
// hints in errors.
package spelling

import "strings"

const (
	// near is how many letters may differ.
	near = 2
	// longest is how long words are that are compared, in bytes.
	longest = 50
)

// Nearest returns the first of the words that differs the least from word, whatever the
// case of its letters, and by two letters at most; "" if none is near.
func Nearest(word string, words []string) string {
	best, least := "", near+1
	for _, name := range words {
		if d := Distance(strings.ToLower(word), name); d < least && d < len(name) {
			best, least = name, d
		}
	}
	return best
}

// Distance is how many bytes must be put in, left out or changed to make one word of
// another (Levenshtein). Long words are far from everything.
func Distance(a, b string) int {
	if len(a) > longest || len(b) > longest {
		return longest
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
