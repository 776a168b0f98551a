// Package gnupg uses the keys of a GnuPG installation through its gpg program: it
// signs with them, and keeps keyrings of those that upstreams are trusted by.
//
//	g := gnupg.Program{}                      // gpg, with the home of whoever runs this
//	keys, err := g.Secrets(ctx, gnupg.Rings{}, "archive@example.org")
//	signer := g.Signer(gnupg.Rings{}, keys[0].Fingerprint, gnupg.Passphrase{Text: "…"})
//	inRelease, err := openpgp.ClearSign(ctx, text, at, signer)
//
// Every call ends within a time and reads a bounded answer. A passphrase goes to
// gpg through a pipe: it is in no argument, no environment and no file of ours.
//
// A keyring is named as with gpg's own --keyring: a plain name is a file of the
// GnuPG home; an absolute path is one that is there already.
package gnupg
