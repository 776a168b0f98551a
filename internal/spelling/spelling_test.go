package spelling_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/spelling"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"mirror", "repo", "snapshot", "id"}
	for word, want := range map[string]string{
		"miror": "mirror", "Mirror": "mirror", "mirrors": "mirror", "repos": "repo", "sanpshot": "snapshot",
		"nothing": "", "xy": "", "": "", strings.Repeat("mirror", 20): "",
	} {
		if got := spelling.Nearest(word, words); got != want {
			t.Errorf("%q is %q, not %q", word, got, want)
		}
	}
}

// TestDistance checks that the distance is at most the number of changes, 0 from the word
// itself, and symmetric.
func TestDistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z]{0,30}`).Draw(t, "word")
		other, changes := word, rapid.IntRange(0, 4).Draw(t, "changes")
		for range changes {
			at := rapid.IntRange(0, len(other)).Draw(t, "at")
			if rapid.Bool().Draw(t, "in") || at == len(other) {
				other = other[:at] + "x" + other[at:]
			} else {
				other = other[:at] + other[at+1:]
			}
		}
		d := spelling.Distance(word, other)
		if d > changes || d != spelling.Distance(other, word) || (d == 0) != (word == other) {
			t.Fatalf("%q and %q differ by %d", word, other, d)
		}
	})
}
