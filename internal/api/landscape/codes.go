package landscape

// Codes of errors that are of requests alone. Those that the application gives are in
// its own list.
const (
	codeUnknownParameter            = "UnknownParameter"
	codeMultiError                  = "MultiError"
	codeInvalidTime                 = "InvalidTime"
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
)
