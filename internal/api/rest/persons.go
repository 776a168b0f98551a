package rest

import (
	"context"
	"net/http"
	"time"

	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// PersonRef is a path that names a person.
type PersonRef struct {
	Person string `path:"person" maxLength:"254" doc:"A mail address, or the id"`
}

// persons adds /v1/persons.
func (s *service) persons() {
	const one = "/v1/persons/{person}"
	handle(s, get("list-persons", "/v1/persons", "List persons in the order they were made"), func(ctx context.Context, in *struct {
		Paging
		Role  string `query:"role" maxLength:"100" doc:"Only those who have it"`
		State string `query:"state" enum:"enabled,disabled"`
	}) (usecase.List[people.Person], error) {
		return s.app.People.List(ctx, people.PersonFilter{Role: in.Role, State: in.State}, in.page())
	})
	handle(s, post("create-person", "/v1/persons", "Make a person", http.StatusCreated), func(ctx context.Context, in *struct{ Body people.NewPerson }) (people.Person, error) {
		return s.app.People.Create(ctx, in.Body)
	})
	handle(s, get("get-person", one, "Get a person"), func(ctx context.Context, in *PersonRef) (people.Person, error) {
		return s.app.People.Get(ctx, in.Person)
	})
	handle(s, patch("edit-person", one, "Change the name, roles or password of a person, or disable it"), func(ctx context.Context, in *struct {
		PersonRef
		Body people.PersonEdit
	}) (people.Person, error) {
		return s.app.People.Edit(ctx, in.Person, in.Body)
	})
}

// pathAccept is where somebody who is not known yet accepts an invitation.
const pathAccept = "/v1/invitations/accept"

// Acceptance is the code of an invitation, and the password that its bearer wants.
type Acceptance struct {
	Code     string `json:"code" maxLength:"100"`
	Password string `json:"password" doc:"At least 8 characters"`
}

// invitations adds /v1/invitations.
func (s *service) invitations() {
	handle(s, get("list-invitations", "/v1/invitations", "List invitations that can still be accepted"), func(ctx context.Context, in *Paging) (usecase.List[people.Invitation], error) {
		return s.app.People.Invitations(ctx, in.page())
	})
	handle(s, post("invite-person", "/v1/invitations", "Invite somebody; the code is to be passed on, since no mail is sent", http.StatusCreated),
		func(ctx context.Context, in *struct{ Body people.NewInvitation }) (people.Invitation, error) {
			return s.app.People.Invite(ctx, in.Body)
		})
	accept := post("accept-invitation", pathAccept, "Become a person by the code of an invitation; nobody needs a token for it", http.StatusCreated)
	accept.Security = []map[string][]string{}
	handle(s, accept, func(ctx context.Context, in *struct{ Body Acceptance }) (people.Person, error) {
		return s.app.People.AcceptInvitation(ctx, in.Body.Code, in.Body.Password)
	})
	handleEmpty(s, remove("withdraw-invitation", "/v1/invitations/{email}", "Withdraw an invitation"), func(ctx context.Context, in *struct {
		Email string `path:"email" maxLength:"254"`
	}) error {
		return s.app.People.WithdrawInvitation(ctx, in.Email)
	})
}

// pathSessions is where persons log in.
const pathSessions = "/v1/sessions"

// Login is what a person proves to be it with: mail address and password, or a key pair.
type Login struct {
	Email     string        `json:"email,omitempty" maxLength:"254"`
	Password  string        `json:"password,omitempty"`
	AccessKey string        `json:"access_key,omitempty" maxLength:"100"`
	SecretKey string        `json:"secret_key,omitempty" maxLength:"100"`
	ValidFor  time.Duration `json:"valid_for,omitempty" doc:"Nanoseconds; a day if 0, 30 days at most"`
}

// sessions adds /v1/sessions.
func (s *service) sessions() {
	login := post("login", pathSessions, "Begin a session of a person; its token is sent as a Bearer token", http.StatusCreated)
	login.Security = []map[string][]string{}
	handle(s, login, func(ctx context.Context, in *struct{ Body Login }) (people.Session, error) {
		if in.Body.AccessKey != "" {
			return s.app.People.LoginWithKeyPair(ctx, in.Body.AccessKey, in.Body.SecretKey, in.Body.ValidFor)
		}
		return s.app.People.Login(ctx, in.Body.Email, in.Body.Password, in.Body.ValidFor)
	})
}
