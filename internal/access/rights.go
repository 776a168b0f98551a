package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/aptarium/aptarium/internal/db"
)

// Covers reports whether a principal has all these rights. Principals can grant others only
// rights that they have themselves.
func (p Principal) Covers(rights Rights) bool {
	for permission, groups := range rights {
		if slices.ContainsFunc(groups, func(g string) bool { return !p.MayIn(permission, g) }) {
			return false
		}
	}
	return true
}

func (r Rights) add(permissions []Permission, groups []string) {
	for _, p := range permissions {
		all := append(slices.Clone(r[p]), groups...)
		slices.Sort(all)
		if all = slices.Compact(all); slices.Contains(all, RootGroup) {
			all = []string{RootGroup}
		}
		if len(all) > 0 {
			r[p] = all
		}
	}
}

func rightsOf(role PersonRole, tree groupTree) Rights {
	rights := Rights{}
	if role.ID == globalAdmin {
		rights.add(everything(), []string{RootGroup})
		return rights
	}
	groups := tree.reach(role.Groups...)
	for _, name := range role.Permissions {
		p, _ := namedPermission(name)
		where := groups
		if p.Global {
			where = []string{RootGroup}
		}
		rights.add(p.Allows, where)
		if slices.Contains(where, RootGroup) {
			rights.add(p.AllowsInRoot, where)
		}
	}
	return rights
}

// RightsOfRoles returns the joint rights of roles.
func (s *Store) RightsOfRoles(ctx context.Context, tx *db.Tx, roles ...PersonRole) (Rights, error) {
	groups, err := s.Groups(ctx, tx, nil)
	if err != nil {
		return nil, err
	}
	tree, rights := newGroupTree(groups), Rights{}
	for _, role := range roles {
		for permission, where := range rightsOf(role, tree) {
			rights.add([]Permission{permission}, where)
		}
	}
	return rights, nil
}

// RightsOfPerson returns the joint rights of a person's roles.
func (s *Store) RightsOfPerson(ctx context.Context, tx *db.Tx, person int64) (Rights, error) {
	roles, err := s.personRoles(ctx, tx, `id IN (SELECT role_id FROM person_role_member WHERE person_id = $1)`, person)
	if err != nil {
		return nil, fmt.Errorf("reading the roles of person %d: %w", person, err)
	}
	return s.RightsOfRoles(ctx, tx, roles...)
}
