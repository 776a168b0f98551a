package app

// Codes by which programs written for Landscape know an error (problem.CodeOf). The
// errors that carry one say the rest in this application's own words.
const (
	CodeUnknownDistribution   = "UnknownDistribution"
	CodeDuplicateDistribution = "DuplicateDistribution"
	CodeUnknownSeries         = "UnknownSeries"
	CodeDuplicateSeries       = "DuplicateSeries"
	CodeEmptySeries           = "EmptySeries"
	CodeUnknownPocket         = "UnknownPocket"
	CodeDuplicatePocket       = "DuplicatePocket"
	CodeInvalidPocketMode     = "InvalidPocketMode"
	CodeInvalidPocketFilter   = "InvalidPocketFilter"
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
	CodeInvalidParameterValue       = "InvalidParameterValue"
	CodeInvalidParameterCombination = "InvalidParameterCombination"
)
