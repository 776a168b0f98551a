// Package access authenticates principals, checks their permissions, and stores the audit
// log.
//
// A [Principal] makes each request. A dialect authenticates it with a bearer token
// ([Store.Authenticate]), a session ([Store.AuthenticateSession]) or a signature
// ([Store.CheckSignature]), and stores it in the context ([With]). The door calls [Require],
// or [RequireIn] for objects of an access group, before each use case, and writes one audit
// entry ([Record]) in the transaction of each change.
//
// # Tokens
//
// A token has one [Role], which holds everywhere. It is "apt_" and 43 random characters. The
// database has only its SHA-256: a slow hash is unnecessary, because nobody can guess 256
// bits. At the first start [EnsureAdminToken] writes the administrator's token to the data
// folder, where local commands read it.
//
// # Persons
//
// A [Person] has roles of another kind, [PersonRole]: permissions with Landscape's names
// ([NamedPermissions] maps them to permissions of this program), and the access groups in
// which they hold. Access groups ([Group]) are a tree below [RootGroup]; a right in a group
// also holds in the groups below it. The [Rights] of a person are computed for each request,
// so changes of roles or groups apply to the next request.
//
// A person authenticates with a password, stored as a hash of argon2id
// ([Store.HashPassword]), or with a key pair ([KeyPair]). The secret of a key pair is
// encrypted under the master key, because verifying a signature needs the secret itself. Both
// can open a session ([Session]), a signed token that ends when the person is disabled or
// changes the password, or when the key pair is revoked.
package access
