package bitset

import (
	"bytes"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func sets() *rapid.Generator[Set] {
	return rapid.Custom(func(t *rapid.T) Set {
		near := rapid.SliceOfN(rapid.Uint32Range(0, 300), 0, 60).Draw(t, "near")
		far := rapid.SliceOfN(rapid.Uint32(), 0, 5).Draw(t, "far")
		return Of(append(near, far...)...)
	})
}

func TestLawsOfSets(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := sets().Draw(t, "a"), sets().Draw(t, "b"), sets().Draw(t, "c")
		law := func(name string, x, y Set) {
			if !x.Equal(y) {
				t.Fatalf("%s does not hold", name)
			}
		}
		law("a ∪ b = b ∪ a", a.Union(b), b.Union(a))
		law("a ∩ (b ∪ c) = (a ∩ b) ∪ (a ∩ c)", a.Intersect(b.Union(c)), a.Intersect(b).Union(a.Intersect(c)))
		law("a − (b ∪ c) = (a − b) ∩ (a − c)", a.Minus(b.Union(c)), a.Minus(b).Intersect(a.Minus(c)))
		law("(a − b) ∪ (a ∩ b) = a", a.Minus(b).Union(a.Intersect(b)), a)
		law("a with the way from a to b is b", a.Apply(b.Minus(a), a.Minus(b)), b)
		if a.Union(b).Len() != a.Len()+b.Len()-a.Intersect(b).Len() {
			t.Fatal("|a ∪ b| = |a| + |b| − |a ∩ b| does not hold")
		}
		for n := range a.Minus(b).All() {
			if !a.Contains(n) || b.Contains(n) {
				t.Fatalf("%d is in the difference", n)
			}
		}
	})
}

func TestStoredFormIsExactAndStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := sets().Draw(t, "s")
		data := s.Encode()
		back, err := Decode(data)
		if err != nil || !back.Equal(s) || !bytes.Equal(back.Encode(), data) {
			t.Fatalf("stored form: %v", err)
		}
		if _, err := Decode(append(data, 0)); err == nil {
			t.Fatal("trailing bytes were taken")
		}
	})
}

func TestOperationsLeaveTheirSetsAlone(t *testing.T) {
	t.Parallel()
	a, b := Of(1, 2, 3), Of(3, 4)
	a.Union(b)
	a.Minus(b)
	a.Apply(b, a)
	if got := slices.Collect(a.All()); !slices.Equal(got, []uint32{1, 2, 3}) {
		t.Errorf("a became %v", got)
	}
	var zero Set
	if !zero.IsEmpty() || zero.Len() != 0 || zero.Contains(0) || !zero.Equal(Of()) || !zero.Union(a).Equal(a) {
		t.Error("the zero set is the empty set")
	}
}

func TestDamagedSetsAreRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		data := sets().Draw(t, "set").Encode()
		at, mask := rapid.IntRange(0, len(data)-1).Draw(t, "at"), rapid.ByteMin(1).Draw(t, "mask")
		cut := rapid.IntRange(1, len(data)-1).Draw(t, "cut")
		data[at] ^= mask
		if _, err := Decode(data); err == nil {
			t.Fatalf("byte %d was changed", at)
		}
		data[at] ^= mask
		if _, err := Decode(data[:cut]); err == nil {
			t.Fatalf("cut to %d bytes", cut)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(Of(1, 2, 70000).Encode())
	f.Add([]byte{0x3a, 0x30})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := Decode(data)
		if err == nil && len(data) > 0 && !bytes.Equal(s.Encode(), data) {
			t.Errorf("%x was taken for %v", data, s)
		}
	})
}

func BenchmarkDifferenceOf60kMembers(b *testing.B) {
	var from, to Builder
	for n := range uint32(60000) {
		from.Add(n)
		if n != 30000 {
			to.Add(n)
		}
	}
	a, c := from.Set(), to.Set()
	for b.Loop() {
		if a.Minus(c).Len() != 1 {
			b.Fatal("wrong")
		}
	}
}
