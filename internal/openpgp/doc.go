// Package openpgp checks and makes the OpenPGP signatures that APT
// repositories carry: the clear-signed InRelease, the detached Release.gpg,
// and the keyrings that sources name in Signed-By.
//
// Checking starts with a [Keyring], the set of public keys that are trusted
// for one source, read by [ReadKeys]. [VerifyClearSigned] and
// [VerifyDetached] then tell who signed a text, under a [Policy]; the first
// also returns the text itself, and only what it returns may be parsed. A text is
// good when at least one key of the keyring made a good signature: publishers
// change keys by signing with the old and the new one for a while, so
// signatures by other keys are no fault.
//
// Signing goes through the [Signer] seam. A [SecretKey] is the signer that
// this package has; another may keep its key in a token or a remote service.
// [ClearSign] and [DetachSign] join the signatures of several signers in one
// block.
//
// The package reads version 4 keys and signatures only (RFC 4880, and RFC 9580
// where it keeps them), because gpgv before GnuPG 2.5 reads no others. Packets are
// parsed by ProtonMail's go-crypto; which keys and signatures count is decided
// here. Nothing here does file or network I/O. All input is taken as hostile:
// sizes, numbers of packets and the work done for them are bounded. A Keyring
// and a SecretKey never change, so goroutines may share them.
package openpgp
