package people

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Invitation is an offer to become a person here. No mail is sent: who invites passes
// the code on.
type Invitation struct {
	ID        int64     `json:"id"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Roles     []string  `json:"roles"`
	Code      string    `json:"code,omitempty" doc:"Whoever has it can accept; shown to those who may do all that the roles allow"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func showInvitation(in access.Invitation) Invitation {
	return Invitation{ID: in.ID, Email: in.Email, Name: in.Name, Roles: usecase.OrEmpty(in.Roles), Code: in.Code,
		CreatedAt: usecase.Stamp(in.CreatedAt), ExpiresAt: usecase.Stamp(in.ExpiresAt)}
}

// NewInvitation is an invitation to be made.
type NewInvitation struct {
	Email string   `json:"email"`
	Name  string   `json:"name,omitempty"`
	Roles []string `json:"roles,omitempty" nullable:"false" doc:"GlobalAdmin if empty"`
}

// InvitePerson makes an invitation, which can be accepted for 14 days. Roles that allow
// what the caller may not are problem.Denied.
func (s *Service) Invite(ctx context.Context, in NewInvitation) (Invitation, error) {
	if err := access.Require(ctx, access.Persons); err != nil {
		return Invitation{}, err
	}
	if len(in.Roles) == 0 {
		in.Roles = []string{access.GlobalAdmin}
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Persons, Action: "invitation.create", Subject: "invitation:" + access.CanonicalEmail(in.Email), Detail: map[string]any{"roles": in.Roles}}, func(tx *db.Tx, _ *usecase.Act) (Invitation, error) {
		roles, err := s.grantable(ctx, tx, in.Roles)
		if err != nil {
			return Invitation{}, err
		}
		made, err := s.k.Access.CreateInvitation(ctx, tx, in.Email, in.Name, roles)
		return showInvitation(made), err
	})
}

// Invitations lists those that can still be accepted, in the order they were made.
func (s *Service) Invitations(ctx context.Context, p usecase.Page) (usecase.List[Invitation], error) {
	if err := access.Require(ctx, access.Persons); err != nil {
		return usecase.List[Invitation]{}, err
	}
	after, err := usecase.PageNumber(p)
	if err != nil {
		return usecase.List[Invitation]{}, err
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[Invitation], error) {
		found, err := s.k.Access.Invitations(ctx, tx, after, p.Size()+1)
		if err != nil {
			return usecase.List[Invitation]{}, err
		}
		items := make([]Invitation, len(found))
		for i, in := range found {
			items[i] = showInvitation(in)
			if err := s.mayKnowCode(ctx, tx, in); problem.Is(err, problem.Denied) {
				items[i].Code = ""
			} else if err != nil {
				return usecase.List[Invitation]{}, err
			}
		}
		return usecase.PageOf(items, p.Size(), func(in Invitation) string { return usecase.Number(in.ID) }), nil
	})
}

// mayKnowCode refuses to show a code to those who would gain rights by it.
func (s *Service) mayKnowCode(ctx context.Context, tx *db.Tx, in access.Invitation) error {
	roles, err := s.k.Access.PersonRoles(ctx, tx, in.Roles)
	if err != nil {
		return err
	}
	return s.requireCover(ctx, tx, roles...)
}

// WithdrawInvitation ends an invitation.
func (s *Service) WithdrawInvitation(ctx context.Context, email string) error {
	_, err := usecase.Change(ctx, s.k, usecase.Act{Permission: access.Persons, Action: "invitation.withdraw", Subject: "invitation:" + access.CanonicalEmail(email)}, func(tx *db.Tx, _ *usecase.Act) (struct{}, error) {
		in, err := s.k.Access.Invitation(ctx, tx, email)
		if err == nil {
			err = s.k.Access.EndInvitation(ctx, tx, in)
		}
		return struct{}{}, err
	})
	return err
}

// AcceptInvitation makes a person of whoever has the code of an invitation, with a
// password of its own choice. Nobody needs to be known for it. A code that is wrong or
// over is problem.NotFound. Roles that were removed since are left out.
func (s *Service) AcceptInvitation(ctx context.Context, code, password string) (Person, error) {
	in, err := usecase.View(ctx, s.k, func(tx *db.Tx) (access.Invitation, error) { return s.k.Access.InvitationOf(ctx, tx, code) })
	if err != nil {
		return Person{}, err
	}
	hash, err := s.k.Access.HashPassword(ctx, password)
	if err != nil {
		return Person{}, err
	}
	ctx = access.With(ctx, access.Principal{Name: in.Email, Kind: access.BySession})
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Anyone, Action: "invitation.accept", Subject: subjectOf(in.Email), Detail: map[string]any{"roles": in.Roles}}, func(tx *db.Tx, _ *usecase.Act) (Person, error) {
		in, err := s.k.Access.InvitationOf(ctx, tx, code)
		if err != nil {
			return Person{}, err
		}
		if err := s.k.Access.EndInvitation(ctx, tx, in); err != nil {
			return Person{}, err
		}
		roles, err := s.k.Access.PersonRoles(ctx, tx, in.Roles)
		if err != nil {
			return Person{}, err
		}
		if len(in.Roles) == 0 {
			roles = nil
		}
		return s.makePerson(ctx, tx, in.Email, in.Name, hash, roles)
	})
}
