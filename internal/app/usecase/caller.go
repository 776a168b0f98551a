package usecase

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
)

// Permission is a right of callers.
type Permission = access.Permission

// The permissions that a dialect checks before it reads a request's body. Every use case
// checks its own again.
const (
	MayRead    = access.Read
	MayUpload  = access.Upload
	MayMirror  = access.Mirror
	MayPublish = access.Publish
	MayKeys    = access.Keys
	MayAdmin   = access.Admin
)

// Require returns nil if the caller has a permission, problem.Unauthenticated if the caller
// is unknown, and problem.Denied otherwise.
func Require(ctx context.Context, p Permission) error { return access.Require(ctx, p) }

// AsProcess returns a context whose caller is a command that works on the data folder
// itself: whoever can read the folder may do everything.
func AsProcess(ctx context.Context) context.Context {
	return access.With(ctx, access.Principal{Name: "local", Kind: access.ByProcess, Roles: []access.Role{access.Administrator}})
}

// AsLoopback returns a context whose caller is a client on this machine, where the
// configuration trusts those.
func AsLoopback(ctx context.Context) context.Context {
	return access.With(ctx, access.Principal{Name: "loopback", Kind: access.ByLoopback, Roles: []access.Role{access.Administrator}})
}
