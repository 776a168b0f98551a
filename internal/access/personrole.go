package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
	"github.com/aptarium/aptarium/internal/problem"
)

// GlobalAdmin is the name of the role that allows everything. It cannot be changed or
// dropped; only its persons can change.
const GlobalAdmin = "GlobalAdmin"

// Ids of roles: globalAdmin is GlobalAdmin's; those of created roles are above firstRole.
const (
	globalAdmin = 1
	firstRole   = 1000
	maxRoles    = 1000
)

// PersonRole is a role of persons: permissions, and the access groups in which the non-global
// ones hold.
type PersonRole struct {
	ID          int64
	Name        string
	Description string
	Permissions []string // names of NamedPermissions, sorted
	Groups      []string // names of access groups, sorted
	Persons     []string // mail addresses of the persons with the role, sorted
}

// Parts returns the permissions that hold in the role's groups, and those that hold
// everywhere, by name.
func (r PersonRole) Parts() (grouped, global []string) {
	for _, name := range r.Permissions {
		if p, _ := namedPermission(name); p.Global {
			global = append(global, name)
		} else {
			grouped = append(grouped, name)
		}
	}
	return grouped, global
}

// roleName matches valid names of roles.
var roleName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+-]{0,99}$`)

// CreateRole creates a role without permissions, groups and persons.
func (s *Store) CreateRole(ctx context.Context, tx *db.Tx, name, description string) (PersonRole, error) {
	if !roleName.MatchString(name) {
		return PersonRole{}, problem.Because(problem.New(problem.Invalid, "%q is not a name of a role", name).In("name").
			WithHint("use at most 100 letters, digits, + and -, starting with a letter"), InvalidRoleName)
	}
	if err := checkLine("description", description); err != nil {
		return PersonRole{}, err
	}
	all, err := db.All(ctx, tx, db.Value[string], `SELECT name FROM person_role`)
	if err != nil {
		return PersonRole{}, fmt.Errorf("reading the names of roles: %w", err)
	}
	if slices.Contains(all, name) {
		return PersonRole{}, problem.Because(problem.New(problem.Conflict, "there is a role %q already", name).In("name").WithHint("choose another name"), DuplicateRoleName)
	}
	if len(all) >= maxRoles {
		return PersonRole{}, problem.New(problem.Conflict, "there are %d roles already, and no room for more", len(all))
	}
	id, err := tx.Allocate(ctx, "person_role", 1)
	if err != nil {
		return PersonRole{}, err
	}
	role := PersonRole{ID: firstRole + id, Name: name, Description: description}
	_, err = tx.Exec(ctx, `INSERT INTO person_role (id, name, description) VALUES ($1, $2, $3)`, role.ID, name, description)
	return role, problem.While(err, "storing role %s", name)
}

// CopyRole creates a role with the permissions and groups of another role, without persons. A
// copy of GlobalAdmin has every permission, in RootGroup.
func (s *Store) CopyRole(ctx context.Context, tx *db.Tx, from PersonRole, name, description string) (PersonRole, error) {
	made, err := s.CreateRole(ctx, tx, name, cmp.Or(description, from.Description))
	if err != nil {
		return PersonRole{}, err
	}
	return s.EditRole(ctx, tx, made, RoleEdit{AddPermissions: from.Permissions, AddGroups: from.Groups})
}

// DropRole drops a role; its persons lose its rights. Dropping GlobalAdmin is
// problem.Invalid.
func (s *Store) DropRole(ctx context.Context, tx *db.Tx, role PersonRole) error {
	if role.ID == globalAdmin {
		return problem.Because(problem.New(problem.Invalid, "the role %s cannot be removed", role.Name).In("name"), InvalidRoleName)
	}
	for _, sql := range []string{
		`DELETE FROM person_role_permission WHERE role_id = $1`, `DELETE FROM person_role_group WHERE role_id = $1`,
		`DELETE FROM person_role_member WHERE role_id = $1`, `DELETE FROM person_role WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, sql, role.ID); err != nil {
			return fmt.Errorf("removing role %s: %w", role.Name, err)
		}
	}
	return nil
}

// Role returns a role by name, or problem.NotFound.
func (s *Store) Role(ctx context.Context, tx *db.Tx, name string) (PersonRole, error) {
	found, err := s.personRoles(ctx, tx, `name = $1`, name)
	return db.First(found, problem.While(err, "reading role %q", name),
		problem.Because(problem.New(problem.NotFound, "there is no role %q", name).In("role").WithHint("list the roles to see their names"), UnknownRole))
}

// PersonRoles returns the roles with these names, or all, sorted by name.
func (s *Store) PersonRoles(ctx context.Context, tx *db.Tx, names []string) ([]PersonRole, error) {
	roles, err := s.personRoles(ctx, tx, `id > 0`)
	if err != nil {
		return nil, fmt.Errorf("listing roles: %w", err)
	}
	if len(names) > 0 {
		roles = slices.DeleteFunc(roles, func(r PersonRole) bool { return !slices.Contains(names, r.Name) })
	}
	return roles, nil
}

// personRoles reads the roles that match a condition, completely.
func (s *Store) personRoles(ctx context.Context, tx *db.Tx, where string, args ...any) ([]PersonRole, error) {
	roles, err := db.All(ctx, tx, func(row db.Scanner) (r PersonRole, err error) {
		err = row.Scan(&r.ID, &r.Name, &r.Description)
		return r, err
	}, `SELECT id, name, description FROM person_role WHERE `+where+` ORDER BY name`, args...)
	if err != nil {
		return nil, err
	}
	chosen := `role_id IN (SELECT id FROM person_role WHERE ` + where + `)`
	var errs []error
	attach := func(to func(*PersonRole) *[]string, sql string) {
		type line struct {
			role int64
			word string
		}
		lines, err := db.All(ctx, tx, func(row db.Scanner) (l line, err error) {
			err = row.Scan(&l.role, &l.word)
			return l, err
		}, sql, args...)
		errs = append(errs, err)
		for _, l := range lines {
			i := slices.IndexFunc(roles, func(r PersonRole) bool { return r.ID == l.role })
			list := to(&roles[i])
			*list = append(*list, l.word)
		}
	}
	attach(func(r *PersonRole) *[]string { return &r.Permissions }, `SELECT role_id, permission FROM person_role_permission WHERE `+chosen+` ORDER BY permission`)
	attach(func(r *PersonRole) *[]string { return &r.Groups }, `SELECT role_id, access_group FROM person_role_group WHERE `+chosen+` ORDER BY access_group`)
	attach(func(r *PersonRole) *[]string { return &r.Persons }, `SELECT role_id, email FROM person_role_member JOIN person ON person.id = person_id WHERE `+chosen+` ORDER BY email`)
	for i, r := range roles {
		if r.ID == globalAdmin {
			roles[i].Permissions, roles[i].Groups = allNames(), []string{RootGroup}
		}
	}
	return roles, errors.Join(errs...)
}

// allNames returns the names of all permissions, sorted.
func allNames() (names []string) {
	for _, p := range NamedPermissions() {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return names
}
