package closure_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/closure"
	"github.com/aptarium/aptarium/internal/problem"
)

func TestWhatSeedsNeed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		world, seeds, want string
		options            closure.Options
	}{
		"a chain, of Depends and Pre-Depends": {
			world: "a 1 amd64; Depends: b\n b 1 amd64; Pre-Depends: c\n c 1 all\n d 1 amd64", seeds: "a_1_amd64", want: "b_1_amd64 c_1_all",
		},
		"a circle": {world: "a 1 amd64; Depends: b\n b 1 amd64; Depends: a", seeds: "a_1_amd64", want: "b_1_amd64"},
		"seeds are not needed besides": {
			world: "a 1 amd64; Depends: b\n b 1 amd64", seeds: "b_1_amd64 a_1_amd64 a_1_amd64", want: "",
		},
		"the newest version that the relation admits": {
			world: "a 1 amd64; Depends: b (<< 3)\n b 1 amd64\n b 10~ amd64\n b 2 amd64", seeds: "a_1_amd64", want: "b_2_amd64",
		},
		"a version that is there will do": {
			world: "a 1 amd64; Depends: b\n b 1 amd64\n b 2 amd64", seeds: "a_1_amd64 b_1_amd64", want: "",
		},
		"each alternative that there is": {
			world: "a 1 amd64; Depends: x | b | c\n b 1 amd64\n c 1 amd64", seeds: "a_1_amd64", want: "b_1_amd64 c_1_amd64",
		},
		"a later alternative that is there": {
			world: "a 1 amd64; Depends: b | c\n b 1 amd64\n c 1 amd64", seeds: "a_1_amd64 c_1_amd64", want: "",
		},
		"each alternative, if none is there": {
			world: "a 1 amd64; Depends: x | b | v, c | d | e\n b 1 amd64\n b 2 amd64\n v 1 amd64\n c 1 amd64\n d 1 amd64\n e 1 amd64; Provides: b",
			seeds: "a_1_amd64 d_1_amd64", want: "b_2_amd64 v_1_amd64",
		},
		"each alternative that another one does not provide": {
			world: "a 1 amd64; Depends: b | c\n b 1 amd64; Provides: c\n c 1 amd64", seeds: "a_1_amd64", want: "b_1_amd64",
		},
		"all alternatives and versions on demand": {
			world: "a 1 amd64; Depends: b | v\n b 1 amd64\n b 2 amd64\n c 1 amd64; Provides: v", seeds: "a_1_amd64",
			want: "b_1_amd64 b_2_amd64 c_1_amd64", options: closure.Options{AllVariants: true},
		},
		"a package of the name before a provider": {
			world: "a 1 amd64; Depends: v\n b 1 amd64; Provides: v\n v 1 amd64", seeds: "a_1_amd64", want: "v_1_amd64",
		},
		"one provider, by name": {
			world: "a 1 amd64; Depends: v\n c 1 amd64; Provides: v\n b 1 amd64; Provides: v", seeds: "a_1_amd64", want: "b_1_amd64",
		},
		"a version of what is provided": {
			world: "a 1 amd64; Depends: v (>= 2)\n b 9 amd64; Provides: v\n c 9 amd64; Provides: v (= 1)\n d 1 amd64; Provides: v (= 2)",
			seeds: "a_1_amd64", want: "d_1_amd64",
		},
		"of the same architecture": {
			world: "a 1 amd64; Depends: b\n b 2 i386\n b 1 amd64", seeds: "a_1_amd64", want: "b_1_amd64",
		},
		"each architecture on its own": {
			world: "a 1 all; Depends: b\n b 1 amd64; Depends: c\n b 1 i386; Depends: c\n c 1 all; Depends: d\n d 1 i386\n d 1 amd64",
			seeds: "a_1_all", want: "b_1_amd64 b_1_i386 c_1_all d_1_i386 d_1_amd64", options: closure.Options{Architectures: []string{"amd64", "i386"}},
		},
		"other architectures are left out": {
			world: "a 1 amd64; Depends: b\n a 1 i386; Depends: b\n b 1 amd64\n b 1 i386", seeds: "a_1_amd64 a_1_i386", want: "b_1_amd64",
			options: closure.Options{Architectures: []string{"amd64"}},
		},
		"any architecture that is followed, the own one first": {
			world: "a 1 amd64; Depends: b:any, c:any\n b 9 i386\n b 1 amd64\n c 1 i386\n c 2 arm64", seeds: "a_1_amd64", want: "b_1_amd64 c_1_i386",
			options: closure.Options{Architectures: []string{"amd64", "i386"}},
		},
		"an architecture by name": {
			world: "a 1 amd64; Depends: b:i386\n b 1 i386; Depends: c\n c 1 i386\n c 1 amd64", seeds: "a_1_amd64", want: "b_1_i386 c_1_i386",
		},
		"restrictions to architectures and profiles": {
			world: "a 1 amd64; Depends: x [i386], b [linux-any], y <cross>, c <!cross>\n b 1 amd64\n c 1 amd64", seeds: "a_1_amd64", want: "b_1_amd64 c_1_amd64",
		},
		"recommended and suggested on demand": {
			world: "a 1 amd64; Recommends: b; Suggests: c\n b 1 amd64\n c 1 amd64", seeds: "a_1_amd64", want: "b_1_amd64 c_1_amd64",
			options: closure.Options{Recommends: true, Suggests: true},
		},
		"neither otherwise": {
			world: "a 1 amd64; Recommends: b; Suggests: c\n b 1 amd64\n c 1 amd64", seeds: "a_1_amd64", want: "",
		},
		"sources of all on demand": {
			world: "a 1 amd64; Source: s (0:1); Depends: b\n b 2 amd64\n s 1 source\n b 1 source\n b 2 source; Depends: a",
			seeds: "a_1_amd64", want: "b_2_amd64 s_1_source b_2_source", options: closure.Options{Source: true},
		},
		"a source satisfies no relation": {
			world: "a 1 amd64; Depends: b | c\n b 1 source\n c 1 amd64", seeds: "a_1_amd64", want: "c_1_amd64",
		},
		"packages of the installer keep to themselves": {
			world: "a 1 amd64; Depends: b; Package-Type: udeb\n b 2 amd64\n b 1 amd64; Package-Type: udeb", seeds: "a_1_amd64", want: "b_1_amd64",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := lines(t, c.world)
			got, err := closure.Of(t.Context(), w, w.ids(t, c.seeds), c.options)
			if err != nil || got.MissingCount != 0 {
				t.Fatalf("%+v, %v", got.Missing, err)
			}
			if diff := cmp.Diff(c.want, w.labels(got.Needed)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsPresentSatisfiesAndIsNotFollowed(t *testing.T) {
	t.Parallel()
	w := lines(t, "a 1 amd64; Depends: b, d\n b 1 amd64; Depends: c\n b 2 amd64; Depends: c\n c 1 amd64\n d 1 amd64")
	got, err := closure.Of(t.Context(), w, w.ids(t, "a_1_amd64"), closure.Options{Present: set{1: true}})
	if want := "d_1_amd64"; err != nil || w.labels(got.Needed) != want {
		t.Errorf("%s, %v, want %s", w.labels(got.Needed), err, want)
	}
}

func TestWhatIsMissingIsToldWithItsChain(t *testing.T) {
	t.Parallel()
	w := lines(t, `a 1 amd64; Depends: b
		b 1 all; Depends: x (>= 2) | y:any, c
		c 1 amd64; Pre-Depends: (oops; Recommends: z
		x 1 amd64`)
	got, err := closure.Of(t.Context(), w, w.ids(t, "a_1_amd64"), closure.Options{Recommends: true, Source: true, MaxMissing: 4})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, m := range got.Missing {
		var chain []string
		for _, p := range m.Chain {
			chain = append(chain, p.Name)
		}
		said = append(said, fmt.Sprintf("%s for %s: %s %s %t", strings.Join(chain, ">"), m.Architecture, m.Field, m.Relation, m.Malformed))
	}
	want := []string{
		"a for amd64: Source a (= 1) false",
		"a>b for amd64: Depends x (>= 2) | y:any false",
		"a>b for amd64: Source b (= 1) false",
		"a>b>c for amd64: Pre-Depends (oops true",
	}
	if diff := cmp.Diff(want, said); diff != "" || got.MissingCount != 6 {
		t.Errorf("%d missing\n%s", got.MissingCount, diff)
	}
}

func TestSeedsForAllNeedAnArchitecture(t *testing.T) {
	t.Parallel()
	w := lines(t, "a 1 all; Depends: b\n b 1 amd64\n s 1 source")
	if _, err := closure.Of(t.Context(), w, w.ids(t, "a_1_all"), closure.Options{}); !problem.Is(err, problem.Invalid) {
		t.Errorf("%v", err)
	}
	if got, err := closure.Of(t.Context(), w, w.ids(t, "s_1_source"), closure.Options{}); err != nil || len(got.Needed) > 0 {
		t.Errorf("of a source alone: %+v, %v", got, err)
	}
}

func TestAWalkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := lines(t, "a 1 amd64; Depends: b\n b 1 amd64")
	over := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(over)
	if _, err := closure.Of(ctx, w, w.ids(t, "a_1_amd64"), closure.Options{}); !errors.Is(err, over) {
		t.Errorf("%v", err)
	}
}

// TestClosuresAreClosed: with what was found, nothing more is needed, all that
// is still missing was missing before, and each name was looked for once.
func TestClosuresAreClosed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		name := rapid.SampledFrom(strings.Split("abcdefgh", ""))
		for i := range rapid.IntRange(1, 12).Draw(t, "packages") {
			fmt.Fprintf(&text, "%s %d %s", name.Draw(t, "name"), i, rapid.SampledFrom([]string{"amd64", "i386", "all"}).Draw(t, "architecture"))
			if groups := rapid.SliceOfN(name, 0, 3).Draw(t, "groups"); len(groups) > 0 {
				separator := rapid.SampledFrom([]string{", ", " | ", ":any, "}).Draw(t, "separator")
				text.WriteString("; Depends: " + strings.Join(groups, separator))
			}
			text.WriteString("; Provides: " + name.Draw(t, "provides") + "\n")
		}
		w := lines(t, text.String())
		var seeds []uint32
		for id := range w.packages {
			if rapid.Bool().Draw(t, "seed") {
				seeds = append(seeds, uint32(id))
			}
		}
		options := closure.Options{Architectures: []string{"amd64"}, AllVariants: rapid.Bool().Draw(t, "all variants")}
		first, err := closure.Of(context.Background(), w, seeds, options)
		if err != nil {
			t.Fatal(err)
		}
		for n, times := range w.asked {
			if times > 1 {
				t.Fatalf("%s was asked for %d times", n, times)
			}
		}
		again, err := closure.Of(context.Background(), w, append(seeds, first.Needed...), options)
		if err != nil || len(again.Needed) > 0 || again.MissingCount > first.MissingCount+len(w.packages)*4 {
			t.Fatalf("%s\nseeds %v need %v, and then %v: %v", text.String(), seeds, first.Needed, again.Needed, err)
		}
		if first.MissingCount == 0 && again.MissingCount > 0 {
			t.Fatalf("%s\nmissing only the second time: %+v", text.String(), again.Missing)
		}
	})
}
