package people

import (
	"cmp"
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
)

// AccessGroup is a set of objects for which roles give rights.
type AccessGroup struct {
	Name      string    `json:"name"`
	Title     string    `json:"title"`
	Parent    string    `json:"parent" doc:"Empty for global, which is above all others"`
	Children  []string  `json:"children" doc:"Those right below it"`
	CreatedAt time.Time `json:"created_at,omitzero"`
}

func showGroup(g access.Group) AccessGroup {
	return AccessGroup{Name: g.Name, Title: g.Title, Parent: g.Parent, Children: usecase.OrEmpty(g.Children), CreatedAt: usecase.Stamp(g.CreatedAt)}
}

// NewAccessGroup describes an access group to create.
type NewAccessGroup struct {
	Name   string `json:"name,omitempty" doc:"Derived from the title if empty: in lower case, - for blanks, only letters, digits, - and full stops"`
	Title  string `json:"title,omitempty" doc:"The name if empty"`
	Parent string `json:"parent,omitempty" doc:"global if empty"`
}

// AccessGroupName returns the name that is derived from a title.
func AccessGroupName(title string) string { return access.GroupName(title) }

// CreateAccessGroup creates an access group below another one.
func (s *Service) CreateAccessGroup(ctx context.Context, in NewAccessGroup) (AccessGroup, error) {
	subject := "access-group:" + cmp.Or(in.Name, access.GroupName(in.Title))
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.EditRoles, Action: "access-group.create", Subject: subject, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (AccessGroup, error) {
		g, err := s.k.Access.CreateGroup(ctx, tx, access.NewGroup{Name: in.Name, Title: in.Title, Parent: in.Parent})
		return showGroup(g), err
	})
}

// AccessGroups returns the groups with some names, or all groups, by name. Unknown names are
// left out. Every known caller may see the groups, to create objects in them.
func (s *Service) AccessGroups(ctx context.Context, names []string, p usecase.Page) (usecase.List[AccessGroup], error) {
	name := func(g AccessGroup) string { return g.Name }
	return usecase.ReadList(ctx, s.k, access.Known, p, name, func(tx *db.Tx, after string, _ int) ([]AccessGroup, error) {
		found, err := s.k.Access.Groups(ctx, tx, names)
		return behind(after, name, usecase.Map(found, showGroup)), err
	})
}

// DropAccessGroup deletes an access group and returns the group above it, to which its objects
// and the groups below it move. Nobody gains rights by that: a right above holds below.
func (s *Service) DropAccessGroup(ctx context.Context, name string) (AccessGroup, error) {
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.EditRoles, Action: "access-group.drop", Subject: "access-group:" + name}, func(tx *db.Tx, _ *usecase.Act) (AccessGroup, error) {
		g, err := s.k.Access.DropGroup(ctx, tx, name)
		if err != nil {
			return AccessGroup{}, err
		}
		if err := s.pocket.Regroup(ctx, tx, name, g.Name); err != nil {
			return AccessGroup{}, err
		}
		return showGroup(g), s.fleet.Regroup(ctx, tx, name, g.Name)
	})
}
