package collections_test

import (
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/collections"
	"github.com/aptarium/aptarium/internal/problem"
	"github.com/google/go-cmp/cmp"
)

func refs(tb testing.TB, texts ...string) (list []collections.Ref) {
	tb.Helper()
	for _, text := range texts {
		list = append(list, ref(tb, text))
	}
	return list
}

func TestBreakageIsToldForPeople(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	h.MakeRepo("release", apptest.Related(t, "base", "1"), apptest.Related(t, "lib", "1"), apptest.Related(t, "tool", "1", "Depends: lib"), apptest.Related(t, "suite", "1", "Depends: tool, base"))
	h.MakeRepo("old")
	for name, c := range map[string]struct {
		staged []apptest.Upload
		want   string
	}{
		"harmless":   {[]apptest.Upload{apptest.Related(t, "lib", "2"), apptest.Related(t, "more", "1", "Depends: lib (>= 2)")}, ""},
		"unmet":      {[]apptest.Upload{apptest.Related(t, "more", "1", "Depends: lib (>= 2)")}, "more 1 amd64: nothing satisfies its Depends: lib (>= 2)\n"},
		"through":    {[]apptest.Upload{apptest.Related(t, "lib", "2", "Pre-Depends: none")}, "lib 2 amd64: nothing satisfies its Pre-Depends: none\nsuite 1 amd64: needs tool 1, which needs lib 2; nothing satisfies the Pre-Depends of lib 2: none\ntool 1 amd64: needs lib 2; nothing satisfies the Pre-Depends of lib 2: none\n"},
		"excluded":   {[]apptest.Upload{apptest.Related(t, "lib", "2", "Breaks: tool (<< 2)")}, "suite 1 amd64: needs tool 1, which needs lib 2; the Breaks of lib 2: tool (<< 2), excludes tool 1, which it needs\ntool 1 amd64: needs lib 2; the Breaks of lib 2: tool (<< 2), excludes it\n"},
		"from afar":  {[]apptest.Upload{apptest.Related(t, "base", "2", "Conflicts: lib")}, "suite 1 amd64: needs base 2; the Conflicts of base 2: lib, excludes lib 1, which it needs for tool 1\n"},
		"unreadable": {[]apptest.Upload{apptest.Related(t, "tool", "2", "Depends: lib (>= )")}, "suite 1 amd64: needs tool 2; the Depends of tool 2: lib (>= ), cannot be read\ntool 2 amd64: its Depends: lib (>= ), cannot be read\n"},
	} {
		repo := "staging-" + strings.ReplaceAll(name, " ", "-")
		h.MakeRepo(repo, c.staged...)
		got, err := h.Collections.CheckViews(h.Ctx, refs(t, "repo:release", "repo:old"), refs(t, "repo:release", "repo:"+repo), nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, apptest.TellBroken(got)); diff != "" || got.Broken != strings.Count(c.want, "\n") {
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
		before, after []collections.Ref
		architectures []string
		kind          problem.Kind
	}{
		"nothing after":       {tools, nil, nil, problem.Invalid},
		"no architecture":     {tools, tools, []string{"all"}, problem.Invalid},
		"a repo that is not":  {tools, refs(t, "repo:none"), nil, problem.NotFound},
		"many collections":    {tools, make([]collections.Ref, 200), nil, problem.TooLarge},
		"many architectures":  {tools, tools, make([]string, 200), problem.TooLarge},
		"a state not to come": {tools, refs(t, "repo:tools@99991231"), nil, problem.NotFound},
	} {
		if _, err := h.Collections.CheckViews(h.Ctx, c.before, c.after, c.architectures); !problem.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if b, err := h.Collections.CheckViews(h.Ctx, nil, tools, nil); err != nil || b.Broken != 0 {
		t.Errorf("%+v, %v", b, err)
	}
}
