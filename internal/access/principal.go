package access

import (
	"context"
	"slices"
	"strings"

	"github.com/aptarium/aptarium/internal/problem"
)

// Role is a named set of permissions that a token has. Roles that persons have are
// made by administrators: see [PersonRole].
type Role string

// The roles.
const (
	Administrator Role = "admin"     // may do everything
	Publisher     Role = "publisher" // fills and publishes archives, with the keys that are there
	Reader        Role = "reader"    // reads only
)

// Roles lists every role, the mightiest first.
func Roles() []Role { return []Role{Administrator, Publisher, Reader} }

// Permissions lists what a role allows, everywhere; an unknown role allows nothing.
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

// Kind returns how a principal was recognised.
type Kind string

// The kinds of principals.
const (
	ByToken     Kind = "token"     // by a bearer token
	BySession   Kind = "session"   // a person, by what a login gave
	ByKeyPair   Kind = "keypair"   // a person, by a signature with a key pair
	BySignature Kind = "signature" // by the key that signed an upload, or as a stranger; has no rights
	ByLoopback  Kind = "loopback"  // by its address, where loopback is trusted
	ByProcess   Kind = "process"   // a command that works on the data folder itself
	System      Kind = "system"    // the server's own schedules
)

// Principal is someone who asks for something.
type Principal struct {
	Name   string // as the audit log shows it: a token's name, a person's mail address
	Kind   Kind
	Roles  []Role
	Person int64  // the person's id; 0: it is none
	Rights Rights // those of a person, beside what Roles allow everywhere
}

// RootGroup is the access group above all others: a right in it holds everywhere, and
// what is in no other group is in this one.
const RootGroup = "global"

// Rights tells in which access groups a permission holds. The groups below are listed
// too, except [RootGroup], which stands for all.
type Rights map[Permission][]string

// In reports whether a permission holds in an access group.
func (r Rights) In(p Permission, group string) bool {
	groups := r[p]
	return slices.Contains(groups, RootGroup) || slices.Contains(groups, group)
}

// May reports whether it is allowed everywhere. To read is allowed if it is so in any
// access group: only what has a group is for the eyes of some alone (see [Principal.MayIn]).
func (p Principal) May(want Permission) bool {
	return p.MayIn(want, RootGroup) || want == Read && len(p.Rights[Read]) > 0
}

// MayIn reports whether it is allowed in an access group.
func (p Principal) MayIn(want Permission, group string) bool {
	return p.Rights.In(want, group) || slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(r.Permissions(), want) })
}

// contextKey is the key of the principal in a context.
type contextKey struct{}

// With returns a context in which p asks.
func With(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// From returns the principal of a context, if it has one.
func From(ctx context.Context) (Principal, bool) {
	p, ok := ctx.Value(contextKey{}).(Principal)
	return p, ok
}

// Require refuses to go on unless the context's principal may do it to what has no
// access group. The error is problem.Unauthenticated when there is no principal, and
// problem.Denied when it lacks the permission.
func Require(ctx context.Context, want Permission) error {
	p, ok := From(ctx)
	if !ok {
		return unauthenticated("this needs a token")
	}
	if !p.May(want) {
		return denied(p, want, "")
	}
	return nil
}

// RequireIn is Require for what is in an access group.
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

// AllowedIn reports whether [RequireIn] would go on; lists leave out what it would not.
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
