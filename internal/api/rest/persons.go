package rest

import (
	"context"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// persons adds /v1/persons.
func (s *service) persons() {
	handle(s, routes.ListPersons, func(ctx context.Context, in *routes.ListPersonsInput) (usecase.List[people.Person], error) {
		return s.app.People.List(ctx, people.PersonFilter{Role: in.Role, State: in.State}, in.Page())
	})
	handle(s, routes.CreatePerson, func(ctx context.Context, in *routes.Body[people.NewPerson]) (people.Person, error) {
		return s.app.People.Create(ctx, in.Body)
	})
	handle(s, routes.GetPerson, func(ctx context.Context, in *routes.PersonRef) (people.Person, error) {
		return s.app.People.Get(ctx, in.Person)
	})
	handle(s, routes.EditPerson, func(ctx context.Context, in *routes.EditPersonInput) (people.Person, error) {
		return s.app.People.Edit(ctx, in.Person, in.Body)
	})
}

// invitations adds /v1/invitations.
func (s *service) invitations() {
	handle(s, routes.ListInvitations, func(ctx context.Context, in *routes.Paging) (usecase.List[people.Invitation], error) {
		return s.app.People.Invitations(ctx, in.Page())
	})
	handle(s, routes.InvitePerson, func(ctx context.Context, in *routes.Body[people.NewInvitation]) (people.Invitation, error) {
		return s.app.People.Invite(ctx, in.Body)
	})
	handle(s, routes.AcceptInvitation, func(ctx context.Context, in *routes.Body[routes.Acceptance]) (people.Person, error) {
		return s.app.People.AcceptInvitation(ctx, in.Body.Code, in.Body.Password)
	})
	handleEmpty(s, routes.WithdrawInvitation, func(ctx context.Context, in *routes.WithdrawInvitationInput) error {
		return s.app.People.WithdrawInvitation(ctx, in.Email)
	})
}

// sessions adds /v1/sessions.
func (s *service) sessions() {
	handle(s, routes.LogIn, func(ctx context.Context, in *routes.Body[routes.Login]) (people.Session, error) {
		if in.Body.AccessKey != "" {
			return s.app.People.LoginWithKeyPair(ctx, in.Body.AccessKey, in.Body.SecretKey, in.Body.ValidFor)
		}
		return s.app.People.Login(ctx, in.Body.Email, in.Body.Password, in.Body.ValidFor)
	})
}
