package landscape_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/people"
)

// asPerson makes a person with roles, and gives the server as asked by it.
func (h *house) asPerson(email string, roles ...string) *house {
	h.TB.Helper()
	apptest.Must(h.People.Create(h.Ctx, people.NewPerson{Email: email, Roles: roles}))(h.TB)
	pair, secret, err := h.People.CreateKeyPair(h.Ctx, email)
	if err != nil {
		h.TB.Fatal(err)
	}
	session := apptest.Must(h.People.LoginWithKeyPair(h.Ctx, pair.AccessKey, secret, 0))(h.TB)
	other := *h
	other.client = &http.Client{Transport: bearer(session.Token)}
	return &other
}

func TestAccessGroups(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.do("CreateAccessGroup", "title", "Web Servers").golden()
		h.do("CreateAccessGroup", "title", "Test", "parent", "web-servers").ok()
		h.do("CreateAccessGroup", "title", "x", "name", "Production", "parent", "web-servers").is(`{"name":"production","title":"x","parent":"web-servers","children":""}`)
		h.do("GetAccessGroups").golden()
		h.do("GetAccessGroups", listed("names", "test", "none")...).is(`[{"name":"test","title":"Test","parent":"web-servers","children":""}]`)
		h.do("CreateAccessGroup", "title", "WEB servers").fails(http.StatusBadRequest, "DuplicateAccessGroup", "web-servers")
		h.do("CreateAccessGroup", "title", "!!").fails(http.StatusBadRequest, "InvalidAccessGroup")
		h.do("CreateAccessGroup", "title", "y", "parent", "none").fails(http.StatusBadRequest, "UnknownAccessGroup", "none")
		h.do("RemoveAccessGroup", "name", "web-servers").golden()
		h.do("RemoveAccessGroup", "name", "web-servers").fails(http.StatusBadRequest, "UnknownAccessGroup")
		h.do("RemoveAccessGroup", "name", "global").fails(http.StatusBadRequest, "InvalidAccessGroup", "cannot be removed")
		reader := h.as("publisher")
		reader.do("CreateAccessGroup", "title", "z").fails(http.StatusForbidden, "Unauthorised")
		reader.do("RemoveAccessGroup", "name", "test").fails(http.StatusForbidden, "Unauthorised")
	})
}

// In the later version, access groups are made by name.
func TestAccessGroupsOfTheLaterVersion(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		ask := func(pairs ...string) reply {
			form := url.Values{"action": {"CreateAccessGroup"}, "version": {"2013-11-04"}}
			for i := 0; i < len(pairs); i += 2 {
				form.Add(pairs[i], pairs[i+1])
			}
			return h.send("CreateAccessGroup", http.MethodPost, "/api/", "application/x-www-form-urlencoded", form.Encode())
		}
		ask("name", "Web Servers", "description", "Those of the web").is(`{"name":"web-servers","title":"Those of the web","parent":"global","children":""}`)
		ask("name", "Test", "parent", "web-servers").is(`{"name":"test","title":"Test","parent":"web-servers","children":""}`)
		ask("name", "!", "description", "fine").fails(http.StatusBadRequest, "InvalidAccessGroup")
		ask("title", "Test").fails(http.StatusBadRequest, "MultiError", "name")
	})
}

func TestRolesAreMadeAndChanged(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.do("GetPermissions").golden()
		h.do("CreateAccessGroup", "title", "web").ok()
		h.asPerson("john@example.com")
		h.do("CreateRole", "name", "MyRole", "description", "Mine").golden()
		h.do("AddAccessGroupsToRole", append(listed("access_groups", "web"), "name", "MyRole")...).golden()
		h.do("AddPermissionsToRole", append(listed("permissions", "ExecuteScript", "ViewEventLog"), "name", "MyRole")...).golden()
		h.do("AddPersonsToRole", append(listed("persons", "john@example.com"), "name", "MyRole")...).golden()
		h.do("CopyRole", "name", "MyRole", "destination_name", "Copied", "description", "Again").golden()
		h.do("GetRoles").golden()
		h.do("RemovePersonsFromRole", append(listed("persons", "john@example.com"), "name", "MyRole")...).golden()
		h.do("RemovePermissionsFromRole", append(listed("permissions", "ViewEventLog"), "name", "MyRole")...).golden()
		h.do("RemoveAccessGroupsFromRole", append(listed("access_groups", "web"), "name", "MyRole")...).golden()
		var named []struct{ Name string }
		h.do("GetRoles", listed("names", "Copied", "None")...).into(&named)
		if len(named) != 1 || named[0].Name != "Copied" {
			h.TB.Errorf("one name gives %v", named)
		}
		h.do("RemoveRole", "name", "MyRole").golden()
	})
}

func TestRolesThatCannotBeMadeOrChanged(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.do("CreateRole", "name", "MyRole").ok()
		reader := h.as("publisher")
		for _, c := range []struct {
			action string
			pairs  []string
			code   string
		}{
			{"CreateRole", []string{"name", "1st"}, "InvalidRoleName"},
			{"CreateRole", []string{"name", "MyRole"}, "DuplicateRoleName"},
			{"CopyRole", []string{"name", "None", "destination_name", "New"}, "UnknownRole"},
			{"CopyRole", []string{"name", "MyRole", "destination_name", "a b"}, "InvalidRoleName"},
			{"CopyRole", []string{"name", "MyRole", "destination_name", "Auditor"}, "DuplicateRoleName"},
			{"RemoveRole", []string{"name", "None"}, "UnknownRole"},
			{"RemoveRole", []string{"name", "GlobalAdmin"}, "InvalidRoleName"},
		} {
			h.do(c.action, c.pairs...).fails(http.StatusBadRequest, c.code)
			reader.do(c.action, c.pairs...).fails(http.StatusForbidden, "Unauthorised")
		}
		reader.do("GetRoles").fails(http.StatusForbidden, "Unauthorised")
		for _, c := range []struct{ list, known, unknown, code string }{
			{"access_groups", "global", "none", "UnknownAccessGroups"},
			{"permissions", "ViewScript", "Fly", "InvalidRolePermissions"},
			{"persons", "", "eve@example.com", "UnknownPersonEmails"},
		} {
			words := map[string]string{"access_groups": "AccessGroups", "permissions": "Permissions", "persons": "Persons"}[c.list]
			for _, action := range []string{"Add" + words + "ToRole", "Remove" + words + "FromRole"} {
				h.do(action, append(listed(c.list, c.unknown), "name", "MyRole")...).fails(http.StatusBadRequest, c.code, c.unknown)
				h.do(action, append(listed(c.list, c.unknown), "name", "None")...).fails(http.StatusBadRequest, "UnknownRole")
				reader.do(action, append(listed(c.list, c.unknown), "name", "MyRole")...).fails(http.StatusForbidden, "Unauthorised")
				if c.known != "" {
					h.do(action, append(listed(c.list, c.known), "name", "GlobalAdmin")...).fails(http.StatusBadRequest, "ReadOnlyRole", "copy it")
				}
			}
		}
	})
}

func TestAdministratorsAreInvitedAndDisabled(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		ann := h.asPerson("ann@example.com", "GlobalAdmin")
		h.asPerson("bob@example.com", "Auditor", "SupportAnalyst")
		h.do("GetAdministrators").golden()
		h.do("InviteAdministrator", append(listed("roles", "Auditor"), "name", "John Doe", "email", "John@example.com")...).golden()
		h.do("InviteAdministrator", "name", "John", "email", "john@example.com").fails(http.StatusBadRequest, "RepeatedInvitation")
		h.do("InviteAdministrator", append(listed("roles", "King"), "name", "x", "email", "x@example.com")...).fails(http.StatusBadRequest, "UnknownRole", "King")
		h.do("InviteAdministrator", "name", "x", "email", "x at home").fails(http.StatusBadRequest, "InvalidEmailAddress")
		h.do("DisableAdministrator", "email", "bob@example.com").golden()
		h.do("DisableAdministrator", "email", "bob@example.com").fails(http.StatusBadRequest, "PersonNotMemberOfAccount")
		h.do("DisableAdministrator", "email", "eve@example.com").fails(http.StatusBadRequest, "UnknownUser")
		var left []struct{ Email string }
		h.do("GetAdministrators").into(&left)
		if fmt.Sprint(left) != "[{ann@example.com}]" {
			h.TB.Errorf("%v are left", left)
		}
		ann.do("DisableAdministrator", "email", "ann@example.com").fails(http.StatusBadRequest, "SelfRevokeGlobalAdmin")
		ann.do("RemovePersonsFromRole", append(listed("persons", "Ann@example.com"), "name", "GlobalAdmin")...).fails(http.StatusBadRequest, "SelfRevokeGlobalAdmin")
		reader := h.as("publisher")
		reader.do("GetAdministrators").fails(http.StatusForbidden, "Unauthorised")
		reader.do("InviteAdministrator", "name", "x", "email", "x@example.com").fails(http.StatusForbidden, "Unauthorised")
		reader.do("DisableAdministrator", "email", "ann@example.com").fails(http.StatusForbidden, "Unauthorised")
	})
}

func TestThereIsRoomForSoManyAdministrators(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		for i := range 1000 {
			apptest.Must(h.People.Create(h.Ctx, people.NewPerson{Email: fmt.Sprintf("p%d@example.com", i)}))(h.TB)
		}
		h.do("InviteAdministrator", "name", "x", "email", "x@example.com").fails(http.StatusBadRequest, "MaximumAccountAdministrators")
	})
}

func TestTheEventLogTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		ann := h.asPerson("ann@example.com", "GlobalAdmin")
		ann.do("CreateAccessGroup", "title", "web").ok()
		ann.do("CreateRole", "name", "MyRole").ok()
		ann.do("GetEventLog", "limit", "5").golden()
		var events []struct{ Message string }
		ann.do("GetEventLog", "days", "1", "limit", "1", "offset", "1").into(&events)
		if len(events) != 1 || !strings.Contains(events[0].Message, "create access-group web") {
			h.TB.Errorf("%v", events)
		}
		for _, pairs := range [][]string{{"days", "0"}, {"days", "x"}, {"limit", "-1"}, {"offset", "-1"}} {
			ann.do("GetEventLog", pairs...).fails(http.StatusBadRequest, "InvalidParameterValue", pairs[0])
		}
		h.as("publisher").do("GetEventLog").fails(http.StatusForbidden, "Unauthorised")
		h.asPerson("bob@example.com", "Auditor").do("GetEventLog").ok()
	})
}

// Somebody with rights in one access group works there, sees that, and nothing else.
func TestRightsInAnAccessGroupEndThere(t *testing.T) {
	t.Parallel()
	run(t, func(h *house) {
		h.do("CreateAccessGroup", "title", "web").ok()
		h.do("CreateAccessGroup", "title", "test", "parent", "web").ok()
		h.do("CreateRole", "name", "Webmaster").ok()
		h.do("AddPermissionsToRole", append(listed("permissions", "ManageRepository"), "name", "Webmaster")...).ok()
		h.do("AddAccessGroupsToRole", append(listed("access_groups", "web"), "name", "Webmaster")...).ok()
		h.do("CreateDistribution", "name", "base").ok()
		ann := h.asPerson("ann@example.com", "Webmaster")
		ann.do("CreateDistribution", "name", "d1", "access_group", "web").ok()
		ann.do("CreateDistribution", "name", "d2", "access_group", "test").ok()
		ann.do("CreateDistribution", "name", "d3").fails(http.StatusForbidden, "Unauthorised", "global")
		ann.do("CreateSeries", "name", "s", "distribution", "d2").ok()
		ann.do("CreateSeries", "name", "s", "distribution", "base").fails(http.StatusForbidden, "Unauthorised")
		ann.do("RemoveDistribution", "name", "base").fails(http.StatusForbidden, "Unauthorised")
		var seen []struct{ Name string }
		ann.do("GetDistributions").into(&seen)
		if fmt.Sprint(seen) != "[{d1} {d2}]" {
			h.TB.Errorf("ann sees %v", seen)
		}
		ann.do("ImportGPGKey", "name", "k", "material", "x").fails(http.StatusForbidden, "Unauthorised")
		ann.do("CreateRole", "name", "Mine").fails(http.StatusForbidden, "Unauthorised")
		h.do("RemoveAccessGroup", "name", "test").ok()
		ann.do("RemoveSeries", "name", "s", "distribution", "d2").ok()
		h.do("RemoveAccessGroup", "name", "web").ok()
		ann.do("RemoveDistribution", "name", "d1").fails(http.StatusForbidden, "Unauthorised")
	})
}
