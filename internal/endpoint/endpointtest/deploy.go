package endpointtest

import (
	"sync/atomic"
	"testing"

	"github.com/aptarium/aptarium/internal/endpoint"
)

func deployAndLook(t *testing.T, w World) {
	stages := release(t, w, "one", 1)
	var counts []int
	err := w.Place.Deploy(t.Context(), stages, func(done, total int) {
		if total != endpoint.Count(stages) {
			t.Errorf("the total is %d", total)
		}
		counts = append(counts, done)
	})
	if err != nil {
		t.Fatal(err)
	}
	CheckSees(t, w, holding("one"))
	for i, done := range counts {
		if done != i+1 {
			t.Fatalf("progress counts %v", counts)
		}
	}
	if len(counts) != endpoint.Count(stages) {
		t.Errorf("progress was reported %d times for %d files", len(counts), endpoint.Count(stages))
	}
	seen := w.Look(t)
	for _, stage := range stages {
		for _, f := range stage {
			if got := seen[f.Path].Modified; !f.Whole && !got.Equal(f.Modified) {
				t.Errorf("%s is of %v, want %v", f.Path, got, f.Modified)
			}
		}
	}
}

func deployNothing(t *testing.T, w World) {
	Deploy(t, w.Place)
	Deploy(t, w.Place, nil, endpoint.Stage{})
	CheckSees(t, w, map[string]string{})
	Deploy(t, w.Place, endpoint.Stage{File("empty", "", Day(1))}, nil)
	CheckSees(t, w, map[string]string{"empty": ""})
}

func replace(t *testing.T, w World) {
	Deploy(t, w.Place, release(t, w, "one", 1)...)
	Deploy(t, w.Place, release(t, w, "two", 2)...)
	CheckSees(t, w, holding("one", "two"))
}

// order reads the place at each report of progress: with a file of a stage,
// all of the earlier stages must be there, and no file is anything but old or new.
func order(t *testing.T, w World) {
	Deploy(t, w.Place, release(t, w, "one", 1)...)
	stages := release(t, w, "two", 2)
	before, after := holding("one"), holding("one", "two")
	err := w.Place.Deploy(t.Context(), stages, func(int, int) { checkOrder(t, w, stages, before, after) })
	if err != nil {
		t.Fatal(err)
	}
	CheckSees(t, w, after)
}

// checkOrder wants a state between before and after in which no stage has begun
// before the earlier ones are complete.
func checkOrder(t *testing.T, w World, stages []endpoint.Stage, before, after map[string]string) {
	t.Helper()
	seen := w.Look(t)
	incomplete := ""
	for _, stage := range stages {
		missing := ""
		for _, f := range stage {
			got, found := seen[f.Path]
			old, had := before[f.Path]
			switch {
			case found && got.Data == after[f.Path]:
				if incomplete != "" {
					t.Errorf("%s is visible before %s", f.Path, incomplete)
				}
			case found == had && got.Data == old:
				missing = f.Path
			default:
				t.Errorf("%s is neither old nor new: %q", f.Path, got.Data)
			}
		}
		if missing != "" {
			incomplete = missing
		}
	}
}

func repeat(t *testing.T, w World) {
	var opened atomic.Int64
	stages := release(t, w, "one", 1)
	for _, stage := range stages {
		for i := range stage {
			stage[i] = Counted(stage[i], &opened)
		}
	}
	Deploy(t, w.Place, stages...)
	opened.Store(0)
	reported := 0
	if err := w.Place.Deploy(t.Context(), stages, func(done, _ int) { reported = done }); err != nil {
		t.Fatal(err)
	}
	if opened.Load() != 0 || reported != endpoint.Count(stages) {
		t.Errorf("%d files were read again, %d of %d reported", opened.Load(), reported, endpoint.Count(stages))
	}
	CheckSees(t, w, holding("one"))
}

func sameSize(t *testing.T, w World) {
	for day, data := range []string{"aaa", "bbb", "aaa"} {
		f := File("f", data, Day(day+1))
		Deploy(t, w.Place, endpoint.Stage{f})
		if got := w.Look(t)["f"]; got.Data != data || !got.Modified.Equal(f.Modified) {
			t.Errorf("deployed %q of %v, seen %v", data, f.Modified, got)
		}
	}
}

func whole(t *testing.T, w World) {
	one := Whole(t, w.Pool, "pool/a", "the same bytes", Day(1))
	again := Whole(t, w.Pool, "pool/b", "the same bytes", Day(2))
	other := Whole(t, w.Pool, "pool/a", "other bytes", Day(3))
	Deploy(t, w.Place, endpoint.Stage{one, again})
	Deploy(t, w.Place, endpoint.Stage{other})
	CheckSees(t, w, map[string]string{"pool/a": "other bytes", "pool/b": "the same bytes"})
	for _, path := range []string{"pool/a", "pool/b"} {
		if err := w.Place.Remove(t.Context(), []string{path}); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []endpoint.File{one, other} {
		if _, err := w.Pool.Stat(t.Context(), f.SHA256); err != nil {
			t.Errorf("the pool was touched: %v", err)
		}
	}
}

func alike(t *testing.T, w World) {
	hashed := func(day int) endpoint.File { return File("by-hash/1", "packages", Day(day)) }
	index := func(path string, day int) endpoint.File {
		f := File(path, "packages", Day(day))
		f.Like = "by-hash/1"
		return f
	}
	Deploy(t, w.Place, endpoint.Stage{hashed(1), index("same stage", 1)}, endpoint.Stage{index("next stage", 1)})
	Deploy(t, w.Place, endpoint.Stage{index("there already", 1), index("of another day", 2)})
	seen := w.Look(t)
	for path, day := range map[string]int{"by-hash/1": 1, "same stage": 1, "next stage": 1, "there already": 1, "of another day": 2} {
		if got := seen[path]; got.Data != "packages" || !got.Modified.Equal(Day(day)) {
			t.Errorf("%s is %v, want the packages of %v", path, got, Day(day))
		}
	}
	// What is alike is not the same: each is replaced without the other.
	Deploy(t, w.Place, endpoint.Stage{File("same stage", "changed", Day(3))})
	CheckSees(t, w, map[string]string{
		"by-hash/1": "packages", "same stage": "changed", "next stage": "packages", "there already": "packages", "of another day": "packages",
	})
}

func alikeNothing(t *testing.T, w World) {
	f, early := File("f", "data", Day(1)), File("early", "data", Day(1))
	f.Like, early.Like = "nowhere", "late"
	Deploy(t, w.Place, endpoint.Stage{f, early}, endpoint.Stage{File("late", "data", Day(1))})
	CheckSees(t, w, map[string]string{"f": "data", "early": "data", "late": "data"})
}

// alikeOld says that a file is like another whose old content has its time.
func alikeOld(t *testing.T, w World) {
	Deploy(t, w.Place, endpoint.Stage{File("f", "old", Day(1))})
	like := File("like", "new", Day(1))
	like.Like = "f"
	Deploy(t, w.Place, endpoint.Stage{like, File("f", "new", Day(2))})
	CheckSees(t, w, map[string]string{"f": "new", "like": "new"})
}
