package people

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// grantable returns the roles with some names, if they allow nothing that the caller may not
// do: nobody gives more rights than his own.
func (s *Service) grantable(ctx context.Context, tx *db.Tx, names []string) ([]access.PersonRole, error) {
	roles, err := usecase.TryMap(usecase.Unique(names), func(name string) (access.PersonRole, error) { return s.k.Access.Role(ctx, tx, name) })
	if err != nil {
		return nil, err
	}
	return roles, s.requireCover(ctx, tx, roles...)
}

// requireCover returns problem.Denied unless the caller may do everything that the roles allow.
func (s *Service) requireCover(ctx context.Context, tx *db.Tx, roles ...access.PersonRole) error {
	rights, err := s.k.Access.RightsOfRoles(ctx, tx, roles...)
	if err != nil {
		return err
	}
	return coverOf(ctx, rights, "this role allows")
}

// requireAbove returns problem.Denied unless the caller is the person or has all its rights:
// otherwise a new password or key pair for it would be a way to more rights.
func (s *Service) requireAbove(ctx context.Context, tx *db.Tx, p access.Person) error {
	if who, _ := access.From(ctx); who.Person == p.ID {
		return nil
	}
	rights, err := s.k.Access.RightsOfPerson(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	return coverOf(ctx, rights, p.Email+" may do")
}

func coverOf(ctx context.Context, rights access.Rights, what string) error {
	who, _ := access.From(ctx)
	if !who.Covers(rights) {
		return problem.New(problem.Denied, "%s what %s may not do", what, who.Name).WithHint("ask somebody with the role %s", access.GlobalAdmin)
	}
	return nil
}
