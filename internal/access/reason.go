package access

import "github.com/aptarium/aptarium/internal/problem"

// Reasons of problems with persons, their roles and access groups, and with who asks.
const (
	UnknownGroup           problem.Reason = "access-group.unknown"
	UnknownGroups          problem.Reason = "access-group.several-unknown"
	DuplicateGroup         problem.Reason = "access-group.duplicate"
	InvalidGroup           problem.Reason = "access-group.invalid"
	UnknownRole            problem.Reason = "role.unknown"
	InvalidRoleName        problem.Reason = "role.name"
	DuplicateRoleName      problem.Reason = "role.duplicate"
	ReadOnlyRole           problem.Reason = "role.read-only"
	InvalidRolePermissions problem.Reason = "role.permissions"
	UnknownPersonEmails    problem.Reason = "person.several-unknown"
	SelfRevoke             problem.Reason = "person.self"
	InvalidEmail           problem.Reason = "email.invalid"
	RepeatedInvitation     problem.Reason = "invitation.duplicate"
	TooManyPersons         problem.Reason = "person.too-many"
	UnknownPerson          problem.Reason = "person.unknown"
	PersonIsDisabled       problem.Reason = "person.disabled"
	Unrecognised           problem.Reason = "caller.unrecognised"
	InvalidCredentials     problem.Reason = "credentials.invalid"
	WrongSignature         problem.Reason = "signature.wrong"
)
