package command

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// call runs a command line of a command and returns its error.
func call(spec Spec, do func(r *Run) error, args ...string) error {
	c := New(&Program{}, spec, do)
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(args)
	return c.Execute()
}

func TestArgumentsFollowFromTheUsageLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ use, args, fault string }{
		{"show NAME", "", "NAME is missing"},
		{"show NAME", "a b", `"b" is one argument too many`},
		{"create NAME [URL SUITE]", "a", ""},
		{"create NAME [URL SUITE]", "a u", "SUITE is missing"},
		{"create NAME [URL SUITE]", "a u s", ""},
		{"remove NAME PACKAGE[=VERSION]…", "a", "PACKAGE is missing"},
		{"remove NAME PACKAGE[=VERSION]…", "a b c", ""},
		{"pull NAME [PACKAGE…]", "a", ""},
		{"pull NAME [PACKAGE…]", "a b c", ""},
		{"copy NAME --from REF QUERY", "a q", "--from is missing: origin"},
		{"copy NAME --from REF QUERY", "a q --from r", ""},
		{"import [--from DIR]", "", ""},
	} {
		var from string
		spec := Spec{Use: c.use, Flags: func(f Flags) { f.String(&from, "from", "origin") }}
		err := call(spec, func(*Run) error { return nil }, strings.Fields(c.args)...)
		if got := text(err); got != c.fault {
			t.Errorf("%s, called with %q: %q, want %q", c.use, c.args, got, c.fault)
		}
	}
}

func TestOnlyGivenFlagsChangeSettings(t *testing.T) {
	t.Parallel()
	type settings struct {
		Name, Note string
		Tags       []string
		Open       bool
	}
	bind := func(s *settings) func(f Flags) {
		return func(f Flags) {
			f.String(&s.Name, "name", "")
			f.String(&s.Note, "note", "")
			f.List(&s.Tags, "tag", "")
			f.Bool(&s.Open, "open", "")
		}
	}
	before := settings{Name: "old", Note: "stays", Tags: []string{"a", "b"}, Open: true}
	var note, tag *string
	err := call(Spec{Use: "edit", Flags: func(f Flags) {
		bind(new(settings))(f)
		Optional(f, f.String, &note, "comment", "")
		Optional(f, f.String, &tag, "label", "")
	}}, func(r *Run) error { return r.Apply(bind(&before)) }, "--name", "new", "--tag", "c", "--open=false", "--label", "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(settings{Name: "new", Note: "stays", Tags: []string{"c"}}, before); diff != "" {
		t.Error(diff)
	}
	if note != nil || tag == nil {
		t.Errorf("a flag that was not given is %v, an empty one %v", note, tag)
	}
}
