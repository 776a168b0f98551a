package access

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// role makes a role with what an edit adds.
func (b bundle) role(name string, e RoleEdit) (r PersonRole) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) (err error) {
		if r, err = b.CreateRole(ctx, tx, name, ""); err != nil {
			return err
		}
		r, err = b.EditRole(ctx, tx, r, e)
		return err
	})
	return r
}

// editRole changes a role by its name.
func (b bundle) editRole(name string, e RoleEdit) (r PersonRole, err error) {
	err = b.try(func(ctx context.Context, tx *db.Tx) error {
		if r, err = b.Role(ctx, tx, name); err != nil {
			return err
		}
		r, err = b.EditRole(ctx, tx, r, e)
		return err
	})
	return r, err
}

// rights returns what roles allow.
func (b bundle) rights(names ...string) (rights Rights) {
	b.t.Helper()
	b.do(func(ctx context.Context, tx *db.Tx) error {
		roles, err := b.PersonRoles(ctx, tx, names)
		if err != nil {
			return err
		}
		rights, err = b.RightsOfRoles(ctx, tx, roles...)
		return err
	})
	return rights
}

func TestTheRolesThatAreThereFromTheStart(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.do(func(ctx context.Context, tx *db.Tx) error {
			roles, err := b.PersonRoles(ctx, tx, nil)
			var names []string
			for _, r := range roles {
				names = append(names, r.Name)
				if !slices.Equal(r.Groups, []string{RootGroup}) || len(r.Persons) != 0 {
					t.Errorf("%+v", r)
				}
				for _, p := range r.Permissions {
					if _, ok := namedPermission(p); !ok {
						t.Errorf("%s has the permission %q, which there is not", r.Name, p)
					}
				}
			}
			if diff := cmp.Diff([]string{"Auditor", "GlobalAdmin", "SupportAnalyst"}, names); diff != "" {
				t.Error(diff)
			}
			return err
		})
		if r := b.rights(GlobalAdmin); !r.In(Admin, "any") || len(r) != len(everything()) {
			t.Errorf("%v", r)
		}
		if r := b.rights("Auditor"); !r.In(Read, RootGroup) || !r.In(Events, RootGroup) || r.In(Repository, RootGroup) || r.In(Persons, RootGroup) {
			t.Errorf("%v", r)
		}
	})
}

func TestARoleIsWhatWasGivenToIt(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.group("Web", "")
		b.person("ann@example.org")
		b.person("bob@example.org")
		r := b.role("Webmaster", RoleEdit{AddPermissions: []string{"ManageRepository", "ViewEventLog"}, AddGroups: []string{"web"}, AddPersons: []string{"Bob@example.org", "ann@example.org"}})
		want := PersonRole{ID: r.ID, Name: "Webmaster", Permissions: []string{"ManageRepository", "ViewEventLog"}, Groups: []string{"web"}, Persons: []string{"ann@example.org", "bob@example.org"}}
		if diff := cmp.Diff(want, r); diff != "" || r.ID <= firstRole {
			t.Error(diff)
		}
		if grouped, global := r.Parts(); !slices.Equal(grouped, []string{"ManageRepository"}) || !slices.Equal(global, []string{"ViewEventLog"}) {
			t.Errorf("%v, %v", grouped, global)
		}
		text := "Keeps the web"
		again, err := b.editRole("Webmaster", RoleEdit{
			Description: &text, AddPermissions: []string{"ManageRepository"}, RemovePermissions: []string{"ViewEventLog", "ViewScript"},
			RemoveGroups: []string{"web"}, AddGroups: []string{"global"}, RemovePersons: []string{"bob@example.org"},
		})
		want = PersonRole{ID: r.ID, Name: "Webmaster", Description: text, Permissions: []string{"ManageRepository"}, Groups: []string{"global"}, Persons: []string{"ann@example.org"}}
		if diff := cmp.Diff(want, again); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
		var copied PersonRole
		b.do(func(ctx context.Context, tx *db.Tx) (err error) {
			copied, err = b.CopyRole(ctx, tx, again, "Copy", "")
			return err
		})
		want.ID, want.Name, want.Persons = copied.ID, "Copy", nil
		if diff := cmp.Diff(want, copied); diff != "" {
			t.Error(diff)
		}
		b.do(func(ctx context.Context, tx *db.Tx) error { return b.DropRole(ctx, tx, again) })
		if ann := b.found("ann@example.org"); len(ann.Roles) != 0 {
			t.Errorf("%+v", ann)
		}
	})
}

func TestEditsThatCannotBeChangeNothing(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		b.role("Webmaster", RoleEdit{})
		text, bad := "x", "a\nb"
		for name, tc := range map[string]struct {
			role string
			edit RoleEdit
			kind problem.Kind
			code problem.Reason
		}{
			"no such role":       {"None", RoleEdit{}, problem.NotFound, UnknownRole},
			"no such permission": {"Webmaster", RoleEdit{Description: &text, AddPermissions: []string{"ViewScript", "Fly"}}, problem.Invalid, InvalidRolePermissions},
			"nor to take away":   {"Webmaster", RoleEdit{RemovePermissions: []string{"Fly"}}, problem.Invalid, InvalidRolePermissions},
			"no such group":      {"Webmaster", RoleEdit{AddPermissions: []string{"ViewScript"}, AddGroups: []string{"none"}}, problem.NotFound, UnknownGroups},
			"no such person":     {"Webmaster", RoleEdit{AddPermissions: []string{"ViewScript"}, AddPersons: []string{"eve@example.org"}}, problem.NotFound, UnknownPersonEmails},
			"nor to be removed":  {"Webmaster", RoleEdit{RemovePersons: []string{"eve@example.org"}}, problem.NotFound, UnknownPersonEmails},
			"two lines":          {"Webmaster", RoleEdit{Description: &bad}, problem.Invalid, ""},
			"GlobalAdmin":        {GlobalAdmin, RoleEdit{RemovePermissions: []string{"ViewScript"}}, problem.Conflict, ReadOnlyRole},
			"its words":          {GlobalAdmin, RoleEdit{Description: &text}, problem.Conflict, ReadOnlyRole},
		} {
			if _, err := b.editRole(tc.role, tc.edit); !problem.Is(err, tc.kind) || problem.ReasonOf(err) != tc.code {
				t.Errorf("%s: got %v with the code %q", name, err, problem.ReasonOf(err))
			}
		}
		if r, err := b.editRole("Webmaster", RoleEdit{}); err != nil || r.Description != "" || len(r.Permissions) != 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestRolesHaveNames(t *testing.T) {
	forStores(t, func(t *testing.T, b bundle) {
		for name, code := range map[string]problem.Reason{
			"Web-Master+2": "", "x": "", "": InvalidRoleName, "1x": InvalidRoleName, "a b": InvalidRoleName, "ä": InvalidRoleName,
			strings.Repeat("x", 101): InvalidRoleName, GlobalAdmin: DuplicateRoleName,
		} {
			err := b.try(func(ctx context.Context, tx *db.Tx) error {
				_, err := b.CreateRole(ctx, tx, name, "")
				return err
			})
			if problem.ReasonOf(err) != code || code == "" && err != nil {
				t.Errorf("%q: got %v with the code %q", name, err, problem.ReasonOf(err))
			}
		}
		err := b.try(func(ctx context.Context, tx *db.Tx) error {
			r, err := b.Role(ctx, tx, GlobalAdmin)
			if err != nil {
				return err
			}
			return b.DropRole(ctx, tx, r)
		})
		if problem.ReasonOf(err) != InvalidRoleName {
			t.Errorf("removing GlobalAdmin: %v", err)
		}
	})
}

// A right is there if and only if a permission of a role gives it: in the groups of the
// role, or everywhere when it is global.
func TestRightsComeFromPermissionsAndGroups(t *testing.T) {
	t.Parallel()
	groups := []Group{{Name: RootGroup}, {Name: "a", Parent: RootGroup}, {Name: "a1", Parent: "a"}, {Name: "b", Parent: RootGroup}}
	below := map[string][]string{RootGroup: {RootGroup, "a", "a1", "b"}, "a": {"a", "a1"}, "a1": {"a1"}, "b": {"b"}}
	tree := newGroupTree(groups)
	rapid.Check(t, func(t *rapid.T) {
		role := PersonRole{
			ID:          firstRole + 1,
			Permissions: rapid.SliceOfNDistinct(rapid.SampledFrom(allNames()), 0, 4, rapid.ID).Draw(t, "permissions"),
			Groups:      rapid.SliceOfNDistinct(rapid.SampledFrom([]string{RootGroup, "a", "a1", "b"}), 0, 2, rapid.ID).Draw(t, "groups"),
		}
		rights := rightsOf(role, tree)
		for _, want := range everything() {
			for _, g := range groups {
				expected := slices.ContainsFunc(role.Permissions, func(name string) bool {
					p, _ := namedPermission(name)
					held := p.Global || slices.ContainsFunc(role.Groups, func(of string) bool { return slices.Contains(below[of], g.Name) })
					root := p.Global || slices.Contains(role.Groups, RootGroup)
					return held && slices.Contains(p.Allows, want) || root && slices.Contains(p.AllowsInRoot, want)
				})
				if got := rights.In(want, g.Name); got != expected {
					t.Errorf("%+v: %s in %s is %v", role, want, g.Name, got)
				}
			}
		}
		who := Principal{Rights: rights}
		if !who.Covers(rights) || !who.Covers(nil) || who.Covers(Rights{Admin: {RootGroup}}) {
			t.Errorf("%v does not cover itself, or covers more", rights)
		}
	})
}
