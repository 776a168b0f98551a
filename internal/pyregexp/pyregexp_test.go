package pyregexp

import (
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/problem"
)

// TestMatchesAsPythonDoes expects the results of re.match in Python 3.11.
func TestMatchesAsPythonDoes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		expression string
		matches    []string
		others     []string
	}{
		{"lib", []string{"lib", "libfoo"}, []string{"glib", "", "Lib"}},
		{"", []string{"", "anything"}, nil},
		{"^lib.*-dev$", []string{"lib-dev", "libc6-dev"}, []string{"libc6-dev-bin", "xlib-dev"}},
		{`lib\Z`, []string{"lib"}, []string{"libfoo"}},
		{`\Alib`, []string{"libfoo"}, []string{"glib"}},
		{"a|b", []string{"ax", "bx"}, []string{"xa", "xb"}},
		{"(?i)LIB", []string{"libfoo"}, []string{"glib"}},
		{"(?P<first>[a-z])[0-9]", []string{"a1"}, []string{"1a"}},
		{"(?P<c>[a-z])(?P=c)", []string{"aab"}, []string{"abb"}},
		{`([a-z])\1`, []string{"aab"}, []string{"abb", "baa"}},
		{"lib(?!c6)", []string{"libfoo", "libc"}, []string{"libc6"}},
		{"(?=lib)...", []string{"libfoo"}, []string{"foo"}},
		{"(?<=x)lib", nil, []string{"xlib", "lib"}},
		{"(?>a+)b", []string{"aab"}, []string{"aac"}},
		{"(a)?(?(1)b|c)", []string{"ab", "c"}, []string{"b"}},
		{"(?#words [of] comment)lib", []string{"libfoo"}, []string{"glib"}},
		{"a{,2}b", []string{"b", "aab"}, []string{"aaab", "a{,2}b"}},
		{"a{x", []string{"a{x"}, []string{"ax"}},
		{"[]a]", []string{"]", "a"}, []string{"b"}},
		{"[^]a]", []string{"b"}, []string{"]", "a"}},
		{"[[:alpha:]]", []string{"[]", ":]", "a]"}, []string{"b]", "z"}},
		{"[a-c-[b]]", []string{"b]", "-]", "[]"}, []string{"b", "d]"}},
		{`[\]]`, []string{"]"}, []string{"a"}},
		{`\d+\.\d`, []string{"12.3"}, []string{"x12.3"}},
		{`\x6cib`, []string{"lib"}, []string{"x6cib"}},
		{`\u006cib`, []string{"lib"}, []string{"u006cib"}},
		{`\154ib`, []string{"lib"}, []string{"154ib"}},
		{`g\+\+`, []string{"g++-14"}, []string{"gcc"}},
		{"x{1500}", []string{strings.Repeat("x", 1500)}, []string{strings.Repeat("x", 1499)}},
		{"(?x) l i b # a comment", []string{"lib"}, []string{"l i b"}},
	} {
		t.Run(c.expression, func(t *testing.T) {
			t.Parallel()
			e, err := Compile(c.expression)
			if err != nil {
				t.Fatal(err)
			}
			if e.String() != c.expression {
				t.Errorf("it says of itself %q", e)
			}
			for _, text := range c.matches {
				if found, err := e.Match(text); err != nil || !found {
					t.Errorf("%q does not match: %v", text, err)
				}
			}
			for _, text := range c.others {
				if found, err := e.Match(text); err != nil || found {
					t.Errorf("%q matches, or %v", text, err)
				}
			}
		})
	}
}

func TestWhatCannotBeUsedIsRefused(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{
		"(", ")", "a)|(b", "*", "[a", "[z-a]", `\`, `\p{L}`, `\Qlib\E`, `[\Z]`, "(?P=x", "(?P=no)", `(?P<c>x)\k`, "a++", "(?a)lib", "\xff",
		strings.Repeat("a", maxLength+1), "(?P<n", "(?",
	} {
		_, err := Compile(expression)
		if !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.TooLarge) {
			t.Errorf("%.20q: %v", expression, err)
		}
	}
}

func TestRepeatsOfRepeatsDoNotGrowWithoutBound(t *testing.T) {
	t.Parallel()
	e, err := Compile("((a{100}){100})b")
	if err != nil {
		t.Fatal(err)
	}
	if e.linear != nil {
		t.Error("a program of 10,000 instructions is kept")
	}
}

func TestExpressionsThatTakeForEverAreGivenUp(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{"(?=x)?(a+)+$", `(a|a)*\1b$`, "(?:(?:(?!b)a*)*)*$"} {
		e, err := Compile(expression)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		_, err = e.Match(strings.Repeat("a", 60) + "c")
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s took %v", expression, took)
		}
		if err != nil && !problem.Is(err, problem.TooLarge) {
			t.Errorf("%s: %v", expression, err)
		}
	}
	e, err := Compile("(?!x)(a+)+$")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Match(strings.Repeat("a", 60) + "c"); !problem.Is(err, problem.TooLarge) {
		t.Errorf("2^60 ways were tried: %v", err)
	}
	linear, err := Compile("(a+)+$")
	if err != nil {
		t.Fatal(err)
	}
	if found, err := linear.Match(strings.Repeat("a", 60) + "c"); found || err != nil {
		t.Errorf("without look-around it is linear, but %v", err)
	}
}

func FuzzCompile(f *testing.F) {
	for _, seed := range []string{"lib", `(?P<a>x)(?P=a)`, "[]a[:b]", "a{,3}", `\Z`, "(?!x)y", "(?#c)", "a)|(b", `\1`, "(?x)a #", "(a)?(?(1)b|c)"} {
		f.Add(seed, "libfoo")
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(text) > 200 {
			text = text[:200]
		}
		done := make(chan error, 1)
		go func() {
			e, err := Compile(expression)
			if err == nil {
				_, err = e.Match(text)
			}
			done <- err
		}()
		select {
		case err := <-done:
			if err != nil && !problem.Is(err, problem.Invalid) && !problem.Is(err, problem.TooLarge) {
				t.Errorf("not a problem: %v", err)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%q takes for ever on %q", expression, text)
		}
	})
}
