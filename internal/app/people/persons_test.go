package people_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app"
	"github.com/aptarium/aptarium/internal/app/apptest"
	"github.com/aptarium/aptarium/internal/app/audit"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/pockets"
	"github.com/aptarium/aptarium/internal/app/repos"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/problem"
)

const goodPassword = "correct horse"

// asPerson makes a person with roles, and gives a context in which it asks.
func asPerson(h *apptest.House, email string, roles ...string) context.Context {
	h.TB.Helper()
	return apptest.Must(h.People.Authenticate(context.Background(), sessionOf(h, email, roles...)))(h.TB)
}

// sessionOf makes a person with roles, and gives the token of its session.
func sessionOf(h *apptest.House, email string, roles ...string) string {
	h.TB.Helper()
	apptest.Must(h.People.Create(h.Ctx, people.NewPerson{Email: email, Roles: roles}))(h.TB)
	pair, secret, err := h.People.CreateKeyPair(h.Ctx, email)
	if err != nil {
		h.TB.Fatal(err)
	}
	return apptest.Must(h.People.LoginWithKeyPair(h.Ctx, pair.AccessKey, secret, 0))(h.TB).Token
}

// makeRole makes a role with permissions in access groups.
func makeRole(h *apptest.House, name string, permissions []string, groups ...string) {
	h.TB.Helper()
	apptest.Must(h.People.CreateRole(h.Ctx, people.NewRole{Name: name, Permissions: permissions, AccessGroups: groups}))(h.TB)
}

// Whatever somebody may change about persons and roles, nobody gets rights by it that
// he does not have.
func TestNobodyGivesWhatHeDoesNotHave(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.People.CreateAccessGroup(h.Ctx, people.NewAccessGroup{Title: "web"}))(h.TB)
		makeRole(h, "Clerk", []string{"ManageAccount", "ManageRole", "ManageRepository"}, "web")
		makeRole(h, "Empty", nil)
		makeRole(h, "Webmaster", []string{"ManageRepository"}, "web")
		makeRole(h, "Keeper", []string{"ManageRepository"}, "global")
		asPerson(h, "boss@example.org", "GlobalAdmin")
		asPerson(h, "ann@example.org", "Webmaster")
		clerk := asPerson(h, "clerk@example.org", "Clerk")
		edit := func(role string, e people.RoleEdit) error {
			_, err := h.People.EditRole(clerk, role, e)
			return err
		}
		person := func(email string, e people.PersonEdit) error {
			_, err := h.People.Edit(clerk, email, e)
			return err
		}
		text, yes := "another password", true
		list := func(words ...string) *[]string { return &words }
		first := func(_ any, err error) error { return err }
		pair := func(email string) error { _, _, err := h.People.CreateKeyPair(clerk, email); return err }
		for _, c := range []struct {
			what    string
			allowed bool
			do      func() error
		}{
			{"a role with more", false, func() error {
				return first(h.People.CreateRole(clerk, people.NewRole{Name: "X", Permissions: []string{"ViewEventLog"}}))
			}},
			{"a role in more groups", false, func() error {
				return first(h.People.CreateRole(clerk, people.NewRole{Name: "X", Permissions: []string{"ManageRepository"}, AccessGroups: []string{"global"}}))
			}},
			{"a role with as much", true, func() error {
				return first(h.People.CreateRole(clerk, people.NewRole{Name: "X", Permissions: []string{"ManageRepository"}, AccessGroups: []string{"web"}}))
			}},
			{"a copy of a mighty role", false, func() error { return first(h.People.CopyRole(clerk, "GlobalAdmin", "Y", "")) }},
			{"more for a role", false, func() error { return edit("Empty", people.RoleEdit{AddPermissions: []string{"ManageGPGKey"}}) }},
			{"a mighty role for himself", false, func() error { return edit("GlobalAdmin", people.RoleEdit{AddPersons: []string{"clerk@example.org"}}) }},
			{"a mighty role for another", false, func() error { return edit("Keeper", people.RoleEdit{AddPersons: []string{"ann@example.org"}}) }},
			{"less for a mighty role", false, func() error { return edit("Keeper", people.RoleEdit{RemoveAccessGroups: []string{"global"}}) }},
			{"a mighty role away", false, func() error { return h.People.DropRole(clerk, "Keeper") }},
			{"a role of his own for another", true, func() error { return edit("Webmaster", people.RoleEdit{AddPersons: []string{"clerk@example.org"}}) }},
			{"a mighty person", false, func() error {
				return first(h.People.Create(clerk, people.NewPerson{Email: "x@example.org", Roles: []string{"GlobalAdmin"}}))
			}},
			{"a person like himself", true, func() error {
				return first(h.People.Create(clerk, people.NewPerson{Email: "x@example.org", Roles: []string{"Clerk"}}))
			}},
			{"a mighty invitation", false, func() error { return first(h.People.Invite(clerk, people.NewInvitation{Email: "y@example.org"})) }},
			{"an invitation", true, func() error {
				return first(h.People.Invite(clerk, people.NewInvitation{Email: "y@example.org", Roles: []string{"Webmaster"}}))
			}},
			{"a mighty password", false, func() error { return person("boss@example.org", people.PersonEdit{Password: &text}) }},
			{"another password", true, func() error { return person("ann@example.org", people.PersonEdit{Password: &text}) }},
			{"mighty roles", false, func() error { return person("ann@example.org", people.PersonEdit{Roles: list("Keeper")}) }},
			{"no roles of the mighty", false, func() error { return person("boss@example.org", people.PersonEdit{Roles: list()}) }},
			{"other roles", true, func() error { return person("ann@example.org", people.PersonEdit{Roles: list("Empty")}) }},
			{"the mighty disabled", false, func() error { return person("boss@example.org", people.PersonEdit{Disabled: &yes}) }},
			{"the mighty disabled otherwise", false, func() error { return h.People.Disable(clerk, "boss@example.org") }},
			{"others disabled", true, func() error { return h.People.Disable(clerk, "ann@example.org") }},
			{"a mighty key pair", false, func() error { return pair("boss@example.org") }},
			{"a key pair", true, func() error { return pair("ann@example.org") }},
			{"a token", false, func() error { _, _, err := h.People.CreateToken(clerk, "t", "reader", 0); return err }},
		} {
			if err := c.do(); c.allowed && err != nil || !c.allowed && !problem.Is(err, problem.Denied) {
				h.TB.Errorf("%s: %v", c.what, err)
			}
		}
	})
}

func TestEverybodyMayCareForHimself(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		asPerson(h, "bob@example.org")
		ann := asPerson(h, "ann@example.org")
		name, secret := "Ann Lee", goodPassword
		if p, err := h.People.Edit(ann, "ann@example.org", people.PersonEdit{Name: &name, Password: &secret}); err != nil || p.Name != name || !p.Password {
			h.TB.Errorf("%+v, %v", p, err)
		}
		if _, err := h.People.Authenticate(context.Background(), "x"); err == nil {
			h.TB.Error("anything is let in")
		}
		pair, _, err := h.People.CreateKeyPair(ann, "ann@example.org")
		if err != nil {
			h.TB.Fatal(err)
		}
		own := apptest.Must(h.People.KeyPairs(ann, "ann@example.org", usecase.Page{}))(h.TB)
		others := apptest.Must(h.People.KeyPairs(h.Ctx, "bob@example.org", usecase.Page{}))(h.TB)
		if len(own.Items) != 2 || len(others.Items) != 1 {
			h.TB.Errorf("%+v, %+v", own, others)
		}
		if err := h.People.RevokeKeyPair(ann, pair.AccessKey); err != nil {
			h.TB.Error(err)
		}
		yes, roles := true, []string{"Auditor"}
		for what, err := range map[string]error{
			"others":             first(h.People.Get(ann, "bob@example.org")),
			"nobody":             first(h.People.Get(ann, "eve@example.org")),
			"all":                first(h.People.List(ann, people.PersonFilter{}, usecase.Page{})),
			"another's name":     first(h.People.Edit(ann, "bob@example.org", people.PersonEdit{Name: &name})),
			"roles":              first(h.People.Edit(ann, "ann@example.org", people.PersonEdit{Roles: &roles})),
			"being disabled":     first(h.People.Edit(ann, "ann@example.org", people.PersonEdit{Disabled: &yes})),
			"another's key pair": h.People.RevokeKeyPair(ann, others.Items[0].AccessKey),
			"no one's key pair":  h.People.RevokeKeyPair(ann, "X"),
			"all key pairs":      first(h.People.KeyPairs(ann, "", usecase.Page{})),
			"others' key pairs":  first(h.People.KeyPairs(ann, "bob@example.org", usecase.Page{})),
			"mirrors":            first(h.Mirrors.List(ann, usecase.Page{})),
			"the log":            first(h.Audit.Log(ann, audit.Filter{}, usecase.Page{})),
			"secrets":            first(h.Keys.ExportSecret(ann, "x")),
		} {
			if !problem.Is(err, problem.Denied) {
				h.TB.Errorf("%s: %v", what, err)
			}
		}
	})
}

func first(_ any, err error) error { return err }

func TestNobodyTakesGlobalAdminFromHimself(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		ann := asPerson(h, "ann@example.org", "GlobalAdmin")
		asPerson(h, "bob@example.org", "GlobalAdmin")
		yes, none := true, []string{}
		for what, err := range map[string]error{
			"the role":           first(h.People.EditRole(ann, "GlobalAdmin", people.RoleEdit{RemovePersons: []string{"ANN@example.org"}})),
			"all roles":          first(h.People.Edit(ann, "ann@example.org", people.PersonEdit{Roles: &none})),
			"the person":         h.People.Disable(ann, "ann@example.org"),
			"the person by edit": first(h.People.Edit(ann, "1", people.PersonEdit{Disabled: &yes})),
		} {
			if problem.ReasonOf(err) != access.SelfRevoke {
				h.TB.Errorf("%s: %v", what, err)
			}
		}
		if _, err := h.People.EditRole(ann, "GlobalAdmin", people.RoleEdit{RemovePersons: []string{"bob@example.org"}}); err != nil {
			h.TB.Errorf("another's: %v", err)
		}
		role := apptest.Must(h.People.Role(ann, "GlobalAdmin"))(h.TB)
		if !slices.Equal(role.Persons, []string{"ann@example.org"}) || !role.Fixed {
			h.TB.Errorf("%+v", role)
		}
	})
}

// signed is a request of now, signed with a key pair.
func signed(h *apptest.House, accessKey, secret, text string) people.SignedRequest {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return people.SignedRequest{AccessKey: accessKey, StringToSign: text, Signature: mac.Sum(nil), At: h.Now()}
}

func TestAProgramSignsInAPersonsName(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.People.Create(h.Ctx, people.NewPerson{Email: "ann@example.org", Name: "Ann", Roles: []string{"Auditor"}}))(h.TB)
		pair, secret, err := h.People.CreateKeyPair(h.Ctx, "ann@example.org")
		if err != nil {
			h.TB.Fatal(err)
		}
		change := signed(h, pair.AccessKey, secret, "change")
		ctx, err := h.People.VerifySignature(context.Background(), change)
		if err != nil {
			h.TB.Fatal(err)
		}
		who, _ := access.From(ctx)
		if who.Name != "ann@example.org" || who.Person == 0 || who.Kind != access.ByKeyPair || usecase.Require(ctx, usecase.MayRead) != nil || usecase.Require(ctx, usecase.MayAdmin) == nil {
			h.TB.Errorf("%+v", who)
		}
		// The same database with an application that has just started.
		again := app.New(h.Parts)
		for name, a := range map[string]*app.App{"again": h.App, "after a restart": again} {
			if _, err := a.People.VerifySignature(context.Background(), change); problem.ReasonOf(err) != access.Unrecognised {
				h.TB.Errorf("%s: %v", name, err)
			}
		}
		read := signed(h, pair.AccessKey, secret, "read")
		read.ReadOnly = true
		for range 2 {
			if _, err := h.People.VerifySignature(context.Background(), read); err != nil {
				h.TB.Error(err)
			}
		}
		if used := apptest.Must(h.People.KeyPairs(h.Ctx, "", usecase.Page{}))(h.TB); used.Items[0].LastUsedAt.IsZero() {
			h.TB.Errorf("the use is not noted: %+v", used)
		}
		h.Advance(16 * time.Minute)
		if _, err := h.People.VerifySignature(context.Background(), read); problem.ReasonOf(err) != access.Unrecognised {
			h.TB.Errorf("too old: %v", err)
		}
		if err := h.People.Disable(h.Ctx, "ann@example.org"); err != nil {
			h.TB.Fatal(err)
		}
		if _, err := h.People.VerifySignature(context.Background(), signed(h, pair.AccessKey, secret, "more")); !problem.Is(err, problem.Denied) {
			h.TB.Errorf("disabled: %v", err)
		}
	})
}

func TestWrongPasswordsMustWaitByAddress(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.People.Create(h.Ctx, people.NewPerson{Email: "ann@example.org", Password: goodPassword}))(h.TB)
		from := people.AskedFrom(context.Background(), netip.MustParseAddr("192.0.2.1"))
		for i := range 5 {
			if _, err := h.People.Login(from, fmt.Sprintf("p%d@example.org", i), "wrong horse", 0); problem.ReasonOf(err) != access.InvalidCredentials {
				h.TB.Errorf("%d: %v", i, err)
			}
		}
		if _, err := h.People.Login(from, "ann@example.org", goodPassword, 0); !problem.Is(err, problem.Unavailable) {
			h.TB.Errorf("from the same address: %v", err)
		}
		other := people.AskedFrom(context.Background(), netip.MustParseAddr("192.0.2.2"))
		s, err := h.People.Login(other, "ann@example.org", goodPassword, time.Hour)
		if err != nil || s.Email != "ann@example.org" {
			h.TB.Errorf("from another: %+v, %v", s, err)
		}
		h.Advance(2 * time.Second)
		if _, err := h.People.Login(from, "ann@example.org", goodPassword, 0); err != nil {
			h.TB.Errorf("after a while: %v", err)
		}
	})
}

// Passwords, codes and secret keys are told to who is to know them, and stand nowhere
// for others to read.
func TestSecretsOfPersonsAreNotLogged(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		in := apptest.Must(h.People.Invite(h.Ctx, people.NewInvitation{Email: "ann@example.org"}))(h.TB)
		makeRole(h, "Clerk", []string{"ManageAccount"})
		clerk := asPerson(h, "clerk@example.org", "Clerk")
		if seen := apptest.Must(h.People.Invitations(clerk, usecase.Page{}))(h.TB); len(seen.Items) != 1 || seen.Items[0].Code != "" {
			h.TB.Errorf("a clerk could become GlobalAdmin: %+v", seen)
		}
		if seen := apptest.Must(h.People.Invitations(h.Ctx, usecase.Page{}))(h.TB); seen.Items[0].Code != in.Code {
			h.TB.Errorf("%+v", seen)
		}
		ann := apptest.Must(h.People.AcceptInvitation(context.Background(), in.Code, goodPassword))(h.TB)
		if !slices.Equal(ann.Roles, []string{"GlobalAdmin"}) {
			h.TB.Errorf("%+v", ann)
		}
		other := "other horse"
		apptest.Must(h.People.Edit(h.Ctx, "ann@example.org", people.PersonEdit{Password: &other}))(h.TB)
		_, secret, err := h.People.CreateKeyPair(h.Ctx, "ann@example.org")
		if err != nil {
			h.TB.Fatal(err)
		}
		apptest.Must(h.People.Login(context.Background(), "ann@example.org", other, 0))(h.TB)
		log := string(apptest.Must(json.Marshal(apptest.Must(h.Audit.Log(h.Ctx, audit.Filter{}, usecase.Page{Limit: 500}))(h.TB).Items))(h.TB))
		for _, word := range []string{in.Code, goodPassword, other, secret} {
			if strings.Contains(log, word) {
				h.TB.Errorf("the log tells %s", word)
			}
		}
		if !strings.Contains(log, `"action":"session.create","subject":"person:ann@example.org"`) {
			h.TB.Errorf("the login is not there: %s", log)
		}
	})
}

// Somebody with rights in one access group can do there what others cannot, and nothing
// anywhere else.
func TestRightsInAGroupHoldThereAlone(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		for _, g := range []people.NewAccessGroup{{Title: "web"}, {Title: "test", Parent: "web"}, {Title: "db"}} {
			apptest.Must(h.People.CreateAccessGroup(h.Ctx, g))(h.TB)
		}
		makeRole(h, "Webmaster", []string{"ManageRepository"}, "web")
		makeRole(h, "Watcher", []string{"ViewRepository"}, "test")
		ann, session := asPerson(h, "ann@example.org", "Webmaster"), sessionOf(h, "eve@example.org", "Watcher")
		eve := apptest.Must(h.People.Authenticate(context.Background(), session))(h.TB)
		for group, allowed := range map[string]bool{"web": true, "test": true, "db": false, "": false, "global": false, "none": false} {
			_, err := h.Pockets.CreateDistribution(ann, pockets.NewDistribution{Name: "d" + group, AccessGroup: group})
			if allowed && err != nil || !allowed && !problem.Is(err, problem.Denied) {
				h.TB.Errorf("a distribution in %q: %v", group, err)
			}
		}
		if _, err := h.Pockets.CreateDistribution(h.Ctx, pockets.NewDistribution{Name: "x", AccessGroup: "none"}); problem.ReasonOf(err) != access.UnknownGroup {
			h.TB.Errorf("in no group: %v", err)
		}
		if _, err := h.Pockets.CreateDistribution(eve, pockets.NewDistribution{Name: "x", AccessGroup: "test"}); !problem.Is(err, problem.Denied) {
			h.TB.Errorf("who only sees makes one: %v", err)
		}
		apptest.Must(h.Pockets.CreateDistribution(h.Ctx, pockets.NewDistribution{Name: "base"}))(h.TB)
		sees := func(ctx context.Context) string {
			var names []string
			for _, d := range apptest.Must(h.Pockets.Distributions(ctx, nil))(h.TB) {
				names = append(names, d.Name)
			}
			return strings.Join(names, " ")
		}
		if a, e, all := sees(ann), sees(eve), sees(h.Ctx); a != "dtest dweb" || e != "dtest" || all != "base dtest dweb" {
			h.TB.Errorf("ann sees %q, eve %q, all are %q", a, e, all)
		}
		if err := h.Pockets.DropDistribution(ann, "base"); !problem.Is(err, problem.Denied) {
			h.TB.Errorf("another's: %v", err)
		}
		if _, err := h.Repos.Create(ann, repos.NewRepo{Name: "r"}); !problem.Is(err, problem.Denied) {
			h.TB.Errorf("what has no group: %v", err)
		}
		apptest.Must(h.People.DropAccessGroup(h.Ctx, "test"))(h.TB)
		if a := sees(ann); a != "dtest dweb" {
			h.TB.Errorf("when all of test is in web, ann sees %q", a)
		}
		eve = apptest.Must(h.People.Authenticate(context.Background(), session))(h.TB)
		if _, err := h.Pockets.Distributions(eve, nil); !problem.Is(err, problem.Denied) {
			h.TB.Errorf("eve keeps a right: %v", err)
		}
	})
}
