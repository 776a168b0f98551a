package landscape

import (
	"cmp"

	"github.com/aptarium/aptarium/internal/api/landscape/wire"
	"github.com/aptarium/aptarium/internal/problem"
)

// The error names of Landscape's API.
const (
	codeUnknownParameter            = wire.UnknownParameter
	codeMultiError                  = "MultiError"
	codeInvalidAction               = "InvalidAction"
	codeInvalidVersion              = "InvalidVersion"
	codeInvalidQuery                = "InvalidQuery"
	codeInvalidActivityStatusChange = "InvalidActivityStatusChange"
	codeInvalidState                = "InvalidState"
	codeRequestTooLarge             = "RequestTooLarge"
	codeUnavailable                 = "ServiceUnavailable"
	codeInternal                    = "InternalError"
	codeNotFound                    = "NotFound"
	codeMethodNotAllowed            = "MethodNotAllowed"
	codeUnauthorised                = "Unauthorised"

	codeMissingParameter            = wire.MissingParameter
	codeInvalidParameterValue       = wire.InvalidParameterValue
	codeInvalidParameterCombination = "InvalidParameterCombination"

	codeUnknownDistribution     = "UnknownDistribution"
	codeDuplicateDistribution   = "DuplicateDistribution"
	codeOperationInProgress     = "OperationInProgress"
	codeUnknownSeries           = "UnknownSeries"
	codeDuplicateSeries         = "DuplicateSeries"
	codeEmptySeries             = "EmptySeries"
	codeUnknownPocket           = "UnknownPocket"
	codeDuplicatePocket         = "DuplicatePocket"
	codeInvalidPocketMode       = "InvalidPocketMode"
	codeInvalidPocketFilter     = "InvalidPocketFilter"
	codeNoPocketFiltering       = "NoPocketFiltering"
	codeGPGKeyAlreadyAssociated = "GPGKeyAlreadyAssociated"
	codeGPGKeyNotAssociated     = "GPGKeyNotAssociated"

	codeUnknownGPGKey     = "UnknownGPGKey"
	codeDuplicateGPGKey   = "DuplicateGPGKey"
	codeGPGKeyInUse       = "GPGKeyInUse"
	codeGPGKeyHasNoSecret = "GPGKeyHasNoSecret"
	codeGPGKeyImportError = "GPGKeyImportError"
	codeMultipleGPGKey    = "MultipleGPGKey"

	codeUnknownRepositoryProfile   = "UnknownRepositoryProfile"
	codeUnknownTag                 = "UnknownTag"
	codeUnknownAPTSource           = "UnknownAPTSource"
	codeDuplicateAPTSource         = "DuplicateAPTSource"
	codeInvalidAPTLine             = "InvalidAPTLine"
	codeAPTSourceInUse             = "APTSourceInUse"
	codeUnknownSavedSearch         = "UnknownSavedSearch"
	codeDuplicateSavedSearch       = "DuplicateSavedSearch"
	codeInvalidSavedSearchName     = "InvalidSavedSearchName"
	codeInvalidSavedSearchCriteria = "InvalidSavedSearchCriteria"

	codeUnknownAccessGroup           = "UnknownAccessGroup"
	codeUnknownAccessGroups          = "UnknownAccessGroups"
	codeDuplicateAccessGroup         = "DuplicateAccessGroup"
	codeInvalidAccessGroup           = "InvalidAccessGroup"
	codeUnknownRole                  = "UnknownRole"
	codeInvalidRoleName              = "InvalidRoleName"
	codeDuplicateRoleName            = "DuplicateRoleName"
	codeReadOnlyRole                 = "ReadOnlyRole"
	codeInvalidRolePermissions       = "InvalidRolePermissions"
	codeUnknownPersonEmails          = "UnknownPersonEmails"
	codeSelfRevokeGlobalAdmin        = "SelfRevokeGlobalAdmin"
	codeInvalidEmailAddress          = "InvalidEmailAddress"
	codeRepeatedInvitation           = "RepeatedInvitation"
	codeMaximumAccountAdministrators = "MaximumAccountAdministrators"
	codeUnknownUser                  = "UnknownUser"
	codePersonNotMemberOfAccount     = "PersonNotMemberOfAccount"
	codeAuthFailure                  = "AuthFailure"
	codeInvalidCredentials           = "InvalidCredentials"
	codeSignatureDoesNotMatch        = "SignatureDoesNotMatch"
)

// ErrorName returns the name under which Landscape's clients know a reason. A reason that
// they do not know is its own name.
func ErrorName(reason problem.Reason) string { return cmp.Or(errorNames()[reason], string(reason)) }

// errorNames is the table of names.
func errorNames() map[problem.Reason]string {
	return map[problem.Reason]string{
		"value.missing":     codeMissingParameter,
		"value.invalid":     codeInvalidParameterValue,
		"value.conflicting": codeInvalidParameterCombination,

		"distribution.unknown":   codeUnknownDistribution,
		"distribution.duplicate": codeDuplicateDistribution,
		"distribution.busy":      codeOperationInProgress,
		"series.unknown":         codeUnknownSeries,
		"series.duplicate":       codeDuplicateSeries,
		"series.empty":           codeEmptySeries,
		"pocket.unknown":         codeUnknownPocket,
		"pocket.duplicate":       codeDuplicatePocket,
		"pocket.mode":            codeInvalidPocketMode,
		"pocket.filter":          codeInvalidPocketFilter,
		"pocket.no-filter":       codeNoPocketFiltering,
		"uploader.duplicate":     codeGPGKeyAlreadyAssociated,
		"uploader.unknown":       codeGPGKeyNotAssociated,

		"key.unknown":    codeUnknownGPGKey,
		"key.duplicate":  codeDuplicateGPGKey,
		"key.in-use":     codeGPGKeyInUse,
		"key.no-secret":  codeGPGKeyHasNoSecret,
		"key.unreadable": codeGPGKeyImportError,
		"key.several":    codeMultipleGPGKey,

		"profile.unknown":      codeUnknownRepositoryProfile,
		"tag.unknown":          codeUnknownTag,
		"apt-source.unknown":   codeUnknownAPTSource,
		"apt-source.duplicate": codeDuplicateAPTSource,
		"apt-source.line":      codeInvalidAPTLine,
		"apt-source.in-use":    codeAPTSourceInUse,
		"search.unknown":       codeUnknownSavedSearch,
		"search.duplicate":     codeDuplicateSavedSearch,
		"search.name":          codeInvalidSavedSearchName,
		"search.query":         codeInvalidSavedSearchCriteria,

		"access-group.unknown":         codeUnknownAccessGroup,
		"access-group.several-unknown": codeUnknownAccessGroups,
		"access-group.duplicate":       codeDuplicateAccessGroup,
		"access-group.invalid":         codeInvalidAccessGroup,
		"role.unknown":                 codeUnknownRole,
		"role.name":                    codeInvalidRoleName,
		"role.duplicate":               codeDuplicateRoleName,
		"role.read-only":               codeReadOnlyRole,
		"role.permissions":             codeInvalidRolePermissions,
		"person.several-unknown":       codeUnknownPersonEmails,
		"person.self":                  codeSelfRevokeGlobalAdmin,
		"email.invalid":                codeInvalidEmailAddress,
		"invitation.duplicate":         codeRepeatedInvitation,
		"person.too-many":              codeMaximumAccountAdministrators,
		"person.unknown":               codeUnknownUser,
		"person.disabled":              codePersonNotMemberOfAccount,
		"caller.unrecognised":          codeAuthFailure,
		"credentials.invalid":          codeInvalidCredentials,
		"signature.wrong":              codeSignatureDoesNotMatch,
	}
}

// withName returns an error of a request under a name, unless it has a reason already.
func withName(err error, name string) error { return problem.Because(err, problem.Reason(name)) }
