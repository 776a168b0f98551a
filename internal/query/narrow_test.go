package query_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/bitset"
	"github.com/aptarium/aptarium/internal/query"
	"github.com/google/go-cmp/cmp"
)

// many returns enough packages to make a search of columns cheaper.
func many(tb testing.TB, count int) []*pkg {
	tb.Helper()
	packages := world(tb)
	for i := len(packages); i < count; i++ {
		packages = append(packages, newPackage(tb, fmt.Sprintf(
			"Package: filler%d\nVersion: 1.%d\nArchitecture: amd64\nPriority: optional\nInstalled-Size: %d\n", i, i%100, i)))
	}
	return packages
}

func TestNarrowLeavesInDoubtOnlyWhatSetsCannotTell(t *testing.T) {
	t.Parallel()
	const count = 2000
	packages := many(t, count)
	for _, test := range []struct {
		query       string
		sure, maybe int
		control     bool // whether Match reads the stanza
	}{
		{"nginx", 5, 0, false},
		{"nginx | vim", 6, 0, false},
		{"httpd", 4, 0, false},
		{"!nginx", count - 5, 0, false},
		{"nginx (>= 1.20)", 0, 5, false},
		{"nginx {source}", 0, 5, false},
		{"nginx | vim (>= 1)", 5, 1, false},
		{"nginx_1.22.1-9_amd64", 0, 5, false},
		{"Name (nginx)", 5, 0, false},
		{"Name (% lib*)", 7, 0, false},
		{"Name (~ -dev$), $Architecture (amd64)", 4, 0, false},
		{"$PackageType (source)", 4, 0, false},
		{"!$PackageType (source)", count - 4, 0, false},
		{"$Version (<< 0.9)", 1, 0, false},
		{"$Source (glibc)", 5, 0, false},
		{"$SourceVersion (1.22.1-9)", 5, 0, false},
		{"Architecture (all)", 6, 4, true},
		{"Architecture (source)", 0, 4, true},
		{"Priority (required)", 0, count, true},
		{"nginx, Priority (required)", 0, 5, true},
		{"Priority (required), nginx", 0, 5, true},
		{"nginx | Priority (required)", 5, count - 5, true},
		{"Name (% lib*), Priority (required)", 0, 7, true},
		{"Name (% lib*), !Priority (required)", 0, 7, true},
		{"!(nginx | Priority (required))", 0, count - 5, true},
		{"no-such-package, Priority (required)", 0, 0, true},
	} {
		plan := compile(t, test.query)
		x := newIndex(packages)
		found, err := query.Narrow(t.Context(), plan, everything(count), x)
		if err != nil {
			t.Fatal(err)
		}
		if found.Sure.Len() != test.sure || found.Maybe.Len() != test.maybe {
			t.Errorf("%s: %d are sure and %d in doubt, want %d and %d", test.query,
				found.Sure.Len(), found.Maybe.Len(), test.sure, test.maybe)
		}
		if plan.Reads(query.Control) != test.control {
			t.Errorf("%s reads control fields: %t", test.query, !test.control)
		}
	}
}

func TestNarrowStaysInTheSetThatItIsGiven(t *testing.T) {
	t.Parallel()
	packages := many(t, 1000)
	x := newIndex(packages)
	for _, text := range []string{"nginx", "!nginx", "Name (% *)", "Priority (required)", "nginx | !$Architecture (all)"} {
		all := bitset.Of(2, 3, 5, 7, 999)
		found, err := query.Narrow(t.Context(), compile(t, text), all, x)
		if err != nil {
			t.Fatal(err)
		}
		if got := found.Sure.Union(found.Maybe); !got.Minus(all).IsEmpty() {
			t.Errorf("%s finds %v", text, slices.Collect(got.All()))
		}
	}
}

func TestLookupsComeBeforeSearches(t *testing.T) {
	t.Parallel()
	packages := many(t, 1000)
	for text, want := range map[string][]query.Column{
		"Name (~ x), nginx":                      {query.Name, query.Provides}, // too few left to search
		"Name (~ 1), $Architecture (amd64)":      {query.Architecture, query.Name},
		"$PackageType (udeb), Version (1)":       {query.Type},
		"nginx | apache2 | vim | nano (>= 1)":    {query.Name, query.Provides, query.Name, query.Provides},
		"nginx_1_amd64 | nginx_2_amd64":          {query.Name},
		"Priority (required), no-such, Name (a)": {query.Name, query.Provides},
	} {
		x := newIndex(packages)
		if _, err := query.Narrow(t.Context(), compile(t, text), everything(len(packages)), x); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, x.asked); diff != "" {
			t.Errorf("%s asks other columns (-want +got):\n%s", text, diff)
		}
	}
}

func TestReadsTellsTheColumns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]query.Column{
		"nginx":                           {query.Name, query.Provides},
		"nginx (1) {i386}":                {query.Name, query.Version, query.Architecture, query.Provides},
		"nginx_1_amd64":                   {query.Name, query.Version, query.Architecture},
		"Name | $Version":                 {query.Name, query.Version},
		"!$Architecture (i386)":           {query.Architecture},
		"$PackageType (deb)":              {query.Type},
		"$Source (a)":                     {query.Type, query.Source},
		"$SourceVersion (1), Name (a)":    {query.Name, query.Type, query.SourceVersion},
		"Architecture (all)":              {query.Architecture, query.Type, query.Control},
		"Source (a)":                      {query.Type, query.Control},
		"Version (1), !(Section | Name)":  {query.Name, query.Version, query.Control},
		"Provides (a)":                    {query.Control},
		"Depends (~ libc6), Version (1)":  {query.Version, query.Control},
		"nginx_1_amd64 | $Architecture":   {query.Name, query.Version, query.Architecture},
		"$Architecture (% a), Name (~ b)": {query.Name, query.Architecture},
	} {
		var got []query.Column
		plan := compile(t, text)
		for c := query.Column(-1); c < 20; c++ {
			if plan.Reads(c) {
				got = append(got, c)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// failing is an index that always fails.
type failing struct{ err error }

func (f failing) Find(context.Context, query.Column, []string) (s bitset.Set, known bool, err error) {
	return s, false, f.err
}

func (f failing) Select(context.Context, query.Column, func(string) bool) (s bitset.Set, known bool, err error) {
	return s, false, f.err
}

func TestNarrowGivesTheErrorOfTheIndex(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for _, text := range []string{
		"nginx", "!nginx", "nginx | Name (a)", "nginx, Name (a)", "$PackageType (deb)", "Architecture (all)",
		"$Architecture (i386)", "Name (% a)", "nginx | vim (1)",
	} {
		_, err := query.Narrow(t.Context(), compile(t, text), everything(1000), failing{broken})
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAnEndedContextStopsEvaluation(t *testing.T) {
	t.Parallel()
	tired := errors.New("tired of waiting")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(tired)
	packages := many(t, 1000)
	for _, text := range []string{"nginx", "!Name (~ x)", "Priority (required)"} {
		if ok, err := compile(t, text).Match(ctx, packages[0]); ok || !errors.Is(err, tired) {
			t.Errorf("%s: Match gives %t, %v", text, ok, err)
		}
		if _, err := query.Narrow(ctx, compile(t, text), everything(1000), newIndex(packages)); !errors.Is(err, tired) {
			t.Errorf("%s: Narrow gives %v", text, err)
		}
	}
}

// ending is a context that ends after some calls of Err.
type ending struct {
	context.Context
	looks int
}

func (c *ending) Err() error {
	if c.looks--; c.looks < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestOneLongMatchLooksAtItsContext(t *testing.T) {
	t.Parallel()
	long := newPackage(t, "Package: a\nVersion: 1\nArchitecture: all\nDescription: "+strings.Repeat("a", 1<<20)+"\n")
	for name, text := range map[string]string{
		"a long program": "Description (~ '(a?){900}b$')",
		"a glob":         "Description (% *a*a*a*b), Description (% *b)",
		"comparisons":    "Description (= a), Description (= b)",
		"terms":          strings.Repeat("Version (2) |", 19_000) + "Version (3)",
		"alternatives":   strings.Repeat("a (>= 2) |", 19_000) + "a (>= 3)",
		"negation":       "!Description (~ '(a?){900}b$')",
	} {
		ctx := &ending{Context: t.Context(), looks: 1}
		if ok, err := compile(t, text).Match(ctx, long); ok || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %t, %v", name, ok, err)
		}
	}
}
