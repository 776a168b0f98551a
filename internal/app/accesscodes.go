package app

import "github.com/aptarium/aptarium/internal/access"

// Codes of errors about who may do what, as those above.
const (
	CodeUnknownAccessGroup   = access.CodeUnknownAccessGroup
	CodeUnknownAccessGroups  = access.CodeUnknownAccessGroups
	CodeDuplicateAccessGroup = access.CodeDuplicateAccessGroup
	CodeInvalidAccessGroup   = access.CodeInvalidAccessGroup

	CodeUnknownRole            = access.CodeUnknownRole
	CodeInvalidRoleName        = access.CodeInvalidRoleName
	CodeDuplicateRoleName      = access.CodeDuplicateRoleName
	CodeReadOnlyRole           = access.CodeReadOnlyRole
	CodeInvalidRolePermissions = access.CodeInvalidRolePermissions
	CodeUnknownPersonEmails    = access.CodeUnknownPersonEmails
	CodeSelfRevokeGlobalAdmin  = access.CodeSelfRevokeGlobalAdmin

	CodeInvalidEmailAddress          = access.CodeInvalidEmailAddress
	CodeRepeatedInvitation           = access.CodeRepeatedInvitation
	CodeMaximumAccountAdministrators = access.CodeMaximumAccountAdministrators
	CodeUnknownUser                  = access.CodeUnknownUser
	CodePersonNotMemberOfAccount     = access.CodePersonNotMemberOfAccount

	CodeAuthFailure           = access.CodeAuthFailure
	CodeInvalidCredentials    = access.CodeInvalidCredentials
	CodeSignatureDoesNotMatch = access.CodeSignatureDoesNotMatch
)
