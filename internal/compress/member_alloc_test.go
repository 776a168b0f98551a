//go:build !race

// Under the race detector a sync.Pool drops items at random, so that what is
// counted here would mean nothing.

package compress

import "testing"

func TestMembersDoNotAllocate(t *testing.T) {
	plain := sample()[:100_000]
	for _, f := range written {
		out := make([]byte, 0, 2*len(plain))
		// The pools may lose an encoder to a collection between two runs.
		if n := testing.AllocsPerRun(50, func() {
			if _, err := AppendMember(out, plain, f); err != nil {
				t.Fatal(err)
			}
		}); n > 2 {
			t.Errorf("%s: %v allocations", f, n)
		}
	}
}
