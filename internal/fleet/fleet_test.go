package fleet_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/db/dbtest"
	"github.com/aptarium/aptarium/internal/fleet"
	"github.com/aptarium/aptarium/internal/problem"
)

// world is a store and a transaction at a time.
type world struct {
	*testing.T
	d *db.DB
	fleet.Store
}

func run(t *testing.T, test func(w world)) {
	t.Helper()
	dbtest.Run(t, []db.Schema{fleet.Schema()}, func(t *testing.T, d *db.DB) { test(world{t, d, fleet.Store{}}) })
}

// do runs fn in a transaction that must succeed.
func (w world) do(fn func(ctx context.Context, tx *db.Tx) error) {
	w.Helper()
	if err := w.try(fn); err != nil {
		w.Fatal(err)
	}
}

func (w world) try(fn func(ctx context.Context, tx *db.Tx) error) error {
	ctx := w.Context()
	return w.d.Tx(ctx, func(tx *db.Tx) error { return fn(ctx, tx) })
}

// profile makes a profile.
func (w world) profile(title string) (p fleet.Profile) {
	w.Helper()
	w.do(func(ctx context.Context, tx *db.Tx) (err error) {
		p, err = w.CreateProfile(ctx, tx, fleet.NewProfile{Title: title, AccessGroup: "global"})
		return err
	})
	return p
}

// source makes an APT source.
func (w world) source(name, key string) (s fleet.Source) {
	w.Helper()
	w.do(func(ctx context.Context, tx *db.Tx) (err error) {
		s, err = w.CreateSource(ctx, tx, fleet.NewSource{Name: name, Line: "deb  http://x/" + name + " stable main", Key: key, AccessGroup: "global"})
		return err
	})
	return s
}

// again reads a profile.
func (w world) again(p fleet.Profile) (now fleet.Profile) {
	w.Helper()
	w.do(func(ctx context.Context, tx *db.Tx) (err error) {
		now, err = w.Profile(ctx, tx, p.Name)
		return err
	})
	return now
}

// refused checks that something is refused as a problem of a kind that says something.
func (w world) refused(kind problem.Kind, says string, fn func(ctx context.Context, tx *db.Tx) error) {
	w.Helper()
	if err := w.try(fn); !problem.Is(err, kind) || !strings.Contains(err.Error(), says) {
		w.Errorf("%v\nwant %s …%s…", err, kind, says)
	}
}

func TestNamesOfProfilesAreMadeFromTheirTitles(t *testing.T) {
	t.Parallel()
	run(t, func(w world) {
		for _, c := range [][2]string{
			{"Lucid Example", "lucid-example"}, {"lds-profile", "lds-profile"}, {"Web  servers!", "web-servers"}, {"web servers", "web-servers-2"},
			{"Web-Servers", "web-servers-3"}, {"web servers 2", "web-servers-2-2"}, {"  a_b.c/d  ", "a-b-c-d"}, {"Größe 3", "gre-3"},
			{strings.Repeat("x", 150), strings.Repeat("x", 92)},
		} {
			if p := w.profile(c[0]); p.Name != c[1] || p.Title != c[0] {
				w.Errorf("%q is called %s", c[0], p.Name)
			}
		}
		for _, title := range []string{"", "  ", "日本", "a\nb", strings.Repeat("x", 201), "\xff"} {
			w.refused(problem.Invalid, "title", func(ctx context.Context, tx *db.Tx) error {
				_, err := w.CreateProfile(ctx, tx, fleet.NewProfile{Title: title, AccessGroup: "global"})
				return err
			})
		}
		w.refused(problem.Invalid, "description", func(ctx context.Context, tx *db.Tx) error {
			_, err := w.CreateProfile(ctx, tx, fleet.NewProfile{Title: "x", Description: strings.Repeat("x", 4001)})
			return err
		})
	})
}

func TestAProfileIsEditedAndDropped(t *testing.T) {
	t.Parallel()
	run(t, func(w world) {
		p := w.profile("Old title")
		text := "What\nfor"
		w.do(func(ctx context.Context, tx *db.Tx) error {
			_, err := w.EditProfile(ctx, tx, p, fleet.ProfileEdit{Description: &text})
			return err
		})
		title := "New title"
		w.do(func(ctx context.Context, tx *db.Tx) error {
			got, err := w.EditProfile(ctx, tx, w.mustProfile(ctx, tx, p.Name), fleet.ProfileEdit{Title: &title})
			want := fleet.Profile{ID: p.ID, Name: "old-title", Title: title, Description: text, AccessGroup: "global", CreatedAt: p.CreatedAt}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				w.Error(diff)
			}
			return err
		})
		empty := ""
		w.refused(problem.Invalid, "title", func(ctx context.Context, tx *db.Tx) error {
			_, err := w.EditProfile(ctx, tx, p, fleet.ProfileEdit{Title: &empty})
			return err
		})
		w.do(func(ctx context.Context, tx *db.Tx) error {
			if err := w.AddTags(ctx, tx, p, []string{"a"}); err != nil {
				return err
			}
			return w.DropProfile(ctx, tx, p)
		})
		w.refused(problem.NotFound, "old-title", func(ctx context.Context, tx *db.Tx) error {
			_, err := w.Profile(ctx, tx, p.Name)
			return err
		})
		if p := w.profile("Old title"); len(p.Tags) != 0 || p.Name != "old-title" {
			w.Errorf("its successor is %+v", p)
		}
	})
}

func (w world) mustProfile(ctx context.Context, tx *db.Tx, name string) fleet.Profile {
	w.Helper()
	p, err := w.Profile(ctx, tx, name)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func TestTagsStayWhileAllComputersHaveTheProfile(t *testing.T) {
	t.Parallel()
	run(t, func(w world) {
		p := w.profile("p")
		w.do(func(ctx context.Context, tx *db.Tx) error { return w.AddTags(ctx, tx, p, []string{"web", "db", "web"}) })
		p = w.again(p)
		w.do(func(ctx context.Context, tx *db.Tx) error { return w.AddTags(ctx, tx, p, []string{"db", "App-1"}) })
		p = w.again(p)
		if diff := cmp.Diff([]string{"App-1", "db", "web"}, p.Tags); diff != "" || p.AllComputers || !p.Reaches([]string{"x", "db"}) || p.Reaches([]string{"x"}) || p.Reaches(nil) {
			w.Errorf("%+v\n%s", p, diff)
		}
		w.do(func(ctx context.Context, tx *db.Tx) error { return w.SetAllComputers(ctx, tx, p, true) })
		if p = w.again(p); !p.AllComputers || len(p.Tags) != 3 || !p.Reaches(nil) {
			w.Errorf("with all computers it is %+v", p)
		}
		w.do(func(ctx context.Context, tx *db.Tx) error { return w.RemoveTags(ctx, tx, p, []string{"web", "db"}) })
		w.do(func(ctx context.Context, tx *db.Tx) error { return w.SetAllComputers(ctx, tx, p, false) })
		if p = w.again(p); p.AllComputers || len(p.Tags) != 1 || p.Reaches([]string{"web"}) {
			w.Errorf("in the end it is %+v", p)
		}
		w.refused(problem.NotFound, `the tag "other"`, func(ctx context.Context, tx *db.Tx) error {
			return w.RemoveTags(ctx, tx, p, []string{"App-1", "other"})
		})
		if p = w.again(p); len(p.Tags) != 1 {
			w.Errorf("what was refused took %+v", p)
		}
		for _, tag := range []string{"", "a b", "a_b", "é", strings.Repeat("x", 101)} {
			w.refused(problem.Invalid, "tags: ", func(ctx context.Context, tx *db.Tx) error { return w.AddTags(ctx, tx, p, []string{"fine", tag}) })
		}
		many := make([]string, 500)
		for i := range many {
			many[i] = fmt.Sprint(i)
		}
		w.refused(problem.Invalid, "at most 500", func(ctx context.Context, tx *db.Tx) error { return w.AddTags(ctx, tx, p, many) })
	})
}

func TestPocketsAndSourcesJoinAndLeaveProfiles(t *testing.T) {
	t.Parallel()
	run(t, func(w world) {
		p, q := w.profile("p"), w.profile("q")
		first, second := w.source("first", ""), w.source("second", "")
		w.do(func(ctx context.Context, tx *db.Tx) error {
			for _, profile := range []fleet.Profile{p, q} {
				if err := w.AddPockets(ctx, tx, profile, []int64{7, 5, 7}); err != nil {
					return err
				}
				if err := w.AddSources(ctx, tx, profile, []fleet.Source{second, first}); err != nil {
					return err
				}
			}
			return nil
		})
		p = w.again(p)
		w.do(func(ctx context.Context, tx *db.Tx) error {
			if err := w.AddPockets(ctx, tx, p, []int64{5, 6}); err != nil {
				return err
			}
			return w.AddSources(ctx, tx, p, []fleet.Source{first})
		})
		p = w.again(p)
		if diff := cmp.Diff([]int64{5, 6, 7}, p.Pockets) + cmp.Diff([]fleet.Source{first, second}, p.Sources); diff != "" {
			w.Error(diff)
		}
		w.do(func(ctx context.Context, tx *db.Tx) error {
			if err := w.RemovePockets(ctx, tx, p, []int64{6, 99}); err != nil {
				return err
			}
			if err := w.RemoveSources(ctx, tx, p, []fleet.Source{second}); err != nil {
				return err
			}
			return w.ForgetPockets(ctx, tx, 5, 98)
		})
		p, q = w.again(p), w.again(q)
		if diff := cmp.Diff([][]int64{{7}, {7}}, [][]int64{p.Pockets, q.Pockets}) + cmp.Diff([]int{1, 2}, []int{len(p.Sources), len(q.Sources)}); diff != "" {
			w.Error(diff)
		}
		many := make([]int64, 500)
		for i := range many {
			many[i] = int64(i + 10)
		}
		w.refused(problem.Invalid, "at most 500", func(ctx context.Context, tx *db.Tx) error { return w.AddPockets(ctx, tx, p, many) })
		w.do(func(ctx context.Context, tx *db.Tx) error { return w.ForgetPockets(ctx, tx) })
	})
}

func TestProfilesAreListedByWhatTheyHave(t *testing.T) {
	t.Parallel()
	run(t, func(w world) {
		a, b, _ := w.profile("alpha 50%"), w.profile("Beta"), w.profile("gamma")
		s := w.source("s", "")
		w.do(func(ctx context.Context, tx *db.Tx) error {
			if err := w.AddTags(ctx, tx, a, []string{"t"}); err != nil {
				return err
			}
			if err := w.AddPockets(ctx, tx, b, []int64{3}); err != nil {
				return err
			}
			if err := w.Regroup(ctx, tx, "nobody", "nowhere"); err != nil {
				return err
			}
			return w.AddSources(ctx, tx, b, []fleet.Source{s})
		})
		for want, f := range map[string]fleet.ProfileFilter{
			"alpha-50 beta gamma": {},
			"beta gamma":          {Names: []string{"gamma", "beta", "nothing"}},
			"alpha-50":            {Tag: "t"},
			"beta":                {Pocket: 3},
			"beta ":               {Source: "s"},
			"alpha-50 ":           {Text: "50%"},
			"beta  ":              {Text: "BET"},
			"":                    {Text: "_"},
			" ":                   {AccessGroups: []string{"other"}},
			"alpha-50  ":          {AccessGroups: []string{"global"}, Tag: "t", Text: "a"},
		} {
			w.do(func(ctx context.Context, tx *db.Tx) error {
				found, err := w.Profiles(ctx, tx, f, "", 10)
				if got := names(found); got != strings.TrimSpace(want) {
					w.Errorf("%+v finds %q", f, got)
				}
				return err
			})
		}
		w.do(func(ctx context.Context, tx *db.Tx) error {
			found, err := w.Profiles(ctx, tx, fleet.ProfileFilter{}, "alpha-50", 1)
			if names(found) != "beta" {
				w.Errorf("the second page is %q", names(found))
			}
			return err
		})
	})
}

func names(profiles []fleet.Profile) string {
	var all []string
	for _, p := range profiles {
		all = append(all, p.Name)
	}
	return strings.Join(all, " ")
}

func TestSourcesAreKeptInOneFormAndWhileTheyAreUsed(t *testing.T) {
	t.Parallel()
	run(t, func(w world) {
		s := w.source("lucid-mirror", "ABCD")
		if s.Line != "deb http://x/lucid-mirror stable main" || s.Key != "ABCD" {
			w.Errorf("%+v", s)
		}
		create := func(name, line, key string) func(context.Context, *db.Tx) error {
			return func(ctx context.Context, tx *db.Tx) error {
				_, err := w.CreateSource(ctx, tx, fleet.NewSource{Name: name, Line: line, Key: key, AccessGroup: "global"})
				return err
			}
		}
		w.refused(problem.Conflict, "lucid-mirror already", create("lucid-mirror", "deb http://x/y a b", ""))
		w.refused(problem.Invalid, "line: ", create("x", "deb", ""))
		w.refused(problem.Invalid, "already names a key", create("x", "deb [signed-by=/x] http://x/y a b", "ABCD"))
		for _, name := range []string{"", "Upper", "-x", "a b", "a_b", strings.Repeat("x", 101)} {
			w.refused(problem.Invalid, "name: ", create(name, "deb http://x/y a b", ""))
		}
		edit := func(line, key string) func(context.Context, *db.Tx) error {
			return func(ctx context.Context, tx *db.Tx) error {
				got, err := w.EditSource(ctx, tx, s, fleet.SourceEdit{Line: &line, Key: &key})
				if err == nil && (got.Line != line || got.Key != key || got.Name != s.Name) {
					w.Errorf("edited it is %+v", got)
				}
				return err
			}
		}
		w.refused(problem.Invalid, "line: ", edit("deb x", ""))
		w.refused(problem.Invalid, "already names a key", edit("deb [signed-by=/x] http://x/y a b", "ABCD"))
		w.do(edit("deb [signed-by=/x] http://x/y a b", ""))
		w.do(edit("deb http://x/y a b c", "ABCD"))
		p := w.profile("p")
		w.do(func(ctx context.Context, tx *db.Tx) error { return w.AddSources(ctx, tx, p, []fleet.Source{s}) })
		w.do(func(ctx context.Context, tx *db.Tx) error {
			names, err := w.ProfilesOf(ctx, tx, []fleet.Source{s})
			if diff := cmp.Diff(map[int64][]string{s.ID: {"p"}}, names); diff != "" {
				w.Error(diff)
			}
			return err
		})
		w.refused(problem.Conflict, "the profile p has", func(ctx context.Context, tx *db.Tx) error { return w.DropSource(ctx, tx, s) })
		w.do(func(ctx context.Context, tx *db.Tx) error {
			name, err := w.SignedBy(ctx, tx, "ABCD")
			if name != s.Name {
				w.Errorf("the key is of %q", name)
			}
			if other, _ := w.SignedBy(ctx, tx, "other"); other != "" {
				w.Errorf("another key is of %q", other)
			}
			return err
		})
		w.do(func(ctx context.Context, tx *db.Tx) error {
			if err := w.DropProfile(ctx, tx, p); err != nil {
				return err
			}
			return w.DropSource(ctx, tx, s)
		})
		w.refused(problem.NotFound, "lucid-mirror", func(ctx context.Context, tx *db.Tx) error {
			_, err := w.Source(ctx, tx, s.Name)
			return err
		})
	})
}

func TestSourcesAreListedAndRegrouped(t *testing.T) {
	t.Parallel()
	run(t, func(w world) {
		a := w.source("a", "")
		w.source("b", "")
		p := w.profile("p")
		w.do(func(ctx context.Context, tx *db.Tx) error {
			if err := w.AddSources(ctx, tx, p, []fleet.Source{a}); err != nil {
				return err
			}
			_, err := w.CreateSource(ctx, tx, fleet.NewSource{Name: "c", Line: "deb http://x/y a b", AccessGroup: "team"})
			return err
		})
		for want, f := range map[string]fleet.SourceFilter{
			"a b c": {}, "a b": {AccessGroups: []string{"global"}}, "a": {Profile: "p"}, "a ": {Text: "X/A"}, "b": {Names: []string{"b"}}, "": {Profile: "q"},
		} {
			w.do(func(ctx context.Context, tx *db.Tx) error {
				if got := w.sourceNames(ctx, tx, f); got != strings.TrimSpace(want) {
					w.Errorf("%+v finds %q", f, got)
				}
				return nil
			})
		}
		w.do(func(ctx context.Context, tx *db.Tx) error {
			if err := w.Regroup(ctx, tx, "global", "team"); err != nil {
				return err
			}
			if got := w.sourceNames(ctx, tx, fleet.SourceFilter{AccessGroups: []string{"team"}}); got != "a b c" {
				w.Errorf("the team has %q", got)
			}
			return nil
		})
		if p := w.again(p); p.AccessGroup != "team" || p.Sources[0].AccessGroup != "team" {
			w.Errorf("the profile is %+v", p)
		}
	})
}

func (w world) sourceNames(ctx context.Context, tx *db.Tx, f fleet.SourceFilter) string {
	found, err := w.Sources(ctx, tx, f, "", 10)
	if err != nil {
		w.Error(err)
	}
	var all []string
	for _, s := range found {
		all = append(all, s.Name)
	}
	return strings.Join(all, " ")
}
