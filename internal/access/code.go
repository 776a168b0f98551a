package access

// Codes by which programs written for Landscape know an error ([problem.CodeOf]).
const (
	CodeUnknownAccessGroup   = "UnknownAccessGroup"
	CodeUnknownAccessGroups  = "UnknownAccessGroups"
	CodeDuplicateAccessGroup = "DuplicateAccessGroup"
	CodeInvalidAccessGroup   = "InvalidAccessGroup"

	CodeUnknownRole            = "UnknownRole"
	CodeInvalidRoleName        = "InvalidRoleName"
	CodeDuplicateRoleName      = "DuplicateRoleName"
	CodeReadOnlyRole           = "ReadOnlyRole"
	CodeInvalidRolePermissions = "InvalidRolePermissions"
	CodeUnknownPersonEmails    = "UnknownPersonEmails"
	CodeSelfRevokeGlobalAdmin  = "SelfRevokeGlobalAdmin"

	CodeInvalidEmailAddress          = "InvalidEmailAddress"
	CodeRepeatedInvitation           = "RepeatedInvitation"
	CodeMaximumAccountAdministrators = "MaximumAccountAdministrators"
	CodeUnknownUser                  = "UnknownUser"
	CodePersonNotMemberOfAccount     = "PersonNotMemberOfAccount"

	CodeAuthFailure           = "AuthFailure"
	CodeInvalidCredentials    = "InvalidCredentials"
	CodeSignatureDoesNotMatch = "SignatureDoesNotMatch"
)
