// Package access says who may do what, and keeps the log of who did.
//
// Whoever asks for something is a [Principal] with roles. A dialect finds out
// who it is, with a bearer token for example ([Store.Authenticate]), and puts
// the principal in the context ([With]). The door above the domain then asks
// [Require] before each use case, and writes one audit entry ([Record])
// in the transaction of each change.
//
// Tokens are "apt_" and 43 characters of random. The database has their
// SHA-256 only: they need no slow hash, since nobody can guess 256 bits. At the
// first start [EnsureAdminToken] writes a token for the administrator to the
// data folder, which local commands read.
package access
