package app

import (
	"context"

	"github.com/aptarium/aptarium/internal/access"
)

// Permission is what a caller may be allowed to do.
type Permission = access.Permission

// The permissions that methods of [App] ask for.
const (
	MayRead    = access.Read
	MayUpload  = access.Upload
	MayMirror  = access.Mirror
	MayPublish = access.Publish
	MayKeys    = access.Keys
	MayAdmin   = access.Admin
)

// Require refuses a caller who lacks a permission. Methods ask for what they need
// themselves: it is for dialects that must know before they read a body.
func Require(ctx context.Context, p Permission) error { return access.Require(ctx, p) }
