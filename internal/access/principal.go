package access

import (
	"context"
	"slices"

	"github.com/aptarium/aptarium/internal/problem"
)

// Permission is something that one may or may not do.
type Permission string

// The permissions.
const (
	Read    Permission = "read"    // see mirrors, packages, publications, activities
	Mirror  Permission = "mirror"  // change and sync mirrors; make, change and drop snapshots
	Upload  Permission = "upload"  // change repos and the packages in them
	Publish Permission = "publish" // change publications
	Keys    Permission = "key"     // add, export and drop signing keys
	Admin   Permission = "admin"   // tokens, the audit log, the server itself
)

// Role is a named set of permissions.
type Role string

// The roles.
const (
	Administrator Role = "admin"     // may do everything
	Publisher     Role = "publisher" // fills and publishes archives, with the keys that are there
	Reader        Role = "reader"    // reads only
)

// Roles lists every role, the mightiest first.
func Roles() []Role { return []Role{Administrator, Publisher, Reader} }

// Permissions lists what a role allows; an unknown role allows nothing.
func (r Role) Permissions() []Permission {
	switch r {
	case Administrator:
		return []Permission{Read, Mirror, Upload, Publish, Keys, Admin}
	case Publisher:
		return []Permission{Read, Mirror, Upload, Publish}
	case Reader:
		return []Permission{Read}
	}
	return nil
}

// Kind tells how a principal was recognised.
type Kind string

// The kinds of principals.
const (
	ByToken    Kind = "token"    // by a bearer token
	ByLoopback Kind = "loopback" // by its address, where loopback is trusted
	ByProcess  Kind = "process"  // a command that works on the data folder itself
	System     Kind = "system"   // the server's own schedules
)

// Principal is someone who asks for something.
type Principal struct {
	Name  string // as the audit log shows it
	Kind  Kind
	Roles []Role
}

// May tells whether one of the roles allows it.
func (p Principal) May(want Permission) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(r.Permissions(), want) })
}

// contextKey is the key of the principal in a context.
type contextKey struct{}

// With gives a context in which p asks.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From gives the principal of a context, if it has one.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(contextKey{}).(Principal)
	return p, ok
}

// Require refuses to go on unless the context's principal may do it. The error
// is problem.Unauthenticated when there is no principal, and problem.Denied
// when it lacks the permission.
func Require(ctx context.Context, want Permission) error {
	p, ok := From(ctx)
	if !ok {
		return unauthenticated("this needs a token")
	}
	if !p.May(want) {
		return problem.New(problem.Denied, "%s may not do this: it needs the permission %q", p.Name, want).
			WithHint("ask an administrator for a token with a role that has it")
	}
	return nil
}

func unauthenticated(format string, args ...any) *problem.Problem {
	return problem.New(problem.Unauthenticated, format, args...).
		WithHint("send a valid token as \"Authorization: Bearer apt_…\" or as the password of Basic authentication")
}
