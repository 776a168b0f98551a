package app

import "github.com/aptarium/aptarium/internal/pocket"

// Codes by which programs written for Landscape know an error (problem.CodeOf). The
// errors that carry one say the rest in this application's own words.
const (
	CodeUnknownDistribution   = pocket.UnknownDistribution
	CodeDuplicateDistribution = pocket.DuplicateDistribution
	CodeUnknownSeries         = pocket.UnknownSeries
	CodeDuplicateSeries       = pocket.DuplicateSeries
	CodeEmptySeries           = "EmptySeries"
	CodeUnknownPocket         = pocket.Unknown
	CodeDuplicatePocket       = pocket.Duplicate
	CodeInvalidPocketMode     = pocket.InvalidMode
	CodeInvalidPocketFilter   = pocket.InvalidFilter
	CodeNoPocketFiltering     = "NoPocketFiltering"
	CodeOperationInProgress   = "OperationInProgress"

	CodeUnknownGPGKey           = "UnknownGPGKey"
	CodeDuplicateGPGKey         = "DuplicateGPGKey"
	CodeGPGKeyInUse             = "GPGKeyInUse"
	CodeGPGKeyHasNoSecret       = "GPGKeyHasNoSecret"
	CodeGPGKeyImportError       = "GPGKeyImportError"
	CodeMultipleGPGKey          = "MultipleGPGKey"
	CodeGPGKeyAlreadyAssociated = "GPGKeyAlreadyAssociated"
	CodeGPGKeyNotAssociated     = "GPGKeyNotAssociated"

	CodeMissingParameter            = "MissingParameter"
	CodeInvalidParameterValue       = pocket.InvalidValue
	CodeInvalidParameterCombination = "InvalidParameterCombination"

	CodeUnknownRepositoryProfile = "UnknownRepositoryProfile"
	CodeUnknownTag               = "UnknownTag"
	CodeUnknownAPTSource         = "UnknownAPTSource"
	CodeDuplicateAPTSource       = "DuplicateAPTSource"
	CodeInvalidAPTLine           = "InvalidAPTLine"
	CodeAPTSourceInUse           = "APTSourceInUse"

	CodeUnknownSavedSearch         = "UnknownSavedSearch"
	CodeDuplicateSavedSearch       = "DuplicateSavedSearch"
	CodeInvalidSavedSearchName     = "InvalidSavedSearchName"
	CodeInvalidSavedSearchCriteria = "InvalidSavedSearchCriteria"
)
