package deb

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// ordered are versions from the oldest to the newest, each with its equals.
var ordered = [][]string{
	{"~~", "0:~~-0"},
	{"~~a"},
	{"~"},
	{"", "0", "0:0", "00-0", "0-", " 0\n"},
	{"0-0.1"},
	{"0a"},
	{"1.0~~-1"},
	{"1.0~beta1-1"},
	{"1.0~beta10-1"},
	{"1.0", "1.0-0", "0:1.0", "01.00-000"},
	{"1.0-1~bpo12+1"},
	{"1.0-1"},
	{"1.0-1+b1"},
	{"1.0-1.1"},
	{"1.0a"},
	{"1.0é"}, // non-ASCII bytes sort between letters and signs
	{"1.0+dfsg"},
	{"1.0-rc-1"},
	{"1.0.1"},
	{"1.9"},
	{"1.10"},
	{"1.18446744073709551616"},
	{"1.18446744073709551617"},
	{"x:1"}, // no digits, so no epoch
	{"2:0"},
	{"10:0", "010:0"},
}

func TestCompareAndSortKeyFollowDpkgsOrder(t *testing.T) {
	t.Parallel()
	for i, equals := range ordered {
		for j, others := range ordered {
			for _, a := range equals {
				for _, b := range others {
					want := sign(i - j)
					if got := Compare(a, b); got != want {
						t.Errorf("Compare(%q, %q) = %d, want %d", a, b, got, want)
					}
					if got := bytes.Compare(SortKey(a), SortKey(b)); got != want {
						t.Errorf("SortKey: %q to %q = %d, want %d", a, b, got, want)
					}
				}
			}
		}
	}
}

func TestSortKeyKeepsTheOrderOfVeryLongNumbers(t *testing.T) {
	t.Parallel()
	nines := func(n int) string { return "1." + string(bytes.Repeat([]byte("9"), n)) + "a" }
	for _, n := range []int{1, 253, 254, 255, 256, 509, 510, 511, 1000} {
		if a, b := nines(n), nines(n+1); Compare(a, b) != -1 || bytes.Compare(SortKey(a), SortKey(b)) != -1 {
			t.Errorf("%d digits do not sort before %d", n, n+1)
		}
	}
}

// anyVersion generates texts of few characters, so that equal beginnings and equal
// versions are common.
func anyVersion() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringOfN(rapid.SampledFrom([]rune("0019aB.+~-: é")), 0, 12, -1),
		rapid.String(),
	)
}

func TestSortKeyHasTheOrderOfCompare(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyVersion().Draw(t, "a"), anyVersion().Draw(t, "b")
		checkOrder(t, a, b)
	})
}

func TestCompareIsATotalOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		three := []string{anyVersion().Draw(t, "a"), anyVersion().Draw(t, "b"), anyVersion().Draw(t, "c")}
		slices.SortFunc(three, Compare)
		if Compare(three[0], three[1]) > 0 || Compare(three[1], three[2]) > 0 || Compare(three[0], three[2]) > 0 {
			t.Fatalf("%q are not in order", three)
		}
	})
}

func FuzzSortKey(f *testing.F) {
	for i := range ordered {
		for _, a := range ordered[i] {
			f.Add(a, ordered[(i+1)%len(ordered)][0])
		}
	}
	f.Fuzz(func(t *testing.T, a, b string) { checkOrder(t, a, b) })
}

func checkOrder(t interface{ Fatalf(string, ...any) }, a, b string) {
	got := Compare(a, b)
	if back := Compare(b, a); back != -got {
		t.Fatalf("Compare(%q, %q) = %d, but %d the other way", a, b, got, back)
	}
	if keys := bytes.Compare(SortKey(a), SortKey(b)); keys != got {
		t.Fatalf("%q to %q: Compare says %d, their keys %d", a, b, got, keys)
	}
}

func TestCompareDoesNotAllocate(t *testing.T) {
	a, b := "1:2.36-9+deb12u10", "1:2.36-9+deb12u9"
	key := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() {
		Compare(a, b)
		key = AppendSortKey(key[:0], a)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCompare(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Compare("1:2.36-9+deb12u10", "1:2.36-9+deb12u9")
	}
}

func BenchmarkSortKey(b *testing.B) {
	b.ReportAllocs()
	var key []byte
	for b.Loop() {
		key = AppendSortKey(key[:0], "1:2.36-9+deb12u10")
	}
}
