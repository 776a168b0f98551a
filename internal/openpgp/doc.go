// Package openpgp verifies and creates the OpenPGP signatures of APT repositories: the
// clear-signed InRelease and the detached Release.gpg, with the keyrings of Signed-By.
//
// To verify, read the public keys that are trusted for a source into a [Keyring] with
// [ReadKeys]. [VerifyClearSigned] and [VerifyDetached] then return the signatures of a
// text that count under a [Policy]; the first also returns the signed text: parse only
// that. One good signature by a key of the keyring is enough. Signatures by other keys
// do no harm, because publishers who change keys sign with the old and the new one for a
// while.
//
// To sign, use a [Signer]. [SecretKey] is the one of this package; another can keep its
// key in a hardware token or a remote service. [ClearSign] and [DetachSign] join the
// signatures of several signers in one block.
//
// The package supports only version 4 keys and signatures (RFC 4880, and RFC 9580 where
// it keeps them), because gpgv before GnuPG 2.5 reads no others. ProtonMail's go-crypto
// parses the packets; this package decides which keys and signatures count. It does no
// file or network I/O. It treats all input as hostile: sizes, numbers of packets and the
// work for them are limited. A Keyring and a SecretKey are immutable, so goroutines can
// share them.
package openpgp
