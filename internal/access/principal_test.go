package access

import (
	"slices"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/problem"
)

func TestRolesAllowWhatTheySay(t *testing.T) {
	t.Parallel()
	for role, want := range map[Role][]Permission{
		Administrator: everything(),
		Publisher:     {Read, Mirror, Upload, Publish, Repository, Profile},
		Reader:        {Read},
		"nobody":      nil,
		"":            nil,
	} {
		p := Principal{Name: "someone", Roles: []Role{role}}
		for _, permission := range append(everything(), "", "unknown") {
			err := Require(With(t.Context(), p), permission)
			if allowed := slices.Contains(want, permission); allowed != (err == nil) {
				t.Errorf("%q asks for %q: got %v", role, permission, err)
			}
			if err != nil && !problem.Is(err, problem.Denied) {
				t.Errorf("%q asks for %q: got %v, want it denied", role, permission, err)
			}
		}
	}
}

func TestAnyOneRoleIsEnough(t *testing.T) {
	t.Parallel()
	p := Principal{Roles: []Role{Reader, Publisher}}
	if !p.May(Publish) || p.May(Admin) {
		t.Errorf("%+v: publish %v, admin %v", p, p.May(Publish), p.May(Admin))
	}
	if (Principal{}).May(Read) {
		t.Error("without a role one may read")
	}
}

// A right in a group holds there, a right in the root everywhere, and whoever may
// read anything may read what has no group.
func TestRightsHoldInTheirGroups(t *testing.T) {
	t.Parallel()
	web := Principal{Name: "web", Person: 1, Rights: Rights{Read: {"web", "web-test"}, Repository: {"web"}}}
	root := Principal{Name: "root", Person: 2, Rights: Rights{Read: {RootGroup}, Repository: {"other", RootGroup}}}
	token := Principal{Name: "ci", Roles: []Role{Publisher}}
	for _, c := range []struct {
		who   Principal
		want  Permission
		group string // empty: no group
		may   bool
	}{
		{web, Read, "web", true}, {web, Read, "web-test", true}, {web, Read, "db", false}, {web, Read, RootGroup, false}, {web, Read, "", true},
		{web, Repository, "web", true}, {web, Repository, "web-test", false}, {web, Repository, RootGroup, false}, {web, Repository, "", false},
		{web, Mirror, "web", false},
		{root, Repository, "web", true}, {root, Repository, RootGroup, true}, {root, Repository, "", true}, {root, Publish, "web", false},
		{token, Repository, "web", true}, {token, Repository, "", true}, {token, Persons, "web", false},
	} {
		ctx := With(t.Context(), c.who)
		err := Require(ctx, c.want)
		if c.group != "" {
			err = RequireIn(ctx, c.want, c.group)
			if AllowedIn(ctx, c.want, c.group) != (err == nil) {
				t.Errorf("%s, %s in %s: two answers", c.who.Name, c.want, c.group)
			}
		}
		if c.may != (err == nil) || err != nil && !problem.Is(err, problem.Denied) {
			t.Errorf("%s, %s in %q: %v", c.who.Name, c.want, c.group, err)
		}
		if err != nil && c.group != "" && !strings.Contains(err.Error(), c.group) {
			t.Errorf("the group is not named: %v", err)
		}
	}
}

func TestWithoutAPrincipalNothingIsAllowed(t *testing.T) {
	t.Parallel()
	if _, ok := From(t.Context()); ok {
		t.Error("an empty context has a principal")
	}
	if err := Require(t.Context(), Read); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("got %v, want unauthenticated", err)
	}
	if err := RequireIn(t.Context(), Read, RootGroup); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("got %v, want unauthenticated", err)
	}
}

func TestARefusalNamesWhoAndWhat(t *testing.T) {
	t.Parallel()
	err := Require(With(t.Context(), Principal{Name: "ci", Roles: []Role{Reader}}), Publish)
	if err == nil || !strings.Contains(err.Error(), "ci") || !strings.Contains(err.Error(), `"publish"`) {
		t.Errorf("got %v", err)
	}
	for want, hint := range map[Permission]string{EditRoles: "a role with ManageRole", Publish: "a role with ManageRepository", Admin: "such as GlobalAdmin"} {
		if err := Require(With(t.Context(), Principal{Name: "ann", Person: 1}), want); err == nil || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}

// The permissions that roles are made of have a name of their own each, and together
// they allow what persons may do: all but what belongs to tokens.
func TestEveryPermissionOfPersonsHasAName(t *testing.T) {
	t.Parallel()
	allowed := map[Permission]bool{Admin: true}
	seen := map[string]bool{}
	for _, p := range NamedPermissions() {
		if seen[p.Name] || p.Title == "" {
			t.Errorf("%+v: twice, or without a title", p)
		}
		seen[p.Name] = true
		for _, a := range append(p.Allows, p.AllowsInRoot...) {
			allowed[a] = true
		}
		if found, ok := namedPermission(p.Name); !ok || found.Title != p.Title {
			t.Errorf("%s is not found", p.Name)
		}
	}
	for _, p := range everything() {
		if !allowed[p] {
			t.Errorf("no permission allows %q", p)
		}
	}
	if _, ok := namedPermission("viewcomputer"); ok {
		t.Error("names are not told apart by case")
	}
}
