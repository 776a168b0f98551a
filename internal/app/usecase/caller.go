package usecase

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
)

// Permission is what a caller may be allowed to do.
type Permission = access.Permission

// The permissions that a dialect asks for before it reads what a caller sends. Every
// method asks for its own again.
const (
	MayRead    = access.Read
	MayUpload  = access.Upload
	MayMirror  = access.Mirror
	MayPublish = access.Publish
	MayKeys    = access.Keys
	MayAdmin   = access.Admin
)

// Require refuses to go on unless the caller has a permission: problem.Unauthenticated
// when nobody knows who it is, else problem.Denied.
func Require(ctx context.Context, p Permission) error { return access.Require(ctx, p) }

// AsProcess gives a context in which a command asks that works on the data
// folder itself: whoever may read that may do everything.
func AsProcess(ctx context.Context) context.Context {
	return access.With(ctx, access.Principal{Name: "local", Kind: access.ByProcess, Roles: []access.Role{access.Administrator}})
}

// AsLoopback gives a context for clients on this machine, where the
// configuration trusts them.
func AsLoopback(ctx context.Context) context.Context {
	return access.With(ctx, access.Principal{Name: "loopback", Kind: access.ByLoopback, Roles: []access.Role{access.Administrator}})
}
