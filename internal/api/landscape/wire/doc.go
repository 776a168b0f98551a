// Package wire reads the requests of Landscape's API, and signs them.
//
// [Values] holds the parameters of a request, [Decode] writes them into the struct of an
// action, and [StringToSign] with [Sign] computes signatures, for the server and for its
// clients. Errors are problems whose reason is one of the names below, or [Errors].
package wire
