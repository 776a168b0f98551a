package access

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// group makes an access group.
func (b bundle) group(title, parent string) (g Group) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) (err error) {
		g, err = b.CreateGroup(ctx, tx, NewGroup{Title: title, Parent: parent})
		return err
	})
	return g
}

// groups returns all access groups, as "name<parent".
func (b bundle) groups() (lines []string) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error {
		all, err := b.Groups(ctx, tx, nil)
		for _, g := range all {
			lines = append(lines, g.Name+"<"+g.Parent)
		}
		return err
	})
	return lines
}

func TestAGroupsNameComesFromItsTitle(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Desktop": "desktop", "Web Servers": "web-servers", " A\tB ": "a-b", "v1.2-rc": "v1.2-rc", "R&D (EU)": "rd-eu", "Büro": "büro", "!?": "", "": "",
	} {
		if got := GroupName(title); got != want {
			t.Errorf("%q: got %q, want %q", title, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := GroupName(rapid.String().Draw(t, "title"))
		if GroupName(name) != name {
			t.Errorf("%q is not its own name", name)
		}
	})
}

func TestGroupsThatCannotBeAreRefused(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.group("Web", "")
		parent := RootGroup
		for i := range maxGroupDepth {
			parent = b.group(fmt.Sprint("deep", i), parent).Name
		}
		for name, tc := range map[string]struct {
			group NewGroup
			kind  problem.Kind
			code  problem.Reason
		}{
			"nothing":           {NewGroup{}, problem.Invalid, InvalidGroup},
			"no letter":         {NewGroup{Title: "!"}, problem.Invalid, InvalidGroup},
			"a line break":      {NewGroup{Title: "a\nb"}, problem.Invalid, InvalidGroup},
			"long":              {NewGroup{Title: strings.Repeat("x", 201)}, problem.Invalid, InvalidGroup},
			"a name of its own": {NewGroup{Name: "Web", Title: "x"}, problem.Invalid, InvalidGroup},
			"taken":             {NewGroup{Title: "WEB"}, problem.Conflict, DuplicateGroup},
			"the root":          {NewGroup{Title: "Global"}, problem.Conflict, DuplicateGroup},
			"no parent":         {NewGroup{Title: "x", Parent: "none"}, problem.NotFound, UnknownGroup},
			"too deep":          {NewGroup{Title: "x", Parent: parent}, problem.Invalid, InvalidGroup},
		} {
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := b.CreateGroup(ctx, tx, tc.group)
				return err
			})
			if !problem.Is(err, tc.kind) || problem.ReasonOf(err) != tc.code {
				t.Errorf("%s: got %v with the code %q", name, err, problem.ReasonOf(err))
			}
		}
	})
}

// Groups below one that is removed move up, and nobody has more rights than before.
func TestARemovedGroupLeavesWhatIsBelowIt(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.group("Web", "")
		b.group("Test", "web")
		b.group("Prod", "web")
		webmaster := b.role("Webmaster", RoleEdit{AddPermissions: []string{"ManageRepository"}, AddGroups: []string{"web"}})
		b.role("Tester", RoleEdit{AddPermissions: []string{"ManageRepository"}, AddGroups: []string{"test"}})
		var parent Group
		b.do(func(ctx context.Context, tx *db.Tx) (err error) {
			parent, err = b.DropGroup(ctx, tx, "web")
			return err
		})
		if diff := cmp.Diff([]string{"prod", "test"}, parent.Children); parent.Name != RootGroup || diff != "" {
			t.Errorf("%+v", parent)
		}
		if diff := cmp.Diff([]string{"global<", "prod<global", "test<global"}, b.groups()); diff != "" {
			t.Error(diff)
		}
		if r := b.rights(webmaster.Name); len(r) != 0 {
			t.Errorf("a role keeps rights: %v", r)
		}
		if r := b.rights("Tester"); !r.In(Repository, "test") || r.In(Repository, "prod") {
			t.Errorf("%v", r)
		}
		for name, kind := range map[string]problem.Kind{"web": problem.NotFound, "": problem.NotFound, RootGroup: problem.Invalid} {
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := b.DropGroup(ctx, tx, name)
				return err
			})
			if !problem.Is(err, kind) {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
}

func TestGroupsAreFoundByTheirNames(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.group("Web", "")
		b.group("DB", "")
		b.do(func(ctx context.Context, tx *db.Tx) error {
			found, err := b.Groups(ctx, tx, []string{"db", "none", "global"})
			if len(found) != 2 || found[0].Name != "db" || !slices.Equal(found[1].Children, []string{"db", "web"}) {
				t.Errorf("%+v", found)
			}
			return err
		})
	})
}

// What a group reaches is what one comes to by going down, in any tree.
func TestAGroupReachesAllBelowIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		groups := []Group{{Name: RootGroup}}
		for i := range rapid.IntRange(0, 30).Draw(t, "groups") {
			parent := groups[rapid.IntRange(0, i).Draw(t, "parent")].Name
			groups = append(groups, Group{Name: fmt.Sprint("g", i), Parent: parent})
		}
		chosen := rapid.SliceOfN(rapid.SampledFrom(groups), 0, 3).Draw(t, "chosen")
		var names []string
		for _, g := range chosen {
			names = append(names, g.Name)
		}
		above := func(g Group) (names []string) {
			for {
				names = append(names, g.Name)
				i := slices.IndexFunc(groups, func(other Group) bool { return other.Name == g.Parent })
				if i < 0 {
					return names
				}
				g = groups[i]
			}
		}
		reached := Rights{Read: newGroupTree(groups).reach(names...)}
		for _, g := range groups {
			want := slices.ContainsFunc(above(g), func(name string) bool { return slices.Contains(names, name) })
			if got := reached.In(Read, g.Name); got != want {
				t.Errorf("from %v to %s: %v, want %v", names, g.Name, got, want)
			}
		}
	})
}
