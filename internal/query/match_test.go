package query_test

import (
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/query"
	"github.com/google/go-cmp/cmp"
)

// These are the intended differences from aptly 1.5 in found packages; those in errors are
// in TestErrorsTellWhereAndWhatToDo.
func TestVersionsOfProvidesCount(t *testing.T) {
	t.Parallel()
	packages := world(t) // postfix 3.7.6 provides default-mta (= 3.7), mail-transport-agent
	const postfix = "postfix_3.7.6-0+deb12u2_amd64"
	for text, want := range map[string]string{
		"default-mta":                       postfix,
		"default-mta (3.7)":                 postfix,
		"default-mta (>= 3.7) {amd64}":      postfix,
		"default-mta (>> 3.7)":              "",
		"default-mta (% 3.*)":               postfix,
		"default-mta (~ ^3)":                postfix,
		"default-mta (>= 3.7) {i386}":       "",
		"mail-transport-agent (>= 1)":       "",
		"mail-transport-agent (~ '')":       "",
		"default-mta (3.7) | no-such-thing": postfix,
	} {
		plan := compile(t, text)
		if got := strings.Join(scan(t, plan, packages), " "); got != want {
			t.Errorf("%s finds %q, want %q", text, got, want)
		}
		if got := names(packages, search(t, plan, packages, newIndex(packages))); got != want {
			t.Errorf("%s, by sets, finds %q, want %q", text, got, want)
		}
	}
}

func TestVersionsAreOrderedAsDpkgOrdersThem(t *testing.T) {
	t.Parallel()
	p := newPackage(t, "Package: a\nVersion: 1-2-3\nArchitecture: all\nSize: 1\nsource: b\n")
	for text, want := range map[string]bool{
		"a (>> 1-1-4)":        true, // the revision is after the last hyphen
		"a (= 1-2-03)":        true,
		"a (= 1-2)":           false,
		"a (<< 1-2-3+b1)":     true,
		"a (>> 1-2-3~)":       true,
		"$Version (% 1-*-3)":  true,
		"Source (b)":          true, // case does not count in the names of fields
		"SOURCE (b)":          true,
		"$Source (b)":         true,
		"$SourceVersion (1-)": false,
	} {
		if got := len(scan(t, compile(t, text), []*pkg{p})) == 1; got != want {
			t.Errorf("%s: %t, want %t", text, got, want)
		}
	}
}

func TestSourceFieldOfSourcesIsEmpty(t *testing.T) {
	t.Parallel()
	p := newPackage(t, "Format: 1.0\nPackage: a\nSource: a\nVersion: 1\nArchitecture: any\n")
	for _, text := range []string{"Source", "SOURCE (a)", "$Source", "$SourceVersion (1)"} {
		if found := scan(t, compile(t, text), []*pkg{p}); len(found) > 0 {
			t.Errorf("%s finds %s", text, found)
		}
	}
}

func TestParseProvides(t *testing.T) {
	t.Parallel()
	for field, want := range map[string][]query.Provided{
		"":                           nil,
		"a":                          {{Name: "a"}},
		"a, b (= 1.0),\n c(=2)":      {{Name: "a"}, {Name: "b", Version: "1.0"}, {Name: "c", Version: "2"}},
		"python3:any":                {{Name: "python3:any"}},
		"a (>= 1), b (1), c (= 1, d": {{Name: "d"}},
		"a | b, c d, , e ()":         nil,
		"a (=), b (= 1:2~3)":         {{Name: "b", Version: "1:2~3"}},
	} {
		if diff := cmp.Diff(want, query.ParseProvides(field)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", field, diff)
		}
	}
}

func TestLongTextsMatchAsShortOnesDo(t *testing.T) {
	t.Parallel()
	plan := compile(t, "Description (~ '^(a?){900}[^b]*b$')")
	for text, want := range map[string]bool{"b": true, "ab": true, "ac": false, "abc": false} {
		for _, length := range []int{0, 20_000} {
			p := newPackage(t, "Package: a\nVersion: 1\nArchitecture: all\nDescription: "+strings.Repeat("é", length)+text+"\n")
			if got, err := plan.Match(t.Context(), p); err != nil || got != want {
				t.Errorf("%d é and %s: %t, want %t (%v)", length, text, got, want, err)
			}
		}
	}
}
