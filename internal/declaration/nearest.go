package declaration

import (
	"slices"
	"strings"
)

// nearest gives the name that was probably meant: one that differs by two letters
// at most, or of which the word is a part; "" if none is near.
func nearest(word string, names []string) string {
	plain := strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(word))
	best, least := "", 3
	for _, name := range names {
		if d := distance(plain, name); d < least && d < len(name) {
			best, least = name, d
		}
	}
	if best != "" || len(plain) < 3 {
		return best
	}
	i := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, plain) || strings.HasPrefix(plain, name) })
	if i < 0 {
		return ""
	}
	return names[i]
}

// distance is how many letters must be put in, left out or changed to make one
// word of another (Levenshtein). Long words are far from everything.
func distance(a, b string) int {
	if len(a) > 50 || len(b) > 50 {
		return 50
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
