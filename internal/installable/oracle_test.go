package installable_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/installable"
)

// toy is a package of a toy archive: names are small numbers, there is one version.
type toy struct {
	needs     [][]int // groups of names
	conflicts []int
	provides  int // a name without a package of its own; other numbers are none
}

const (
	toys    = 7 // packages
	virtual = 2 // names that are only provided: toys, toys+1
)

func drawToys(t *rapid.T) []toy {
	name := rapid.IntRange(0, toys+virtual-1)
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) toy {
		return toy{
			needs:     rapid.SliceOfN(rapid.SliceOfN(name, 1, 3), 0, 3).Draw(t, "needs"),
			conflicts: rapid.SliceOfN(name, 0, 2).Draw(t, "conflicts"),
			provides:  rapid.IntRange(toys-1, toys+virtual-1).Draw(t, "provides"),
		}
	}), toys, toys).Draw(t, "packages")
}

func toyName(n int) string { return fmt.Sprintf("n%d", n) }

// line writes a toy as archive.lines reads it.
func (p toy) line(n int) string {
	join := func(numbers []int, separator string) string {
		texts := make([]string, len(numbers))
		for i, number := range numbers {
			texts[i] = toyName(number)
		}
		return strings.Join(texts, separator)
	}
	groups := make([]string, len(p.needs))
	for i, g := range p.needs {
		groups[i] = join(g, " | ")
	}
	line := fmt.Sprintf("%s 1; Depends: %s; Conflicts: %s", toyName(n), strings.Join(groups, ", "), join(p.conflicts, ", "))
	if p.provides >= toys {
		line += "; Provides: " + toyName(p.provides)
	}
	return line
}

// is reports whether a package is or provides a name.
func is(packages []toy, p, name int) bool {
	return p == name || name >= toys && packages[p].provides == name
}

// sound reports whether a set of packages, by bits, may be installed together.
func sound(packages []toy, set int) bool {
	has := func(name, but int) bool {
		for p := range packages {
			if set&(1<<p) != 0 && p != but && is(packages, p, name) {
				return true
			}
		}
		return false
	}
	for p, x := range packages {
		if set&(1<<p) == 0 {
			continue
		}
		if slices.ContainsFunc(x.conflicts, func(name int) bool { return has(name, p) }) {
			return false
		}
		for _, group := range x.needs {
			if !slices.ContainsFunc(group, func(name int) bool { return has(name, -1) }) {
				return false
			}
		}
	}
	return true
}

// TestCompareAgreesWithTryingEverything compares with a look at every set of
// packages that there is.
func TestCompareAgreesWithTryingEverything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		packages := drawToys(t)
		a := newArchive()
		var all []installable.Package
		for n, p := range packages {
			all = append(all, a.lines(t, p.line(n))...)
		}
		r, err := a.library.Compare(t.Context(), nil, all, "amd64", installable.Options{})
		if err != nil {
			t.Fatal(err)
		}
		broken := map[uint32]bool{}
		for _, b := range r.Broken {
			broken[b.ID] = true
			if b.Reason.Undecided {
				t.Fatalf("not decided: %s", a.tell(r))
			}
		}
		for p := range packages {
			possible := false
			for set := range 1 << toys {
				possible = possible || set&(1<<p) != 0 && sound(packages, set)
			}
			if possible == broken[uint32(p)] {
				t.Fatalf("%s can be installed: %v; told:\n%s", toyName(p), possible, a.tell(r))
			}
		}
		checkReasons(t, a, packages, r)
	})
}

// checkReasons follows the chains: each needs the next, and at the end is what
// cannot be.
func checkReasons(t *rapid.T, a *archive, packages []toy, r installable.Result) {
	needs := func(p, q uint32) bool {
		return slices.ContainsFunc(packages[p].needs, func(group []int) bool {
			return slices.ContainsFunc(group, func(name int) bool { return is(packages, int(q), name) })
		})
	}
	for _, b := range r.Broken {
		for _, chain := range [][]uint32{b.Reason.Chain, b.Reason.Against} {
			for i := range chain {
				if i == 0 && chain[0] != b.ID || i > 0 && !needs(chain[i-1], chain[i]) {
					t.Fatalf("no chain from %s: %s", a.labels[b.ID], a.chain(chain))
				}
			}
		}
		if len(b.Reason.Chain) == 0 {
			t.Fatalf("no chain: %s", a.tell(r))
		}
		end := packages[b.Reason.Chain[len(b.Reason.Chain)-1]]
		if b.Reason.Field == "Conflicts" {
			against := b.Reason.Against[len(b.Reason.Against)-1]
			if !slices.ContainsFunc(end.conflicts, func(name int) bool { return is(packages, int(against), name) }) {
				t.Fatalf("no conflict: %s", a.tell(r))
			}
		}
	}
}
