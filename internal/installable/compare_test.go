package installable_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/installable"
)

// change is a change of an archive. A test has apt try what is told of it.
type change struct{ before, after, want string }

func changes() map[string]change {
	return map[string]change{
		"nothing changes":                       {"a 1; Depends: b\nb 1", "a 1; Depends: b\nb 1", ""},
		"what is needed goes":                   {"a 1; Depends: b\nb 1", "a 1; Depends: b", "a_1 Depends b"},
		"the chain leads to what lacks":         {"a 1; Depends: b\nb 1; Pre-Depends: c\nc 1", "a 1; Depends: b\nb 2; Pre-Depends: c (>= 2)\nc 1", "a_1 > b_2 Pre-Depends c (>= 2)\nb_2 Pre-Depends c (>= 2)"},
		"a new one that cannot be installed":    {"a 1", "a 1\nb 1; Depends: c", "new b_1 Depends c"},
		"broken before is not broken by it":     {"a 1; Depends: c", "a 2; Depends: c", ""},
		"mended":                                {"a 1; Depends: c", "a 1; Depends: c\nc 1", ""},
		"a package that goes breaks not itself": {"a 1\nb 1", "b 1", ""},
		"an alternative stays":                  {"a 1; Depends: b | c\nb 1\nc 1", "a 1; Depends: b | c\nc 1", ""},
		"no alternative stays":                  {"a 1; Depends: b | c\nb 1\nc 1", "a 1; Depends: b | c", "a_1 Depends b | c"},
		"a newer version is too new":            {"a 1; Depends: b (<< 2)\nb 1", "a 1; Depends: b (<< 2)\nb 2", "a_1 Depends b (<< 2)"},
		"the older version is hidden":           {"a 1; Depends: b (<< 2)\nb 1", "a 1; Depends: b (<< 2)\nb 1\nb 2", "a_1 Depends b (<< 2)"},
		"the highest version is judged":         {"a 1; Depends: c\na 2", "a 1; Depends: c\na 2", ""},
		"provided":                              {"a 1; Depends: v\nb 1; Provides: v", "a 1; Depends: v\nb 2", "a_1 Depends v"},
		"provided in a version":                 {"a 1; Depends: v (>= 2)\nb 1; Provides: v (= 2)", "a 1; Depends: v (>= 2)\nb 2; Provides: v (= 1)", "a_1 Depends v (>= 2)"},
		"provided without a version":            {"a 1; Depends: v (>= 2)\nb 1; Provides: v (= 2)", "a 1; Depends: v (>= 2)\nb 2; Provides: v", "a_1 Depends v (>= 2)"},
		"it provides what it needs":             {"", "a 1; Depends: v; Provides: v", ""},
		"a circle":                              {"", "a 1; Depends: b\nb 1; Depends: a", ""},
		"a circle that lacks something":         {"", "a 1; Depends: b\nb 1; Depends: a, c", "new a_1 > b_1 Depends c\nnew b_1 Depends c"},
		":any wants Multi-Arch: allowed":        {"a 1; Depends: b:any\nb 1; Multi-Arch: allowed", "a 1; Depends: b:any\nb 2", "a_1 Depends b:any"},
		":any of what such a package provides":  {"", "a 1; Depends: v:any\nb 1; Multi-Arch: allowed; Provides: v", ""},
		"the own architecture":                  {"", "a 1; Depends: b:amd64\nb 1", ""},
		"another architecture":                  {"", "a 1; Depends: b:i386\nb 1", "new a_1 Depends b:i386"},
		"a relation as sources have them":       {"", "a 1; Depends: b [i386]", "new a_1 Depends b [i386] (malformed)"},
		"a relation that cannot be read":        {"a 1", "a 2; Depends: b (>= )", "a_2 Depends b (>= ) (malformed)"},
		"a conflict that cannot be read":        {"", "a 1; Conflicts: b (>= )\nb 1", ""},

		"two that are needed exclude each other": {
			"a 1; Depends: b, c\nb 1\nc 1", "a 1; Depends: b, c\nb 2; Conflicts: c\nc 1",
			"a_1 > b_2 Conflicts c against a_1 > c_1",
		},
		"it breaks what it needs":            {"a 1; Depends: b\nb 1", "a 2; Depends: b; Breaks: b (<< 2)\nb 1", "a_2 Breaks b (<< 2) against a_2 > b_1"},
		"a conflict with another version":    {"", "a 1; Depends: b, c\nb 2; Conflicts: c (<< 1)\nc 1", ""},
		"a conflict among alternatives":      {"", "a 1; Depends: b | c, d\nb 1\nc 1\nd 1; Conflicts: b", ""},
		"a conflict with every alternative":  {"", "a 1; Depends: b | c, d\nb 1\nc 1\nd 1; Conflicts: b, c", "new a_1 > d_1 Conflicts b against a_1 > b_1"},
		"a conflict with what is provided":   {"", "a 1; Depends: b, c\nb 1; Provides: v\nc 1; Conflicts: v", "new a_1 > c_1 Conflicts v against a_1 > b_1"},
		"a conflict with what it provides":   {"", "a 1; Provides: v; Conflicts: v", ""},
		"versions keep out of plain provide": {"", "a 1; Depends: b, c\nb 1; Provides: v\nc 1; Conflicts: v (<< 2)", ""},
		"the way out is deep":                {"", "a 1; Depends: b | c, d\nb 1; Depends: e | f\nc 1\nd 1; Conflicts: e, f\ne 1\nf 1", ""},
		"two that may not meet need not":     {"", "b 1; Conflicts: c\nc 1", ""},
		"what broke keeps out of choices":    {"a 1; Depends: b | c\nb 1\nc 1", "a 1; Depends: b | c\nb 2; Depends: gone\nc 1", "b_2 Depends gone"},
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for name, c := range changes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newArchive()
			before, after := a.lines(t, c.before), a.lines(t, c.after)
			if got := a.tell(a.compare(t, before, after)); got != dedent(c.want) {
				t.Errorf("broken:\n%swant:\n%s", got, dedent(c.want))
			}
		})
	}
}

func TestCompareListsTheFirstAndCountsAll(t *testing.T) {
	t.Parallel()
	a := newArchive()
	after := a.lines(t, "c 1; Depends: x\na 1; Depends: x\nb 1; Depends: x\nd 1")
	r, err := a.library.Compare(t.Context(), nil, after, "amd64", installable.Options{MaxListed: 2})
	if err != nil {
		t.Fatal(err)
	}
	if r.BrokenCount != 3 || r.Candidates != 4 || a.tell(r) != "new a_1 Depends x\nnew b_1 Depends x\n" {
		t.Errorf("%d of %d are broken:\n%s", r.BrokenCount, r.Candidates, a.tell(r))
	}
}

func TestCompareEndsWithItsContext(t *testing.T) {
	t.Parallel()
	a := newArchive()
	after := a.lines(t, "a 1")
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, err := a.library.Compare(ctx, nil, after, "amd64", installable.Options{}); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

// TestCompareBoundsItsMemory makes packages with more ways to satisfy each other
// than memory should go to.
func TestCompareBoundsItsMemory(t *testing.T) {
	t.Parallel()
	a := newArchive()
	var text strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&text, "p%d 1; Provides: v; Depends: v | x%d\n", i, i)
	}
	after := a.lines(t, text.String())
	if _, err := a.library.Compare(t.Context(), nil, after, "amd64", installable.Options{}); err == nil || !strings.Contains(err.Error(), "ways to satisfy") {
		t.Errorf("got %v", err)
	}
}

// TestCompareGivesUp asks to put eleven pigeons into ten holes, which no search by
// cases does in a reasonable time.
func TestCompareGivesUp(t *testing.T) {
	t.Parallel()
	a := newArchive()
	const pigeons, holes = 11, 10
	var text strings.Builder
	all := make([]string, pigeons)
	for p := range pigeons {
		all[p] = fmt.Sprintf("pigeon%d", p)
		ways := make([]string, holes)
		for h := range holes {
			ways[h] = fmt.Sprintf("p%dh%d", p, h)
			fmt.Fprintf(&text, "%s 1; Provides: hole%d; Conflicts: hole%d\n", ways[h], h, h)
		}
		fmt.Fprintf(&text, "%s 1; Depends: %s\n", all[p], strings.Join(ways, " | "))
	}
	fmt.Fprintf(&text, "loft 1; Depends: %s\n", strings.Join(all, ", "))
	r := a.compare(t, nil, a.lines(t, text.String()))
	if len(r.Broken) != 1 || a.labels[r.Broken[0].ID] != "loft_1" || !r.Broken[0].Reason.Undecided || len(r.Broken[0].Reason.Against) == 0 {
		t.Errorf("broken:\n%s", a.tell(r))
	}
}
