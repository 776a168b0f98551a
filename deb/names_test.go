package deb

import (
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestPackageNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		policy, lax   bool
		policyMessage string
	}{
		{"hello", true, true, ""},
		{"g++-12", true, true, ""},
		{"0ad", true, true, ""},
		{"libstdc++6-4.8-dbg", true, true, ""},
		{strings.Repeat("a", 255), true, true, ""},
		{"a", false, true, "two characters"},
		{"Hello", false, true, "capital"},
		{"a_b", false, true, `"_"`},
		{"", false, false, "two characters"},
		{"+ab", false, false, "begin"},
		{"-ab", false, false, "begin"},
		{"..", false, false, "begin"},
		{"a/b", false, false, `"/"`},
		{"a b", false, false, `" "`},
		{"ab\n", false, false, "contains"},
		{"abé", false, false, "contains"},
		{strings.Repeat("a", 256), false, false, "longer"},
	} {
		err := ValidPackageName(c.name)
		if (err == nil) != c.policy || err != nil && (!problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), c.policyMessage)) {
			t.Errorf("%q: %v, want %q", c.name, err, c.policyMessage)
		}
		if got := DpkgAcceptsName(c.name); got != c.lax {
			t.Errorf("%q: dpkg takes it: %v", c.name, got)
		}
	}
}

func TestPoolDirectory(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"hello":  "pool/main/h/hello",
		"libfoo": "pool/main/libf/libfoo",
		"liba":   "pool/main/liba/liba",
		"lib":    "pool/main/l/lib",
		"0ad":    "pool/main/0/0ad",
	} {
		if got := PoolDirectory("main", source); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
	if got, want := PoolDirectory("non-free-firmware", "x"), "pool/non-free-firmware/x/x"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestSourceOf(t *testing.T) {
	t.Parallel()
	for field, want := range map[string][2]string{
		"":                {"bin", "1-1+b1"},
		"src":             {"src", "1-1+b1"},
		"src (1-1)":       {"src", "1-1"},
		"src(1-1)":        {"src", "1-1"},
		" src  ( 1-1 ) ":  {"src", "1-1"},
		"src (":           {"src", "1-1+b1"},
		"src ()":          {"src", "1-1+b1"},
		"(2)":             {"bin", "2"},
		"../../etc (1/2)": {"../../etc", "1/2"}, // checks are the caller's
	} {
		if name, version := SourceOf(field, "bin", "1-1+b1"); name != want[0] || version != want[1] {
			t.Errorf("%q: %q %q, want %q", field, name, version, want)
		}
	}
}
