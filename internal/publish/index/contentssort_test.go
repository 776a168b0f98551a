package index

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSortedRunsAreMergedInOrder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := contentsSorter{dir: dir, limit: rapid.IntRange(1, 500).Draw(t, "memory")}
		defer s.close()
		var want []located
		for _, location := range rapid.SliceOfN(rapid.StringMatching(`[a-c]{1,2}`), 0, 9).Draw(t, "locations") {
			paths := rapid.SliceOfN(rapid.StringMatching(`[ab/]{1,8}`), 0, 20).Draw(t, "paths")
			if err := s.add(paths, location); err != nil {
				t.Fatal(err)
			}
			for _, p := range paths {
				want = append(want, located{p, location})
			}
		}
		slices.SortFunc(want, located.compare)
		var got []located
		for l, err := range s.sorted() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, l)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q\nwant %q", got, want)
		}
	})
}

func TestNothingIsLeftOfRunsOnDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := contentsSorter{dir: dir, limit: 1}
	if err := s.add([]string{"a", "b", "c"}, "net/x"); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); len(s.files) != 3 || len(left) > 0 || err != nil {
		t.Errorf("%d runs are in files, of which %d have names, %v", len(s.files), len(left), err)
	}
	s.close()
	for _, f := range s.files {
		if _, err := f.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("a file is open: %v", err)
		}
	}
}

func TestARunThatCannotBeWrittenIsTold(t *testing.T) {
	t.Parallel()
	s := contentsSorter{dir: t.TempDir() + "/none", limit: 1}
	if err := s.add([]string{"a"}, "net/x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestADamagedRunIsTold(t *testing.T) {
	t.Parallel()
	s := contentsSorter{dir: t.TempDir(), limit: 60}
	defer s.close()
	if err := s.add([]string{"usr/bin/a", "usr/bin/b"}, "net/x"); err != nil {
		t.Fatal(err)
	}
	if err := s.files[0].Truncate(5); err != nil {
		t.Fatal(err)
	}
	var failed error
	for _, err := range s.sorted() {
		failed = errors.Join(failed, err)
	}
	if failed == nil || !strings.Contains(failed.Error(), "unexpected EOF") {
		t.Errorf("got %v", failed)
	}
}
