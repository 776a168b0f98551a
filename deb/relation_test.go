package deb

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestParseRelationsGivesTheParts(t *testing.T) {
	t.Parallel()
	got, err := ParseRelations("libc6:any (>= 2.36), default-mta|exim4 [ !i386 !hurd-any ] <!nocheck> <cross stage1>,")
	want := Relations{
		{{Name: "libc6", Qualifier: "any", Constraint: VersionConstraint{LaterOrEqual, "2.36"}}},
		{
			{Name: "default-mta"},
			{Name: "exim4", Architectures: []string{"!i386", "!hurd-any"}, Profiles: [][]string{{"!nocheck"}, {"cross", "stage1"}}},
		},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestRelationsComeBackInTheUsualForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                        "",
		" ,, ":                    "",
		"a":                       "a",
		"a,b":                     "a, b",
		"a,\n b (= 1:2-3) |\tc":   "a, b (= 1:2-3) | c",
		"a(>>1)":                  "a (>> 1)",
		"a (< 1), b (> 1)":        "a (<= 1), b (>= 1)", // as dpkg reads the deprecated forms
		"a (1)":                   "a (= 1)",            // a version without operator
		"a [amd64 linux-any]<!x>": "a [amd64 linux-any] <!x>",
		"a:native ( <=  1 ) ":     "a:native (<= 1)",
	} {
		relations, err := ParseRelations(text)
		if err != nil || relations.String() != want {
			t.Errorf("%q: %q, %v", text, relations, err)
		}
	}
}

func TestParseRelationsTellsWhereItFailed(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"a b":             "byte 2",
		"a, (= 1)":        "byte 3",
		"a | , b":         "byte 4",
		"a |":             "byte 3",
		"| a":             "byte 0",
		"../x":            "byte 0",
		"a:":              "byte 2",
		"a (== 1)":        `byte 3 of "a (== 1)": unknown operator "=="`,
		"a (=> 1)":        "unknown operator",
		"a (<> 1)":        "unknown operator",
		"a (>= )":         "a version is missing",
		"a (>= 1":         "closing parenthesis after the version is missing",
		"a (>= 1 2)":      "closing parenthesis after the version is missing",
		"a []":            "list before it is empty",
		"a [amd64":        "is missing",
		"a [amd64 !i386]": "! on some",
		"a [!]":           "is missing",
		"a <>":            "list before it is empty",
		"a <x":            "is missing",
		"a\x00":           "comma",
	} {
		_, err := ParseRelations(text)
		if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want a problem that says %q", text, err, says)
		}
	}
}

func TestConstraintsAdmit(t *testing.T) {
	t.Parallel()
	for operator, want := range map[Operator][3]bool{ // of older, equal, newer
		Any:            {true, true, true},
		Earlier:        {true, false, false},
		EarlierOrEqual: {true, true, false},
		Equal:          {false, true, false},
		LaterOrEqual:   {false, true, true},
		Later:          {false, false, true},
		"nonsense":     {false, false, false},
	} {
		c := VersionConstraint{Operator: operator, Version: "1.0-0"}
		if got := [3]bool{c.Admits("1.0~"), c.Admits("0:1.0"), c.Admits("1.0-1")}; got != want {
			t.Errorf("%s: %v, want %v", operator, got, want)
		}
	}
}

func TestRestrictionsOfSourcePackages(t *testing.T) {
	t.Parallel()
	one := func(text string) Relation {
		relations, err := ParseRelations(text)
		if err != nil {
			t.Fatal(err)
		}
		return relations[0][0]
	}
	for text, want := range map[string][2]bool{ // for amd64, for hurd-i386
		"a": {true, true}, "a [amd64]": {true, false}, "a [linux-any]": {true, false},
		"a [!amd64]": {false, true}, "a [!linux-any !hurd-any]": {false, false}, "a [i386 any]": {true, true},
	} {
		if got := [2]bool{one(text).AppliesTo("amd64"), one(text).AppliesTo("hurd-i386")}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string][2]bool{ // without profiles, with nocheck and cross
		"a": {true, true}, "a <!nocheck>": {true, false}, "a <nocheck cross>": {false, true},
		"a <nocheck stage1>": {false, false}, "a <stage1> <cross>": {false, true},
	} {
		if got := [2]bool{one(text).ActiveIn(), one(text).ActiveIn("nocheck", "cross")}; got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func FuzzParseRelations(f *testing.F) {
	for _, text := range []string{
		"libc6:any (>= 2.36), a|b [ !i386 !hurd-any ] <!nocheck> <cross stage1>,", "a (< 1)", "a (1)", "a,\n b", "a [", "a (== 1)",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		relations, err := ParseRelations(text)
		if err != nil {
			return
		}
		again, err := ParseRelations(relations.String())
		if err != nil || !cmp.Equal(relations, again) {
			t.Fatalf("%q: %q does not parse back: %v", text, relations, err)
		}
	})
}
