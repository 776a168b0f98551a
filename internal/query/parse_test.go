package query_test

import (
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
	"github.com/aptarium/aptarium/internal/query"
	"github.com/google/go-cmp/cmp"
)

func TestParseReadsTheGrammar(t *testing.T) {
	t.Parallel()
	dependency := func(name string) query.Dependency { return query.Dependency{Name: name} }
	a, b, c := dependency("a"), dependency("b"), dependency("c")
	is := func(o query.Operator, value string) query.Condition {
		return query.Condition{Operator: o, Value: value}
	}
	cases := []struct {
		text string
		want query.Query
		same string // the canonical text; empty means text itself
	}{
		{"a", a, ""},
		{"  a\t\n", a, "a"},
		{"a, b", query.And{a, b}, ""},
		{"a,b|c", query.Or{query.And{a, b}, c}, "a, b | c"},
		{"a | b, c", query.Or{a, query.And{b, c}}, ""},
		{"(a | b), c", query.And{query.Or{a, b}, c}, ""},
		{"a | (b | c)", query.Or{a, b, c}, "a | b | c"},
		{"(a, b), c", query.And{a, b, c}, "a, b, c"},
		{"!a, b", query.And{query.Not{Query: a}, b}, ""},
		{"! (a, b)", query.Not{Query: query.And{a, b}}, "!(a, b)"},
		{"!!a", query.Not{Query: query.Not{Query: a}}, ""},
		{"((a))", a, "a"},

		{"a (>= 1.0)", query.Dependency{Name: "a", Condition: is(query.LaterOrEqual, "1.0")}, ""},
		{"a (1.0)", query.Dependency{Name: "a", Condition: is(query.Equal, "1.0")}, "a (= 1.0)"},
		{"a (<1.0)", query.Dependency{Name: "a", Condition: is(query.EarlierOrEqual, "1.0")}, "a (<= 1.0)"},
		{"a (> 1.0)", query.Dependency{Name: "a", Condition: is(query.LaterOrEqual, "1.0")}, "a (>= 1.0)"},
		{"a (<<1.0)", query.Dependency{Name: "a", Condition: is(query.Earlier, "1.0")}, "a (<< 1.0)"},
		{"a (%1.*)", query.Dependency{Name: "a", Condition: is(query.Glob, "1.*")}, "a (% 1.*)"},
		{`a (~^\d)`, query.Dependency{Name: "a", Condition: is(query.Regexp, `^\d`)}, `a (~ ^\d)`},
		{"a {i386}", query.Dependency{Name: "a", Architecture: "i386"}, ""},
		{"a(b {i386}", query.Dependency{Name: "a(b", Architecture: "i386"}, "'a(b' {i386}"},
		{"a (>> 1){'i3 86'}", query.Dependency{Name: "a", Condition: is(query.Later, "1"), Architecture: "i3 86"}, "a (>> 1) {'i3 86'}"},

		{"Name", query.Field{Name: "Name"}, ""},
		{"'Name' (a)", query.Field{Name: "Name", Condition: is(query.Equal, "a")}, "Name (= a)"},
		{"$a_b (x)", query.Field{Name: "$a_b", Condition: is(query.Equal, "x")}, "$a_b (= x)"},
		{"Élan ('')", query.Field{Name: "Élan", Condition: is(query.Equal, "")}, "Élan (= '')"},
		{"N_a", dependency("N_a"), ""},
		{"name", dependency("name"), ""},

		{"a_1_amd64", query.Exact{Name: "a", Version: "1", Architecture: "amd64"}, ""},
		{"a_1_2_amd64", query.Exact{Name: "a", Version: "1_2", Architecture: "amd64"}, ""},
		{"'a b_1_x'", query.Exact{Name: "a b", Version: "1", Architecture: "x"}, ""},
		{"a_1_x (= 1)", query.Dependency{Name: "a_1_x", Condition: is(query.Equal, "1")}, ""},

		{`'it\'s'`, dependency("it's"), "it's"},
		{`"a\"b\\c\d"`, dependency(`a"b\cd`), ""},
		{`'|'`, dependency("|"), ""},
		{`'>1'`, dependency(">1"), ""},
		{"''", dependency(""), ""},
		{"a'b c", nil, ""},
	}
	for _, test := range cases {
		got, err := query.Parse(test.text)
		if test.want == nil {
			if err == nil {
				t.Errorf("%s is read as %v", test.text, got)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
		if again, err := query.Parse(got.String()); err != nil || !cmp.Equal(got, again) {
			t.Errorf("%s is written as %s, which is read as %v, %v", test.text, got, again, err)
		}
		if test.same != "" && got.String() != test.same {
			t.Errorf("%s is written as %s, want %s", test.text, got, test.same)
		}
	}
}

func TestErrorsTellWhereAndWhatToDo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                   "the query is incomplete: it ends at character 1",
		"nginx, ":            "the query is incomplete: it ends at character 8",
		"é, nginx )":         "see character 10;",
		"nginx(>= 1)":        `write a space before the parenthesis in "nginx(>="`,
		"Name (~ a|b)":       "quote values that contain spaces or any of ()|,!{}",
		"nginx, 'a b":        "close the quote that starts at character 8",
		"Name (~ [)":         "the syntax is RE2",
		"Name (% [)":         "close the brackets",
		"Package (nginx)":    "use Name",
		"$Sourc (nginx)":     "the special fields are $Source,",
		"Filename (% *.deb)": "use names",
		"nginx, caf\xe9":     "UTF-8",
	} {
		err := parseAndCompile(text)
		if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want an Invalid that says %s", text, err, want)
		}
	}
}

func TestErrorsStayShort(t *testing.T) {
	t.Parallel()
	err := parseAndCompile("a " + strings.Repeat("ä", 10_000))
	if err == nil || len(err.Error()) > 300 {
		t.Errorf("got %v", err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	repeat := func(text string, count int) string { return strings.Repeat(text, count) }
	for name, test := range map[string]struct {
		within, beyond string
		kind           problem.Kind
	}{
		"length":      {repeat(" ", 1<<20-1) + "a", repeat(" ", 1<<20) + "a", problem.TooLarge},
		"terms":       {repeat("a|", 19_999) + "a", repeat("a|", 20_000) + "a", problem.TooLarge},
		"parentheses": {repeat("(", 100) + "a" + repeat(")", 100), repeat("(", 101) + "a" + repeat(")", 101), problem.TooLarge},
		"negations":   {repeat("!", 100) + "a", repeat("!", 101) + "a", problem.TooLarge},
		"both":        {repeat("!(", 50) + "a" + repeat(")", 50), repeat("!(", 51) + "a" + repeat(")", 51), problem.TooLarge},
		"glob":        {"Name (% " + repeat("a", 1024) + ")", "Name (% " + repeat("a", 1025) + ")", problem.TooLarge},
		"expression":  {"Name (~ " + repeat("a", 16<<10) + ")", "Name (~ " + repeat("a", 16<<10+1) + ")", problem.TooLarge},
		"program":     {"Name (~ 'a{1000}')", "Name (~ '" + repeat("a{1000}", 20) + "')", problem.TooLarge},
		"programs":    {"Name (~ 'a{1000}')", repeat("Name (~ 'a{1000}'),", 20) + "a", problem.TooLarge},
		"classes":     {`Name (~ \pL\pL)`, `Name (~ ` + repeat(`\pL`, 1000) + `)`, problem.TooLarge},
		"nested":      {"Name (~ '((a{9}){9}){9}')", "Name (~ '" + repeat("((a{9}){9}){9}", 40) + "')", problem.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := parseAndCompile(test.within); err != nil {
				t.Errorf("within the limit: %v", err)
			}
			if err := parseAndCompile(test.beyond); !problem.Is(err, test.kind) || !strings.HasPrefix(err.Error(), "q: parsing failed: ") {
				t.Errorf("beyond the limit: %v, want %s", err, test.kind)
			}
		})
	}
}

func TestEmptyListsHoldForAllAndNone(t *testing.T) {
	t.Parallel()
	packages := world(t)
	for want, q := range map[int]query.Query{0: query.Or{}, len(packages): query.And{}} {
		plan, err := query.Compile(q)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(scan(t, plan, packages)); got != want {
			t.Errorf("%T by Match finds %d packages, want %d", q, got, want)
		}
		if got := search(t, plan, packages, newIndex(packages)).Len(); got != want {
			t.Errorf("%T finds %d packages, want %d", q, got, want)
		}
	}
}

func TestCompileRefusesWhatParseNeverGives(t *testing.T) {
	t.Parallel()
	for _, q := range []query.Query{
		nil, query.Not{}, query.Or{nil}, query.And{query.Field{}, nil},
		query.Field{Name: "Name", Condition: query.Condition{Operator: "=>", Value: "1"}},
	} {
		if _, err := query.Compile(q); !problem.Is(err, problem.Invalid) {
			t.Errorf("%#v gives %v", q, err)
		}
	}
}
