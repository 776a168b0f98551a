package app_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/aptarium/aptarium/deb/debfile"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/problem"
)

// related makes an amd64 package with relations: "Depends: a" and the like.
func related(tb testing.TB, name, version string, fields ...string) apptest.Upload {
	tb.Helper()
	control := fmt.Sprintf("Package: %s\nVersion: %s\nArchitecture: amd64\nMaintainer: T <t@example.org>\nDescription: test\n", name, version)
	for _, f := range fields {
		control += f + "\n"
	}
	var b bytes.Buffer
	if err := debfile.Write(&b, []byte(control), nil, debfile.WriteOptions{}); err != nil {
		tb.Fatal(err)
	}
	return apptest.File(fmt.Sprintf("%s_%s_amd64.deb", name, version), b.Bytes())
}

// tellBroken writes what is broken, a line each.
func tellBroken(b app.Breakage) string {
	var text strings.Builder
	for _, architecture := range b.Architectures {
		for _, p := range architecture.List {
			fmt.Fprintf(&text, "%s %s: %s\n", p.PackageVersion, architecture.Architecture, p.Why)
		}
	}
	return text.String()
}

func refs(tb testing.TB, texts ...string) (list []app.Ref) {
	tb.Helper()
	for _, text := range texts {
		list = append(list, ref(tb, text))
	}
	return list
}

func TestBreakageIsToldForPeople(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	h.MakeRepo("release", related(t, "base", "1"), related(t, "lib", "1"), related(t, "tool", "1", "Depends: lib"), related(t, "suite", "1", "Depends: tool, base"))
	h.MakeRepo("old")
	for name, c := range map[string]struct {
		staged []apptest.Upload
		want   string
	}{
		"harmless":   {[]apptest.Upload{related(t, "lib", "2"), related(t, "more", "1", "Depends: lib (>= 2)")}, ""},
		"unmet":      {[]apptest.Upload{related(t, "more", "1", "Depends: lib (>= 2)")}, "more 1 amd64: nothing satisfies its Depends: lib (>= 2)\n"},
		"through":    {[]apptest.Upload{related(t, "lib", "2", "Pre-Depends: none")}, "lib 2 amd64: nothing satisfies its Pre-Depends: none\nsuite 1 amd64: needs tool 1, which needs lib 2; nothing satisfies the Pre-Depends of lib 2: none\ntool 1 amd64: needs lib 2; nothing satisfies the Pre-Depends of lib 2: none\n"},
		"excluded":   {[]apptest.Upload{related(t, "lib", "2", "Breaks: tool (<< 2)")}, "suite 1 amd64: needs tool 1, which needs lib 2; the Breaks of lib 2: tool (<< 2), excludes tool 1, which it needs\ntool 1 amd64: needs lib 2; the Breaks of lib 2: tool (<< 2), excludes it\n"},
		"from afar":  {[]apptest.Upload{related(t, "base", "2", "Conflicts: lib")}, "suite 1 amd64: needs base 2; the Conflicts of base 2: lib, excludes lib 1, which it needs for tool 1\n"},
		"unreadable": {[]apptest.Upload{related(t, "tool", "2", "Depends: lib (>= )")}, "suite 1 amd64: needs tool 2; the Depends of tool 2: lib (>= ), cannot be read\ntool 2 amd64: its Depends: lib (>= ), cannot be read\n"},
	} {
		repo := "staging-" + strings.ReplaceAll(name, " ", "-")
		h.MakeRepo(repo, c.staged...)
		got, err := h.CheckViews(h.Ctx, refs(t, "repo:release", "repo:old"), refs(t, "repo:release", "repo:"+repo), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, tellBroken(got)); diff != "" || got.Broken != strings.Count(c.want, "\n") {
			t.Errorf("%s: %d broken: %s", name, got.Broken, diff)
		}
	}
}

func TestWhatCannotBeCheckedIsTold(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	h.MakeRepo("tools")
	tools := refs(t, "repo:tools")
	for name, c := range map[string]struct {
		before, after []app.Ref
		architectures []string
		kind          problem.Kind
	}{
		"nothing after":       {tools, nil, nil, problem.Invalid},
		"no architecture":     {tools, tools, []string{"all"}, problem.Invalid},
		"a repo that is not":  {tools, refs(t, "repo:none"), nil, problem.NotFound},
		"many collections":    {tools, make([]app.Ref, 200), nil, problem.TooLarge},
		"many architectures":  {tools, tools, make([]string, 200), problem.TooLarge},
		"a state not to come": {tools, refs(t, "repo:tools@99991231"), nil, problem.NotFound},
	} {
		if _, err := h.CheckViews(h.Ctx, c.before, c.after, c.architectures); !problem.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b, err := h.CheckViews(h.Ctx, nil, tools, nil); err != nil || b.Broken != 0 {
		t.Errorf("%+v, %v", b, err)
	}
}
