//go:build !race

// Under the race detector a sync.Pool drops items at random, so these counts would mean
// nothing.

package compress

import "testing"

func TestMembersDoNotAllocate(t *testing.T) {
	plain := sample()[:100_000]
	for _, f := range written {
		out := make([]byte, 0, 2*len(plain))
		// A garbage collection may empty the pools between two runs.
		if n := testing.AllocsPerRun(50, func() {
			if _, err := AppendMember(out, plain, f); err != nil {
				t.Fatal(err)
			}
		}); n > 2 {
			t.Errorf("%s: %v allocations", f, n)
		}
	}
}
