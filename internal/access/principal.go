package access

import (
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Role is the role of a token, a fixed set of permissions. Administrators create the roles of
// persons: see [PersonRole].
type Role string

// The roles.
const (
	Administrator Role = "admin"     // allows everything
	Publisher     Role = "publisher" // fills and publishes archives, with existing keys
	Reader        Role = "reader"    // reads only
)

// Roles returns all roles, the most powerful first.
func Roles() []Role { return []Role{Administrator, Publisher, Reader} }

// Permissions returns the permissions of a role, which hold everywhere.
func (r Role) Permissions() []Permission {
	switch r {
	case Administrator:
		return everything()
	case Publisher:
		return []Permission{Read, Mirror, Upload, Publish, Repository, Profile}
	case Reader:
		return []Permission{Read}
	}
	return nil
}

// Kind is the way in which a principal was authenticated.
type Kind string

// The kinds of principals.
const (
	ByToken     Kind = "token"     // by a bearer token
	BySession   Kind = "session"   // a person, by the token of a login
	ByKeyPair   Kind = "keypair"   // a person, by a signature with a key pair
	BySignature Kind = "signature" // by the signing key of an upload, or unknown; has no rights
	ByLoopback  Kind = "loopback"  // by its address, where loopback is trusted
	ByProcess   Kind = "process"   // a command that works directly on the data folder
	System      Kind = "system"    // the server's own schedules
)

// Principal is who makes a request.
type Principal struct {
	Name   string // as the audit log shows it: a token's name, a person's mail address
	Kind   Kind
	Roles  []Role
	Person int64  // the person's id; 0: not a person
	Rights Rights // of a person, in addition to those of Roles
}

// RootGroup is the access group above all others: a right in it holds everywhere. Objects
// that are in no other group are in this one.
const RootGroup = "global"

// Rights maps permissions to the access groups in which they hold, including the groups
// below. [RootGroup] stands for all.
type Rights map[Permission][]string

// In reports whether a permission holds in an access group.
func (r Rights) In(p Permission, group string) bool {
	groups := r[p]
	return slices.Contains(groups, RootGroup) || slices.Contains(groups, group)
}

// May reports whether the principal has a permission everywhere. For Read, a permission in any
// access group is enough: only objects with a group can be hidden (see [Principal.MayIn]).
func (p Principal) May(want Permission) bool {
	return p.MayIn(want, RootGroup) || want == Read && len(p.Rights[Read]) > 0
}

// MayIn reports whether the principal has a permission in an access group.
func (p Principal) MayIn(want Permission, group string) bool {
	return p.Rights.In(want, group) || slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(r.Permissions(), want) })
}

// contextKey is the key of the principal in a context.
type contextKey struct{}

// With returns a context with the principal p.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From returns the principal of a context, if it has one.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(contextKey{}).(Principal)
	return p, ok
}

// Require checks that the context's principal has a permission, for objects without an access
// group. Without a principal the error is problem.Unauthenticated, without the permission
// problem.Denied.
func Require(ctx context.Context, want Permission) error {
	if want == Anyone {
		return nil
	}
	p, ok := From(ctx)
	if !ok {
		return unauthenticated("this needs a token")
	}
	if want != Known && !p.May(want) {
		return denied(p, want, "")
	}
	return nil
}

// RequireIn is Require for objects of an access group.
func RequireIn(ctx context.Context, want Permission, group string) error {
	p, ok := From(ctx)
	if !ok {
		return unauthenticated("this needs a token")
	}
	if !p.MayIn(want, group) {
		return denied(p, want, " in the access group "+group)
	}
	return nil
}

// RequireFor is Require for the affairs of a person (0: nobody's), who needs no permission.
func RequireFor(ctx context.Context, want Permission, person int64) error {
	if p, _ := From(ctx); person != 0 && p.Person == person {
		return nil
	}
	return Require(ctx, want)
}

// AllowedIn reports whether [RequireIn] returns nil, to filter lists.
func AllowedIn(ctx context.Context, want Permission, group string) bool {
	return RequireIn(ctx, want, group) == nil
}

func denied(p Principal, want Permission, where string) error {
	hint := "ask an administrator for a token with a role that has it"
	if p.Person != 0 {
		hint = "ask an administrator for a role with " + strings.Join(namesOf(want), " or ")
	}
	return problem.New(problem.Denied, "%s may not do this: it needs the permission %q%s", p.Name, want, where).WithHint("%s", hint)
}

func unauthenticated(format string, args ...any) *problem.Problem {
	return problem.New(problem.Unauthenticated, format, args...).
		WithHint("send a valid token as \"Authorization: Bearer apt_…\" or as the password of Basic authentication")
}
