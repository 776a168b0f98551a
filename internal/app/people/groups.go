package people

import (
	"context"
	"time"

	"github.com/aptarium/aptarium/internal/access"
	"github.com/aptarium/aptarium/internal/app/usecase"
	"github.com/aptarium/aptarium/internal/db"
)

// AccessGroup is a part of what there is, in which roles give rights.
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

// NewAccessGroup is an access group to be made.
type NewAccessGroup struct {
	Name   string `json:"name,omitempty" doc:"Derived from the title if empty: in lower case, - for blanks, only letters, digits, - and full stops"`
	Title  string `json:"title,omitempty" doc:"The name if empty"`
	Parent string `json:"parent,omitempty" doc:"global if empty"`
}

// AccessGroupName derives a name from a title.
func AccessGroupName(title string) string { return access.GroupName(title) }

// CreateAccessGroup makes an access group below another one.
func (s *Service) CreateAccessGroup(ctx context.Context, in NewAccessGroup) (AccessGroup, error) {
	if err := access.Require(ctx, access.EditRoles); err != nil {
		return AccessGroup{}, err
	}
	subject := in.Name
	if subject == "" {
		subject = access.GroupName(in.Title)
	}
	return usecase.Change(ctx, s.k, usecase.Act{Permission: access.EditRoles, Action: "access-group.create", Subject: "access-group:" + subject, Detail: in}, func(tx *db.Tx, _ *usecase.Act) (AccessGroup, error) {
		g, err := s.k.Access.CreateGroup(ctx, tx, access.NewGroup{Name: in.Name, Title: in.Title, Parent: in.Parent})
		return showGroup(g), err
	})
}

// AccessGroups gives the groups with these names, or all of them, by name. Names that
// there are not are left out. Whoever is known may see them: they are the names that
// things are made in.
func (s *Service) AccessGroups(ctx context.Context, names []string, p usecase.Page) (usecase.List[AccessGroup], error) {
	if _, known := access.From(ctx); !known {
		return usecase.List[AccessGroup]{}, access.Require(ctx, access.Read)
	}
	return usecase.View(ctx, s.k, func(tx *db.Tx) (usecase.List[AccessGroup], error) {
		found, err := s.k.Access.Groups(ctx, tx, names)
		return pageByName(found, p, func(g access.Group) string { return g.Name }, showGroup), err
	})
}

// DropAccessGroup removes an access group, and gives the one above it, to which what is
// in it and the groups below it move. Nobody gains rights by that: they come from above.
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
