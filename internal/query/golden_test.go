package query_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/query"
	"github.com/google/go-cmp/cmp"
)

// The golden files contain aptly's answers; TestAptlyAnswersTheSame asks aptly again.
const (
	goldenQueries = "testdata/queries.golden"
	goldenErrors  = "testdata/errors.golden"
)

// answer is a query with the lines that belong to it, sorted: packages or an
// error.
type answer struct {
	query string
	lines []string
}

// readGolden reads a file in which each query has a line, and each line of its
// answer follows after a tab.
func readGolden(tb testing.TB, file string) (all []answer) {
	tb.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if result, ok := strings.CutPrefix(line, "\t"); ok {
			last := &all[len(all)-1]
			last.lines = append(last.lines, result)
		} else {
			all = append(all, answer{query: line})
		}
	}
	return all
}

func sorted(lines []string) []string {
	slices.Sort(lines)
	return lines
}

func TestQueriesFindWhatAptlyFinds(t *testing.T) {
	t.Parallel()
	packages := world(t)
	x := newIndex(packages)
	for _, golden := range readGolden(t, goldenQueries) {
		plan := compile(t, golden.query)
		want := strings.Join(golden.lines, " ")
		if diff := cmp.Diff(want, names(packages, search(t, plan, packages, x))); diff != "" {
			t.Errorf("%s (-aptly +ours):\n%s", golden.query, diff)
		}
		if diff := cmp.Diff(want, strings.Join(scan(t, plan, packages), " ")); diff != "" {
			t.Errorf("%s, by Match alone (-aptly +ours):\n%s", golden.query, diff)
		}
	}
}

// scan answers a query by Match alone.
func scan(tb testing.TB, plan *query.Plan, packages []*pkg) (found []string) {
	tb.Helper()
	for _, p := range packages {
		ok, err := plan.Match(tb.Context(), p)
		if err != nil {
			tb.Fatal(err)
		}
		if ok {
			found = append(found, p.String())
		}
	}
	return sorted(found)
}

func TestErrorsAreWordedAsAptlyWordsThem(t *testing.T) {
	t.Parallel()
	for _, golden := range readGolden(t, goldenErrors) {
		err := parseAndCompile(golden.query)
		p, ok := err.(*problem.Problem)
		if !ok {
			t.Errorf("%s gives %v, which is no problem", golden.query, err)
			continue
		}
		if p.Kind != problem.Invalid || p.Field != "q" || p.Hint == "" {
			t.Errorf("%s: kind %q, field %q and hint %q", golden.query, p.Kind, p.Field, p.Hint)
		}
		if diff := cmp.Diff(golden.lines, []string{p.Message}); diff != "" {
			t.Errorf("%s (-aptly +ours):\n%s", golden.query, diff)
		}
	}
}

func parseAndCompile(text string) error {
	q, err := query.Parse(text)
	if err == nil {
		_, err = query.Compile(q)
	}
	return err
}
