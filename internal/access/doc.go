// Package access says who may do what, and keeps the log of who did.
//
// Whoever asks for something is a [Principal]. A dialect finds out who it is, with a
// bearer token ([Store.Authenticate]), a session ([Store.AuthenticateSession]) or a
// signature ([Store.CheckSignature]), and puts the principal in the context ([With]). The
// door above the domain then asks [Require], or [RequireIn] for what belongs to an access
// group, before each use case, and writes one audit entry ([Record]) in the transaction of
// each change.
//
// # Tokens
//
// A token has one [Role], which holds everywhere. It is "apt_" and 43 characters of random.
// The database has its SHA-256 only: that needs no slow hash, since nobody can guess 256
// bits. At the first start [EnsureAdminToken] writes a token for the administrator to the
// data folder, which local commands read.
//
// # Persons
//
// A [Person] has roles of another kind, [PersonRole]: permissions by Landscape's names
// ([NamedPermissions], which also says what they come to here), and the access groups in
// which they hold. Access groups ([Group]) are a tree below [RootGroup]; a right in one
// holds in all below it. What a person may do ([Rights]) is worked out when it is
// recognised, so a change of roles or groups holds from the next request on.
//
// A person proves to be it by a password, which is stored as a hash of argon2id
// ([Store.HashPassword]), or with a key pair ([KeyPair]), whose secret is sealed under the
// master key because signatures are checked with the secret itself. Either begins a
// session ([Session]), a signed token that ends when the person is disabled, changes its
// password, or revokes the key pair.
package access
