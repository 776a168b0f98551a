package rest_test

import (
	"fmt"
	"testing"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/people"
)

const password = "correct horse"

// peopleStory tells what is asked about persons and what they may do.
func peopleStory(h *apptest.House) []step {
	h.TB.Helper()
	apptest.Must(h.People.Create(h.Ctx, people.NewPerson{Email: "pat@example.org", Password: password}))(h.TB)
	pair, secret, err := h.People.CreateKeyPair(h.Ctx, "pat@example.org")
	if err != nil {
		h.TB.Fatal(err)
	}
	invited := apptest.Must(h.People.Invite(h.Ctx, people.NewInvitation{Email: "ivy@example.org"}))(h.TB)
	return []step{
		{"GET /v1/permissions", "", 200, `{"name":"ViewRepository","title":"View package repositories","global":false}`},
		{"POST /v1/access-groups", `{"title":"Web Servers"}`, 201, `"name":"web-servers"`},
		{"POST /v1/access-groups", `{"title":"web servers"}`, 409, `"code":"DuplicateAccessGroup"`},
		{"POST /v1/access-groups", `{"title":"!"}`, 422, `"code":"InvalidAccessGroup"`},
		{"POST /v1/access-groups", `{"title":"test","parent":"web-servers"}`, 201, `"parent":"web-servers"`},
		{"GET /v1/access-groups?limit=1", "", 200, `"next":"global"`},
		{"GET /v1/access-groups?name=global&name=web-servers", "", 200, `"children":["test"]`},
		{"POST /v1/roles", `{"name":"Webmaster","permissions":["ManageRepository"],"access_groups":["web-servers"]}`, 201, `"permissions":["ManageRepository"]`},
		{"POST /v1/roles", `{"name":"1"}`, 422, `"code":"InvalidRoleName"`},
		{"POST /v1/roles", `{"name":"X","permissions":["Fly"]}`, 422, `"code":"InvalidRolePermissions"`},
		{"GET /v1/roles?limit=1", "", 200, `"next":"Auditor"`},
		{"GET /v1/roles?name=GlobalAdmin", "", 200, `"fixed":true`},
		{"GET /v1/roles/Webmaster", "", 200, `"global_permissions":[]`},
		{"GET /v1/roles/None", "", 404, `"code":"UnknownRole"`},
		{"POST /v1/roles/Webmaster/copy", `{"name":"Copy"}`, 201, `"access_groups":["web-servers"]`},
		{"POST /v1/roles/Webmaster/copy", `{"name":"Auditor"}`, 409, `"code":"DuplicateRoleName"`},
		{"POST /v1/persons", `{"email":"ann@example.org","name":"Ann","roles":["Webmaster"]}`, 201, `"roles":["Webmaster"]`},
		{"POST /v1/persons", `{"email":"ann at home"}`, 422, `"code":"InvalidEmailAddress"`},
		{"POST /v1/persons", `{"email":"x@example.org","password":"short"}`, 422, `"field":"password"`},
		{"PATCH /v1/roles/Copy", `{"add_permissions":["ViewEventLog"],"add_persons":["ann@example.org"]}`, 200, `"persons":["ann@example.org"]`},
		{"PATCH /v1/roles/Copy", `{"add_persons":["eve@example.org"]}`, 404, `"code":"UnknownPersonEmails"`},
		{"PATCH /v1/roles/GlobalAdmin", `{"description":"x"}`, 409, `"code":"ReadOnlyRole"`},
		{"GET /v1/persons?role=Copy&state=enabled", "", 200, `"email":"ann@example.org"`},
		{"GET /v1/persons?state=odd", "", 422, `"field":"state"`},
		{"GET /v1/persons/ann@example.org", "", 200, `"roles":["Copy","Webmaster"]`},
		{"GET /v1/persons/eve@example.org", "", 404, `"code":"UnknownUser"`},
		{"PATCH /v1/persons/ann@example.org", `{"disabled":true,"roles":["Webmaster"]}`, 200, `"disabled_at":`},
		{"PATCH /v1/persons/ann@example.org", `{"name":""}`, 422, `"field":"name"`},
		{"DELETE /v1/roles/Copy", "", 204, ""},
		{"DELETE /v1/roles/GlobalAdmin", "", 422, `"code":"InvalidRoleName"`},
		{"DELETE /v1/access-groups/web-servers", "", 200, `"children":["test"]`},
		{"DELETE /v1/access-groups/global", "", 422, `"code":"InvalidAccessGroup"`},
		{"POST /v1/invitations", `{"email":"joe@example.org","roles":["Auditor"]}`, 201, `"code":"`},
		{"POST /v1/invitations", `{"email":"joe@example.org"}`, 409, `"code":"RepeatedInvitation"`},
		{"GET /v1/invitations", "", 200, `"email":"joe@example.org"`},
		{"DELETE /v1/invitations/joe@example.org", "", 204, ""},
		{"DELETE /v1/invitations/joe@example.org", "", 404, `invitation`},
		{"POST /v1/invitations/accept", `{"code":"wrong","password":"long enough"}`, 404, `invitation`},
		{"POST /v1/invitations/accept", fmt.Sprintf(`{"code":%q,"password":"long enough"}`, invited.Code), 201, `"roles":["GlobalAdmin"]`},
		{"POST /v1/sessions", fmt.Sprintf(`{"email":"pat@example.org","password":%q}`, password), 201, `"token":"ey`},
		{"POST /v1/sessions", `{"email":"pat@example.org","password":"wrong"}`, 401, `"code":"InvalidCredentials"`},
		{"POST /v1/sessions", fmt.Sprintf(`{"access_key":%q,"secret_key":%q}`, pair.AccessKey, secret), 201, `"email":"pat@example.org"`},
		{"POST /v1/sessions", fmt.Sprintf(`{"email":"pat@example.org","password":%q,"valid_for":-1}`, password), 422, `expiry`},
		{"POST /v1/keypairs", `{"person":"pat@example.org"}`, 201, `"secret_key":"`},
		{"POST /v1/keypairs", `{"person":"eve@example.org"}`, 404, `"code":"UnknownUser"`},
		{"GET /v1/keypairs?person=pat@example.org&limit=1", "", 200, `"access_key":"` + pair.AccessKey},
		{"DELETE /v1/keypairs/" + pair.AccessKey, "", 204, ""},
		{"DELETE /v1/keypairs/X", "", 404, `key pair`},
	}
}

// Somebody who is not known may log in and accept an invitation, and nothing else. What
// a login gives is taken as a token is.
func TestPersonsLogInWithoutAToken(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		s := serve(h, rest.Options{})
		nobody := set("Authorization", "")
		code := apptest.Must(h.People.Invite(h.Ctx, people.NewInvitation{Email: "ann@example.org", Roles: []string{"Auditor"}}))(h.TB).Code
		for _, c := range []struct {
			what, method, path, body string
			status                   int
		}{
			{"others' invitations", "GET", "/v1/invitations", "", 401},
			{"an invitation", "POST", "/v1/invitations/accept", `{"code":"` + code + `","password":"` + password + `"}`, 201},
			{"the same again", "POST", "/v1/invitations/accept", `{"code":"` + code + `","password":"` + password + `"}`, 404},
			{"a wrong password", "POST", "/v1/sessions", `{"email":"ann@example.org","password":"wrong horse"}`, 401},
			{"nobody's password", "POST", "/v1/sessions", `{"email":"eve@example.org","password":"wrong horse"}`, 401},
		} {
			if got := s.ask(c.method, c.path, c.body, nobody); got.status != c.status {
				h.TB.Errorf("%s: %d %s, want %d", c.what, got.status, got.body, c.status)
			}
		}
		session := s.ask("POST", "/v1/sessions", `{"email":"Ann@example.org","password":"`+password+`"}`, nobody)
		ann := set("Authorization", "Bearer "+session.field("token"))
		for path, status := range map[string]int{"/v1/roles": 200, "/v1/audit": 200, "/v1/mirrors": 200, "/v1/tokens": 403, "/v1/keypairs": 403, "/v1/keypairs?person=ann@example.org": 200, "/v1/persons/ann@example.org": 200} {
			if got := s.ask("GET", path, "", ann); got.status != status {
				h.TB.Errorf("%s: %d %s, want %d", path, got.status, got.body, status)
			}
		}
		if got := s.ask("POST", "/v1/repos", `{"name":"x"}`, ann); got.status != 403 {
			h.TB.Errorf("an auditor changes something: %d %s", got.status, got.body)
		}
	})
}
