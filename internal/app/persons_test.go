package app_test

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
	"github.com/aptarium/aptarium/internal/problem"
)

const goodPassword = "correct horse"

// asPerson makes a person with roles, and gives a context in which it asks.
func asPerson(h *apptest.House, email string, roles ...string) context.Context {
	h.TB.Helper()
	return apptest.Must(h.Authenticate(context.Background(), sessionOf(h, email, roles...)))(h.TB)
}

// sessionOf makes a person with roles, and gives the token of its session.
func sessionOf(h *apptest.House, email string, roles ...string) string {
	h.TB.Helper()
	apptest.Must(h.CreatePerson(h.Ctx, app.NewPerson{Email: email, Roles: roles}))(h.TB)
	pair, secret, err := h.CreateKeyPair(h.Ctx, email)
	if err != nil {
		h.TB.Fatal(err)
	}
	return apptest.Must(h.LoginWithKeyPair(h.Ctx, pair.AccessKey, secret, 0))(h.TB).Token
}

// makeRole makes a role with permissions in access groups.
func makeRole(h *apptest.House, name string, permissions []string, groups ...string) {
	h.TB.Helper()
	apptest.Must(h.CreateRole(h.Ctx, app.NewRole{Name: name, Permissions: permissions, AccessGroups: groups}))(h.TB)
}

// Whatever somebody may change about persons and roles, nobody gets rights by it that
// he does not have.
func TestNobodyGivesWhatHeDoesNotHave(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.CreateAccessGroup(h.Ctx, app.NewAccessGroup{Title: "web"}))(h.TB)
		makeRole(h, "Clerk", []string{"ManageAccount", "ManageRole", "ManageRepository"}, "web")
		makeRole(h, "Empty", nil)
		makeRole(h, "Webmaster", []string{"ManageRepository"}, "web")
		makeRole(h, "Keeper", []string{"ManageRepository"}, "global")
		asPerson(h, "boss@example.org", "GlobalAdmin")
		asPerson(h, "ann@example.org", "Webmaster")
		clerk := asPerson(h, "clerk@example.org", "Clerk")
		edit := func(role string, e app.RoleEdit) error {
			_, err := h.EditRole(clerk, role, e)
			return err
		}
		person := func(email string, e app.PersonEdit) error {
			_, err := h.EditPerson(clerk, email, e)
			return err
		}
		text, yes := "another password", true
		list := func(words ...string) *[]string { return &words }
		first := func(_ any, err error) error { return err }
		pair := func(email string) error { _, _, err := h.CreateKeyPair(clerk, email); return err }
		for _, c := range []struct {
			what    string
			allowed bool
			do      func() error
		}{
			{"a role with more", false, func() error {
				return first(h.CreateRole(clerk, app.NewRole{Name: "X", Permissions: []string{"ViewEventLog"}}))
			}},
			{"a role in more groups", false, func() error {
				return first(h.CreateRole(clerk, app.NewRole{Name: "X", Permissions: []string{"ManageRepository"}, AccessGroups: []string{"global"}}))
			}},
			{"a role with as much", true, func() error {
				return first(h.CreateRole(clerk, app.NewRole{Name: "X", Permissions: []string{"ManageRepository"}, AccessGroups: []string{"web"}}))
			}},
			{"a copy of a mighty role", false, func() error { return first(h.CopyRole(clerk, "GlobalAdmin", "Y", "")) }},
			{"more for a role", false, func() error { return edit("Empty", app.RoleEdit{AddPermissions: []string{"ManageGPGKey"}}) }},
			{"a mighty role for himself", false, func() error { return edit("GlobalAdmin", app.RoleEdit{AddPersons: []string{"clerk@example.org"}}) }},
			{"a mighty role for another", false, func() error { return edit("Keeper", app.RoleEdit{AddPersons: []string{"ann@example.org"}}) }},
			{"less for a mighty role", false, func() error { return edit("Keeper", app.RoleEdit{RemoveAccessGroups: []string{"global"}}) }},
			{"a mighty role away", false, func() error { return h.DropRole(clerk, "Keeper") }},
			{"a role of his own for another", true, func() error { return edit("Webmaster", app.RoleEdit{AddPersons: []string{"clerk@example.org"}}) }},
			{"a mighty person", false, func() error {
				return first(h.CreatePerson(clerk, app.NewPerson{Email: "x@example.org", Roles: []string{"GlobalAdmin"}}))
			}},
			{"a person like himself", true, func() error {
				return first(h.CreatePerson(clerk, app.NewPerson{Email: "x@example.org", Roles: []string{"Clerk"}}))
			}},
			{"a mighty invitation", false, func() error { return first(h.InvitePerson(clerk, app.NewInvitation{Email: "y@example.org"})) }},
			{"an invitation", true, func() error {
				return first(h.InvitePerson(clerk, app.NewInvitation{Email: "y@example.org", Roles: []string{"Webmaster"}}))
			}},
			{"a mighty password", false, func() error { return person("boss@example.org", app.PersonEdit{Password: &text}) }},
			{"another password", true, func() error { return person("ann@example.org", app.PersonEdit{Password: &text}) }},
			{"mighty roles", false, func() error { return person("ann@example.org", app.PersonEdit{Roles: list("Keeper")}) }},
			{"no roles of the mighty", false, func() error { return person("boss@example.org", app.PersonEdit{Roles: list()}) }},
			{"other roles", true, func() error { return person("ann@example.org", app.PersonEdit{Roles: list("Empty")}) }},
			{"the mighty disabled", false, func() error { return person("boss@example.org", app.PersonEdit{Disabled: &yes}) }},
			{"the mighty disabled otherwise", false, func() error { return h.DisablePerson(clerk, "boss@example.org") }},
			{"others disabled", true, func() error { return h.DisablePerson(clerk, "ann@example.org") }},
			{"a mighty key pair", false, func() error { return pair("boss@example.org") }},
			{"a key pair", true, func() error { return pair("ann@example.org") }},
			{"a token", false, func() error { _, _, err := h.CreateToken(clerk, "t", "reader", 0); return err }},
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
		if p, err := h.EditPerson(ann, "ann@example.org", app.PersonEdit{Name: &name, Password: &secret}); err != nil || p.Name != name || !p.Password {
			h.TB.Errorf("%+v, %v", p, err)
		}
		if _, err := h.Authenticate(context.Background(), "x"); err == nil {
			h.TB.Error("anything is let in")
		}
		pair, _, err := h.CreateKeyPair(ann, "ann@example.org")
		if err != nil {
			h.TB.Fatal(err)
		}
		own := apptest.Must(h.KeyPairs(ann, "ann@example.org", app.Page{}))(h.TB)
		others := apptest.Must(h.KeyPairs(h.Ctx, "bob@example.org", app.Page{}))(h.TB)
		if len(own.Items) != 2 || len(others.Items) != 1 {
			h.TB.Errorf("%+v, %+v", own, others)
		}
		if err := h.RevokeKeyPair(ann, pair.AccessKey); err != nil {
			h.TB.Error(err)
		}
		yes, roles := true, []string{"Auditor"}
		for what, err := range map[string]error{
			"others":             first(h.Person(ann, "bob@example.org")),
			"nobody":             first(h.Person(ann, "eve@example.org")),
			"all":                first(h.Persons(ann, app.PersonFilter{}, app.Page{})),
			"another's name":     first(h.EditPerson(ann, "bob@example.org", app.PersonEdit{Name: &name})),
			"roles":              first(h.EditPerson(ann, "ann@example.org", app.PersonEdit{Roles: &roles})),
			"being disabled":     first(h.EditPerson(ann, "ann@example.org", app.PersonEdit{Disabled: &yes})),
			"another's key pair": h.RevokeKeyPair(ann, others.Items[0].AccessKey),
			"no one's key pair":  h.RevokeKeyPair(ann, "X"),
			"all key pairs":      first(h.KeyPairs(ann, "", app.Page{})),
			"others' key pairs":  first(h.KeyPairs(ann, "bob@example.org", app.Page{})),
			"mirrors":            first(h.Mirrors(ann, app.Page{})),
			"the log":            first(h.AuditLog(ann, app.AuditFilter{}, app.Page{})),
			"secrets":            first(h.ExportSecretKey(ann, "x")),
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
			"the role":           first(h.EditRole(ann, "GlobalAdmin", app.RoleEdit{RemovePersons: []string{"ANN@example.org"}})),
			"all roles":          first(h.EditPerson(ann, "ann@example.org", app.PersonEdit{Roles: &none})),
			"the person":         h.DisablePerson(ann, "ann@example.org"),
			"the person by edit": first(h.EditPerson(ann, "1", app.PersonEdit{Disabled: &yes})),
		} {
			if problem.ReasonOf(err) != access.SelfRevoke {
				h.TB.Errorf("%s: %v", what, err)
			}
		}
		if _, err := h.EditRole(ann, "GlobalAdmin", app.RoleEdit{RemovePersons: []string{"bob@example.org"}}); err != nil {
			h.TB.Errorf("another's: %v", err)
		}
		role := apptest.Must(h.Role(ann, "GlobalAdmin"))(h.TB)
		if !slices.Equal(role.Persons, []string{"ann@example.org"}) || !role.Fixed {
			h.TB.Errorf("%+v", role)
		}
	})
}

// signed is a request of now, signed with a key pair.
func signed(h *apptest.House, accessKey, secret, text string) app.SignedRequest {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return app.SignedRequest{AccessKey: accessKey, StringToSign: text, Signature: mac.Sum(nil), At: h.Now()}
}

func TestAProgramSignsInAPersonsName(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.CreatePerson(h.Ctx, app.NewPerson{Email: "ann@example.org", Name: "Ann", Roles: []string{"Auditor"}}))(h.TB)
		pair, secret, err := h.CreateKeyPair(h.Ctx, "ann@example.org")
		if err != nil {
			h.TB.Fatal(err)
		}
		change := signed(h, pair.AccessKey, secret, "change")
		ctx, err := h.VerifySignature(context.Background(), change)
		if err != nil {
			h.TB.Fatal(err)
		}
		who, _ := access.From(ctx)
		if who.Name != "ann@example.org" || who.Person == 0 || who.Kind != access.ByKeyPair || app.Require(ctx, app.MayRead) != nil || app.Require(ctx, app.MayAdmin) == nil {
			h.TB.Errorf("%+v", who)
		}
		// The same database with an application that has just started.
		again := app.New(h.Parts)
		for name, a := range map[string]*app.App{"again": h.App, "after a restart": again} {
			if _, err := a.VerifySignature(context.Background(), change); problem.ReasonOf(err) != access.Unrecognised {
				h.TB.Errorf("%s: %v", name, err)
			}
		}
		read := signed(h, pair.AccessKey, secret, "read")
		read.ReadOnly = true
		for range 2 {
			if _, err := h.VerifySignature(context.Background(), read); err != nil {
				h.TB.Error(err)
			}
		}
		if used := apptest.Must(h.KeyPairs(h.Ctx, "", app.Page{}))(h.TB); used.Items[0].LastUsedAt.IsZero() {
			h.TB.Errorf("the use is not noted: %+v", used)
		}
		h.Advance(16 * time.Minute)
		if _, err := h.VerifySignature(context.Background(), read); problem.ReasonOf(err) != access.Unrecognised {
			h.TB.Errorf("too old: %v", err)
		}
		if err := h.DisablePerson(h.Ctx, "ann@example.org"); err != nil {
			h.TB.Fatal(err)
		}
		if _, err := h.VerifySignature(context.Background(), signed(h, pair.AccessKey, secret, "more")); !problem.Is(err, problem.Denied) {
			h.TB.Errorf("disabled: %v", err)
		}
	})
}

func TestWrongPasswordsMustWaitByAddress(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		apptest.Must(h.CreatePerson(h.Ctx, app.NewPerson{Email: "ann@example.org", Password: goodPassword}))(h.TB)
		from := app.AskedFrom(context.Background(), netip.MustParseAddr("192.0.2.1"))
		for i := range 5 {
			if _, err := h.Login(from, fmt.Sprintf("p%d@example.org", i), "wrong horse", 0); problem.ReasonOf(err) != access.InvalidCredentials {
				h.TB.Errorf("%d: %v", i, err)
			}
		}
		if _, err := h.Login(from, "ann@example.org", goodPassword, 0); !problem.Is(err, problem.Unavailable) {
			h.TB.Errorf("from the same address: %v", err)
		}
		other := app.AskedFrom(context.Background(), netip.MustParseAddr("192.0.2.2"))
		s, err := h.Login(other, "ann@example.org", goodPassword, time.Hour)
		if err != nil || s.Email != "ann@example.org" {
			h.TB.Errorf("from another: %+v, %v", s, err)
		}
		h.Advance(2 * time.Second)
		if _, err := h.Login(from, "ann@example.org", goodPassword, 0); err != nil {
			h.TB.Errorf("after a while: %v", err)
		}
	})
}

// Passwords, codes and secret keys are told to who is to know them, and stand nowhere
// for others to read.
func TestSecretsOfPersonsAreNotLogged(t *testing.T) {
	t.Parallel()
	apptest.Run(t, func(h *apptest.House) {
		in := apptest.Must(h.InvitePerson(h.Ctx, app.NewInvitation{Email: "ann@example.org"}))(h.TB)
		makeRole(h, "Clerk", []string{"ManageAccount"})
		clerk := asPerson(h, "clerk@example.org", "Clerk")
		if seen := apptest.Must(h.Invitations(clerk, app.Page{}))(h.TB); len(seen.Items) != 1 || seen.Items[0].Code != "" {
			h.TB.Errorf("a clerk could become GlobalAdmin: %+v", seen)
		}
		if seen := apptest.Must(h.Invitations(h.Ctx, app.Page{}))(h.TB); seen.Items[0].Code != in.Code {
			h.TB.Errorf("%+v", seen)
		}
		ann := apptest.Must(h.AcceptInvitation(context.Background(), in.Code, goodPassword))(h.TB)
		if !slices.Equal(ann.Roles, []string{"GlobalAdmin"}) {
			h.TB.Errorf("%+v", ann)
		}
		other := "other horse"
		apptest.Must(h.EditPerson(h.Ctx, "ann@example.org", app.PersonEdit{Password: &other}))(h.TB)
		_, secret, err := h.CreateKeyPair(h.Ctx, "ann@example.org")
		if err != nil {
			h.TB.Fatal(err)
		}
		apptest.Must(h.Login(context.Background(), "ann@example.org", other, 0))(h.TB)
		log := string(apptest.Must(json.Marshal(apptest.Must(h.AuditLog(h.Ctx, app.AuditFilter{}, app.Page{Limit: 500}))(h.TB).Items))(h.TB))
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
		for _, g := range []app.NewAccessGroup{{Title: "web"}, {Title: "test", Parent: "web"}, {Title: "db"}} {
			apptest.Must(h.CreateAccessGroup(h.Ctx, g))(h.TB)
		}
		makeRole(h, "Webmaster", []string{"ManageRepository"}, "web")
		makeRole(h, "Watcher", []string{"ViewRepository"}, "test")
		ann, session := asPerson(h, "ann@example.org", "Webmaster"), sessionOf(h, "eve@example.org", "Watcher")
		eve := apptest.Must(h.Authenticate(context.Background(), session))(h.TB)
		for group, allowed := range map[string]bool{"web": true, "test": true, "db": false, "": false, "global": false, "none": false} {
			_, err := h.CreateDistribution(ann, app.NewDistribution{Name: "d" + group, AccessGroup: group})
			if allowed && err != nil || !allowed && !problem.Is(err, problem.Denied) {
				h.TB.Errorf("a distribution in %q: %v", group, err)
			}
		}
		if _, err := h.CreateDistribution(h.Ctx, app.NewDistribution{Name: "x", AccessGroup: "none"}); problem.ReasonOf(err) != access.UnknownGroup {
			h.TB.Errorf("in no group: %v", err)
		}
		if _, err := h.CreateDistribution(eve, app.NewDistribution{Name: "x", AccessGroup: "test"}); !problem.Is(err, problem.Denied) {
			h.TB.Errorf("who only sees makes one: %v", err)
		}
		apptest.Must(h.CreateDistribution(h.Ctx, app.NewDistribution{Name: "base"}))(h.TB)
		sees := func(ctx context.Context) string {
			var names []string
			for _, d := range apptest.Must(h.Distributions(ctx, nil))(h.TB) {
				names = append(names, d.Name)
			}
			return strings.Join(names, " ")
		}
		if a, e, all := sees(ann), sees(eve), sees(h.Ctx); a != "dtest dweb" || e != "dtest" || all != "base dtest dweb" {
			h.TB.Errorf("ann sees %q, eve %q, all are %q", a, e, all)
		}
		if err := h.DropDistribution(ann, "base"); !problem.Is(err, problem.Denied) {
			h.TB.Errorf("another's: %v", err)
		}
		if _, err := h.CreateRepo(ann, app.NewRepo{Name: "r"}); !problem.Is(err, problem.Denied) {
			h.TB.Errorf("what has no group: %v", err)
		}
		apptest.Must(h.DropAccessGroup(h.Ctx, "test"))(h.TB)
		if a := sees(ann); a != "dtest dweb" {
			h.TB.Errorf("when all of test is in web, ann sees %q", a)
		}
		eve = apptest.Must(h.Authenticate(context.Background(), session))(h.TB)
		if _, err := h.Distributions(eve, nil); !problem.Is(err, problem.Denied) {
			h.TB.Errorf("eve keeps a right: %v", err)
		}
	})
}
