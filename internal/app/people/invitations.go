package people

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// Invitation is an offer to become a person here. The server sends no mail: the inviter passes
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

// NewInvitation describes an invitation to create.
type NewInvitation struct {
	Email string   `json:"email"`
	Name  string   `json:"name,omitempty"`
	Roles []string `json:"roles,omitempty" nullable:"false" doc:"GlobalAdmin if empty"`
}

// Invite creates an invitation, which is valid for 14 days. Roles that allow more than the
// caller may do are problem.Denied.
func (s *Service) Invite(ctx context.Context, in NewInvitation) (Invitation, error) {
	if len(in.Roles) == 0 {
		in.Roles = []string{access.GlobalAdmin}
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.Persons, Action: "invitation.create", Subject: subjectOfInvitation(in.Email), Detail: map[string]any{"roles": in.Roles}}, func(tx *db.Tx, _ *usecase.Act) (Invitation, error) {
		roles, err := s.grantable(ctx, tx, in.Roles)
		if err != nil {
			return Invitation{}, err
		}
		made, err := s.k.Access.CreateInvitation(ctx, tx, in.Email, in.Name, roles)
		return showInvitation(made), err
	})
}

// subjectOfInvitation names an invitation in the audit log.
func subjectOfInvitation(email string) string { return "invitation:" + access.CanonicalEmail(email) }

// Invitations returns the valid invitations in the order of their creation.
func (s *Service) Invitations(ctx context.Context, p usecase.Page) (usecase.List[Invitation], error) {
	id := func(in Invitation) int64 { return in.ID }
	return usecase.ReadList(ctx, s.k, access.Persons, p, id, func(tx *db.Tx, after int64, limit int) ([]Invitation, error) {
		found, err := s.k.Access.Invitations(ctx, tx, after, limit)
		if err != nil {
			return nil, err
		}
		return usecase.TryMap(found, func(in access.Invitation) (Invitation, error) {
			err := s.mayKnowCode(ctx, tx, in)
			if problem.Is(err, problem.Denied) {
				in.Code, err = "", nil
			}
			return showInvitation(in), err
		})
	})
}

// mayKnowCode returns an error for callers who would gain rights by the code.
func (s *Service) mayKnowCode(ctx context.Context, tx *db.Tx, in access.Invitation) error {
	roles, err := s.k.Access.PersonRoles(ctx, tx, in.Roles)
	if err != nil {
		return err
	}
	return s.requireCover(ctx, tx, roles...)
}

// WithdrawInvitation ends an invitation.
func (s *Service) WithdrawInvitation(ctx context.Context, email string) error {
	return usecase.Do(ctx, s.k, usecase.Act{Permission: access.Persons, Action: "invitation.withdraw", Subject: subjectOfInvitation(email)}, func(tx *db.Tx, _ *usecase.Act) error {
		in, err := s.k.Access.Invitation(ctx, tx, email)
		if err == nil {
			err = s.k.Access.EndInvitation(ctx, tx, in)
		}
		return err
	})
}

// AcceptInvitation creates a person with a chosen password for the bearer of an invitation's
// code, who may be unknown. A wrong or expired code is problem.NotFound. Roles that do not
// exist any more are left out.
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
