package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aptarium/aptarium/internal/api/rest"
	"github.com/aptarium/aptarium/internal/app"
)

// Permissions lists what roles are made of.
func (c *Client) Permissions(ctx context.Context) (app.List[app.PermissionInfo], error) {
	return call[app.List[app.PermissionInfo]](ctx, c, request{method: http.MethodGet, path: path("permissions")})
}

// Roles lists the roles of these names, or all, by name.
func (c *Client) Roles(ctx context.Context, names []string, p app.Page) (app.List[app.Role], error) {
	return list[app.Role](ctx, c, p, url.Values{"name": names}, "roles")
}

// CreateRole makes a role.
func (c *Client) CreateRole(ctx context.Context, in app.NewRole) (app.Role, error) {
	return call[app.Role](ctx, c, request{method: http.MethodPost, path: path("roles"), body: in})
}

// Role gives one role.
func (c *Client) Role(ctx context.Context, name string) (app.Role, error) {
	return call[app.Role](ctx, c, request{method: http.MethodGet, path: path("roles", name)})
}

// EditRole changes a role.
func (c *Client) EditRole(ctx context.Context, name string, e app.RoleEdit) (app.Role, error) {
	return call[app.Role](ctx, c, request{method: http.MethodPatch, path: path("roles", name), body: e})
}

// CopyRole makes a role after another one.
func (c *Client) CopyRole(ctx context.Context, name string, in rest.RoleCopy) (app.Role, error) {
	return call[app.Role](ctx, c, request{method: http.MethodPost, path: path("roles", name, "copy"), body: in})
}

// DropRole removes a role.
func (c *Client) DropRole(ctx context.Context, name string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: path("roles", name)})
}

// AccessGroups lists the access groups of these names, or all, by name.
func (c *Client) AccessGroups(ctx context.Context, names []string, p app.Page) (app.List[app.AccessGroup], error) {
	return list[app.AccessGroup](ctx, c, p, url.Values{"name": names}, "access-groups")
}

// CreateAccessGroup makes an access group.
func (c *Client) CreateAccessGroup(ctx context.Context, in app.NewAccessGroup) (app.AccessGroup, error) {
	return call[app.AccessGroup](ctx, c, request{method: http.MethodPost, path: path("access-groups"), body: in})
}

// DropAccessGroup removes an access group and gives the one above it.
func (c *Client) DropAccessGroup(ctx context.Context, name string) (app.AccessGroup, error) {
	return call[app.AccessGroup](ctx, c, request{method: http.MethodDelete, path: path("access-groups", name)})
}
