package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// RoleEdit is a change of a role. Adding an existing item and removing a missing one change
// nothing.
type RoleEdit struct {
	Description *string

	AddPermissions, RemovePermissions []string // names of NamedPermissions
	AddGroups, RemoveGroups           []string // names of access groups
	AddPersons, RemovePersons         []string // mail addresses
}

// changesRights reports whether the edit changes more than the persons of the role.
func (e RoleEdit) changesRights() bool {
	return e.Description != nil || len(e.AddPermissions)+len(e.RemovePermissions)+len(e.AddGroups)+len(e.RemoveGroups) > 0
}

// EditRole changes a role and returns the changed role. Only the persons of GlobalAdmin can be
// changed; another change of it is problem.Conflict.
func (s *Store) EditRole(ctx context.Context, tx *db.Tx, role PersonRole, e RoleEdit) (PersonRole, error) {
	if role.ID == globalAdmin && e.changesRights() {
		return PersonRole{}, problem.Because(problem.New(problem.Conflict, "the role %s cannot be changed", role.Name).In("name").WithHint("copy it, and change the copy"), ReadOnlyRole)
	}
	if err := s.checkEdit(ctx, tx, e); err != nil {
		return PersonRole{}, err
	}
	add, err := s.idsOf(ctx, tx, e.AddPersons)
	if err != nil {
		return PersonRole{}, err
	}
	remove, err := s.idsOf(ctx, tx, e.RemovePersons)
	if err != nil {
		return PersonRole{}, err
	}
	var description []any
	if e.Description != nil {
		description = []any{*e.Description}
	}
	for _, change := range []struct {
		sql    string
		values []any
	}{
		{`UPDATE person_role SET description = $2 WHERE id = $1`, description},
		{`INSERT INTO person_role_permission (role_id, permission) VALUES ($1, $2) ON CONFLICT DO NOTHING`, anys(e.AddPermissions)},
		{`DELETE FROM person_role_permission WHERE role_id = $1 AND permission = $2`, anys(e.RemovePermissions)},
		{`INSERT INTO person_role_group (role_id, access_group) VALUES ($1, $2) ON CONFLICT DO NOTHING`, anys(e.AddGroups)},
		{`DELETE FROM person_role_group WHERE role_id = $1 AND access_group = $2`, anys(e.RemoveGroups)},
		{`INSERT INTO person_role_member (role_id, person_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, add},
		{`DELETE FROM person_role_member WHERE role_id = $1 AND person_id = $2`, remove},
	} {
		for _, value := range change.values {
			if _, err := tx.Exec(ctx, change.sql, role.ID, value); err != nil {
				return PersonRole{}, fmt.Errorf("changing role %s: %w", role.Name, err)
			}
		}
	}
	return s.Role(ctx, tx, role.Name)
}

// anys returns words as arguments of a statement.
func anys(words []string) (values []any) {
	for _, w := range words {
		values = append(values, w)
	}
	return values
}

// checkEdit refuses unknown permissions and groups.
func (s *Store) checkEdit(ctx context.Context, tx *db.Tx, e RoleEdit) error {
	if e.Description != nil {
		if err := checkLine("description", *e.Description); err != nil {
			return err
		}
	}
	for _, name := range slices.Concat(e.AddPermissions, e.RemovePermissions) {
		if _, ok := namedPermission(name); !ok {
			return problem.Because(problem.New(problem.Invalid, "there is no permission %q", name).In("permissions").
				WithHint("list the permissions to see their names"), InvalidRolePermissions)
		}
	}
	wanted := slices.Concat(e.AddGroups, e.RemoveGroups)
	if len(wanted) == 0 {
		return nil
	}
	found, err := s.Groups(ctx, tx, wanted)
	if err != nil {
		return err
	}
	for _, name := range wanted {
		if !slices.ContainsFunc(found, func(g Group) bool { return g.Name == name }) {
			return problem.Because(problem.New(problem.NotFound, "there is no access group %q", name).In("access_groups").
				WithHint("list the access groups to see their names"), UnknownGroups)
		}
	}
	return nil
}

// idsOf returns the ids of the persons with these mail addresses.
func (s *Store) idsOf(ctx context.Context, tx *db.Tx, emails []string) (ids []any, err error) {
	for _, email := range emails {
		p, err := s.Person(ctx, tx, email)
		if problem.Is(err, problem.NotFound) {
			return nil, problem.Because(problem.New(problem.NotFound, "there is no person %q", email).In("persons").WithHint("list the persons to see their mail addresses"), UnknownPersonEmails)
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, p.ID)
	}
	return ids, nil
}
