// Package spelling suggests corrections of misspelt words, for hints in errors.
package spelling

import "strings"

const (
	// near is the largest distance of a suggestion, in letters.
	near = 2
	// longest is the length of the longest words to compare, in bytes.
	longest = 50
)

// Nearest returns the first of the words with the least distance from word, in any case
// of letters, or "" if all differ by more than two letters.
func Nearest(word string, words []string) string {
	best, least := "", near+1
	for _, name := range words {
		if d := Distance(strings.ToLower(word), name); d < least && d < len(name) {
			best, least = name, d
		}
	}
	return best
}

// Distance returns the number of bytes to insert, delete or change to turn one word into
// the other (Levenshtein). Words of more than 50 bytes are far from every word.
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
