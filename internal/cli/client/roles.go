package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest/routes"
	"github.com/aptarium/aptarium/internal/app/people"
	"github.com/aptarium/aptarium/internal/app/usecase"
)

// Permissions lists what roles are made of.
func (c *Client) Permissions(ctx context.Context) (usecase.List[people.PermissionInfo], error) {
	return call[usecase.List[people.PermissionInfo]](ctx, c, request{method: http.MethodGet, path: path("permissions")})
}

// Roles lists the roles of these names, or all, by name.
func (c *Client) Roles(ctx context.Context, names []string, p usecase.Page) (usecase.List[people.Role], error) {
	return list[people.Role](ctx, c, p, url.Values{"name": names}, "roles")
}

// CreateRole makes a role.
func (c *Client) CreateRole(ctx context.Context, in people.NewRole) (people.Role, error) {
	return call[people.Role](ctx, c, request{method: http.MethodPost, path: path("roles"), body: in})
}

// Role gives one role.
func (c *Client) Role(ctx context.Context, name string) (people.Role, error) {
	return call[people.Role](ctx, c, request{method: http.MethodGet, path: path("roles", name)})
}

// EditRole changes a role.
func (c *Client) EditRole(ctx context.Context, name string, e people.RoleEdit) (people.Role, error) {
	return call[people.Role](ctx, c, request{method: http.MethodPatch, path: path("roles", name), body: e})
}

// CopyRole makes a role after another one.
func (c *Client) CopyRole(ctx context.Context, name string, in routes.RoleCopy) (people.Role, error) {
	return call[people.Role](ctx, c, request{method: http.MethodPost, path: path("roles", name, "copy"), body: in})
}

// DropRole removes a role.
func (c *Client) DropRole(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("roles", name)})
}

// AccessGroups lists the access groups of these names, or all, by name.
func (c *Client) AccessGroups(ctx context.Context, names []string, p usecase.Page) (usecase.List[people.AccessGroup], error) {
	return list[people.AccessGroup](ctx, c, p, url.Values{"name": names}, "access-groups")
}

// CreateAccessGroup makes an access group.
func (c *Client) CreateAccessGroup(ctx context.Context, in people.NewAccessGroup) (people.AccessGroup, error) {
	return call[people.AccessGroup](ctx, c, request{method: http.MethodPost, path: path("access-groups"), body: in})
}

// DropAccessGroup removes an access group and gives the one above it.
func (c *Client) DropAccessGroup(ctx context.Context, name string) (people.AccessGroup, error) {
	return call[people.AccessGroup](ctx, c, request{method: http.MethodDelete, path: path("access-groups", name)})
}
