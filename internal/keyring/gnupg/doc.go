// Package gnupg uses a GnuPG installation through its gpg program: it signs with its keys,
// and manages keyrings of trusted upstream keys.
//
//	g := gnupg.Program{}                      // gpg, with the current user's home
//	keys, err := g.Secrets(ctx, gnupg.Rings{}, "archive@example.org")
//	signer := g.Signer(gnupg.Rings{}, keys[0].Fingerprint, gnupg.Passphrase{Text: "…"})
//	inRelease, err := openpgp.ClearSign(ctx, text, at, signer)
//
// The time and the output of every call are limited. A passphrase goes to gpg through a pipe:
// it is never in an argument, the environment or a file of this program.
//
// Keyrings are named as for gpg's --keyring: a plain name is a file in the GnuPG home; an
// absolute path is an existing file.
package gnupg
